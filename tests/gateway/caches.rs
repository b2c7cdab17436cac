//! Registry caches: which are asked for, how long that takes, which are imported, and what is said of
//! the others.

use std::time::Duration;

use strake_frontend::testing::gateway::fake::{Call, FakeGateway, rpc_error};
use strake_frontend::testing::gateway::{GatewayError, SolveRequest, Warning};
use tokio::time::Instant;
use tonic::Code;

use crate::support::{build, display_names, solves};

const BRANCH: &str = "registry.test/cache:branch";
const MAIN: &str = "registry.test/cache:main";

/// Line 6 names the caches.
const MANIFEST: &str = r#"
[arg]
BRANCH = "branch"

[registry]
cache = ["registry.test/cache:${BRANCH}", "registry.test/cache:main"]

[stage.app]
from = "busybox"

[[stage.app.layer]]
run = "make"
"#;

const CONFIG: &str = r#"{"architecture":"amd64","os":"linux","config":{}}"#;

fn daemon() -> FakeGateway {
    FakeGateway::new().image("docker.io/library/busybox:latest", "", CONFIG).file(
        "local://dockerfile",
        "Dockerfile",
        MANIFEST,
    )
}

/// The call that asks for a cache.
fn asking(reference: &str) -> String {
    format!("solve docker-image://{reference}")
}

fn unknown(message: &str) -> GatewayError {
    rpc_error(Code::Unknown, message)
}

/// References that the build itself imports.
fn imported(gateway: &FakeGateway) -> Vec<String> {
    let build = solves(gateway).pop().unwrap();
    build.cache_imports.into_iter().map(|import| import.attrs["ref"].clone()).collect()
}

fn warnings(gateway: &FakeGateway) -> Vec<Warning> {
    let warnings = gateway.calls().into_iter().filter_map(|call| match call {
        Call::Warn(warning) => Some(warning),
        _ => None,
    });
    warnings.collect()
}

/// Codes of the warnings, with the line of their place.
fn reported(gateway: &FakeGateway) -> Vec<(String, Option<i32>)> {
    let place = |warning: Warning| {
        let line = warning.ranges.first().and_then(|range| range.start).map(|at| at.line);
        (warning.short.split(':').next().unwrap().to_owned(), line)
    };
    warnings(gateway).into_iter().map(place).collect()
}

fn asked(gateway: &FakeGateway) -> usize {
    let lines = gateway.lines();
    let of_manifests = |line: &&String| {
        line.starts_with("solve docker-image://registry.test/") && !line.contains("@sha256:")
    };
    lines.iter().filter(of_manifests).count()
}

#[tokio::test]
async fn caches_that_are_there_are_imported() {
    // In the words of the daemon: a cache is no image. The last one is an image with a cache in it.
    let there = [
        "failed to load cache key: mismatched image rootfs and manifest layers [] [{MediaType:x}]",
        "failed to load cache key: unexpected media type application/vnd.oci.image.layer.v1.tar+gzip \
         for sha256:00: not found",
        "failed to load cache key: no match for platform in manifest: not found",
        "encountered unknown type application/vnd.buildkit.cacheconfig.v0; children may not be fetched",
        "layer limit 1048576 is greater than the number of layers in the image 3",
        "words of a release to come",
    ];
    for words in there {
        let gateway = daemon().fail(&asking(BRANCH), unknown(words));
        build(&gateway, &[]).await.unwrap();
        assert_eq!(imported(&gateway), [BRANCH, MAIN], "{words}");
        assert_eq!(reported(&gateway), []);
    }
}

