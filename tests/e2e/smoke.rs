//! The main road: a manifest becomes an image, and a second build does nothing.

use crate::harness::Project;

const MANIFEST: &str = r#"
[stage.app]
from = "busybox"

[[stage.app.layer]]
name = "greeting"
run = "echo hello > /greeting"
"#;

#[test]
fn a_manifest_becomes_files() {
    let project = Project::new(MANIFEST);
    let files = project.build().files();
    assert_eq!(files.text("/greeting"), "hello\n");
}

#[test]
fn a_second_build_is_cached() {
    let project = Project::new(MANIFEST);
    project.build().warm();
    let again = project.build().trace();
    assert!(again.success);
    assert_eq!(again.executed(), Vec::<&str>::new());
}
