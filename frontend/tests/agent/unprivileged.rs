//! As a user who is not root: nothing can be given away, and permissions hold.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::Path;

use strake_frontend::testing::mounts::agent::answer::{Answer, Outcome};
use strake_frontend::testing::mounts::agent::failure::Code;

use crate::snapshot::{assert_same, snapshot};
use crate::support::{Case, is_root, names, set_time, write};

const NOBODY: u32 = 65_534;

/// Gives a case to the user that the program will run as, with what is in its mount.
fn hand_over(case: &Case) {
    if is_root() {
        fs::set_permissions(case.directory.path(), Permissions::from_mode(0o755)).unwrap();
        let found = snapshot(case.directory.path());
        for (path, entry) in &found {
            let full = case.directory.path().join(path);
            std::os::unix::fs::lchown(&full, Some(NOBODY), Some(NOBODY)).unwrap();
            if !entry.kind.starts_with("->") {
                fs::set_permissions(full, Permissions::from_mode(entry.mode)).unwrap();
            }
        }
    }
}

fn run(case: &Case, arguments: &str) -> Answer {
    let mut command = case.command(arguments);
    if is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    let output = command.arg(case.path("answer")).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    case.answer()
}

fn some_files(mount: &Path) {
    write(mount.join("read-only/deep/er/file"), "x", 5);
    write(mount.join("read-only/other"), "y", 5);
    write(mount.join("program"), "z", 5);
    fs::set_permissions(mount.join("program"), Permissions::from_mode(0o4755)).unwrap();
    for path in ["read-only/deep/er/file", "read-only/deep/er", "read-only/deep", "read-only"] {
        fs::set_permissions(mount.join(path), Permissions::from_mode(0o555)).unwrap();
        set_time(&mount.join(path), 5, 7);
    }
    fs::create_dir_all(mount.parent().unwrap().join("again")).unwrap();
}

#[test]
fn read_only_directories_come_back_and_change() {
    let case = Case::new();
    some_files(&case.mount());
    fs::set_permissions(case.mount(), Permissions::from_mode(0o555)).unwrap();
    hand_over(&case);
    assert_eq!(run(&case, "export @mount @missing @seed").outcome, Outcome::Exported);
    assert_same(&snapshot(&case.mount()), &snapshot(&case.path("seed/tree")));
    let answer = run(&case, "prime @seed @again");
    assert_eq!((answer.outcome, answer.counts.owners_lost), (Outcome::Primed, 0));
    assert_same(&snapshot(&case.mount()), &snapshot(&case.path("again")));
    // The mount's root and its directories are writable for a moment, as a tool would make them.
    let modes = |mode| {
        for path in ["", "read-only", "read-only/deep", "read-only/deep/er"] {
            let path = case.mount().join(path);
            fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
        }
    };
    modes(0o755);
    fs::remove_dir_all(case.mount().join("read-only/deep/er")).unwrap();
    write(case.mount().join("read-only/deep/new"), "new", 6);
    fs::create_dir(case.mount().join("read-only/deep/er")).unwrap();
    modes(0o555);
    hand_over(&case);
    assert_eq!(run(&case, "export @mount @seed @seed").outcome, Outcome::Exported);
    assert_same(&snapshot(&case.mount()), &snapshot(&case.path("seed/tree")));
    assert_eq!(run(&case, "export @mount @seed @seed").outcome, Outcome::Unchanged);
}

#[test]
fn what_belongs_to_others_becomes_ones_own() {
    if !is_root() {
        return;
    }
    let case = Case::new();
    some_files(&case.mount());
    chown(case.mount().join("program"), Some(0), Some(0)).unwrap();
    fs::set_permissions(case.mount().join("program"), Permissions::from_mode(0o4755)).unwrap();
    assert_eq!(case.export().outcome, Outcome::Exported);
    let index = fs::read(case.path("seed/index")).unwrap();
    hand_over(&case);
    fs::write(case.path("seed/index"), index).unwrap();
    let answer = run(&case, "prime @seed @again");
    assert_eq!((answer.outcome, answer.counts.owners_lost), (Outcome::Primed, 6));
    let again = snapshot(&case.path("again"));
    assert!(again.values().all(|entry| entry.owner == (NOBODY, NOBODY)));
    // It would have let others do what its new owner may.
    assert_eq!(again[Path::new("program")].mode, 0o755);
}

#[test]
fn what_cannot_be_read_is_reported() {
    let case = Case::published(some_files);
    hand_over(&case);
    fs::set_permissions(case.tree().join("program"), Permissions::from_mode(0o000)).unwrap();
    let failure = |answer: Answer| match answer.outcome {
        Outcome::Failed(failure) => (failure.code, failure.reason),
        outcome => panic!("{outcome:?}"),
    };
    let (code, reason) = failure(run(&case, "prime @seed @again"));
    assert_eq!(code, Code::Denied);
    assert_eq!(reason, "could not read program: Permission denied (os error 13)");
    assert!(names(&case.path("again")).is_empty());
    fs::set_permissions(case.mount().join("program"), Permissions::from_mode(0o000)).unwrap();
    assert_eq!(failure(run(&case, "export @mount @missing @empty")).0, Code::Denied);
    // A mount that can't be written.
    fs::set_permissions(case.path("again"), Permissions::from_mode(0o555)).unwrap();
    let (code, reason) = failure(run(&case, "prime @seed @again"));
    assert_eq!(code, Code::Denied);
    assert!(reason.starts_with("could not create"), "{reason}");
    assert_eq!(run(&case, "probe @again").outcome, Outcome::Empty);
}

/// A directory that was exported as root belongs to root: its owner is lost once more.
#[test]
fn a_read_only_root_is_filled() {
    let case = Case::new();
    write(case.mount().join("a"), "a", 1);
    fs::create_dir(case.path("again")).unwrap();
    fs::set_permissions(case.mount(), Permissions::from_mode(0o500)).unwrap();
    hand_over(&case);
    assert_eq!(run(&case, "export @mount @missing @seed").outcome, Outcome::Exported);
    assert_eq!(run(&case, "prime @seed @again").outcome, Outcome::Primed);
    assert_same(&snapshot(&case.mount()), &snapshot(&case.path("again")));
}
