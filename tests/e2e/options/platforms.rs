//! Several platforms in one build, and one platform as one of several. Nothing foreign is run: files
//! and metadata need no emulation.

use crate::harness::{Project, pushed};

/// One file and one variable that tell the platform. `RUN` would need emulation.
const BASE: &str = r#"
FROM scratch
ARG TARGETARCH
COPY <<EOT /arch
${TARGETARCH}
EOT
ENV ARCH=${TARGETARCH}
"#;

#[test]
fn each_platform_gets_its_own_base_files_and_config() {
    let base = pushed_base();
    let project = Project::new(&format!(
        r#"
[stage.app]
from = "{base}"

[[stage.app.layer]]
write = {{ path = "/own", expand = true, content = "${{TARGETARCH}}" }}

[[stage.app.layer]]
when = {{ platform = "linux/arm64" }}
write = {{ path = "/only", content = "arm64" }}
"#
    ));
    let platforms = ["--platform", "linux/amd64,linux/arm64"];
    let files = project.build().args(platforms).files();
    for architecture in ["amd64", "arm64"] {
        assert_eq!(files.text(&format!("linux_{architecture}/arch")).trim(), architecture);
        assert_eq!(files.text(&format!("linux_{architecture}/own")), architecture);
    }
    assert!(!files.has("linux_amd64/only") && files.has("linux_arm64/only"));

    let image = project.build().args(platforms).image();
    let names: Vec<_> = image.manifests().into_iter().map(|(platform, _)| platform).collect();
    assert_eq!(names, ["linux/amd64", "linux/arm64"]);
    for architecture in ["amd64", "arm64"] {
        let config = image.config_of(&format!("linux/{architecture}"));
        assert_eq!(config["architecture"], architecture);
        let env = config["config"]["Env"].to_string();
        assert!(env.contains(&format!("ARCH={architecture}")), "{env}");
    }
}

fn pushed_base() -> String {
    pushed("platforms", BASE, "linux/amd64,linux/arm64")
}

/// A stage can be for another platform than the target, such as the build's own.
#[test]
fn a_stage_can_have_a_platform_of_its_own() {
    let base = pushed_base();
    let project = Project::new(&format!(
        r#"
[stage.tools]
from = "{base}"
platform = "${{BUILDPLATFORM}}"

[stage.app]
from = "{base}"

[[stage.app.layer]]
copy = {{ from = "tools", src = "/arch", dest = "/tools" }}
"#
    ));
    let files = project.build().args(["--platform", "linux/arm64"]).files();
    let own = if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" };
    assert_eq!((files.text("/arch").trim(), files.text("/tools").trim()), ("arm64", own));
}

#[test]
fn a_platform_that_the_base_lacks_is_named() {
    let base = pushed_base();
    let project = Project::new(&format!("[stage.app]\nfrom = \"{base}\"\n"));
    let outcome = project.build().args(["--platform", "linux/s390x"]).fails();
    outcome.says("linux/s390x").says(&format!("from = \"{base}\""));
}

#[test]
fn one_platform_can_be_returned_as_one_of_several() {
    let project = Project::new(
        r#"
[stage.app]
from = "scratch"

[[stage.app.layer]]
write = { path = "/file", content = "x" }
"#,
    );
    let args = ["--platform", "linux/arm64", "--provenance=false"];
    let plain = project.build().args(args).image();
    assert!(plain.top()["manifests"].is_null(), "{}", plain.top());
    let many = ["--build-arg", "BUILDKIT_MULTI_PLATFORM=1"];
    let image = project.build().args(args).args(many).image();
    assert_eq!(image.manifests()[0].0, "linux/arm64");
    assert!(project.build().args(args).args(many).files().has("linux_arm64/file"));
}
