//! Directives, build arguments, targets and calls.

use serde_json::Value;
use strake_frontend::testing::gateway::fake::rpc_error;
use strake_tests::pages;

use super::*;

#[tokio::test]
async fn what_is_switched_off_stays_as_it_is() {
    const STEP: &str = "FROM busybox\n# strake: off\nRUN npm ci\n";
    const MANAGER: &str = "FROM busybox\n# strake: off=npm\nRUN npm ci\n";
    const FILE: &str = "# strake: off=npm,pip\nFROM busybox\nRUN npm ci\nRUN pip install a\n";
    const OTHER: &str = "FROM busybox\n# strake: off=pip\nRUN npm ci\n";
    let of = async |file, argument: &str| {
        let gateway = dockerfiles(file);
        build(&gateway, &[("build-arg:STRAKE_CACHE", argument)]).await.unwrap();
        usize::from(added(&gateway, file) > 0)
    };
    assert_eq!(of(NPM, "").await, 1);
    assert_eq!(of(NPM, "off").await, 0);
    assert_eq!(of(NPM, "off:pip,npm").await, 0);
    assert_eq!(of(NPM, "off:pip").await, 1);
    for file in [STEP, MANAGER, FILE] {
        assert_eq!(of(file, "").await, 0, "{file}");
    }
    assert_eq!(of(OTHER, "").await, 1);
    let gateway = dockerfiles(NPM);
    let failure =
        build(&gateway, &[("build-arg:STRAKE_CACHE", "of")]).await.unwrap_err().to_string();
    assert!(
        failure.contains("`STRAKE_CACHE`") && failure.contains("(invalid-directive)"),
        "{failure}"
    );
}

#[tokio::test]
async fn mistakes_in_directives_are_reported() {
    for (file, code) in [
        ("# strake: dockerfil=x\nFROM busybox\n", "(unknown-directive)"),
        ("# strake: boundary=mount\nFROM busybox\nRUN x\n", "(misplaced-directive)"),
        ("FROM busybox\n# strake: uses=nmp\nRUN x\n", "(invalid-directive)"),
        ("FROM busybox\n# strake: seed=x\nRUN x\n", "(misplaced-directive)"),
        ("FROM busybox\nRUN x\n# strake: off\n", "(misplaced-directive)"),
    ] {
        let failure = build(&dockerfiles(file), &[]).await.unwrap_err().to_string();
        assert!(failure.contains(code), "{file}: {failure}");
    }
    // One that is about nothing which is built may as well be the text of a here document.
    for (below, is_reported) in
        [("ENV a=b", true), ("from x", true), ("COPY a b", false), ("a", false)]
    {
        let file = format!("FROM busybox\n# strake: uses=npm\n{below}\nRUN make\n");
        let gateway = dockerfiles(file.leak());
        build(&gateway, &[]).await.unwrap();
        let warned = gateway.calls().into_iter().filter_map(|call| match call {
            Call::Warn(warning) => Some(warning.short),
            _ => None,
        });
        let warned: Vec<String> = warned.collect();
        assert_eq!(warned.len(), usize::from(is_reported), "{below}: {warned:?}");
        assert!(warned.iter().all(|text| text.contains("misplaced-directive")), "{warned:?}");
    }
}

/// Nobody else would tell: they do not reach the Dockerfile.
#[tokio::test]
async fn a_slip_in_an_argument_of_strakes_own_is_reported() {
    let gateway = dockerfiles(NPM);
    build(&gateway, &[("build-arg:STRAKE_CACHES", "off"), ("build-arg:STRAKE_LOG", "x")])
        .await
        .unwrap();
    let warned = gateway.calls().into_iter().filter_map(|call| match call {
        Call::Warn(warning) => Some((warning.short, warning.detail)),
        _ => None,
    });
    let expected = "unused-build-arg: strake has no build argument `STRAKE_CACHES`";
    let help = "did you mean `STRAKE_CACHE`?";
    assert_eq!(warned.collect::<Vec<_>>(), [(expected.to_owned(), vec![help.to_owned()])]);
}

/// A comment may stand between the lines of an instruction; a directive there is too late.
#[tokio::test]
async fn a_directive_within_an_instruction_is_reported() {
    let at = |script: &str| -> &'static str {
        format!("FROM busybox\n# comment\nRUN {script}\n# strake: off\n  && npm ci\n").leak()
    };
    let failure = build(&dockerfiles(at("make # 3 lines")), &[]).await.unwrap_err().to_string();
    assert!(
        failure.contains("Dockerfile:4:11") && failure.contains("(misplaced-directive)"),
        "{failure}"
    );
    build(&dockerfiles(at("cat <<E # 3 lines")), &[]).await.unwrap();
}

