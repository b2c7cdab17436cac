//! A mount is whole or untouched, whatever happens to those who fill it.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use rustix::fs::FlockOperation;
use strake_frontend::testing::mounts::agent::answer::Outcome;

use crate::snapshot::{assert_same, snapshot};
use crate::support::{Case, answer, names, write};

const STAGING: &str = ".strake-priming";

fn many(mount: &Path) {
    for n in 0..400 {
        write(mount.join(format!("{n}")), format!("{n}"), n);
        write(mount.join(format!("directory/{n}/file")), vec![n as u8; 5000], n);
    }
}

/// A leftover as a killed prime leaves one: complete, with some entries moved already.
fn leftover(case: &Case, moved: &[&str]) {
    assert_eq!(case.prime("other").outcome, Outcome::Primed);
    let staging = case.path("other").join(STAGING);
    fs::create_dir_all(staging.join("tree")).unwrap();
    for name in names(&case.path("other")) {
        if name != STAGING && !moved.contains(&name.as_str()) {
            let from = case.path("other").join(&name);
            fs::rename(from, staging.join("tree").join(&name)).unwrap();
        }
    }
    // The marker is an index with nothing but the root.
    let root = Case::published(|mount| fs::remove_dir(mount.join("none")).unwrap_or(()));
    fs::copy(root.path("seed/index"), staging.join("complete")).unwrap();
}

fn three(mount: &Path) {
    for name in ["a", "b", "c"] {
        write(mount.join(name), name, 1);
    }
}

#[test]
fn what_was_complete_is_finished() {
    for command in ["probe @other", "prime @seed @other"] {
        let case = Case::published(three);
        leftover(&case, &["a"]);
        assert_eq!(names(&case.path("other")), [STAGING, "a"]);
        assert_eq!(case.run(command).outcome, Outcome::Warm);
        assert_eq!(names(&case.path("other")), ["a", "b", "c"]);
    }
}

#[test]
fn what_was_not_complete_is_removed() {
    for (command, outcome) in
        [("probe @other", Outcome::Empty), ("prime @seed @other", Outcome::Primed)]
    {
        let case = Case::published(three);
        leftover(&case, &[]);
        fs::remove_file(case.path("other").join(STAGING).join("complete")).unwrap();
        assert_eq!(case.run(command).outcome, outcome);
        let left = names(&case.path("other"));
        assert_eq!(left.is_empty(), outcome == Outcome::Empty, "{left:?}");
        assert!(!left.contains(&STAGING.to_owned()));
    }
}

#[test]
fn what_another_build_has_made_is_not_replaced() {
    let case = Case::published(three);
    leftover(&case, &[]);
    write(case.path("other/b"), "another", 2);
    for _ in 0..2 {
        assert_eq!(case.run("probe @other").outcome, Outcome::Warm);
        // The first entry was moved, and went back.
        assert_eq!(names(&case.path("other")), ["b"]);
        assert_eq!(fs::read(case.path("other/b")).unwrap(), b"another");
    }
}

#[test]
fn a_warm_mount_keeps_no_leftovers() {
    let case = Case::published(three);
    leftover(&case, &["a"]);
    fs::remove_file(case.path("other").join(STAGING).join("complete")).unwrap();
    assert_eq!(case.prime("other").outcome, Outcome::Warm);
    assert_eq!(names(&case.path("other")), ["a"]);
}

#[test]
fn nobody_waits_for_who_fills_a_mount() {
    let case = Case::published(three);
    let staging = case.path("empty").join(STAGING);
    fs::create_dir(&staging).unwrap();
    write(staging.join("tree/half"), "x", 1);
    let lock = fs::File::open(&staging).unwrap();
    rustix::fs::flock(&lock, FlockOperation::LockExclusive).unwrap();
    let before = snapshot(&case.path("empty"));
    let begun = Instant::now();
    assert_eq!(case.run("probe @empty").outcome, Outcome::Busy);
    assert!(begun.elapsed() < Duration::from_secs(5));
    assert_same(&before, &snapshot(&case.path("empty")));
    // Who is to fill it waits, and finds it as the other has left it.
    let mut second = case.start("prime @seed @empty", "answer");
    thread::sleep(Duration::from_millis(200));
    assert_eq!(second.try_wait().unwrap(), None);
    drop(lock);
    assert!(second.wait().unwrap().success());
    assert_eq!(case.answer().outcome, Outcome::Primed);
    assert_eq!(names(&case.path("empty")), ["a", "b", "c"]);
}

