//! Writing what is new in a mount over what is published.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::thread;

use strake_frontend::testing::mounts::agent::answer::{Counts, Outcome};
use strake_frontend::testing::mounts::agent::failure::Code;

use crate::snapshot::{assert_same, snapshot};
use crate::support::{Case, counts, inode, names, set_time, write};

fn some_files(mount: &Path) {
    write(mount.join("a/b"), "bee", 1000);
    write(mount.join("c"), "sea", 2000);
    write(mount.join("e/f/g"), "gee", 3000);
    symlink("c", mount.join("s")).unwrap();
}

/// What is published comes back.
fn check_primed(case: &Case) {
    assert_eq!(case.prime("again").outcome, Outcome::Primed);
    assert_same(&snapshot(&case.mount()), &snapshot(&case.path("again")));
    fs::remove_dir_all(case.path("again")).unwrap();
}

#[test]
fn everything_is_written_at_first() {
    let case = Case::new();
    some_files(&case.mount());
    let answer = case.export();
    assert_eq!(answer.outcome, Outcome::Exported);
    let expected =
        Counts { entries: 7, bytes: 9, written: 7, written_bytes: 9, ..Counts::default() };
    assert_eq!(counts(&answer), expected);
    // A layer carries all of this: the tree is the mount.
    assert_same(&snapshot(&case.mount()), &snapshot(&case.tree()));
    check_primed(&case);
}

#[test]
fn what_is_published_may_be_absent() {
    let case = Case::new();
    some_files(&case.mount());
    assert_eq!(case.run("export @mount @missing @seed").outcome, Outcome::Exported);
    check_primed(&case);
}

#[test]
fn no_change_leaves_everything_as_it_is() {
    let case = Case::published(some_files);
    let before = (snapshot(&case.path("seed")), inode(case.tree().join("c")));
    // Reading is no change.
    fs::read(case.mount().join("c")).unwrap();
    let answer = case.export();
    assert_eq!(answer.outcome, Outcome::Unchanged);
    assert_eq!(counts(&answer), Counts { entries: 7, bytes: 9, ..Counts::default() });
    assert_same(&before.0, &snapshot(&case.path("seed")));
    assert_eq!(before.1, inode(case.tree().join("c")));
}

#[test]
fn only_what_changed_is_written() {
    let case = Case::published(some_files);
    let before = inode(case.tree().join("c"));
    write(case.mount().join("e/f/g"), "new", 4000);
    write(case.mount().join("h"), "aitch", 5000);
    fs::remove_dir_all(case.mount().join("a")).unwrap();
    let answer = case.export();
    let expected = Counts {
        entries: 6,
        bytes: 11,
        written: 2,
        written_bytes: 8,
        removed: 2,
        ..Counts::default()
    };
    assert_eq!((answer.outcome.clone(), counts(&answer)), (Outcome::Exported, expected));
    assert_eq!(before, inode(case.tree().join("c")));
    assert_same(&snapshot(&case.mount()), &snapshot(&case.tree()));
    check_primed(&case);
}

#[test]
fn a_file_that_is_the_same_is_not_written_again() {
    let case = Case::published(some_files);
    let before = inode(case.tree().join("c"));
    // Downloaded again, with attributes: the index tells it.
    write(case.mount().join("c"), "sea", 7000);
    let flags = rustix::fs::XattrFlags::empty();
    rustix::fs::setxattr(case.mount().join("c"), "user.etag", b"x", flags).unwrap();
    let answer = case.export();
    assert_eq!(answer.outcome, Outcome::Exported);
    assert_eq!((answer.counts.written, answer.counts.removed), (0, 0));
    assert_eq!(before, inode(case.tree().join("c")));
    check_primed(&case);
    // Other permissions are in the layer, too.
    let mode = fs::Permissions::from_mode(0o4751);
    fs::set_permissions(case.mount().join("c"), mode).unwrap();
    assert_eq!(case.export().outcome, Outcome::Exported);
    assert_eq!(before, inode(case.tree().join("c")));
    assert_eq!(snapshot(&case.tree())[Path::new("c")].mode, 0o4751);
    check_primed(&case);
}

/// Archives have whole seconds, often made up: then length and time tell nothing.
#[test]
fn a_time_that_was_made_up_tells_nothing() {
    let case = Case::new();
    for (content, outcome) in [("1.2.3", Outcome::Exported), ("1.2.4", Outcome::Exported)] {
        fs::write(case.mount().join("version"), content).unwrap();
        set_time(&case.mount().join("version"), 499_162_500, 0);
        set_time(&case.mount(), 1, 0);
        assert_eq!(case.export().outcome, outcome);
        assert_eq!(fs::read_to_string(case.tree().join("version")).unwrap(), content);
        assert_eq!(case.export().outcome, Outcome::Unchanged);
    }
}

