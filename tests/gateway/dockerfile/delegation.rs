//! What is handed to the frontend that builds a Dockerfile, and handed back.

use std::time::Duration;

use strake_frontend::testing::gateway::fake::rpc_error;
use strake_proto::errdefs::{self, Detail, Source};

use super::*;

#[tokio::test]
async fn everything_is_passed_on_but_strakes_own() {
    let gateway = dockerfiles("FROM busybox\n").input("other", local("other"));
    let options = [
        ("build-arg:A", "1"),
        ("build-arg:STRAKE_LOG", "debug"),
        ("build-arg:STRAKE_CACHE", "off"),
        ("label:b", "2"),
        ("context:other", "input:other"),
        ("cmdline", "strake:1"),
        ("frontend.caps", "moby.buildkit.frontend.whatever"),
        ("an-option-of-tomorrow", "x"),
        ("cache-imports", r#"[{"Type":"gha","Attrs":{"scope":"a"}}]"#),
    ];
    let result = build(&gateway, &options).await.unwrap();
    assert_eq!(result.metadata, metadata());
    let asked = delegated(&gateway);
    assert_eq!(asked.frontend, "dockerfile.v0");
    let keys: Vec<&str> = asked.frontend_opts.keys().map(String::as_str).collect();
    let expected = [
        "an-option-of-tomorrow",
        "build-arg:A",
        "cache-imports",
        "cmdline",
        "context:other",
        "frontend.caps",
        "label:b",
    ];
    assert_eq!(keys, expected);
    assert_eq!(asked.frontend_opts["cmdline"], "strake:1");
    assert_eq!(asked.frontend_inputs, BTreeMap::from([("other".into(), local("other"))]));
    assert_eq!(asked.cache_imports[0].kind, "gha");
    // There is nothing to rewrite. The result is strake's all the same: its provenance names strake.
    assert_eq!(solved(&gateway), [definition("FROM busybox\n", "amd64")]);
    assert_ne!(id(&result), "theirs-amd64");
}

/// A registry that does not answer would stop the daemon, whoever imports from it: strake's own solves
/// or those of the frontend that it asks.
#[tokio::test(start_paused = true)]
async fn a_silent_registry_is_imported_from_by_nobody() {
    let gateway = dockerfiles(NPM).delay("docker-image://silent.test", Duration::from_secs(3600));
    let imports = r#"[{"Type":"registry","Attrs":{"ref":"silent.test/cache:a"}},
                      {"Type":"registry","Attrs":{"ref":"registry.test/cache:a"}}]"#;
    build(&gateway, &[("cache-imports", imports)]).await.unwrap();
    let asked = delegated(&gateway);
    let theirs = &asked.frontend_opts["cache-imports"];
    assert!(theirs.contains("registry.test") && !theirs.contains("silent.test"), "{theirs}");
    assert!(warned(&gateway)[0].starts_with("registry-cache-silent: "), "{:?}", warned(&gateway));
}

/// Without a command line, the built-in frontend would follow the syntax line.
#[tokio::test]
async fn a_command_line_is_always_there() {
    let gateway = dockerfiles("# syntax=strake:1\nFROM busybox\n");
    build(&gateway, &[]).await.unwrap();
    assert!(!delegated(&gateway).frontend_opts["cmdline"].is_empty());
}

#[tokio::test]
async fn another_frontend_image_builds_what_names_it() {
    for file in [
        "# syntax=docker/dockerfile:1-labs more\nFROM busybox\n",
        "# syntax=strake:1\n# strake: dockerfile=docker/dockerfile:1-labs\nFROM busybox\n",
    ] {
        let gateway = dockerfiles(file);
        build(&gateway, &[("cmdline", "strake:1")]).await.unwrap();
        let asked = delegated(&gateway);
        assert_eq!(asked.frontend, "gateway.v0");
        assert_eq!(asked.frontend_opts["source"], "docker/dockerfile:1-labs");
        assert!(asked.frontend_opts["cmdline"].starts_with("docker/dockerfile:1-labs"));
    }
}

#[tokio::test]
async fn calls_are_answered_by_the_frontend() {
    for call in ["outline", "targets", "subrequests.describe", "of-tomorrow"] {
        let gateway = dockerfiles(NPM);
        let request = format!("frontend.{call}");
        let result = build(&gateway, &[("requestid", &request)]).await.unwrap();
        assert_eq!(delegated(&gateway).frontend_opts["requestid"], request);
        assert_eq!(result.metadata, metadata());
        assert!(solved(&gateway).is_empty());
    }
}

/// What strake can't read may be a mistake, or something new: either is that frontend's to say.
#[tokio::test]
async fn options_that_strake_cannot_read_are_passed_on() {
    for (key, value) in [("platform", "vax"), ("cache-imports", "{"), ("ulimit", "x")] {
        let gateway = dockerfiles("FROM busybox\n");
        build(&gateway, &[(key, value)]).await.unwrap();
        assert_eq!(delegated(&gateway).frontend_opts[key], value);
        assert!(warned(&gateway)[0].starts_with("not-rewritten: no cache mounts are added"));
    }
}