/// A directory of that name that is no staging, and what is no directory, are the user's own.
#[test]
fn a_name_that_is_taken_is_content() {
    let case = Case::published(three);
    fs::write(case.path("empty").join(STAGING), "mine").unwrap();
    assert_eq!(case.run("prime @seed @empty").outcome, Outcome::Warm);
    assert_eq!(case.run("probe @empty").outcome, Outcome::Warm);
    assert_eq!(fs::read(case.path("empty").join(STAGING)).unwrap(), b"mine");
}

#[test]
fn of_several_that_fill_a_mount_one_does() {
    let case = Case::published(many);
    let whole = snapshot(&case.mount());
    for round in 0..3 {
        let mount = format!("other{round}");
        fs::create_dir(case.path(&mount)).unwrap();
        let run = |n| case.start(&format!("prime @seed @{mount}"), &format!("answer{n}"));
        let children: Vec<_> = (0..4).map(run).collect();
        for mut child in children {
            assert!(child.wait().unwrap().success());
        }
        let outcomes: Vec<Outcome> =
            (0..4).map(|n| answer(&case.path(&format!("answer{n}"))).outcome).collect();
        let primed = outcomes.iter().filter(|outcome| **outcome == Outcome::Primed).count();
        let warm = outcomes.iter().filter(|outcome| **outcome == Outcome::Warm).count();
        assert_eq!((primed, warm), (1, 3), "{outcomes:?}");
        assert_same(&whole, &snapshot(&case.path(&mount)));
    }
}

#[test]
fn a_mount_that_another_build_begins_to_use_is_left_to_it() {
    let case = Case::published(many);
    let mut child = case.start("prime @seed @empty", "answer");
    while !case.path("empty").join(STAGING).exists() {
        thread::sleep(Duration::from_micros(100));
    }
    fs::write(case.path("empty/0"), "theirs").unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!(case.answer().outcome, Outcome::Warm);
    assert_eq!(names(&case.path("empty")), ["0"]);
    assert_eq!(fs::read(case.path("empty/0")).unwrap(), b"theirs");
}

#[test]
fn a_killed_prime_leaves_a_mount_whole_or_empty() {
    let case = Case::published(many);
    let whole = snapshot(&case.mount());
    let begun = Instant::now();
    assert_eq!(case.prime("measure").outcome, Outcome::Primed);
    let full = begun.elapsed();
    let mut killed = 0;
    for round in 0..40_u32 {
        let mount = format!("other{round}");
        fs::create_dir(case.path(&mount)).unwrap();
        let mut child = case.start(&format!("prime @seed @{mount}"), "answer");
        thread::sleep(full * round / 36);
        let _ = child.kill();
        killed += u32::from(!child.wait().unwrap().success());
        match case.run(&format!("probe @{mount}")).outcome {
            Outcome::Empty => assert!(names(&case.path(&mount)).is_empty()),
            Outcome::Warm => {
                let mut found = snapshot(&case.path(&mount));
                // Nobody can finish what was interrupted after the last trace of it had gone.
                found.get_mut(Path::new("")).unwrap().time = whole[Path::new("")].time;
                assert_same(&whole, &found);
            }
            outcome => panic!("{outcome:?}"),
        }
        case.run(&format!("prime @seed @{mount}"));
        assert_eq!(snapshot(&case.path(&mount)).len(), whole.len());
        fs::remove_dir_all(case.path(&mount)).unwrap();
    }
    assert!(killed >= 10, "{killed} of 40 were killed before they had finished");
}
