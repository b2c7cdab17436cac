//! What is exportable and what runs again: whole builds over a daemon in memory.

use std::collections::BTreeSet;

use strake_frontend::testing::gateway::fake::FakeGateway;
use strake_frontend::testing::gateway::{Environment, Failure, Reference, References, SolveResult};
use strake_frontend::testing::pipeline;
use strake_llb::{CacheSharing, Definition, ExecOp, Graph, MarshalOptions, Mount};
use strake_proto::caps::gateway as cap;

use crate::options::daemon;
use crate::support::display_names;
use crate::support::solves;

/// Two stages that are exportable, below and beside a mount layer.
const TWO: &str = r#"
project = "app"

[cache.own]
target = "/cache"

[stage.system]
from = "busybox"
layer = [{ run = "system" }]

[stage.tools]
from = "busybox"
layer = [{ run = "tools" }]

[stage.app]
from = "system"
layer = [
    { uses = ["own"], binds = [{ from = "tools", target = "/tools" }], run = "app" },
    { run = "above" },
]
"#;

async fn build(
    gateway: &FakeGateway,
    nonce: &str,
    options: &[(&str, &str)],
) -> Result<SolveResult, Failure> {
    let options =
        options.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    let environment = Environment { options, nonce: nonce.into(), ..Environment::default() };
    pipeline::run(gateway, &environment).await
}

/// The definitions of the build itself, after that of its file.
fn built(gateway: &FakeGateway) -> Vec<Definition> {
    let definitions = solves(gateway).into_iter().filter_map(|request| request.definition);
    definitions.skip(1).collect()
}

/// Digests of the steps with these texts in their names.
fn digests(definition: &Definition, steps: &[&str]) -> Vec<String> {
    let find = |step: &&str| {
        let mut found = definition.pb.metadata.iter().filter(|(_, metadata)| {
            metadata.description.get("llb.customname").is_some_and(|name| name.contains(step))
        });
        found.next().unwrap_or_else(|| panic!("no `{step}`")).0.clone()
    };
    steps.iter().map(find).collect()
}

