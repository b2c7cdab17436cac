//! Golden tests: a directory of `cases/` holds a manifest, and what becomes of it: what is wrong
//! with it, or the image config and the LLB of each platform as text. Every example is a case, too.
//!
//! `cargo insta review` shows what changed. A case may have a file `options` with lines `key=value`
//! in the form of BuildKit's frontend options, a file `without` with a capability on each line that the
//! daemon lacks, and a directory `context` with files of the main context.

// A test that can't go on says why and ends.
#![allow(clippy::expect_used, clippy::unwrap_used)]

mod airflow;
mod docs;
mod large;
mod outcome;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use outcome::{outcome, outcome_of, outcome_of_example};

#[test]
fn cases() {
    check(&Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/cases"), outcome, Path::to_owned);
}

#[test]
fn examples() {
    let snapshots = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/examples");
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
    let of = |case: &Path| snapshots.join(case.file_name().expect("a directory has a name"));
    check(&examples, outcome_of_example, of);
}

/// A manifest is the same whichever way its lines end: the same bytes are sent to the daemon, and the same
/// is said of the same places.
#[test]
fn lines_may_end_as_on_windows() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/cases");
    for case in directories(&root) {
        let manifest = outcome::manifest(&case);
        let lines: Vec<&[u8]> = manifest.split(|byte| *byte == b'\n').collect();
        let windows = lines.join(b"\r\n".as_slice());
        assert!(windows.len() > manifest.len(), "{}", case.display());
        assert_eq!(outcome_of(&case, windows), outcome(&case), "{}", case.display());
    }
}

/// The directories below `root` that have a manifest, in order.
fn directories(root: &Path) -> Vec<PathBuf> {
    let mut cases: Vec<PathBuf> = fs::read_dir(root)
        .expect("the directory of the cases")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.join("strake.toml").is_file())
        .collect();
    cases.sort();
    assert!(!cases.is_empty(), "no case in {}", root.display());
    cases
}

/// Checks every directory below `root` that has a manifest, and reports all that differ.
fn check(root: &Path, outcome: fn(&Path) -> String, snapshots: impl Fn(&Path) -> PathBuf) {
    let cases = directories(root);
    let differ: Vec<_> = cases
        .iter()
        .filter(|case| {
            let mut settings = insta::Settings::clone_current();
            settings.set_snapshot_path(snapshots(case));
            settings.set_prepend_module_to_snapshot(false);
            settings.set_omit_expression(true);
            let text = outcome(case);
            let assertion = || settings.bind(|| insta::assert_snapshot!("outcome", text));
            catch_unwind(AssertUnwindSafe(assertion)).is_err()
        })
        .collect();
    assert!(differ.is_empty(), "these differ: {differ:#?}");
}

/// The same input gives the same bytes, always.
#[test]
fn the_same_bytes_fifty_times() {
    for example in ["airflow-pypi", "ci"] {
        same_bytes(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples").join(example));
    }
}

fn same_bytes(example: &Path) {
    let first = outcome::definitions(example);
    assert!(!first.is_empty());
    for _ in 0..50 {
        assert!(outcome::definitions(example) == first);
    }
}
