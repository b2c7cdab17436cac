//! `--call=fingerprint`: the same as long as a build would take all its layers from the cache, and another one as
//! soon as it would not.

use std::fs;

use serde_json::Value;

use crate::harness::{Build, Project, engine, unique};

const MANIFEST: &str = r#"
[arg]
COMMIT = ""

[stage.app]
from = "busybox"
image = { labels = { commit = "${COMMIT}" } }

[[stage.app.layer]]
copy = { src = "src", dest = "/app/", exclude = ["*.log"] }

[[stage.app.layer]]
name = "made"
inputs = ["list"]
run = "cat list > /made"
"#;

const DOCKERFILE: &str = "\
    FROM busybox\nCOPY --chown=1:1 src /app/\n\
    RUN --mount=type=bind,source=list,target=/list cat /list > /made\n\
    ARG COMMIT\nLABEL commit=$COMMIT\n";

fn with_files(project: Project) -> Project {
    project
        .put(".dockerignore", "ignored\n")
        .put("src/a", "a")
        .put("src/b/c", "c")
        .put("list", unique("list"))
        .put("other", "o")
}

/// What a change does to the fingerprint, it does to the build.
fn changes_are_seen(project: &Project) {
    let build = || project.build();
    let is_cached = |build: Build<'_>| build.trace().executed().is_empty();
    build().warm();
    let before = build().fingerprint();
    assert!(is_cached(build()));
    assert_eq!(build().fingerprint(), before, "another client has the same");

    // What is not taken, and when something was written.
    project.write("other", "changed");
    project.write("ignored", "new");
    fs::remove_file(project.path().join("src/a")).expect("it is there");
    project.write("src/a", "a");
    assert_eq!(build().fingerprint(), before);
    assert!(is_cached(build()));
    let label = build().args(["--build-arg", "COMMIT=7"]).fingerprint();
    assert_eq!(label["layers"], before["layers"]);
    assert_ne!(label["image"], before["image"]);

    project.write("list", unique("list"));
    let after = build().fingerprint();
    assert_ne!(after["layers"], before["layers"]);
    assert!(!is_cached(build()));
    let steps = |of: &Value| of["steps"].as_array().cloned().unwrap_or_default();
    let same: Vec<bool> =
        steps(&before).iter().zip(&steps(&after)).map(|(one, other)| one == other).collect();
    assert_eq!(same, [true, true, false], "{after:#}");

    project.write("src/b/c", unique("c"));
    let last = build().fingerprint();
    assert_ne!(last["steps"][1], after["steps"][1]);
    assert_eq!(last["steps"][0], after["steps"][0], "the base is the same");
    assert!(!is_cached(build()));
}

#[test]
fn of_a_manifest_it_tells_whether_anything_would_run() {
    let project = with_files(Project::new(MANIFEST));
    changes_are_seen(&project);
    // What a copy leaves out.
    let before = project.build().fingerprint();
    project.write("src/a.log", "new");
    assert_eq!(project.build().fingerprint(), before);
}

#[test]
fn of_a_dockerfile_too() {
    let file = format!("# syntax={}\n{DOCKERFILE}", engine().syntax());
    let project = Project::without_manifest().put("Dockerfile", file).named("Dockerfile");
    changes_are_seen(&with_files(project));
}

#[test]
fn what_it_cannot_answer_for_is_named() {
    let project = Project::new(
        "[stage.app]\nfrom = 'busybox'\nlayer = [{ boundary = 'none', run = 'date > /date' }]\n",
    );
    let text = project.build().arg("--call=fingerprint").ok().output;
    assert!(text.contains("TARGET:      app\n"), "{text}");
    assert!(text.contains("RUNS ALWAYS: [app "), "{text}");
    let again = project.build().arg("--call=fingerprint").ok().output;
    assert_eq!(again, text, "it does not differ from day to day for all that");
}

#[test]
fn each_platform_has_its_own() {
    let project = Project::new(
        "[stage.app]\nfrom = 'scratch'\nlayer = [{ copy = { src = 'a', dest = '/' } }]\n",
    )
    .put("a", "a");
    let platforms = ["--platform", "linux/amd64,linux/arm64", "--call=fingerprint,format=json"];
    let output = project.build().args(platforms).ok().output;
    let answer: Value = serde_json::from_str(&output).expect("JSON");
    let of = |at: usize| &answer["platforms"][at];
    assert_eq!(of(1)["platform"], "linux/arm64");
    assert_ne!(of(0)["image"], of(1)["image"]);
}

#[test]
fn a_file_that_is_missing_is_told_as_a_build_tells_it() {
    let project = Project::new(
        "[stage.app]\nfrom = 'scratch'\nlayer = [{ copy = { src = 'nowhere', dest = '/' } }]\n",
    );
    project.build().arg("--call=fingerprint").fails().says("\"/nowhere\": not found");
}

/// The script is `examples/ci/reuse`.
#[test]
fn an_image_that_is_there_is_not_built_again() {
    let project = with_files(Project::new(MANIFEST));
    let repository = format!("{}/{}", engine().registry(), unique("reused"));
    let run = |tag: &str| {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/ci/reuse");
        let busybox = format!("busybox=docker-image://{}", engine().busybox());
        let mut reuse = engine().program(script);
        reuse.current_dir(project.path()).arg(format!("{repository}:{tag}"));
        reuse.args(["-f", "strake.toml", "--build-context", &busybox, "."]);
        let done = reuse.output().expect("the script runs");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).expect("text")
    };
    assert_eq!(run("one"), "");
    let reused = run("two");
    assert!(reused.starts_with(&format!("{repository}:two is {repository}:inputs-")), "{reused}");
    assert_eq!(digest_of(&repository, "one"), digest_of(&repository, "two"));
    project.write("list", unique("list"));
    assert_eq!(run("three"), "");
    assert_ne!(digest_of(&repository, "one"), digest_of(&repository, "three"));
}

fn digest_of(repository: &str, tag: &str) -> String {
    let image = format!("{repository}:{tag}");
    let format = "{{json .Manifest}}";
    let mut inspect = engine().docker();
    inspect.args(["buildx", "imagetools", "inspect", "--format", format, &image]);
    let told = inspect.output().expect("docker runs");
    assert!(told.status.success(), "{image}: {}", String::from_utf8_lossy(&told.stderr));
    let manifest: Value = serde_json::from_slice(&told.stdout).expect("JSON");
    manifest["digest"].to_string()
}