/// The cache of all references is exported, and all but those of the platforms are no one else's
/// business: each output that is exportable is an attestation's, of a platform that is not in the
/// result.
#[tokio::test]
async fn what_is_exportable_is_returned_where_only_the_cache_is_looked_for() {
    let gateway = daemon(TWO);
    let result = build(&gateway, "", &[("target", "@registry")]).await.unwrap();
    assert_eq!(result.references, References::Single(None));
    let platforms = String::from_utf8(result.metadata["refs.platforms"].clone()).unwrap();
    assert!(platforms.contains(r#""ID":"linux/amd64""#) && !platforms.contains('@'), "{platforms}");
    assert_eq!(result.metadata.len(), 1);
    let [(platform, attestations)] = result.attestations.iter().collect::<Vec<_>>()[..] else {
        panic!("{:?}", result.attestations)
    };
    assert_eq!(platform, "linux/amd64@registry");
    let ids = attestations.attestation.iter().map(|one| one.r#ref.as_ref().unwrap().id.as_str());
    let ids: BTreeSet<&str> = ids.collect();
    assert_eq!(ids.len(), 2);
    assert!(ids.iter().all(|id| !id.is_empty()));
    let steps: Vec<_> = built(&gateway).iter().flat_map(display_names).collect();
    for (step, solved) in [("tools", true), ("system", true), ("app", false), ("above", false)] {
        let is_there = steps.iter().any(|name| name.ends_with(&format!("run {step}")));
        assert_eq!(is_there, solved, "{step}: {steps:?}");
    }
}

#[tokio::test]
async fn several_platforms_are_exported_together() {
    let config = r#"{"architecture":"arm64","os":"linux","config":{}}"#;
    let gateway = daemon(TWO).image("docker.io/library/busybox:latest", "linux/arm64", config);
    let options = [("target", "app@registry"), ("platform", "linux/amd64,linux/arm64")];
    let result = build(&gateway, "", &options).await.unwrap();
    let keys: Vec<_> = result.attestations.keys().map(String::as_str).collect();
    assert_eq!(keys, ["linux/amd64@registry", "linux/arm64@registry"]);
    assert!(result.attestations.values().all(|one| one.attestation.len() == 2));
    let References::ByPlatform(references) = result.references else { panic!("one") };
    assert_eq!(references.len(), 2);
    assert!(references.values().all(|reference| reference.id.is_empty()));
}

#[tokio::test]
async fn a_daemon_that_knows_no_attestations_exports_nothing_unnoticed() {
    let gateway = daemon(TWO).without(cap::ATTESTATIONS);
    let failure = build(&gateway, "", &[("target", "@registry")]).await.unwrap_err().to_string();
    assert!(failure.contains(cap::ATTESTATIONS) && failure.contains("0.11"), "{failure}");
    build(&gateway, "", &[]).await.unwrap();
}

const FRESH: &str = r#"
[arg]
EPOCH = "1"

[stage.app]
from = "busybox"
layer = [
    { run = "before" },
    { epoch = "${EPOCH}", run = "dated" },
    { epoch = "${EPOCH}", mkdir = "/dated" },
]

[stage.always]
from = "busybox"
layer = [
    { run = "before" },
    { boundary = "none", run = "always" },
    { boundary = "none", mkdir = "/always" },
]

[stage.both]
from = "busybox"
layer = [{ copy = [{ from = "app", src = "/a", dest = "/" }, { from = "always", src = "/b", dest = "/" }] }]
"#;

/// What changes is in the cache keys of the layers that ask for it, and in no other's.
#[tokio::test]
async fn an_epoch_and_a_nonce_change_the_layers_that_have_them() {
    let steps = ["run before", "run dated", "mkdir /dated", "run always", "mkdir /always"];
    let mut found = Vec::new();
    for (nonce, epoch) in [("1", "1"), ("1", "1"), ("1", "2"), ("2", "1")] {
        let gateway = daemon(FRESH);
        build(&gateway, nonce, &[("build-arg:EPOCH", epoch)]).await.unwrap();
        found.push(digests(&built(&gateway)[0], &steps));
    }
    let same = |other: &[String]| -> Vec<bool> {
        found[0].iter().zip(other).map(|(one, other)| one == other).collect()
    };
    assert_eq!(same(&found[1]), [true; 5]);
    assert_eq!(same(&found[2]), [true, false, false, true, true]);
    assert_eq!(same(&found[3]), [true, true, true, false, false]);
}

/// An empty epoch is none, so that an argument can be left out.
#[tokio::test]
async fn an_empty_epoch_changes_nothing() {
    let (with, without) = (daemon(FRESH), daemon(&FRESH.replace("epoch = \"${EPOCH}\", ", "")));
    build(&with, "", &[("build-arg:EPOCH", "")]).await.unwrap();
    build(&without, "", &[("build-arg:EPOCH", "")]).await.unwrap();
    assert_eq!(built(&with)[0].pb.def, built(&without)[0].pb.def);
}

/// A Dockerfile's steps declare nothing: those with a cache mount are rebuilt from it.
#[tokio::test]
async fn a_step_of_a_dockerfile_with_a_cache_mount_is_not_exportable() {
    let manifest = r#"
[stage.old]
dockerfile = "old.Dockerfile"

[stage.app]
from = "busybox"

[[stage.app.layer]]
boundary = "registry"
copy = { from = "old", src = "/a", dest = "/" }
"#;
    let old = |with_cache: bool| {
        let mut graph = Graph::new();
        let mut op = ExecOp::new(["npm", "ci"]).mount(Mount::root(None));
        if with_cache {
            op = op.mount(Mount::cache("/root/.npm", "npm", CacheSharing::Shared));
        }
        let step = graph.add(op);
        graph.metadata_mut(step).custom_name("[2/2] RUN npm ci");
        let root = graph.mount_output(step, "/");
        graph.marshal(root, &MarshalOptions::default()).unwrap()
    };
    let daemon = |with_cache| {
        daemon(manifest).on_solve(move |request| {
            let reference = Reference { id: "old".into(), definition: Some(old(with_cache)) };
            (request.frontend == "dockerfile.v0").then(|| Ok(SolveResult::single(reference)))
        })
    };
    build(&daemon(false), "", &[]).await.unwrap();
    let failure = build(&daemon(true), "", &[]).await.unwrap_err().to_string();
    assert!(
        failure.contains("`[2/2] RUN npm ci`") && failure.contains("layer-not-exportable"),
        "{failure}"
    );
}

/// BuildKit 0.8 does not say what image strake runs in, without which a step with compiled output would take what
/// another checkout made.
#[tokio::test]
async fn compiled_output_names_the_release_that_it_needs() {
    let manifest = TWO.replace("target = \"/cache\"", "target = \"/cache\"\ncompiled = true");
    build(&daemon(&manifest), "", &[]).await.unwrap();
    let old = daemon(&manifest).without("exec.secretenv");
    let failure = build(&old, "", &[]).await.unwrap_err().to_string();
    assert!(failure.contains("new in BuildKit 0.10 (unsupported)"), "{failure}");
    build(&daemon(TWO).without("exec.secretenv"), "", &[]).await.unwrap();
}
