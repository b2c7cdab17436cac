//! A named context stands for a stage or an image of its name, as it does in a Dockerfile.

use crate::harness::{Project, pushed, unique_image};

fn directory(content: &str) -> Project {
    Project::without_manifest().put("file", content)
}

fn context(name: &str, directory: &Project) -> [String; 2] {
    ["--build-context".to_owned(), format!("{name}={}", directory.path().display())]
}

const STAGES: &str = r#"
[stage.lower]
from = "scratch"

[[stage.lower.layer]]
write = { path = "/file", content = "stage" }

[stage.middle]
from = "lower"

[[stage.middle.layer]]
write = { path = "/more", content = "middle" }

[stage.app]
from = "middle"

[[stage.app.layer]]
copy = { from = "lower", src = "/file", dest = "/copied" }
"#;

/// The stage is not built: its base may not even exist.
#[test]
fn a_context_stands_for_a_stage() {
    let manifest = STAGES.replace("from = \"scratch\"", "from = \"127.0.0.1:1/missing\"");
    let project = Project::new(&manifest);
    let other = directory("context");
    let files = project.build().args(context("lower", &other)).files();
    assert_eq!(files.text("/file"), "context");
    assert_eq!(files.text("/copied"), "context");
    assert_eq!(files.text("/more"), "middle");
}

#[test]
fn a_context_stands_for_the_target() {
    let project = Project::new(STAGES);
    let files = project.build().args(context("app", &directory("context"))).files();
    assert_eq!(files.text("/file"), "context");
    assert!(!files.has("/more"));
}

/// The image of a context that stands for a stage brings its config.
#[test]
fn an_image_stands_for_a_stage_with_its_config() {
    let dockerfile = "FROM scratch\nENV OF=image\nWORKDIR /work\nCOPY <<EOT /file\nx\nEOT\n";
    let image = pushed("override", dockerfile, "linux/amd64");
    let project = Project::new(STAGES);
    let build = project.build().args(["--build-context", &format!("lower=docker-image://{image}")]);
    let config = build.image().config();
    assert!(config["config"]["Env"].to_string().contains("OF=image"), "{config}");
    assert_eq!(config["config"]["WorkingDir"], "/work");
}

#[test]
fn a_context_stands_for_a_base_image() {
    for (written, given) in [
        ("debian:bookworm-slim", "debian:bookworm-slim"),
        ("golang", "golang:latest"),
        ("golang:latest", "golang"),
        ("docker.io/library/golang", "golang"),
    ] {
        // buildx takes `:latest` off by itself, so both forms reach the frontend as one.
        let project = Project::new(&format!("[stage.app]\nfrom = \"{written}\"\n"));
        let files = project.build().args(context(given, &directory("context"))).files();
        assert_eq!(files.text("/file"), "context", "{written} {given}");
    }
}

#[test]
fn a_context_stands_for_an_image_of_a_registry() {
    let image = unique_image("never-pushed");
    let project = Project::new(&format!(
        r#"
[stage.app]
from = "scratch"

[[stage.app.layer]]
copy = {{ from = "{image}", src = "/file", dest = "/" }}
"#
    ));
    let files = project.build().args(context(&image, &directory("context"))).files();
    assert_eq!(files.text("/file"), "context");
}

/// A stage of the name of an image is that stage for others, and the image for itself.
#[test]
fn a_stage_may_have_the_name_of_its_base() {
    let project = Project::new(
        r#"
[stage.busybox-static]
from = "busybox"

[[stage.busybox-static.layer]]
write = { path = "/file", content = "stage" }

[stage.app]
from = "busybox-static"
"#,
    );
    assert_eq!(project.build().files().text("/file"), "stage");
}
