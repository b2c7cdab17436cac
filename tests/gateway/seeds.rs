//! Seeds and exports of cache mounts: whole builds over a daemon in memory, in which strake's own
//! program answers what it is told to.

mod calls;
mod products;

use std::time::Duration;

use strake_frontend::testing::gateway::fake::{Call, FakeGateway, rpc_error};
use strake_frontend::testing::gateway::{
    Environment, Failure, Reference, SolveRequest, SolveResult,
};
use strake_frontend::testing::image::Image;
use strake_frontend::testing::mounts::{Content, Contents};
use strake_frontend::testing::mounts::{Identity, cache_mounts};
use strake_frontend::testing::pipeline;
use strake_frontend::testing::platform::Platform;
use strake_llb::{Definition, Graph, MarshalOptions, SourceOp, decode, dump};
use strake_proto::pb;

use crate::options::daemon;
use crate::support::{display_names, solves};

const MANIFEST: &str = r#"
project = "app"

[seed]
image = "r.test/mounts"
tags = ["main"]

[cache.own]
target = "/cache"
sharing = "locked"
prune = "clean"

[cache.other]
target = "/other"
seed = false

[stage.app]
from = "busybox"
default = true
layer = [
    { run = "pure" },
    { uses = ["own", "other"], run = "app" },
]

[stage.held]
from = "busybox"
layer = [{ uses = ["own"], run = "held" }]

[stage.dependent]
from = "busybox"
layer = [
    { uses = ["own"], boundary = "registry", run = "exported" },
    { uses = ["other"], run = "stays" },
]
"#;

const TAG: &str = "r.test/mounts:main-linux-amd64";

/// How what tells of all mounts begins.
const SUMMARY: &str = "[seed] cache mounts: ";

/// The id of the mount `own`.
const ID: &str = "strake/project/app/own/linux-amd64";

/// The image of a seed with something of the mount `own`.
fn seed(platform: &str) -> Vec<u8> {
    seed_of(platform, Content { id: ID.into(), entries: 1234, bytes: 12_345_678 })
}

fn seed_of(platform: &str, content: Content) -> Vec<u8> {
    let identity = Identity { id: format!("/{ID}"), base: None, selector: String::new() };
    let mut image = Image::default();
    image.set_platform(&Platform::parse(platform).unwrap());
    image.created = Some("2026-11-23T20:00:00Z".into());
    image.rootfs = serde_json::json!({ "type": "layers", "diff_ids": ["sha256:1", "sha256:2"] });
    Contents::new([(identity.key(""), content)].into()).put(&mut image);
    // Bytes that no writer of ours makes: they are handed on as they are.
    let mut json = image.to_json().unwrap();
    json.push(b'\n');
    json
}

/// The command of a step of strake's own: `probe`, `prime`, `export`.
fn command(request: &SolveRequest) -> Option<String> {
    let definition = request.definition.as_ref()?;
    let decoded = decode(&definition.pb).ok()?;
    let (at, _) = decoded.head?;
    match &decoded.ops[at].op.op {
        Some(pb::op::Op::Exec(exec)) => {
            let args = &exec.meta.as_ref()?.args;
            (args.first()? == "/strake").then(|| args[1].clone())
        }
        _ => None,
    }
}

