//! Bake: the result of one target as a named context of another, and targets that share a context.

use std::process::Output;

use crate::harness::{Project, engine, unique};

fn bake(project: &Project, file: &str, args: &[&str]) -> Output {
    let mut command = engine().docker();
    command.args(["buildx", "bake", "--progress=plain", "--allow=fs=*", "-f", file]).args(args);
    command.current_dir(project.path()).output().expect("docker runs")
}

#[track_caller]
fn baked(project: &Project, file: &str, args: &[&str]) -> String {
    let output = bake(project, file, args);
    let log = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{log}");
    log
}

/// The other target's files and its image config, both of the manifest and of a Dockerfile.
#[test]
fn a_target_is_the_base_of_another() {
    let id = unique("target");
    let project = Project::new(
        r#"
[stage.app]
from = "base"

[[stage.app.layer]]
run = 'echo "$OF" > "of-the-environment"'
"#,
    )
    .put("base.Dockerfile", format!("FROM {}\nENV OF={id}\nWORKDIR /work\n", engine().busybox()))
    .put(
        "docker-bake.hcl",
        r#"
target "base" { dockerfile = "base.Dockerfile" }
target "app" {
    dockerfile = "strake.toml"
    contexts = { base = "target:base" }
    output = ["type=local,dest=out"]
}
"#,
    );
    baked(&project, "docker-bake.hcl", &["app"]);
    let seen = std::fs::read_to_string(project.path().join("out/work/of-the-environment"));
    assert_eq!(seen.expect("the step has run"), format!("{id}\n"));
}

/// A manifest is the base of a Dockerfile, and each of several platforms has its own: buildx names a
/// context for each, `base::linux/arm64`.
#[test]
fn a_manifest_is_the_base_of_a_dockerfile() {
    let project = Project::new(
        r#"
[stage.app]
from = "scratch"
env = { OF = "manifest" }

[[stage.app.layer]]
write = { path = "/arch", expand = true, content = "${TARGETARCH}" }
"#,
    )
    .put("Dockerfile", "FROM base\nWORKDIR /${OF}\n")
    .put("other.toml", other())
    .put(
        "docker-bake.hcl",
        r#"
target "base" {
    dockerfile = "strake.toml"
    platforms = ["linux/amd64", "linux/arm64"]
}
target "dockerfile" {
    contexts = { base = "target:base" }
    platforms = ["linux/amd64", "linux/arm64"]
    output = ["type=local,dest=out"]
}
target "other" {
    dockerfile = "other.toml"
    contexts = { base = "target:base" }
    platforms = ["linux/amd64", "linux/arm64"]
    output = ["type=local,dest=other"]
}
"#,
    );
    baked(&project, "docker-bake.hcl", &["dockerfile", "other"]);
    for architecture in ["amd64", "arm64"] {
        let directory = project.path().join(format!("out/linux_{architecture}"));
        let arch = std::fs::read_to_string(directory.join("arch")).expect("a file of the base");
        assert_eq!(arch, architecture);
        assert!(directory.join("manifest").is_dir());
        let copied = project.path().join(format!("other/linux_{architecture}/copied"));
        assert_eq!(std::fs::read_to_string(copied).expect("a copied file"), architecture);
    }
}

/// A manifest that takes files of the other target.
fn other() -> String {
    let stage = "[stage.app]\nfrom = \"scratch\"\n\n[[stage.app.layer]]\n";
    let copy = "copy = { from = \"base\", src = \"/arch\", dest = \"/copied\" }\n";
    format!("# syntax={}\n{stage}{copy}", engine().syntax())
}

/// Targets of one bake that use the same directory are sent it once, through one session.
#[test]
fn targets_share_a_context() {
    let manifest = r#"
[stage.app]
from = "scratch"

[[stage.app.layer]]
copy = { src = "file", dest = "/" }
"#;
    let project = Project::new(manifest).put("file", unique("shared")).put(
        "docker-bake.hcl",
        r#"
target "one" {
    dockerfile = "strake.toml"
    output = ["type=local,dest=one"]
}
target "two" {
    dockerfile = "strake.toml"
    labels = { a = "b" }
    output = ["type=local,dest=two"]
}
"#,
    );
    baked(&project, "docker-bake.hcl", &["one", "two"]);
    let text = |path: &str| std::fs::read_to_string(project.path().join(path)).expect("a file");
    assert_eq!(text("one/file"), text("two/file"));
}

/// A compose file with build arguments, a target and a named context.
#[test]
fn a_compose_file_builds_a_manifest() {
    let id = unique("compose");
    let project = Project::new(
        r#"
[arg]
ID = ""

[stage.first]
from = "busybox"

[[stage.first.layer]]
env = { ID = "${ID}" }
run = 'echo "$ID" > /id'

[stage.last]
from = "scratch"
"#,
    )
    .put(
        "compose.yaml",
        format!(
            "services:\n  app:\n    image: {id}\n    build:\n      context: .\n      dockerfile: \
             strake.toml\n      target: first\n      args:\n        ID: {id}\n      \
             additional_contexts:\n        busybox: docker-image://{}\n",
            engine().busybox()
        ),
    );
    baked(&project, "compose.yaml", &["--set", "app.output=type=local,dest=out"]);
    let seen = std::fs::read_to_string(project.path().join("out/id"));
    assert_eq!(seen.expect("the step has run"), format!("{id}\n"));
}