#[test]
fn an_empty_mount_does_not_replace_a_seed() {
    let case = Case::published(some_files);
    let before = snapshot(&case.path("seed"));
    // What a killed prime has left is nothing.
    fs::create_dir_all(case.path("empty/.strake-priming/tree")).unwrap();
    assert_eq!(case.run("export @empty @seed @seed").outcome, Outcome::Refused);
    assert_same(&before, &snapshot(&case.path("seed")));
    let empty = Case::published(|_| {});
    assert_eq!(empty.export().outcome, Outcome::Unchanged);
}

#[test]
fn kinds_change() {
    let case = Case::published(some_files);
    let mount = case.mount();
    fs::remove_dir_all(mount.join("a")).unwrap();
    write(mount.join("a"), "a file now", 1);
    fs::remove_file(mount.join("c")).unwrap();
    write(mount.join("c/d/e"), "a directory now", 1);
    fs::remove_file(mount.join("s")).unwrap();
    symlink("elsewhere", mount.join("s")).unwrap();
    assert_eq!(case.export().outcome, Outcome::Exported);
    assert_same(&snapshot(&mount), &snapshot(&case.tree()));
    check_primed(&case);
}

#[test]
fn a_link_to_what_is_published_costs_nothing() {
    let case = Case::published(some_files);
    let mount = case.mount();
    // One before its file and one after it, by name.
    fs::hard_link(mount.join("c"), mount.join("0")).unwrap();
    fs::hard_link(mount.join("c"), mount.join("x")).unwrap();
    fs::hard_link(mount.join("e/f/g"), mount.join("e/new")).unwrap();
    let before = inode(case.tree().join("c"));
    let answer = case.export();
    assert_eq!((answer.outcome, answer.counts.written), (Outcome::Exported, 0));
    assert_eq!(names(&case.tree()), ["a", "c", "e", "s"]);
    assert_eq!(before, inode(case.tree().join("c")));
    check_primed(&case);
    assert_eq!(case.export().outcome, Outcome::Unchanged);
    // The name that carried the content goes, and another takes its place.
    fs::remove_file(mount.join("c")).unwrap();
    assert_eq!(case.export().outcome, Outcome::Exported);
    assert_eq!(names(&case.tree()), ["0", "a", "e", "s", "x"]);
    check_primed(&case);
}

#[test]
fn a_cap_leaves_out_the_oldest() {
    let case = Case::new();
    for (name, age) in [("old", 1000), ("new", 3000), ("middle", 2000)] {
        write(case.mount().join(name), vec![b'x'; 1000], age);
    }
    for _ in 0..2 {
        let answer = case.run("export @mount @missing @seed");
        assert_eq!((answer.outcome, answer.counts.over_cap), (Outcome::Exported, 0));
        let mut command = case.command("export @mount @seed @seed");
        let status = command.arg(case.path("answer")).arg("2999").status().unwrap();
        assert!(status.success());
        let answer = case.answer();
        assert_eq!((answer.outcome, answer.counts.over_cap), (Outcome::Exported, 1));
        assert_eq!(names(&case.tree()), ["middle", "new"]);
        // When a file was read goes into the seed: there the newest was not for long.
        set_read(&case.mount().join("old"), 4000);
        let mut command = case.command("export @mount @seed @seed");
        command.arg(case.path("answer")).arg("1000").status().unwrap();
        assert_eq!(names(&case.tree()), ["old"]);
        fs::create_dir(case.path("primed")).unwrap();
        case.prime("primed");
        let read = fs::symlink_metadata(case.path("primed/old")).unwrap().accessed().unwrap();
        assert_eq!(read, std::time::UNIX_EPOCH + std::time::Duration::from_secs(4000));
        set_time(&case.mount().join("old"), 1000, 1);
        fs::remove_dir_all(case.path("primed")).unwrap();
        fs::remove_dir_all(case.path("seed")).unwrap();
        fs::create_dir(case.path("seed")).unwrap();
    }
}

fn set_read(path: &Path, seconds: u64) {
    let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
    let file = fs::File::options().write(true).open(path).unwrap();
    file.set_times(fs::FileTimes::new().set_accessed(time)).unwrap();
}