/// A daemon with a seed, in which the program answers with these outcomes.
fn with(answers: &[(&'static str, &str)]) -> FakeGateway {
    let mut gateway = daemon(MANIFEST).image(TAG, "linux/amd64", seed("linux/amd64"));
    for (command, outcome) in answers {
        let text = format!("strake answer 1\noutcome {outcome}\nentries 7\nbytes 70\n");
        gateway = gateway.file(command, "answer", text);
    }
    with_program(gateway)
}

fn with_program(gateway: FakeGateway) -> FakeGateway {
    gateway.on_solve(|request| {
        let id = command(request)?;
        Some(Ok(SolveResult::single(Reference { id, definition: None })))
    })
}

fn not_found(reference: &str) -> strake_frontend::testing::gateway::GatewayError {
    rpc_error(tonic::Code::Unknown, &format!("failed to load cache key: {reference}: not found"))
}

pub(super) fn image_of_strake() -> Vec<u8> {
    let mut graph = Graph::new();
    let image = graph.add(SourceOp::from(SourceOp::image("r.test/strake:1")));
    graph.marshal(Some(image.into()), &MarshalOptions::default()).unwrap().encode_to_vec()
}

async fn build(gateway: &FakeGateway, options: &[(&str, &str)]) -> Result<SolveResult, Failure> {
    let environment = Environment { image: image_of_strake(), ..environment(options) };
    pipeline::run(gateway, &environment).await
}

fn environment(options: &[(&str, &str)]) -> Environment {
    let options =
        options.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    Environment {
        options,
        session_id: "session".into(),
        nonce: "n0".into(),
        program: "/strake".into(),
        // Three hours after the seed was made.
        now: 1_795_474_800,
        ..Environment::default()
    }
}

/// Commands of the program, in the order in which they were run.
fn commands(gateway: &FakeGateway) -> Vec<String> {
    solves(gateway).iter().filter_map(command).collect()
}

fn warnings(gateway: &FakeGateway) -> Vec<String> {
    let lines = gateway.lines().into_iter();
    lines.filter_map(|line| line.strip_prefix("warn ").map(str::to_owned)).collect()
}

/// The definition of the image, which is solved last but for what is only shown.
fn built(gateway: &FakeGateway) -> Definition {
    let mut definitions = solves(gateway).into_iter().filter_map(|request| request.definition);
    let is_summary = |definition: &Definition| {
        display_names(definition).iter().any(|name| name.starts_with(SUMMARY))
    };
    definitions.rfind(|definition| !is_summary(definition)).unwrap()
}

#[tokio::test]
async fn what_is_solved_is_the_same_with_a_seed_and_without() {
    let plain = with(&[]);
    build(&plain, &[("build-arg:STRAKE_SEED", "off")]).await.unwrap();
    assert_eq!(commands(&plain), Vec::<String>::new());
    assert!(
        !plain.lines().iter().any(|line| line.contains("r.test/mounts")),
        "{:?}",
        plain.lines()
    );
    for probe in ["empty", "warm", "busy", "failed\ncode io\nreason it is gone"] {
        for prime in ["primed", "warm", "failed\ncode full\nreason no space left"] {
            let gateway = with(&[("probe", probe), ("prime", prime)]);
            build(&gateway, &[]).await.unwrap();
            assert_eq!(built(&gateway), built(&plain), "{probe} {prime}");
            let failed = usize::from(probe.starts_with("failed"))
                + usize::from(probe == "empty" && prime.starts_with("failed"));
            assert_eq!(warnings(&gateway).len(), failed, "{:?}", warnings(&gateway));
            // The mount that the seed has nothing of is looked at, and left.
            let run = match probe {
                "empty" => &["probe", "probe", "prime"][..],
                _ => &["probe", "probe"],
            };
            assert_eq!(commands(&gateway), run);
        }
    }
}

#[tokio::test]
async fn steps_are_named_by_what_they_do() {
    let gateway = with(&[("probe", "empty"), ("prime", "primed")]);
    build(&gateway, &[]).await.unwrap();
    let names: Vec<String> = solves(&gateway)
        .iter()
        .filter(|request| command(request).is_some())
        .flat_map(|request| display_names(request.definition.as_ref().unwrap()))
        .filter(|name| name.contains("own"))
        .collect();
    assert_eq!(
        names,
        [
            "[seed] own: look whether it is empty",
            "[seed] own: fill from r.test/mounts:main-linux-amd64, 3 hours old, \
             1,234 files and directories of 12.3 MB",
        ]
    );
}

/// Each mount is told of once, whatever came of it.
#[tokio::test(start_paused = true)]
async fn a_vertex_tells_how_each_mount_is() {
    let primed = format!("primed ({TAG}, 3 hours old, 12.3 MB, in 0.0 s)");
    for (probe, prime, own, other) in [
        ("empty", "primed", primed.as_str(), "cold (not in the seed)"),
        ("empty", "warm", "warm", "cold (not in the seed)"),
        ("warm", "", "warm", "warm"),
        ("busy", "", "in use by another build", "in use by another build"),
        (
            "empty",
            "failed\ncode full\nreason x",
            "not primed (see the warning)",
            "cold (not in the seed)",
        ),
    ] {
        let gateway = with(&[("probe", probe), ("prime", prime)]);
        build(&gateway, &[]).await.unwrap();
        let answer = format!("[seed] cache mounts: other {other}, own {own}");
        assert_eq!(summaries(&gateway), [answer]);
    }
    let gateway = with(&[("probe", "empty"), ("prime", "primed")])
        .delay("solve docker-image://r.test/strake:1", Duration::from_secs(3600));
    build(&gateway, &[("build-arg:STRAKE_SEED", "off")]).await.unwrap();
    assert_eq!(summaries(&gateway), Vec::<String>::new());
}

fn summaries(gateway: &FakeGateway) -> Vec<String> {
    let definitions = solves(gateway).into_iter().filter_map(|request| request.definition);
    let names = definitions.flat_map(|definition| display_names(&definition));
    names.filter(|name| name.starts_with(SUMMARY)).collect()
}

/// The steps as graphs: the mount as its users have it, nothing of the user's, no network.
#[tokio::test]
async fn steps_have_the_mount_the_program_and_nothing_else() {
    let gateway = with(&[("probe", "empty"), ("prime", "primed")]);
    build(&gateway, &[]).await.unwrap();
    let steps = solves(&gateway).into_iter().filter(|request| command(request).is_some());
    let dumps: Vec<String> =
        steps.map(|request| dump(&request.definition.unwrap()).unwrap()).collect();
    insta::assert_snapshot!(dumps.join("\n"));
}

/// The id of a cache mount is no part of a step's key: steps that differ in it alone are run once.
#[tokio::test]
async fn steps_for_two_mounts_are_two_steps() {
    let gateway = with(&[("probe", "empty"), ("prime", "primed")]);
    build(&gateway, &[]).await.unwrap();
    let probes = solves(&gateway).into_iter();
    let probes = probes.filter(|request| command(request).as_deref() == Some("probe"));
    let keys: Vec<Vec<pb::Op>> = probes
        .map(|request| {
            let decoded = decode(&request.definition.unwrap().pb).unwrap();
            decoded.ops.into_iter().map(|op| without_ids(op.op)).collect()
        })
        .collect();
    assert_eq!(keys.len(), 2);
    assert_ne!(keys[0], keys[1]);
}

fn without_ids(mut op: pb::Op) -> pb::Op {
    if let Some(pb::op::Op::Exec(exec)) = &mut op.op {
        for cache in exec.mounts.iter_mut().filter_map(|mount| mount.cache_opt.as_mut()) {
            cache.id.clear();
        }
    }
    op
}

/// What needs no mount is built meanwhile, with the caches that the build imports.
#[tokio::test(start_paused = true)]
async fn what_needs_no_mount_is_built_while_mounts_are_filled() {
    let gateway = with(&[("probe", "empty"), ("prime", "primed")])
        .delay("docker-image://r.test/mounts:main-linux-amd64@", Duration::from_secs(60));
    build(&gateway, &[]).await.unwrap();
    let steps: Vec<(bool, bool)> = solves(&gateway)
        .iter()
        .map(|request| {
            let names = display_names(request.definition.as_ref().unwrap());
            let has = |text: &str| names.iter().any(|name| name.ends_with(text));
            (has("run pure"), has("run app"))
        })
        .filter(|(pure, _)| *pure)
        .collect();
    assert_eq!(steps, [(true, false), (true, true)]);
    assert!(gateway.most_under_way() >= 2);
    // The daemon fetches what a cache has no sooner than somebody looks into it.
    let calls: Vec<String> = gateway.calls().iter().map(Call::line).collect();
    let looked = calls.iter().filter(|call| *call == "stat /").count();
    assert_eq!(looked, 1, "{calls:#?}");
}

/// A locked mount that another build has is not waited for.
#[tokio::test(start_paused = true)]
async fn a_mount_that_is_held_is_warm() {
    let gateway = with(&[("probe", "empty"), ("prime", "primed")])
        .delay("solve docker-image://r.test/strake:1", Duration::from_secs(3600));
    let begun = tokio::time::Instant::now();
    let options = [("target", "held")];
    build(&gateway, &options).await.unwrap();
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    assert_eq!((commands(&gateway), warnings(&gateway)), (vec!["probe".to_owned()], Vec::new()));
    assert_eq!(summaries(&gateway), ["[seed] cache mounts: own in use by another build"]);
}

/// A registry may fall silent when it has answered.
#[tokio::test(start_paused = true)]
async fn a_seed_that_does_not_come_is_given_up() {
    let gateway = with(&[("probe", "empty"), ("prime", "primed")])
        .delay("docker-image://r.test/mounts:main-linux-amd64@", Duration::from_secs(1 << 30));
    build(&gateway, &[]).await.unwrap();
    let warned = warnings(&gateway);
    assert!(warned.len() == 1 && warned[0].starts_with("seed-broken: "), "{warned:?}");
    assert!(warned[0].contains("it did not arrive within 85 s"), "{warned:?}");
}

/// What a seed says of itself is not to be trusted: this one would be waited for for 63 years.
#[tokio::test(start_paused = true)]
async fn a_seed_does_not_say_how_long_it_is_waited_for() {
    for (entries, bytes) in [(1, 1_000_000_000_000_000), (u64::MAX, 1), (u64::MAX, u64::MAX)] {
        let gateway = daemon(MANIFEST)
            .image(
                TAG,
                "linux/amd64",
                seed_of("linux/amd64", Content { id: ID.into(), entries, bytes }),
            )
            .file("probe", "answer", "strake answer 1\noutcome empty\n")
            .delay("docker-image://r.test/mounts:main-linux-amd64@", Duration::from_secs(1 << 40));
        let gateway = with_program(gateway);
        build(&gateway, &[]).await.unwrap();
        let warned = warnings(&gateway);
        assert!(warned[0].contains("it did not arrive within 900 s"), "{warned:?}");
    }
}

#[tokio::test]
async fn a_daemon_that_does_not_tell_of_our_image_builds_without() {
    let gateway = with(&[]);
    pipeline::run(&gateway, &environment(&[])).await.unwrap();
    assert_eq!(commands(&gateway), Vec::<String>::new());
    let warned = warnings(&gateway);
    assert!(warned.len() == 1 && warned[0].starts_with("seed-no-program: "), "{warned:?}");
    let failed = pipeline::run(&gateway, &environment(&[("target", "@mounts")])).await;
    assert!(failed.unwrap_err().to_string().contains("seed-no-program"));
}

/// The mounts are emptied once, before they are filled; what is solved then runs by another reason.
#[tokio::test]
async fn no_cache_does_not_empty_what_was_filled() {
    let gateway = with(&[("probe", "empty"), ("prime", "primed")]);
    build(&gateway, &[("no-cache", "")]).await.unwrap();
    // Of the other mount the seed has nothing, and it is to be emptied as well.
    assert_eq!(commands(&gateway), ["probe", "probe", "prime"]);
    let ignoring = |definition: &Definition| {
        let decoded = decode(&definition.pb).unwrap();
        let ops = decoded.ops.iter().filter(|op| {
            let metadata = definition.pb.metadata.get(op.digest.as_str());
            metadata.is_some_and(|metadata| metadata.ignore_cache)
        });
        ops.count()
    };
    for request in solves(&gateway) {
        let definition = request.definition.as_ref().unwrap();
        let mounts = cache_mounts(definition).unwrap();
        let emptied = mounts.iter().any(|mount| mount.emptied);
        assert_eq!(emptied, command(&request).as_deref() == Some("probe"));
    }
    let built = built(&gateway);
    assert_eq!(ignoring(&built), 1, "the pure step ignores the cache as ever");
    assert!(dump(&built).unwrap().contains("/dev/strake/fresh"));
}

/// A registry may answer with an image of another platform, where it has no other.
#[tokio::test]
async fn the_platform_of_what_comes_back_is_looked_at() {
    let gateway = with_program(daemon(MANIFEST).image(TAG, "linux/amd64", seed("linux/arm64")));
    build(&gateway, &[]).await.unwrap();
    assert_eq!(
        warnings(&gateway),
        [format!("seed-platform: `{TAG}` is a seed for linux/arm64, not for linux/amd64")]
    );
}

/// The built-in frontend puts it before the ids of a Dockerfile's mounts; the file can't.
#[tokio::test]
async fn a_dockerfile_has_the_namespace_of_the_build() {
    let key = "build-arg:BUILDKIT_CACHE_MOUNT_NS";
    for (given, handed_on) in [(&[(key, "ns")][..], "ns"), (&[], "own")] {
        let manifest = "[stage.old]\ndockerfile = { file = 'Dockerfile', \
                        args = { BUILDKIT_CACHE_MOUNT_NS = 'own' } }\n";
        let gateway = daemon(manifest).on_solve(|request| {
            let reference = Reference { id: "old".into(), definition: Some(Definition::default()) };
            (request.frontend == "dockerfile.v0").then(|| Ok(SolveResult::single(reference)))
        });
        build(&gateway, given).await.unwrap();
        let asked = solves(&gateway);
        let asked = asked.iter().find(|request| request.frontend == "dockerfile.v0").unwrap();
        assert_eq!(asked.frontend_opts[key], handed_on);
    }
}

#[tokio::test]
async fn a_seed_that_is_no_reference_is_a_warning() {
    let gateway = with(&[("probe", "warm")]);
    build(&gateway, &[("build-arg:STRAKE_SEED", "r.test/Mounts")]).await.unwrap();
    let warned = warnings(&gateway);
    let expected = "invalid-seed: build argument `STRAKE_SEED`: `r.test/Mounts`";
    assert!(warned.len() == 1 && warned[0].starts_with(expected), "{warned:?}");
}

/// What comes from elsewhere is read with care.
#[tokio::test]
async fn an_answer_that_is_none_is_a_warning() {
    for answer in ["", "nonsense", "strake answer 1\noutcome primed\nentries x\n"] {
        let gateway = with(&[]).file("probe", "answer", answer);
        build(&gateway, &[]).await.unwrap();
        let warned = warnings(&gateway);
        assert!(warned.len() == 1 && warned[0].starts_with("seed-broken: "), "{warned:?}");
    }
}

/// The program's own image is a message that may be anything, too.
#[tokio::test]
async fn an_image_that_is_no_definition_is_as_none() {
    let gateway = with(&[]);
    let environment = Environment { image: b"\xff\xff".to_vec(), ..environment(&[]) };
    pipeline::run(&gateway, &environment).await.unwrap();
    assert!(warnings(&gateway)[0].starts_with("seed-no-program: "));
    // A definition, but not one that holds together.
    let mut broken = Definition::decode(&image_of_strake()).unwrap();
    broken.pb.def.remove(0);
    let environment = Environment { image: broken.encode_to_vec(), ..environment };
    let gateway = with(&[]);
    pipeline::run(&gateway, &environment).await.unwrap();
    assert!(warnings(&gateway)[0].contains("broken"), "{:?}", warnings(&gateway));
}
