//! Options that no flag of buildx reaches, or that the engine at hand does not support: whole builds
//! over a daemon in memory, and what it was asked for.

use std::collections::BTreeMap;

use prost::Message;
use strake_frontend::testing::gateway::fake::{Call, FakeGateway};
use strake_frontend::testing::gateway::{SolveRequest, SolveResult};
use strake_llb::Definition;
use strake_proto::caps::llb as cap;
use strake_proto::errdefs::Detail;
use strake_proto::pb;

use crate::support::{build, solves};

const RUN: &str = r#"
[stage.app]
from = "busybox"

[[stage.app.layer]]
run = "make"
"#;

const COPY: &str = r#"
[stage.app]
from = "scratch"

[[stage.app.layer]]
copy = { src = "file", dest = "/" }
"#;

const CONFIG: &str = r#"{"architecture":"amd64","os":"linux","config":{}}"#;

pub(crate) fn daemon(manifest: &str) -> FakeGateway {
    FakeGateway::new().image("docker.io/library/busybox:latest", "linux/amd64", CONFIG).file(
        "local://dockerfile",
        "Dockerfile",
        manifest,
    )
}

/// The graph of the build: what was solved last.
fn graph(gateway: &FakeGateway) -> Definition {
    solves(gateway).pop().unwrap().definition.unwrap()
}

fn ops(definition: &Definition) -> Vec<pb::op::Op> {
    let ops = definition.pb.def.iter().map(|op| pb::Op::decode(op.as_slice()).unwrap());
    ops.filter_map(|op| op.op).collect()
}

/// Attributes of the sources of a kind, `local://context`.
fn attrs(definition: &Definition, identifier: &str) -> BTreeMap<String, String> {
    let mut sources = ops(definition).into_iter().filter_map(|op| match op {
        pb::op::Op::Source(source) if source.identifier.starts_with(identifier) => Some(source),
        _ => None,
    });
    sources.next().unwrap_or_else(|| panic!("no source `{identifier}`")).attrs
}

/// Limits of memory and processors are new in BuildKit 0.31: an older one would build without them.
#[tokio::test]
async fn resources_are_handed_on_or_refused() {
    let options = [
        ("memory", "1048576"),
        ("memswap", "-1"),
        ("cpushares", "512"),
        ("cpuperiod", "100000"),
        ("cpuquota", "50000"),
        ("cpusetcpus", "0-1"),
        ("cpusetmems", "0"),
    ];
    let new = daemon(RUN);
    build(&new, &options).await.unwrap();
    let resources: Vec<_> = graph(&new).linux_resources.into_values().collect();
    let [limits] = resources.as_slice() else { panic!("{resources:?}") };
    let expected = pb::LinuxResources {
        memory: 1_048_576,
        memory_swap: -1,
        cpu_shares: 512,
        cpu_period: 100_000,
        cpu_quota: 50_000,
        cpuset_cpus: "0-1".into(),
        cpuset_mems: "0".into(),
    };
    assert_eq!(*limits, expected);

    let old = daemon(RUN).without(cap::EXEC_META_LINUX_RESOURCES);
    let failure = build(&old, &options).await.unwrap_err().to_string();
    assert!(failure.contains("does not support") && failure.contains("0.31"), "{failure}");
    build(&old, &[]).await.unwrap();
}

/// Each option that a daemon may lack is refused with the release that has it, at the step.
#[tokio::test]
async fn what_the_daemon_lacks_is_refused() {
    let cases = [
        ("ulimit", "nofile=1:2", cap::EXEC_META_ULIMIT),
        ("cgroup-parent", "/a", cap::EXEC_META_CGROUP_PARENT),
        ("force-network-mode", "none", cap::EXEC_META_NETWORK),
        ("shm-size", "65536", cap::EXEC_MOUNT_TMPFS_SIZE),
    ];
    for (key, value, capability) in cases {
        let lacking = daemon(RUN).without(capability);
        let failure = build(&lacking, &[(key, value)]).await.unwrap_err().to_string();
        assert!(failure.contains(capability), "{key}: {failure}");
        assert!(failure.starts_with("Dockerfile:6:"), "{key}: {failure}");
        build(&lacking, &[]).await.unwrap();
    }
}