/// A graph that this version does not understand goes on as it came.
#[tokio::test]
async fn a_graph_of_tomorrow_is_left_alone() {
    let gateway = daemon(NPM).on_solve(|request| {
        let mut definition = definition(NPM, "amd64");
        definition.pb.def[1] = vec![0xff];
        let reference = Reference { id: "theirs".into(), definition: Some(definition) };
        (!request.frontend.is_empty()).then(|| Ok(SolveResult::single(reference)))
    });
    let result = build(&gateway, &[]).await.unwrap();
    assert_eq!(id(&result), "theirs");
    assert!(solved(&gateway).is_empty());
    assert!(warned(&gateway)[0].starts_with("not-rewritten: no cache mounts are added"));
}

#[tokio::test]
async fn errors_come_back_as_they_are() {
    let error = rpc_error(tonic::Code::InvalidArgument, "dockerfile parse error on line 1: x");
    let gateway = daemon("FROM busybox\n").fail("dockerfile.v0", error);
    let failure = build(&gateway, &[]).await.unwrap_err();
    assert_eq!(failure.to_string(), "dockerfile parse error on line 1: x");
    assert_eq!(failure.status().code, tonic::Code::InvalidArgument as i32);
}

/// An image that is not there is blamed on the line that names it.
#[tokio::test]
async fn a_frontend_that_is_not_there_has_a_place() {
    let place = async |file: &str| -> Vec<(String, i32)> {
        let gateway = daemon(file).fail("gateway.v0", rpc_error(tonic::Code::Unknown, "not found"));
        let failure = build(&gateway, &[]).await.unwrap_err();
        let sources =
            errdefs::details(failure.status()).into_iter().filter_map(|detail| match detail {
                Detail::Source(source) => Some(source),
                _ => None,
            });
        let place = |source: Source| (source.info.unwrap().filename, source.ranges[0].start.line);
        sources.map(place).collect()
    };
    let at = |line| [("Dockerfile".to_owned(), line)];
    assert_eq!(place("#syntax=r.test/nosuch:1\nFROM busybox\n").await, at(1));
    assert_eq!(place("# escape=\\\n# syntax = r.test/nosuch:1\nFROM busybox\n").await, at(2));
    assert_eq!(place("# a\n# strake: dockerfile=r.test/nosuch:1\nFROM busybox\n").await, at(2));
}

#[tokio::test]
async fn a_language_that_is_too_new_has_a_way_out() {
    let says = async |file, message: &str| {
        let gateway = daemon(file).fail(".v0", rpc_error(tonic::Code::Unknown, message));
        build(&gateway, &[]).await.unwrap_err().to_string()
    };
    let unknown = "dockerfile parse error on line 2: unknown flag: --parents";
    let answer = says("FROM busybox\n", unknown).await;
    assert!(answer.starts_with(unknown) && answer.contains("# strake: dockerfile="), "{answer}");
    let slip = "dockerfile parse error on line 2: unknown instruction: FRUN (did you mean RUN?)";
    assert_eq!(says("FROM busybox\n", slip).await, slip);
    let newest = "# syntax=docker/dockerfile:1-labs\nFROM busybox\n";
    assert_eq!(says(newest, unknown).await, unknown);
}

/// BuildKit 0.8 says no more than the name of a capability.
#[tokio::test]
async fn named_contexts_that_are_too_new_name_the_release() {
    let message = "unsupported frontend capability moby.buildkit.frontend.contexts";
    let says = async |file| {
        let gateway = daemon(file).fail(".v0", rpc_error(tonic::Code::Unimplemented, message));
        build(&gateway, &[]).await.unwrap_err().to_string()
    };
    let answer = says("FROM busybox\n").await;
    assert!(
        answer.contains("new in BuildKit 0.10") && answer.contains("(unsupported)"),
        "{answer}"
    );
    assert_eq!(says("# syntax=docker/dockerfile:1\nFROM busybox\n").await, message);
}

#[tokio::test]
async fn a_daemon_without_a_dockerfile_frontend_is_told_of() {
    let gateway = daemon("FROM busybox\n");
    let failure = build(&gateway, &[]).await.unwrap_err().to_string();
    assert!(failure.contains("this BuildKit has no frontend `dockerfile.v0`"), "{failure}");
}

/// Whatever a file holds: what it is and what it says is told, soon and without a panic.
#[tokio::test]
async fn strange_files_are_read() {
    let pieces =
        ["# strake: ", "off=", "uses=,", "=", "\0", "\u{feff}", "\r", "#", "\u{e9}", "\n", "["];
    let mut seed = 1_usize;
    for number in 0..2_000 {
        let mut file = strake_tests::generate::dockerfile(number);
        for _ in 0..5 {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let mut at = (seed >> 33) % (file.len() + 1);
            while !file.is_char_boundary(at) {
                at -= 1;
            }
            file.insert_str(at, pieces[(seed >> 20) % pieces.len()]);
        }
        let gateway = daemon(&file).on_solve(|request| {
            let reference = Reference { id: "r".into(), definition: Some(Definition::default()) };
            (!request.frontend.is_empty()).then(|| Ok(SolveResult::single(reference)))
        });
        if let Err(failure) = build(&gateway, &[]).await {
            assert!(failure.to_string().len() < 10_000, "{failure}");
        }
    }
    let long = format!("FROM busybox\n{}RUN x\n", "# strake: off uses=apt ".repeat(100_000));
    assert!(build(&daemon(&long), &[]).await.is_err());
}
