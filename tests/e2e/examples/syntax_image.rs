//! strake builds the image that it runs in, and that image builds.

use std::fs;

use serde_json::json;

use crate::harness::{Project, repository, rust_image, unique_image};

#[test]
#[ignore = "heavy; always: airflow::the_ci_image_has_airflow_as_its_sources_are"]
fn strake_builds_itself() {
    let example = Project::example("syntax-image");
    let rust = format!("RUST_IMAGE={}", rust_image());
    let build = || {
        let build = example.build().context(repository().display().to_string());
        build.args(["--build-arg", &rust])
    };
    let config = build().image().config()["config"].clone();
    assert_eq!(config["Entrypoint"], json!(["/strake"]));
    // The top-level Dockerfile says the same.
    let dockerfile = fs::read_to_string(repository().join("Dockerfile")).expect("the Dockerfile");
    let labels = config["Labels"].as_object().expect("labels");
    assert_eq!(labels.len(), 4);
    for (name, value) in labels {
        let label = format!("{name}={value}");
        assert!(dockerfile.contains(&label), "{label}");
    }

    let image = unique_image("itself");
    build().args(["--output", &format!("type=image,name={image},push=true")]).ok();
    let manifest = "[stage.app]\nfrom = 'busybox'\nlayer = [{ run = 'echo hi > /hi' }]\n";
    let project = Project::without_manifest().named("strake.toml");
    let project = project.put("strake.toml", format!("# syntax={image}\n{manifest}"));
    assert_eq!(project.build().files().text("/hi"), "hi\n");
}
