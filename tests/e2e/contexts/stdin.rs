//! What comes on standard input: a manifest, or an archive with the whole context.

use crate::harness::{Project, engine};

const COPY: &str = r#"
[stage.app]
from = "scratch"

[[stage.app.layer]]
copy = { src = "file", dest = "/" }
"#;

const WRITE: &str = r#"
[stage.app]
from = "scratch"

[[stage.app.layer]]
write = { path = "/file", content = "written" }
"#;

fn manifest(text: &str) -> String {
    format!("# syntax={}\n{text}", engine().syntax())
}

#[test]
fn a_manifest_for_a_directory() {
    let project = Project::without_manifest().put("file", "x").put(".dockerignore", "other\n");
    let files = project.build().args(["-f", "-"]).input(manifest(COPY)).files();
    assert_eq!(files.text("/file"), "x");
}

#[test]
fn a_manifest_without_a_context() {
    let project = Project::without_manifest();
    let files = project.build().context("-").input(manifest(WRITE)).files();
    assert_eq!(files.text("/file"), "written");
    let outcome = project.build().context("-").input(manifest(COPY)).fails();
    outcome.says("copy = { src = \"file\", dest = \"/\" }");
}

/// An error in it has its excerpt, too.
#[test]
fn a_mistake_in_a_manifest_without_a_file() {
    let project = Project::without_manifest();
    let wrong = manifest("[stage.app]\nform = \"scratch\"\n");
    project.build().context("-").input(wrong).fails().says("did you mean `from`?").says(">>> form");
}

#[test]
fn an_archive_with_everything() {
    let directory = Project::new(COPY).put("file", "x");
    let archive = directory.archive("-cz");
    let project = Project::without_manifest();
    let build = project.build().args(["-f", "strake.toml"]).context("-").input(archive);
    assert_eq!(build.files().text("/file"), "x");
}
