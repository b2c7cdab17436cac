//! Filling mounts.

use std::fs;
use std::path::Path;

use strake_frontend::testing::mounts::agent::answer::{Counts, Outcome};
use strake_frontend::testing::mounts::agent::failure::Code;

use crate::snapshot::{assert_same, snapshot};
use crate::support::{Case, counts, is_root, names, set_time, write};

fn some_files(mount: &Path) {
    write(mount.join("a/b"), "bee", 1000);
    write(mount.join("c"), "sea", 2000);
    fs::create_dir(mount.join("d")).unwrap();
    set_time(mount, 3000, 7);
}

#[test]
fn an_empty_mount_is_filled() {
    let case = Case::published(some_files);
    let answer = case.prime("other");
    assert_eq!(answer.outcome, Outcome::Primed);
    assert_eq!(counts(&answer), Counts { entries: 4, bytes: 6, ..Counts::default() });
    assert_same(&snapshot(&case.mount()), &snapshot(&case.path("other")));
    assert_eq!(names(&case.path("other")), ["a", "c", "d"]);
}

#[test]
fn a_warm_mount_is_not_touched() {
    let case = Case::published(some_files);
    write(case.path("other/x"), "x", 1);
    set_time(&case.path("other"), 5, 5);
    let before = snapshot(&case.path("other"));
    assert_eq!(case.prime("other").outcome, Outcome::Warm);
    assert_same(&before, &snapshot(&case.path("other")));
}

#[test]
fn a_probe_tells_what_is_there() {
    let case = Case::published(some_files);
    let before = snapshot(&case.path("empty"));
    assert_eq!(case.run("probe @empty").outcome, Outcome::Empty);
    assert_same(&before, &snapshot(&case.path("empty")));
    let before = snapshot(&case.mount());
    assert_eq!(case.run("probe @mount").outcome, Outcome::Warm);
    assert_same(&before, &snapshot(&case.mount()));
    let (code, reason) = case.failure("probe @missing");
    assert_eq!(code, Code::Io);
    assert!(reason.starts_with("could not open") && reason.contains("missing"), "{reason}");
}

#[test]
fn an_empty_seed_leaves_a_mount_empty() {
    let case = Case::published(|_| {});
    assert_eq!(case.prime("other").outcome, Outcome::Primed);
    assert!(names(&case.path("other")).is_empty());
}

/// A failed prime leaves nothing behind, and tells why in one line.
fn check_failure(case: &Case, code: Code, part: &str) {
    let (actual, reason) = case.failure("prime @seed @empty");
    assert_eq!(actual, code, "{reason}");
    assert!(reason.contains(part), "{reason}");
    assert!(names(&case.path("empty")).is_empty());
}

#[test]
fn a_broken_seed_leaves_a_mount_empty() {
    let broken = "the seed's index is broken: its checksum does not match";
    type Damage<'a> = (&'a dyn Fn(&Case), &'a str);
    let cases: [Damage<'_>; 9] = [
        (&|case| fs::remove_file(case.path("seed/index")).unwrap(), "the seed has no index"),
        (&|case| fs::remove_dir_all(case.path("seed")).unwrap(), "the seed has no index"),
        (&|case| fs::write(case.path("seed/index"), "x").unwrap(), "it is not an index"),
        (
            &|case| {
                let index = fs::read(case.path("seed/index")).unwrap();
                fs::write(case.path("seed/index"), &index[..index.len() - 1]).unwrap();
            },
            broken,
        ),
        (
            &|case| {
                let mut index = fs::read(case.path("seed/index")).unwrap();
                index[30] ^= 1;
                fs::write(case.path("seed/index"), index).unwrap();
            },
            broken,
        ),
        (&|case| fs::remove_file(case.tree().join("a/b")).unwrap(), "lacks the a/b of its"),
        (&|case| fs::remove_dir_all(case.tree().join("a")).unwrap(), "lacks the a/b of its"),
        (&|case| fs::write(case.tree().join("c"), "se").unwrap(), "lacks the c of its index"),
        (
            &|case| {
                fs::remove_file(case.tree().join("c")).unwrap();
                std::os::unix::fs::symlink("a/b", case.tree().join("c")).unwrap();
            },
            "lacks the c of its index",
        ),
    ];
    for (damage, part) in cases {
        let case = Case::published(some_files);
        damage(&case);
        check_failure(&case, Code::Corrupt, part);
    }
}

/// As root on a file system of its own that is too small; else with a limit for files.
#[test]
fn a_full_disk_leaves_a_mount_empty() {
    let case = Case::published(|mount| {
        some_files(mount);
        for n in 0..8 {
            write(mount.join(format!("large/{n}")), vec![n; 300_000], 1);
        }
    });
    let script = if is_root() {
        // In a mount namespace of its own, which ends with the process.
        "mount -t tmpfs -o size=1m tmpfs \"$2\" && \"$0\" prime \"$1\" \"$2\" \"$3\" && ls -A \"$2\""
    } else {
        "trap '' XFSZ; ulimit -f 200; \"$0\" prime \"$1\" \"$2\" \"$3\"; ls -A \"$2\""
    };
    let mut command = match is_root() {
        true => std::process::Command::new("unshare"),
        false => std::process::Command::new("env"),
    };
    if is_root() {
        command.args(["--mount", "--propagation", "private"]);
    }
    command.args(["sh", "-c", script, env!("CARGO_BIN_EXE_strake")]);
    let output = command
        .args([case.path("seed"), case.path("empty"), case.path("answer")])
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(output.stdout.is_empty(), "{output:?}");
    match case.answer().outcome {
        Outcome::Failed(failure) => {
            assert_eq!(failure.code, Code::Full, "{failure}");
            assert!(failure.reason.starts_with("could not write large/"), "{failure}");
        }
        outcome => panic!("{outcome:?}"),
    }
    assert!(names(&case.path("empty")).is_empty());
}

#[test]
fn arguments_that_are_none_are_reported() {
    let case = Case::new();
    for arguments in ["probe", "probe a b c", "prime a b", "export a b c", "export a b c d x", "x"]
    {
        let output = case.command(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments}");
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(text.contains("strake prime SEED MOUNT ANSWER"), "{text}");
    }
    let output = case.command("probe @empty @missing/answer").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
}
