//! `examples/ci/report`: what a build took from caches, told by its progress.

use crate::harness::{Project, unique};

const TWO_STAGES: &str = "[arg]\nA = ''\nB = ''\n[stage.below]\nfrom = 'busybox'\n\
    [[stage.below.layer]]\nenv = { A = '${A}' }\nrun = 'echo $A > /a'\n\
    [stage.app]\nfrom = 'below'\n\
    [[stage.app.layer]]\nenv = { B = '${B}' }\nrun = 'sleep 5; echo $B > /b'\n\
    [[stage.app.layer]]\nname = 'last'\nrun = 'true'\n";

/// The seconds at the end of a row.
fn seconds(report: &str, row: &str) -> f64 {
    let line = report.lines().find_map(|line| line.strip_prefix(row));
    let line = line.unwrap_or_else(|| panic!("`{row}` is not in:\n{report}"));
    line.trim_end_matches(" |").trim().parse().expect("seconds")
}

#[test]
fn what_ran_is_told_from_what_was_cached() {
    let project = Project::new(TWO_STAGES);
    let a = format!("A={}", unique("a"));
    let build = |b: &str| {
        let b = format!("B={}", unique(b));
        let build = project.build().args(["--build-arg", &a, "--build-arg", &b]);
        build.args(["--output", "type=cacheonly"])
    };
    build("first").ok();
    let report = build("second").report();
    assert!(report.starts_with("### Build: 1 of 3 steps from a cache, "), "{report}");
    assert!(report.contains("\n| below | 1 | 0 | 0.0 |\n"), "{report}");
    assert!(seconds(&report, "| app | 0 | 2 | ") >= 5.0, "{report}");
    // The slowest comes first, and what was cached not at all.
    let slowest = report.split_once("| slowest steps that ran | seconds |").expect("a table").1;
    let first = slowest.lines().nth(2).expect("a row");
    assert!(first.starts_with("| app: run sleep 5; echo $B > /b | "), "{report}");
    assert!(!slowest.contains("below"), "{report}");
}

#[test]
fn a_dockerfile_has_a_report_as_well() {
    let file = format!("FROM busybox\nRUN echo {} | cat > /a\n", unique("a"));
    let project = Project::without_manifest().put("Dockerfile", file).named("Dockerfile");
    let report = project.build().args(["--output", "type=cacheonly"]).report();
    assert!(report.starts_with("### Build: 0 of 1 steps from a cache, "), "{report}");
    // A `|` would end the cell.
    assert!(report.contains("\\| cat > /a | "), "{report}");
}

#[test]
fn a_failure_is_reported_with_what_the_step_said() {
    let manifest = "[stage.app]\nfrom = 'busybox'\n[[stage.app.layer]]\nname = 'broken'\n\
                    run = 'echo the reason; exit 3'\n";
    let report = Project::new(manifest).build().report();
    let (_, failed) = report.split_once("**Failed**: [app 2/2] broken: ").expect("a failure");
    assert!(failed.contains("\n    the reason\n") && failed.contains("exit code: 3"), "{report}");
}
