//! Target, build arguments, proxies, labels, and the argument that names the frontend.

use crate::harness::{Project, engine, unique};

const STAGES: &str = r#"
[stage.first]
from = "scratch"

[[stage.first.layer]]
write = { path = "/stage", content = "first" }

[stage.last]
from = "scratch"

[[stage.last.layer]]
write = { path = "/stage", content = "last" }
"#;

#[test]
fn target_picks_the_stage() {
    let project = Project::new(STAGES);
    assert_eq!(project.build().files().text("/stage"), "last");
    assert_eq!(project.build().args(["--target", "first"]).files().text("/stage"), "first");
    project.build().args(["--target", "frist"]).fails().says("did you mean `first`?");
}

#[test]
fn arguments_fill_in_what_is_declared() {
    let project = Project::new(
        r#"
[arg]
RELEASE = "1"

[stage.app]
from = "busybox"

[[stage.app.layer]]
env = { RELEASE = "${RELEASE}" }
run = 'echo "$RELEASE" > /release'

[stage.app.image]
labels = { release = "${RELEASE}" }
"#,
    );
    let given = ["--build-arg", "RELEASE=2"];
    assert_eq!(project.build().files().text("/release"), "1\n");
    assert_eq!(project.build().args(given).files().text("/release"), "2\n");
    let config = project.build().args(given).image().config();
    assert_eq!(config["config"]["Labels"]["release"], "2");
}

/// An argument that a layer does not name is no part of it: the step stays cached.
#[test]
fn an_argument_that_is_not_named_invalidates_nothing() {
    let id = unique("unnamed");
    let project = Project::new(&format!(
        r#"
[arg]
COMMIT = ""

[stage.app]
from = "busybox"

[[stage.app.layer]]
run = "echo {id} > /id"

[stage.app.image]
labels = {{ commit = "${{COMMIT}}" }}
"#
    ));
    assert!(!project.build().args(["--build-arg", "COMMIT=1"]).trace().executed().is_empty());
    let again = project.build().args(["--build-arg", "COMMIT=2"]).trace();
    assert_eq!(again.executed(), Vec::<&str>::new());
}

#[test]
fn platforms_are_arguments_without_being_declared() {
    let project = Project::new(
        r#"
[stage.app]
from = "scratch"

[[stage.app.layer]]
write = { path = "/target", expand = true, content = "${TARGETPLATFORM} ${TARGETOS} ${TARGETARCH} ${TARGETVARIANT:-none}" }

[[stage.app.layer]]
write = { path = "/build", expand = true, content = "${BUILDPLATFORM} ${BUILDOS} ${BUILDARCH}" }
"#,
    );
    let files = project.build().args(["--platform", "linux/arm/v6"]).files();
    assert_eq!(files.text("/target"), "linux/arm/v6 linux arm v6");
    let architecture = if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" };
    assert_eq!(files.text("/build"), format!("linux/{architecture} linux {architecture}"));
}

/// Steps see a proxy; the image does not keep it, and another one is no reason to run them again.
#[test]
fn proxies_are_for_steps_alone() {
    let id = unique("proxies");
    let project = Project::new(&format!(
        r#"
[stage.app]
from = "busybox"

[[stage.app.layer]]
run = 'echo "{id} $HTTP_PROXY $http_proxy $NO_PROXY $ALL_PROXY" > /seen'
"#
    ));
    let proxies = |http: &str| {
        let args = [format!("HTTP_PROXY={http}"), "no_proxy=local".into(), "ALL_PROXY=all".into()];
        args.into_iter().flat_map(|arg| ["--build-arg".to_owned(), arg]).collect::<Vec<_>>()
    };
    let files = project.build().args(proxies("http://192.0.2.1")).files();
    let expected = format!("{id} http://192.0.2.1 http://192.0.2.1 local all\n");
    assert_eq!(files.text("/seen"), expected);
    assert!(!files.log.contains("not declared"), "{}", files.log);
    let again = project.build().args(proxies("http://192.0.2.2")).trace();
    assert_eq!(again.executed(), Vec::<&str>::new());
    let config = project.build().args(proxies("http://192.0.2.3")).image().config().to_string();
    assert!(!config.contains("192.0.2"), "{config}");
}

#[test]
fn labels_are_laid_over_those_of_the_manifest() {
    let project = Project::new(
        r#"
[stage.app]
from = "scratch"

[stage.app.image]
labels = { kept = "manifest", replaced = "manifest" }
"#,
    );
    let image = project.build().args(["--label", "replaced=flag", "--label", "new=flag"]).image();
    let expected = serde_json::json!({ "kept": "manifest", "replaced": "flag", "new": "flag" });
    assert_eq!(image.config()["config"]["Labels"], expected);
}

#[test]
fn labels_reach_every_platform() {
    let project = Project::new("[stage.app]\nfrom = \"scratch\"\n");
    let platforms = ["--platform", "linux/amd64,linux/arm64", "--label", "a=b"];
    let image = project.build().args(platforms).image();
    for platform in ["linux/amd64", "linux/arm64"] {
        assert_eq!(image.config_of(platform)["config"]["Labels"]["a"], "b");
    }
}

/// A file without a syntax line is built by the frontend that an argument names.
#[test]
fn an_argument_names_the_frontend() {
    let project = Project::without_manifest().put("strake.toml", STAGES).named("strake.toml");
    let syntax = format!("BUILDKIT_SYNTAX={}", engine().syntax());
    let files = project.build().args(["--build-arg", &syntax, "--target", "first"]).files();
    assert_eq!(files.text("/stage"), "first");
}
