//! How base images are looked up.

use crate::harness::{Project, push, unique, unique_image};

fn from(image: &str) -> Project {
    Project::new(&format!("[stage.app]\nfrom = \"{image}\"\n"))
}

/// An image that only this daemon has: by default it will do where the registry is out of reach; with
/// `--pull` the registry has to answer.
#[test]
fn pull_asks_the_registry() {
    // Nothing listens on the first port.
    let image = format!("127.0.0.1:1/{}:latest", unique("local"));
    let made = Project::without_manifest().named("Dockerfile");
    made.write("Dockerfile", "FROM scratch\nCOPY <<EOT /file\nlocal\nEOT\n");
    made.build().args(["--output", &format!("type=image,name={image}")]).ok();

    let project = from(&image);
    assert_eq!(project.build().files().text("/file"), "local\n");
    let refused = project.build().arg("--pull").fails();
    refused.says("127.0.0.1:1").says(&format!("from = \"{image}\""));
}

#[test]
fn a_tag_that_moved_is_seen() {
    let image = unique_image("moves");
    let project = from(&image);
    for content in ["before", "after"] {
        push(&image, &format!("FROM scratch\nCOPY <<EOT /file\n{content}\nEOT\n"), "linux/amd64");
        let files = project.build().args(["--pull", "--platform", "linux/amd64"]).files();
        assert_eq!(files.text("/file").trim(), content);
    }
}

/// A named context is looked up in the same way.
#[test]
fn pull_is_for_named_contexts_too() {
    let image = format!("127.0.0.1:1/{}:latest", unique("context"));
    let made = Project::without_manifest().named("Dockerfile");
    made.write("Dockerfile", "FROM scratch\nCOPY <<EOT /file\nlocal\nEOT\n");
    made.build().args(["--output", &format!("type=image,name={image}")]).ok();

    let project = from("base");
    let context = format!("base=docker-image://{image}");
    let build = || project.build().args(["--build-context", &context]);
    assert_eq!(build().files().text("/file"), "local\n");
    build().arg("--pull").fails().says("127.0.0.1:1");
}
