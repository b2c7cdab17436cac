//! `BUILDKIT_DOCKERFILE_CHECK`: which warnings are left out, and whether one fails the build.

use crate::harness::{Build, Project};

/// A build with a warning: an argument that is not declared.
fn warned(project: &Project) -> Build<'_> {
    project.build().args(["--build-arg", "UNKNOWN=1"])
}

fn check(value: &str) -> [String; 2] {
    ["--build-arg".to_owned(), format!("BUILDKIT_DOCKERFILE_CHECK={value}")]
}

fn project() -> Project {
    Project::new("[stage.app]\nfrom = \"scratch\"\n")
}

#[test]
fn warnings_are_shown_unless_they_are_skipped() {
    let project = project();
    let has_warning = |args: &[String]| {
        let trace = warned(&project).args(args.iter().cloned()).trace();
        assert!(trace.success);
        !trace.warnings.is_empty()
    };
    assert!(has_warning(&[]));
    assert!(has_warning(&check("skip=some-other-code")));
    assert!(!has_warning(&check("skip=unused-build-arg")));
    assert!(!has_warning(&check("skip=all")));
}

#[test]
fn a_warning_can_be_an_error() {
    let project = project();
    let failed = warned(&project).args(check("error=true")).fails();
    failed.says("the build argument `UNKNOWN` is not declared");
    warned(&project).args(check("error=true;skip=unused-build-arg")).ok();
    project.build().args(check("error=true")).ok();
}

#[test]
fn a_call_heeds_it_too() {
    let project = project();
    let lint = |args: &[String]| warned(&project).arg("--call=check").args(args.iter().cloned());
    assert!(lint(&[]).run().output.contains("unused-build-arg"));
    assert!(!lint(&check("skip=all")).ok().output.contains("unused-build-arg"));
}