#[tokio::test]
async fn each_miss_is_one_warning() {
    let head = "failed to load cache key: unexpected status from HEAD request to \
                https://registry.test/v2/cache/manifests/branch";
    let request =
        "failed to load cache key: failed to do request: Head \"https://registry.test/v2/\"";
    let misses = [
        (format!("failed to load cache key: {BRANCH}: not found"), "registry-cache-missing"),
        (format!("{head}: 401 Unauthorized"), "registry-cache-denied"),
        (format!("{head}: 403 Forbidden"), "registry-cache-denied"),
        (
            "pull access denied, repository does not exist or may require authorization".to_owned(),
            "registry-cache-denied",
        ),
        (
            "failed to authorize: failed to fetch anonymous token".to_owned(),
            "registry-cache-denied",
        ),
        (format!("{head}: 500 Internal Server Error"), "registry-cache-unavailable"),
        (format!("{head}: 429 Too Many Requests"), "registry-cache-unavailable"),
        (format!("{request}: connect: connection refused"), "registry-cache-unavailable"),
        (format!("{request}: no such host"), "registry-cache-unavailable"),
    ];
    for (words, code) in misses {
        let gateway = daemon().fail(&asking(BRANCH), unknown(&words));
        build(&gateway, &[]).await.unwrap();
        assert_eq!(reported(&gateway), [(code.to_owned(), Some(6))], "{words}");
        assert_eq!(imported(&gateway), [MAIN], "{words}");
        let warning = warnings(&gateway).remove(0);
        assert!(warning.short.contains("registry.test/cache:branch"), "{}", warning.short);
        assert!(warning.url.ends_with(&format!("/{code}.md")), "{}", warning.url);
    }
}

#[tokio::test(start_paused = true)]
async fn silent_registries_cost_three_seconds_together() {
    let forever = Duration::from_secs(1 << 30);
    let gateway = daemon().delay("docker-image://registry.test/", forever);
    let begun = Instant::now();
    build(&gateway, &[]).await.unwrap();
    assert_eq!(begun.elapsed(), Duration::from_secs(3));
    assert_eq!(gateway.dropped(), 4, "what is given up is cancelled");
    let silent = ("registry-cache-silent".to_owned(), Some(6));
    assert_eq!(reported(&gateway), [silent.clone(), silent]);
    assert_eq!(imported(&gateway), Vec::<String>::new());
}

/// A registry may answer for manifests, and be silent where its content is.
#[tokio::test(start_paused = true)]
async fn a_registry_that_is_silent_about_content_is_silent() {
    let silent = "docker-image://registry.test/cache@sha256:";
    let gateway = daemon().delay(silent, Duration::from_secs(1 << 30));
    build(&gateway, &[("cache-from", "registry.test/other:theirs")]).await.unwrap();
    assert_eq!(imported(&gateway), ["registry.test/other:theirs"]);
    let silent = ("registry-cache-silent".to_owned(), Some(6));
    assert_eq!(reported(&gateway), [silent.clone(), silent]);
    let asked: Vec<String> = gateway
        .lines()
        .into_iter()
        .filter(|line| line.contains("registry.test") && line.contains("@sha256:"))
        .collect();
    assert_eq!(asked.len(), 3, "{asked:?}");
    // Content that no other build has asked for, and that is not the same for two caches.
    assert!(asked.iter().all(|line| !line.contains(":branch@")), "{asked:?}");
}

#[tokio::test(start_paused = true)]
async fn registries_are_asked_while_everything_else_is_looked_up() {
    let second = Duration::from_secs(1);
    let gateway =
        daemon().delay("docker-image://registry.test/", second).delay("resolve docker.io/", second);
    let begun = Instant::now();
    build(&gateway, &[]).await.unwrap();
    // As long again, so that nobody has to wait for the imports.
    assert_eq!(begun.elapsed(), 2 * second);
    // Two registries, each for a manifest and for content, and an image.
    assert_eq!(gateway.most_under_way(), 5);
}

/// The daemon begins with an import when a solve names it, and all builds wait for it when a vertex
/// looks for itself in a cache. So the first that names it is one that does not look.
#[tokio::test(start_paused = true)]
async fn imports_begin_before_anybody_waits_for_them() {
    let asking = Duration::from_millis(300);
    let gateway = daemon().delay("docker-image://registry.test/", asking);
    let begun = Instant::now();
    build(&gateway, &[]).await.unwrap();
    assert_eq!(begun.elapsed(), 2 * asking);
    let solves = solves(&gateway);
    let mut naming = solves.iter().filter(|solve| !solve.cache_imports.is_empty());
    let first = naming.next().unwrap();
    let definition = first.definition.as_ref().unwrap();
    assert_eq!(display_names(definition), ["[internal] begin to import caches"]);
    let metadata: Vec<_> = definition.pb.metadata.values().collect();
    assert!(metadata.iter().any(|metadata| metadata.ignore_cache), "{metadata:?}");
    assert_eq!(definition.pb.def.len(), 2, "one operation, which has no cache mounts");
    assert_eq!(first.cache_imports, naming.next().unwrap().cache_imports);
}

