//! Builds without cache, in all or in part; caches from elsewhere; namespaces of cache mounts.

use crate::harness::{Project, engine, unique, unique_image};

fn two_stages() -> Project {
    let id = unique("no-cache");
    Project::new(&format!(
        r#"
[stage.lower]
from = "busybox"

[[stage.lower.layer]]
run = "echo {id} > /lower"

[stage.upper]
from = "busybox"

[[stage.upper.layer]]
run = "echo {id} > /upper"

[stage.app]
from = "busybox"

[[stage.app.layer]]
copy = {{ from = "lower", src = "/lower", dest = "/" }}

[[stage.app.layer]]
copy = {{ from = "upper", src = "/upper", dest = "/" }}
"#
    ))
}

#[test]
fn no_cache_runs_everything_again() {
    let project = two_stages();
    project.build().trace();
    assert_eq!(project.build().trace().executed(), Vec::<&str>::new());
    let again = project.build().arg("--no-cache").trace();
    let executed = again.executed();
    for step in ["[lower 2/2]", "[upper 2/2]", "[app 2/3]", "[app 3/3]"] {
        assert!(executed.iter().any(|name| name.starts_with(step)), "{step}: {executed:?}");
    }
}

#[test]
fn no_cache_can_be_for_some_stages() {
    let project = two_stages();
    assert!(project.build().trace().success);
    // Names are compared without case, as in a Dockerfile.
    let again = project.build().args(["--no-cache-filter", "UPPER"]).trace();
    let executed = again.executed();
    assert!(executed.iter().all(|name| !name.starts_with("[lower")), "{executed:?}");
    assert!(executed.iter().any(|name| name.starts_with("[upper 2/2]")), "{executed:?}");
}

fn random_step(id: &str) -> Project {
    Project::new(&format!(
        r#"
[stage.app]
from = "busybox"

[[stage.app.layer]]
run = "echo {id} > /id; cat /proc/sys/kernel/random/uuid > /random"
"#
    ))
}

/// A step that this daemon has forgotten is taken out of a registry, if the build says so.
#[test]
fn caches_are_imported() {
    let id = unique("import");
    let project = random_step(&id);
    let cache = unique_image("cache");
    let to = format!("type=registry,ref={cache},mode=max");
    let exported = project.build().args(["--cache-to", &to]).files().text("/random");
    assert_eq!(project.build().files().text("/random"), exported);

    forget(&id);
    assert_ne!(project.build().files().text("/random"), exported);

    forget(&id);
    let from = format!("type=registry,ref={cache}");
    let imported = project.build().args(["--cache-from", &from]).files();
    assert!(imported.log.contains(&format!("importing cache manifest from {cache}")));
    assert_eq!(imported.text("/random"), exported);
}

/// A cache in the image itself: where everything comes from it, the image is the same each time, as it is without
/// strake.
#[test]
fn an_inline_cache_gives_the_same_image_again() {
    let file = format!(
        "FROM busybox\nRUN echo {} > /id; cat /proc/sys/kernel/random/uuid > /random\n",
        unique("inline")
    );
    let dockerfile = Project::without_manifest().put("Dockerfile", file).named("Dockerfile");
    let strake = format!("--build-arg=BUILDKIT_SYNTAX={}", engine().syntax());
    let manifest = random_step(&unique("inline"));
    for (project, args) in
        [(&manifest, vec![]), (&dockerfile, vec![]), (&dockerfile, vec![strake.as_str()])]
    {
        let build = || project.build().args(args.clone()).arg("--provenance=false");
        let cache = unique_image("inline");
        let output = format!("type=image,name={cache},push=true");
        build().args(["--cache-to", "type=inline", "--output", &output]).ok();
        let from = format!("type=registry,ref={cache}");
        let again = || {
            // What a build of another second would say, it must not say.
            std::thread::sleep(std::time::Duration::from_millis(1100));
            build().args(["--cache-from", &from]).image()
        };
        let (first, second) = (again(), again());
        assert_eq!(first.config(), second.config(), "{args:?}");
        assert_eq!(first.digest(), second.digest(), "{args:?}");
    }
}

/// Makes the daemon forget the one step whose command has a text in it.
pub(crate) fn forget(id: &str) {
    let list = engine().docker().args(["buildx", "du", "--verbose"]).output().expect("docker runs");
    let list = String::from_utf8_lossy(&list.stdout).into_owned();
    let records = list.split("\n\n").filter(|record| record.contains(id));
    let mut forgotten = 0;
    for record in records {
        let found = record.lines().find_map(|line| line.strip_prefix("ID:"));
        let filter = format!("id={}", found.expect("a record has an id").trim());
        let prune = ["buildx", "prune", "--force", "--all", "--filter", &filter];
        let done = engine().docker().args(prune).output().expect("docker runs");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        forgotten += 1;
    }
    assert!(forgotten > 0, "no record has `{id}`:\n{list}");
}

/// The same name in another namespace is another mount.
#[test]
fn cache_mounts_have_namespaces() {
    let id = unique("namespace");
    let project = Project::new(&format!(
        r#"
[arg]
TRY = ""

[cache.own]
target = "/cache"
id = "{id}"

[stage.app]
from = "busybox"

[[stage.app.layer]]
uses = ["own"]
env = {{ TRY = "${{TRY}}" }}
run = 'echo "$TRY" >> /cache/tries; cat /cache/tries > /seen'
"#
    ));
    let seen = |attempt: &str, namespace: &str| {
        let attempt = format!("TRY={attempt}");
        let namespace = format!("BUILDKIT_CACHE_MOUNT_NS={namespace}");
        let args = ["--build-arg", &attempt, "--build-arg", &namespace];
        project.build().args(args).files().text("/seen")
    };
    let (one, two) = (unique("one"), unique("two"));
    assert_eq!(seen("a", &one), "a\n");
    assert_eq!(seen("b", &two), "b\n");
    assert_eq!(seen("c", &one), "a\nc\n");
    assert_eq!(seen("d", ""), "d\n");
}
