//! `SOURCE_DATE_EPOCH`: dates of the image, of its history and of files that strake makes.

use std::time::Duration;

use crate::harness::{Project, Server};

const EPOCH: &str = "1600000000";
const DATE: &str = "2020-09-13T12:26:40Z";

/// Files in the root and in directories that are made for them: the time of a directory that was
/// there changes when something is put into it, and only the exporter can fix that.
fn project() -> Project {
    Project::new(
        r#"
[stage.other]
from = "scratch"

[[stage.other.layer]]
write = { path = "/of-a-stage", content = "x" }

[stage.app]
from = "scratch"

[[stage.app.layer]]
steps = [
    { copy = { src = "file", dest = "/copied/deep/" } },
    { copy = { from = "other", src = "/of-a-stage", dest = "/" } },
    { write = { path = "/written", content = "x" } },
    { mkdir = "/made" },
    { symlink = { path = "/link", to = "written" } },
]
"#,
    )
    .put("file", "x")
}

fn epoch(value: &str) -> [String; 2] {
    ["--build-arg".to_owned(), format!("SOURCE_DATE_EPOCH={value}")]
}

#[test]
fn files_of_a_layer_have_the_date() {
    let image = project().build().args(epoch(EPOCH)).image();
    let entries = image.last_layer();
    assert!(entries.len() >= 7, "{entries:#?}");
    for entry in entries {
        assert!(entry.contains("2020-09-13 12:26:40"), "{entry}");
    }
}

#[test]
fn the_image_and_its_history_have_the_date() {
    let config = project().build().args(epoch(EPOCH)).image().config();
    assert_eq!(config["created"], DATE);
    let history = config["history"].as_array().expect("a history");
    assert_eq!(history.len(), 1);
    for entry in history {
        assert_eq!(entry["created"], DATE, "{entry}");
    }
}

/// Two builds at different times, of files with different times, are one image.
#[test]
fn the_same_files_are_the_same_image() {
    let digest = || {
        let project = project();
        let build = project.build().args(epoch(EPOCH)).args(["--no-cache", "--provenance=false"]);
        build.image().digest()
    };
    let first = digest();
    std::thread::sleep(Duration::from_millis(1100));
    assert_eq!(digest(), first);
}

/// buildx takes the date of its own environment, too.
#[test]
fn the_environment_of_the_client_counts() {
    let image = project().build().variable("SOURCE_DATE_EPOCH", EPOCH).image();
    assert_eq!(image.config()["created"], DATE);
}

/// Files that are laid down on nothing and merged have it, too.
#[test]
fn a_linked_copy_has_the_date() {
    let project = Project::new(
        r#"
[stage.app]
from = "busybox"

[[stage.app.layer]]
copy = { src = "file", dest = "/linked/deep/", link = true }
"#,
    )
    .put("file", "x");
    let entries = project.build().args(epoch(EPOCH)).image().last_layer();
    assert_eq!(entries.len(), 3, "{entries:#?}");
    for entry in entries {
        assert!(entry.contains("2020-09-13 12:26:40"), "{entry}");
    }
}

#[test]
fn a_download_has_the_date() {
    let server = Server::of([("/download", "x")]);
    let project = Project::new(&format!(
        r#"
[stage.app]
from = "scratch"

[[stage.app.layer]]
fetch = {{ url = "{}", dest = "/" }}
"#,
        server.url("/download")
    ));
    let image = project.build().args(epoch(EPOCH)).image();
    let entry = image.last_layer().into_iter().find(|entry| entry.ends_with("download"));
    let entry = entry.expect("the download is in the layer");
    assert!(entry.contains("2020-09-13 12:26:40"), "{entry}");
}
