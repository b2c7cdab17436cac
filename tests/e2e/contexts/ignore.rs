//! Ignore files: which one counts, and what its patterns mean.

use crate::harness::{Files, Project};

const COPY_ALL: &str = r#"
[stage.app]
from = "scratch"

[[stage.app.layer]]
copy = { src = ".", dest = "/" }
"#;

#[track_caller]
fn has(files: &Files, there: &[&str], not_there: &[&str]) {
    for path in there {
        assert!(files.has(path), "{path} is missing");
    }
    for path in not_there {
        assert!(!files.has(path), "{path} is there");
    }
}

#[test]
fn patterns_leave_files_out() {
    let ignore = "# a comment\ntarget\n**/*.log\n!keep.log\n/only-top\ndocs/*\n!docs/README\n";
    let mut project = Project::new(COPY_ALL).put(".dockerignore", ignore);
    let there = ["file", "keep.log", "deep/only-top", "docs/README", "deep/target/file"];
    let not_there = ["target/file", "a.log", "deep/b.log", "only-top", "docs/page"];
    for path in there.iter().chain(&not_there) {
        project = project.put(path, "x");
    }
    has(&project.build().files(), &there, &not_there);
}

#[test]
fn the_ignore_file_of_the_file_comes_first() {
    let project = Project::new(COPY_ALL).put("a", "x").put("b", "x").put(".dockerignore", "a\n");
    has(&project.build().files(), &["b"], &["a"]);
    project.write("strake.toml.dockerignore", "b\n");
    has(&project.build().files(), &["a"], &["b"]);
    // An empty one of its own is one, too.
    project.write("strake.toml.dockerignore", "");
    has(&project.build().files(), &["a", "b"], &[]);
}

/// What is ignored can't be copied, run or seen, and the excerpt says where it was asked for.
#[test]
fn what_is_ignored_is_not_there() {
    let manifest = |layer: &str| {
        let text = format!("[stage.app]\nfrom = \"busybox\"\n\n[[stage.app.layer]]\n{layer}\n");
        Project::new(&text).put("secret.sh", "true").put(".dockerignore", "secret.sh\n")
    };
    let copy = "copy = { src = \"secret.sh\", dest = \"/\" }";
    manifest(copy).build().fails().says("secret.sh").says(copy);
    let run = "run = { file = \"secret.sh\" }";
    manifest(run).build().fails().says(".dockerignore").says(run);
    let bind = "binds = [{ target = \"/context\" }]\nrun = \"test ! -e /context/secret.sh\"";
    manifest(bind).build().ok();
}

/// The manifest is read whether it is ignored or not.
#[test]
fn the_manifest_itself_can_be_ignored() {
    let project = Project::new(COPY_ALL).put("file", "x").put(".dockerignore", "strake.toml\n");
    has(&project.build().files(), &["file"], &["strake.toml"]);
}