#[test]
fn what_is_broken_is_published_anew() {
    let damages: [&dyn Fn(&Case); 5] = [
        &|case| fs::write(case.path("seed/index"), "x").unwrap(),
        &|case| fs::remove_file(case.path("seed/index")).unwrap(),
        &|case| fs::remove_file(case.tree().join("a/b")).unwrap(),
        &|case| fs::write(case.tree().join("a/b"), "shorter or longer").unwrap(),
        &|case| {
            fs::remove_dir_all(case.tree()).unwrap();
        },
    ];
    for damage in damages {
        let case = Case::published(some_files);
        damage(&case);
        assert_eq!(case.export().outcome, Outcome::Exported);
        check_primed(&case);
        assert_eq!(case.export().outcome, Outcome::Unchanged);
    }
}

#[test]
fn everything_is_written_into_an_empty_directory() {
    let case = Case::published(some_files);
    assert_eq!(case.run("export @mount @seed @empty").outcome, Outcome::Unchanged);
    assert!(names(&case.path("empty")).is_empty());
    write(case.mount().join("new"), "new", 1);
    let answer = case.run("export @mount @seed @empty");
    assert_eq!((answer.outcome, answer.counts.written), (Outcome::Exported, 8));
    assert_same(&snapshot(&case.mount()), &snapshot(&case.path("empty/tree")));
    assert_eq!(case.run("export @mount @empty @empty").outcome, Outcome::Unchanged);
}

/// What is there is not the copy that it should be: nothing of it can be relied on.
#[test]
fn another_seed_is_replaced() {
    let case = Case::published(some_files);
    let other = Case::published(|mount| write(mount.join("c"), "SEA", 2000));
    write(case.mount().join("new"), "new", 1);
    let mut command = case.command("export @mount @seed");
    command.arg(other.path("seed")).arg(case.path("answer")).status().unwrap();
    assert_eq!((case.answer().outcome, case.answer().counts.written), (Outcome::Exported, 8));
    assert_same(&snapshot(&case.mount()), &snapshot(&other.tree()));
}

/// In a layer such a name deletes another.
#[test]
fn names_that_mean_a_deletion_are_left_out() {
    let case = Case::new();
    write(case.mount().join(".wh.a"), "x", 1);
    write(case.mount().join(".wh.directory/in"), "x", 1);
    write(case.mount().join("a"), "x", 1);
    let answer = case.export();
    assert_eq!((answer.outcome, answer.counts.skipped), (Outcome::Exported, 2));
    assert_eq!(names(&case.tree()), ["a"]);
}

#[test]
fn paths_that_no_layer_can_carry_are_reported() {
    let case = Case::new();
    let path = case.mount().join(vec!["x".repeat(200); 18].join("/"));
    fs::create_dir_all(path).unwrap();
    let (code, reason) = case.failure("export @mount @missing @seed");
    assert_eq!(code, Code::Limit);
    assert!(reason.starts_with("a path is too long for a layer: xxxx"), "{reason}");
}

#[test]
fn a_file_that_cannot_be_written_is_reported() {
    let case = Case::new();
    some_files(&case.mount());
    fs::write(case.path("file"), "x").unwrap();
    let (code, reason) = case.failure("export @mount @missing @file");
    assert_eq!(code, Code::Io);
    assert!(reason.contains("could not"), "{reason}");
}

/// While a step of another build writes into the mount, what is exported is one thing or another,
/// and never half of one.
#[test]
fn a_mount_in_use_is_exported_consistently() {
    let case = Case::new();
    some_files(&case.mount());
    let content = |n: usize| vec![b'a' + (n % 26) as u8; 200_000 + n];
    let done = std::sync::atomic::AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            for n in (0..).take_while(|_| !done.load(std::sync::atomic::Ordering::Relaxed)) {
                for name in ["live1", "live2"] {
                    fs::write(case.mount().join(name), content(n)).unwrap();
                }
                let _ = fs::rename(case.mount().join("live2"), case.mount().join("moved"));
            }
        });
        for _ in 0..20 {
            let outcome = case.export().outcome;
            assert!(matches!(outcome, Outcome::Exported | Outcome::Unchanged), "{outcome:?}");
            let _ = fs::create_dir(case.path("again"));
            assert_eq!(case.prime("again").outcome, Outcome::Primed);
            for name in ["live1", "live2", "moved"] {
                let Ok(file) = fs::read(case.path("again").join(name)) else { continue };
                // A file may be taken between being emptied and being filled; a part of it is the
                // start of one content.
                assert!(file.iter().all(|byte| *byte == file[0]), "{name} is mixed");
            }
            fs::remove_dir_all(case.path("again")).unwrap();
        }
        done.store(true, std::sync::atomic::Ordering::Relaxed);
    });
    case.export();
    check_primed(&case);
}