/// Whatever runs steps imports the caches: the build for each platform, and its scans. What is looked
/// up before does not: a cache is imported when it is known to answer.
#[tokio::test]
async fn what_runs_steps_imports_the_caches() {
    let manifest = r#"
[stage.base]
dockerfile = "base.Dockerfile"

[stage.app]
from = "base"

[[stage.app.layer]]
copy = { from = "other", src = "/file", dest = "/" }

[[stage.app.layer]]
run = { file = "script.sh" }
"#;
    let gateway = daemon(manifest)
        .file("local://context", "script.sh", "make")
        .image("docker.io/me/scan:latest", "linux/amd64", CONFIG.replace("{}", r#"{"Cmd":["x"]}"#))
        .on_solve(|request| {
            let definition = Definition::default();
            let reference = strake_frontend::testing::gateway::Reference {
                id: "dockerfile".into(),
                definition: Some(definition),
            };
            (request.frontend == "dockerfile.v0").then(|| Ok(SolveResult::single(reference)))
        });
    let options = [
        ("cache-imports", r#"[{"Type":"gha","Attrs":{"scope":"a"}}]"#),
        ("cache-from", "registry.test/cache"),
        ("context:other", "local:other"),
        ("platform", "linux/amd64,linux/arm64"),
        ("attest:sbom", "generator=me/scan"),
        ("build-arg:BUILDKIT_SBOM_SCAN_STAGE", "true"),
    ];
    build(&gateway, &options).await.unwrap();
    let solves = solves(&gateway);
    assert!(solves.len() >= 8, "{:#?}", gateway.lines());
    let runs = |solve: &SolveRequest| {
        let ops = solve.definition.iter().flat_map(ops);
        ops.into_iter().any(|op| matches!(op, pb::op::Op::Exec(_)))
    };
    let (steps, before): (Vec<_>, Vec<_>) = solves.into_iter().partition(runs);
    assert_eq!(steps.len(), 4, "two platforms and their scans");
    for solve in steps {
        let kinds: Vec<_> = solve.cache_imports.iter().map(|one| one.kind.as_str()).collect();
        assert_eq!(kinds, ["gha", "registry"]);
    }
    let dockerfile = before.iter().find(|solve| solve.frontend == "dockerfile.v0").unwrap();
    assert!(!dockerfile.frontend_opts.contains_key("cache-imports"));
    assert!(!dockerfile.frontend_opts.contains_key("cache-from"));
    let begins = "[internal] begin to import caches";
    let importing = before.iter().filter(|solve| !solve.cache_imports.is_empty());
    let importing: Vec<_> = importing
        .map(|solve| crate::support::display_names(solve.definition.as_ref().unwrap()))
        .collect();
    assert_eq!(importing, [[begins]]);
}

#[tokio::test]
async fn images_are_resolved_as_the_build_says() {
    for (mode, attribute) in [("pull", "pull"), ("local", "local"), ("default", "default")] {
        let gateway = daemon(RUN);
        build(&gateway, &[("image-resolve-mode", mode)]).await.unwrap();
        let asked = gateway.calls().into_iter().find_map(|call| match call {
            Call::ResolveImage(request) => Some(request.resolve_mode),
            _ => None,
        });
        assert_eq!(asked.as_deref(), Some(mode));
        let attrs = attrs(&graph(&gateway), "docker-image://");
        let found = attrs.get("image.resolvemode").map_or("default", String::as_str);
        assert_eq!(found, attribute);
    }
}

/// Clients may call their directories as they like, and offer each in a session of its own.
#[tokio::test]
async fn directories_have_names_and_sessions() {
    let gateway = FakeGateway::new().file("local://files", "image.toml", COPY);
    let options = [
        ("filename", "image.toml"),
        ("dockerfilekey", "files"),
        ("local-sessionid:context", "other"),
    ];
    build(&gateway, &options).await.unwrap();
    let loaded = solves(&gateway).remove(0).definition.unwrap();
    assert_eq!(attrs(&loaded, "local://files")["local.session"], "session");
    assert_eq!(attrs(&graph(&gateway), "local://context")["local.session"], "other");
}

/// `contextkey` names the option that says where the context is; `contextsubdir` a directory in it.
#[tokio::test]
async fn a_remote_context_can_be_named_and_cut() {
    let gateway = FakeGateway::new().file("git://h.test/a.git", "Dockerfile", COPY);
    let options =
        [("contextkey", "where"), ("where", "https://h.test/a.git"), ("contextsubdir", "docs")];
    build(&gateway, &options).await.unwrap();
    let copies: Vec<_> = ops(&graph(&gateway)).into_iter().filter_map(copied).collect();
    assert_eq!(copies, ["/docs", "/file"]);
}

/// The first source of a copy.
fn copied(op: pb::op::Op) -> Option<String> {
    let pb::op::Op::File(file) = op else { return None };
    file.actions.into_iter().find_map(|action| match action.action {
        Some(pb::file_action::Action::Copy(copy)) => Some(copy.src),
        _ => None,
    })
}

/// What the client expects of a frontend is there, or is told by name.
#[tokio::test]
async fn capabilities_of_the_frontend_are_checked() {
    let known = "moby.buildkit.frontend.inputs,moby.buildkit.frontend.subrequests,\
                 moby.buildkit.frontend.contexts,moby.buildkit.frontend.gitquerystring";
    build(&daemon(RUN), &[("frontend.caps", known)]).await.unwrap();
    let failure = build(&daemon(RUN), &[("frontend.caps", "moby.buildkit.frontend.unheard")]).await;
    let failure = failure.unwrap_err();
    let details = &failure.status().details;
    let known = details.iter().any(|detail| {
        matches!(Detail::from_any(detail), Ok(Detail::FrontendCap(cap)) if cap.name.ends_with("unheard"))
    });
    assert!(known, "clients know it by the detail: {details:?}");
    assert!(failure.to_string().contains("moby.buildkit.frontend.unheard"));
}

/// A scanner that can't be run is told before anything is solved for the build.
#[tokio::test]
async fn a_scanner_needs_a_command() {
    let gateway = daemon("[stage.a]\nfrom = \"busybox\"\n\n[stage.b]\nfrom = \"a\"\n").image(
        "docker.io/me/scan:latest",
        "linux/amd64",
        CONFIG,
    );
    let options =
        [("attest:sbom", "generator=me/scan"), ("build-arg:BUILDKIT_SBOM_SCAN_STAGE", "a")];
    let failure = build(&gateway, &options).await.unwrap_err().to_string();
    assert!(failure.contains("the SBOM scanner `docker.io/me/scan:latest` can't be run"));
    // Of the image alone the daemon makes one by itself.
    let result = build(&gateway, &options[..1]).await.unwrap();
    assert!(result.attestations.is_empty());
}

/// The date of a local directory is none, and steps see that, too.
#[tokio::test]
async fn a_date_is_a_number_or_that_of_the_context() {
    let manifest = "[arg]\nSOURCE_DATE_EPOCH = \"0\"\n\
                    [stage.app]\nfrom = \"busybox\"\nenv = { EPOCH = \"${SOURCE_DATE_EPOCH}\" }\n";
    let config = async |epoch| {
        let gateway = daemon(manifest);
        let built = build(&gateway, &[("build-arg:SOURCE_DATE_EPOCH", epoch)]).await;
        built.map(|built| {
            String::from_utf8(built.metadata["containerimage.config"].clone()).unwrap()
        })
    };
    let dated = config("1700000000").await.unwrap();
    assert!(
        dated.contains("EPOCH=1700000000") && dated.contains("2023-11-14T22:13:20Z"),
        "{dated}"
    );
    let local = config("context").await.unwrap();
    assert!(local.contains(r#""EPOCH=""#) && !local.contains("2023"), "{local}");
    let error = config("yesterday").await.unwrap_err().to_string();
    assert!(
        error.contains("`yesterday` is neither a number of seconds since 1970 nor `context`"),
        "{error}"
    );
}
