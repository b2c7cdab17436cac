//! Everything that a file system can hold, a hundred thousand times, goes through two exports with
//! changes between, and comes back the same on another engine. Everything is compared.

use std::time::Instant;

use super::{TAG, builder, on};
use crate::agent::MOUNT;
use crate::harness::{Build, Project, Runner, engine, unique};

/// A project whose step runs `mount.py`, and the output of its exports.
fn project() -> (Project, String) {
    let repository = format!("{}/test/{}", engine().registry(), unique("mounts"));
    let project = Project::reporting(&format!(
        "project = 'tests'\n[arg]\nSTEP = ''\nNONCE = ''\n[seed]\nimage = '{repository}'\ntags = ['main']\n\
         [cache.own]\ntarget = '/cache'\n\
         [stage.work]\nfrom = 'debian'\n\
         layer = [{{ mkdir = '/out' }}, {{ name = 'step', uses = ['own'], inputs = ['mount.py'], \
         env = {{ STEP = '${{STEP}}', CASE = '{repository} ${{NONCE}}' }}, \
         run = 'python3 mount.py $STEP /cache /out/list' }}]\n"
    ));
    let output =
        format!("type=image,name={repository}:{TAG},push=true,unpack=false,compression=zstd");
    (project.put("mount.py", MOUNT), output)
}

/// Also shows how long it takes, with `--nocapture`.
#[test]
#[ignore = "heavy; always: seeds::kinds::an_oci_layout"]
#[allow(clippy::print_stdout, reason = "the table is for people")]
fn a_hundred_thousand_files_come_back_as_they_were() {
    let (project, output) = project();
    let one = builder();
    let build = |step: &str| {
        let step =
            [format!("--build-arg=STEP={step}"), format!("--build-arg=NONCE={}", unique("n"))];
        on(project.build(), &one).args(step)
    };
    let list = |build: Build<'_>| build.files().text("/list");
    let export = || {
        let export = on(project.build(), &one).args(["--target", "@mounts", "--provenance=false"]);
        export.args(["--output", &output]).ok()
    };
    build("fill_many").ok();
    let (first, all) = timed(export);
    build("change_many").ok();
    let (second, changes) = timed(export);
    let made = list(build("look"));
    assert!(made.lines().count() > 100_000, "{}", made.lines().count());

    let other = Runner::start();
    let files = build("look").on(&other).files();
    assert!(files.log.contains("[seed] cache mounts: own primed"), "{}", files.log);
    same(&made, &files.text("/list"));
    // Nothing is new there, so nothing is published.
    let again = on(project.build(), &one).on(&other);
    let again = again.args(["--target", "@mounts", "--provenance=false", "--output", &output]).ok();
    again.says("[mounts] own: compare with").says("unchanged: ");
    assert!(first.log.contains("removed: 0, of 103,01"), "{}", first.log);
    assert!(!second.log.contains("removed: 0,"), "{}", second.log);
    let primed = files.log.split_once("own primed (").and_then(|(_, rest)| rest.split_once(" s)"));
    let primed = primed.and_then(|(facts, _)| facts.rsplit_once("in ")).expect("seconds").1;
    println!("\n| {} files, directories and links | seconds |\n|---|---:|", made.lines().count());
    println!(
        "| first export | {all:.1} |\n| export of changes in every tenth directory | {changes:.1} |"
    );
    println!("| filling an empty mount, the download included | {primed} |");
}

/// What came of something, and the seconds that it took.
fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let begun = Instant::now();
    let done = work();
    (done, begun.elapsed().as_secs_f64())
}

/// Compares two lists; they are too long to be shown.
#[track_caller]
fn same(expected: &str, found: &str) {
    let pairs = expected.lines().zip(found.lines());
    let different: Vec<_> = pairs.filter(|(expected, found)| expected != found).take(5).collect();
    assert!(different.is_empty(), "{different:#?}");
    assert_eq!(expected.lines().count(), found.lines().count());
}