/// Registries have three seconds of a daemon that is not busy with other builds.
#[tokio::test(start_paused = true)]
async fn a_busy_builder_keeps_its_caches() {
    let busy = |registry, daemon_| {
        daemon()
            .delay("docker-image://registry.test/", Duration::from_secs(registry))
            .delay("look whether the builder is busy", Duration::from_secs(daemon_))
    };
    let gateway = busy(20, 4);
    build(&gateway, &[]).await.unwrap();
    assert_eq!(imported(&gateway), [BRANCH, MAIN]);
    assert_eq!(reported(&gateway), []);
    // One that stands still for a moment, and is idle when the three seconds are over.
    let gateway = daemon()
        .delay("docker-image://registry.test/", Duration::from_secs(4))
        .delay("look whether the builder is busy (registry cache, 1)", Duration::from_secs(2));
    build(&gateway, &[]).await.unwrap();
    assert_eq!(imported(&gateway), [BRANCH, MAIN]);
    // Nobody waits without limit, though.
    let gateway = busy(1 << 30, 4);
    let begun = Instant::now();
    build(&gateway, &[]).await.unwrap();
    assert_eq!(begun.elapsed(), Duration::from_secs(60));
    assert_eq!(imported(&gateway), Vec::<String>::new());
    let gateway = busy(1 << 30, 1 << 30);
    let begun = Instant::now();
    build(&gateway, &[]).await.unwrap();
    assert_eq!(begun.elapsed(), Duration::from_secs(60));
}

/// Images that are solved leave records behind, which are younger than those of the cache in them.
#[tokio::test]
async fn what_is_asked_for_is_never_taken() {
    let limit = |gateway: FakeGateway| async move {
        build(&gateway, &[]).await.unwrap();
        let asked = solves(&gateway).into_iter().filter(is_question);
        let sources = asked.map(|solve| crate::support::source(&solve.definition.unwrap()));
        let limits = sources.map(|source| source.attrs.get("image.layerlimit").cloned());
        limits.collect::<Vec<_>>()
    };
    let much = Some("1048576".to_owned());
    assert_eq!(limit(daemon()).await, vec![much; 4]);
    let old = daemon().without("source.image.layerlimit");
    assert_eq!(limit(old).await, [None, None, None, None]);
}

/// Whether a solve asks for a cache.
fn is_question(solve: &SolveRequest) -> bool {
    let definition = solve.definition.as_ref();
    solve.evaluate
        && definition.is_some_and(|d| display_names(d)[0].contains("look for the registry cache"))
}

/// More than anybody names: they are asked in turns, and the limit stays that of all.
#[tokio::test(start_paused = true)]
async fn a_thousand_registries_cost_no_more_than_two() {
    let references: Vec<String> = (0..1000).map(|at| format!("registry.test/a{at}")).collect();
    let gateway = daemon().delay("docker-image://registry.test/", Duration::from_secs(60));
    let begun = Instant::now();
    build(&gateway, &[("cache-from", &references.join(","))]).await.unwrap();
    assert_eq!(begun.elapsed(), Duration::from_secs(3));
    assert!(gateway.most_under_way() < 100, "{}", gateway.most_under_way());
    assert_eq!(imported(&gateway), Vec::<String>::new());
}