#[tokio::test]
async fn mistakes_in_directives_fail_a_check() {
    const FILE: &str = "FROM busybox\n# strake: usse=npm\nRUN x\n";
    let answer = check(FILE, true).await;
    assert_eq!(answer["result.statuscode"], b"1");
    let json: serde_json::Value = serde_json::from_slice(&answer["result.json"]).unwrap();
    let message = json["buildError"]["message"].as_str().unwrap_or_default();
    assert!(
        message.contains("Dockerfile:2:11") && message.contains("(unknown-directive)"),
        "{json}"
    );
    assert_eq!(json["buildError"]["location"]["ranges"][0]["start"]["line"], 2);
    let answer = check("FROM busybox\n# strake: off\nENV a=b\nRUN x\n", true).await;
    let json = String::from_utf8(answer["result.json"].clone()).unwrap();
    assert!(json.contains("misplaced-directive"), "{json}");
}

#[tokio::test]
async fn what_is_exportable_is_below_the_mounts() {
    const FILE: &str = "FROM busybox\nRUN make\nRUN npm ci\nRUN above\n";
    let gateway = dockerfiles(FILE);
    let result = build(&gateway, &[("target", "app@registry")]).await.unwrap();
    assert_eq!(delegated(&gateway).frontend_opts["target"], "app");
    assert_eq!(result.references, References::Single(None));
    assert_eq!(result.attestations["linux/amd64@registry"].attestation.len(), 1);
    let [exported] = solved(&gateway).try_into().unwrap();
    assert_eq!(mounts(&exported).into_keys().collect::<Vec<_>>(), ["make"]);

    const EXPLICIT: &str = "FROM busybox\nRUN npm ci\n# strake: boundary=registry\nRUN above\n";
    let failure = build(&dockerfiles(EXPLICIT), &[("target", "@registry")]).await.unwrap_err();
    let failure = failure.to_string();
    assert!(failure.contains("(step-not-exportable)") && failure.contains("line 2"), "{failure}");

    const MOUNT: &str = "FROM busybox\nRUN make\n# strake: boundary=mount\nRUN fetch\nRUN above\n";
    let gateway = dockerfiles(MOUNT);
    build(&gateway, &[("target", "@registry")]).await.unwrap();
    assert!(!delegated(&gateway).frontend_opts.contains_key("target"));
    assert_eq!(mounts(&solved(&gateway)[0]).into_keys().collect::<Vec<_>>(), ["make"]);
    let failure = build(&dockerfiles(NPM), &[("target", "app@nowhere")]).await.unwrap_err();
    assert!(failure.to_string().contains("`@registry` and `STAGE@registry`"));
}

/// An image of metadata alone has no graph, and platforms all the same.
#[tokio::test]
async fn nothing_is_exported_of_an_empty_image() {
    for (platform, ids) in [
        ("linux/amd64", vec!["linux/amd64"]),
        ("linux/amd64,linux/arm64", vec!["linux/amd64", "linux/arm64"]),
    ] {
        let gateway = daemon("FROM scratch\n").on_solve(|request| {
            let result = SolveResult { metadata: metadata(), ..SolveResult::default() };
            (!request.frontend.is_empty()).then_some(Ok(result))
        });
        let options = [("target", "@registry"), ("platform", platform)];
        let result = build(&gateway, &options).await.unwrap();
        let platforms: Value = serde_json::from_slice(&result.metadata["refs.platforms"]).unwrap();
        let platforms = platforms["Platforms"].as_array().unwrap();
        assert_eq!(platforms.iter().map(|one| &one["ID"]).collect::<Vec<_>>(), ids);
        assert!(result.attestations.is_empty() && solved(&gateway).is_empty());
        let lines = gateway.lines();
        let warned = |line: &String| line.contains("there is nothing to export");
        assert!(lines.iter().any(warned), "{lines:?}");
    }
}

/// OS packages belong in a registry, whoever gave the step its mounts.
#[tokio::test]
async fn layers_of_a_system_package_manager_are_exportable() {
    let exported = async |file: &'static str| -> Vec<String> {
        let gateway = dockerfiles(file);
        build(&gateway, &[("target", "@registry")]).await.unwrap();
        solved(&gateway).iter().flat_map(mounts).map(|(step, _)| step).collect()
    };
    const SYSTEM: &str = "FROM busybox\nRUN apt-get install a # system\nRUN npm ci\n";
    assert_eq!(exported(SYSTEM).await, ["apt-get install a # system"]);
    const OWN: &str = "FROM busybox\nRUN apt-get install a # system # own\nRUN npm ci\n";
    assert!(exported(OWN).await.is_empty());
}

/// A step that always runs has in its cache key what no other build has.
#[tokio::test]
async fn a_step_may_always_run() {
    const FILE: &str = "FROM busybox\nRUN before\n# strake: boundary=none\nRUN always\n";
    let gateway = dockerfiles(FILE);
    build(&gateway, &[]).await.unwrap();
    let ours = &solved(&gateway)[0];
    let bytes = ours.encode_to_vec();
    assert!(bytes.windows(5).any(|window| window == b"nonce"));
    let theirs = definition(FILE, "amd64");
    assert!(ours.pb.def.contains(&theirs.pb.def[1]), "the step below is another");
    assert!(!ours.pb.def.contains(&theirs.pb.def[2]));
}

