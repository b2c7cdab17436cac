//! The main context in a directory of the client's: which files are sent, and what the file that is
//! built from is called.

use crate::harness::{Project, engine, unique};

const COPY_ALL: &str = r#"
[stage.app]
from = "scratch"

[[stage.app.layer]]
copy = { src = ".", dest = "/all" }
"#;

/// Only what the manifest names leaves the client.
#[test]
fn only_what_is_used_is_sent() {
    let project = Project::new(
        r#"
[stage.app]
from = "scratch"

[[stage.app.layer]]
copy = { src = "small", dest = "/" }
"#,
    )
    .put("small", unique("small"))
    .put("large", vec![7; 5_000_000]);
    let files = project.build().files();
    assert!(files.has("/small"));
    let sent = files.log.lines().filter(|line| line.contains("transferring context:"));
    let sent: Vec<&str> = sent.collect();
    assert!(!sent.is_empty(), "{}", files.log);
    assert!(sent.iter().all(|line| !line.contains("MB")), "{sent:?}");
}

/// A build that needs nothing of the context does not ask for it.
#[test]
fn a_context_that_is_not_used_is_not_loaded() {
    let project = Project::new("[stage.app]\nfrom = \"scratch\"\n").put("file", "x");
    let trace = project.build().trace();
    assert!(trace.success);
    let loaded = trace.vertices.iter().filter(|vertex| vertex.name.contains("context"));
    assert_eq!(loaded.map(|vertex| vertex.name.as_str()).collect::<Vec<_>>(), Vec::<&str>::new());
}

#[test]
fn the_file_can_have_any_name_and_place() {
    let manifest = format!("# syntax={}\n{COPY_ALL}", engine().syntax());
    for name in ["Dockerfile", "strake.toml", "ci/image.toml", "with space.toml", "ütf.toml"] {
        let project = Project::without_manifest().put(name, &manifest).put("file", "x").named(name);
        assert_eq!(project.build().files().text("/all/file"), "x", "{name}");
    }
}

/// Without `-f` the file is called `Dockerfile`, in either case.
#[test]
fn a_dockerfile_may_be_written_in_lowercase() {
    let manifest = format!("# syntax={}\n{COPY_ALL}", engine().syntax());
    let project = Project::without_manifest().put("dockerfile", &manifest).put("file", "x");
    let file = project.path().join("Dockerfile").display().to_string();
    assert_eq!(project.build().args(["-f", &file]).files().text("/all/file"), "x");
}

/// The file need not be in the context.
#[test]
fn the_file_can_be_outside() {
    let outside = Project::new(COPY_ALL);
    let inside = Project::without_manifest().put("file", "inside");
    let context = inside.path().display().to_string();
    let files = outside.build().context(context).files();
    assert_eq!(files.text("/all/file"), "inside");
    assert!(!files.has("/all/strake.toml"));
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let project = Project::without_manifest().put("file", "x").named("missing.toml");
    project.build().fails().says("missing.toml");
}

/// What changes in the context is seen, and nothing else runs again.
#[test]
fn a_change_is_seen_where_it_matters() {
    let id = unique("change");
    let project = Project::new(&format!(
        r#"
[stage.app]
from = "busybox"

[[stage.app.layer]]
inputs = ["lock"]
run = "cat lock > /installed; echo {id}"

[[stage.app.layer]]
copy = {{ src = "source", dest = "/source" }}
"#
    ))
    .put("lock", "1")
    .put("source/file", "1");
    assert_eq!(project.build().trace().executed().len(), 2);
    project.write("source/file", "2");
    project.write("elsewhere", "2");
    let executed = project.build().trace();
    let executed = executed.executed();
    assert!(executed.len() == 1 && executed[0].contains("copy"), "{executed:?}");
    project.write("lock", "2");
    let files = project.build().files();
    assert_eq!((files.text("/installed"), files.text("/source/file")), ("2".into(), "2".into()));
}