/// Of what the command line names, only silence is of interest: the daemon tells about the rest.
#[tokio::test(start_paused = true)]
async fn what_the_user_names_is_left_out_only_where_nobody_answers() {
    let theirs = [(
        "cache-imports",
        r#"[{"Type":"registry","Attrs":{"ref":"registry.test/silent"}},
            {"Type":"registry","Attrs":{"ref":"registry.test/missing","registry.insecure":"true"}},
            {"Type":"registry","Attrs":{"ref":"No Reference"}},
            {"Type":"gha","Attrs":{"ref":"registry.test/gha","scope":"a"}}]"#,
    )];
    let gateway =
        daemon().delay("docker-image://registry.test/silent", Duration::from_secs(60)).fail(
            "docker-image://registry.test/missing",
            unknown("registry.test/missing:latest: not found"),
        );
    build(&gateway, &theirs).await.unwrap();
    let expected = ["registry.test/missing", "No Reference", "registry.test/gha", BRANCH, MAIN];
    assert_eq!(imported(&gateway), expected);
    assert_eq!(reported(&gateway), [("registry-cache-silent".to_owned(), None)]);
    let import = solves(&gateway).pop().unwrap().cache_imports.remove(0);
    assert_eq!(import.attrs["registry.insecure"], "true");
}

#[tokio::test]
async fn a_cache_is_asked_for_once() {
    let gateway = daemon();
    let options = [
        ("cache-from", MAIN),
        ("build-arg:BRANCH", "main"),
        ("platform", "linux/amd64,linux/arm64"),
    ];
    build(&gateway, &options).await.unwrap();
    assert_eq!(asked(&gateway), 1);
    assert_eq!(imported(&gateway), [MAIN]);
}

/// Another build may ask at the same time: an answer is shared by those with the same vertex, and one
/// that is given up must not be another's.
#[tokio::test]
async fn asking_is_a_vertex_of_this_build_that_clients_do_not_show() {
    let gateway = daemon();
    build(&gateway, &[]).await.unwrap();
    let asked: Vec<_> = solves(&gateway).into_iter().filter(is_question).collect();
    assert_eq!(asked.len(), 4);
    let mut groups = std::collections::BTreeSet::new();
    for request in asked {
        let definition = request.definition.unwrap();
        assert!(request.cache_imports.is_empty());
        let source = crate::support::source(&definition);
        assert_eq!(source.attrs["strake.session"], "session");
        assert_eq!(source.attrs["image.resolvemode"], "pull");
        let mut metadata = definition.pb.metadata.into_values();
        let group = metadata.find_map(|metadata| metadata.progress_group).unwrap();
        assert!(group.weak);
        groups.insert(group.id);
    }
    assert_eq!(groups.len(), 4, "one failure in a group stays hidden, two do not");
}

#[tokio::test]
async fn calls_ask_no_registry() {
    for call in ["outline", "targets", "lint"] {
        let gateway = daemon();
        let request = format!("frontend.{call}");
        build(&gateway, &[("requestid", &request)]).await.unwrap();
        assert_eq!(asked(&gateway), 0, "{call}");
    }
}

/// A cache decides how fast a build is, and never whether it fails.
#[tokio::test]
async fn warnings_about_caches_can_be_skipped_and_fail_no_build() {
    let missing = || daemon().fail(&asking(MAIN), unknown(&format!("{MAIN}: not found")));
    let gateway = missing();
    build(&gateway, &[("build-arg:BUILDKIT_DOCKERFILE_CHECK", "error=true")]).await.unwrap();
    assert_eq!(reported(&gateway).len(), 1);
    let gateway = missing();
    let skip = [("build-arg:BUILDKIT_DOCKERFILE_CHECK", "skip=registry-cache-missing")];
    build(&gateway, &skip).await.unwrap();
    assert_eq!(reported(&gateway), []);
}

/// The Dockerfile frontend imports with `--no-cache`, too: steps do not look at it.
#[tokio::test]
async fn no_cache_still_imports() {
    let gateway = daemon();
    build(&gateway, &[("no-cache", "")]).await.unwrap();
    assert_eq!(imported(&gateway), [BRANCH, MAIN]);
}

/// What is wrong with the build is told at once, and not when a registry has been waited for.
#[tokio::test(start_paused = true)]
async fn a_build_that_fails_waits_for_no_registry() {
    let gateway = daemon()
        .fail("resolve docker.io/library/busybox", unknown("no such image"))
        .delay("docker-image://registry.test/", Duration::from_secs(60));
    let begun = Instant::now();
    build(&gateway, &[]).await.unwrap_err();
    assert_eq!(begun.elapsed(), Duration::ZERO);
}