#[tokio::test]
async fn the_plan_shows_steps_and_mounts() {
    let text = answer("frontend.plan").await;
    let expected = "\
TARGET:   app
PLATFORM: linux/amd64

STAGE app, from docker.io/library/busybox:latest@sha256:00 (line 2)
  LINE  BOUNDARY  EXPORTABLE                  LAYER
  2     registry  yes                         RUN make
  3     mount     no                          RUN npm ci
                                                cache npm at /dev/strake/cache/npm, shared, id /strake/npm/linux-amd64
  4     registry  no: `[app 3/9] RUN npm ci`  RUN above
";
    assert_eq!(text, expected);
}

#[tokio::test]
async fn the_graph_is_the_plan_as_a_picture() {
    let text = answer("frontend.graph").await;
    for line in [
        r#"    n0(["docker.io/library/busybox:latest"]):::source"#,
        r#"        n1["RUN make<br>registry, exportable"]:::exportable"#,
        r#"        n2["RUN npm ci<br>mount"]:::mount"#,
        r#"    n3[("cache npm<br>shared")]:::cache"#,
        "    n0 --> n1",
        "    n3 === n2",
    ] {
        assert!(text.lines().any(|drawn| drawn == line), "{line}\n{text}");
    }
}

/// What a call answers of a file; it solves nothing.
async fn answer(call: &str) -> String {
    let gateway = dockerfiles("FROM busybox\nRUN make\nRUN npm ci\nRUN above\n");
    // Without strake's image no mount is looked into.
    let result = build_with(&gateway, &[("requestid", call)], Vec::new()).await.unwrap();
    assert!(!delegated(&gateway).frontend_opts.contains_key("requestid"));
    assert!(solved(&gateway).is_empty());
    String::from_utf8(result.metadata["result.txt"].clone()).unwrap()
}

/// The other frontend's answer, and behind it what is advised; a file that it can't build has only the
/// former.
#[tokio::test]
async fn advice_is_added_to_a_check() {
    const FILE: &str = "FROM busybox\nRUN npm ci && npm cache clean --force\n";
    for (is_sound, status) in [(true, "1"), (false, "0")] {
        let answer = check(FILE, is_sound).await;
        assert_eq!(answer["result.statuscode"], status.as_bytes());
        let json = String::from_utf8(answer["result.json"].clone()).unwrap();
        assert_eq!(json.contains("\"cache-emptied\""), is_sound, "{json}");
    }
}

/// The answer to a check, of which the other frontend says nothing; it can build the file, or not.
async fn check(file: &'static str, is_sound: bool) -> BTreeMap<String, Vec<u8>> {
    let lint =
        [("result.json", r#"{"warnings": null, "sources": null}"#), ("result.statuscode", "0")];
    let lint: BTreeMap<String, Vec<u8>> =
        lint.map(|(key, value)| (key.to_owned(), value.as_bytes().to_vec())).into();
    let gateway = daemon(file).on_solve(move |request| {
        let is_call = request.frontend_opts.contains_key("requestid");
        let reference = Reference { id: "r".into(), definition: Some(definition(file, "amd64")) };
        (!request.frontend.is_empty()).then(|| match is_call {
            true => Ok(SolveResult { metadata: lint.clone(), ..SolveResult::default() }),
            false if is_sound => Ok(SolveResult::single(reference)),
            false => Err(rpc_error(tonic::Code::Unknown, "parse error")),
        })
    });
    build(&gateway, &[("requestid", "frontend.lint")]).await.unwrap().metadata
}

/// The examples of the codes' pages: the first has the problem, the second has none.
#[tokio::test]
async fn the_examples_of_the_pages_are_true() {
    use strake_frontend::testing::diagnostics::codes::dockerfile as codes;
    let pages = [
        &codes::UNKNOWN_DIRECTIVE,
        &codes::INVALID_DIRECTIVE,
        &codes::MISPLACED_DIRECTIVE,
        &codes::UNUSABLE_CACHE,
        &codes::STEP_NOT_EXPORTABLE,
    ];
    for code in pages {
        let blocks = pages::examples(code.name, "dockerfile").into_iter();
        let blocks: Vec<&'static str> = blocks.map(|block| &*block.leak()).collect();
        let [wrong, right] = blocks[..] else { panic!("{}: two examples", code.name) };
        let target = ("target", "@registry");
        let failure = build(&dockerfiles(wrong), &[target]).await.unwrap_err().to_string();
        assert!(failure.contains(&format!("({})", code.name)), "{failure}");
        build(&dockerfiles(right), &[target]).await.unwrap();
    }
}
