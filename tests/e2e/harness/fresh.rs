//! Whether the syntax image is of the sources that are here.

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::repository;

/// What the syntax image is made from.
const SOURCES: [&str; 6] = ["frontend", "llb", "proto", "Cargo.toml", "Cargo.lock", "Dockerfile"];

/// A test on an image of older sources would tell nothing of these. `STRAKE_COMPILED` is when the compiler began, in
/// seconds since 1970; without it, the image is somebody's own.
pub(super) fn demand() {
    let Ok(compiled) = std::env::var("STRAKE_COMPILED") else { return };
    let compiled = Duration::from_secs_f64(compiled.parse().expect("seconds"));
    let changed = SOURCES.map(|source| changed(&repository().join(source)));
    assert!(
        changed.into_iter().max() <= Some(UNIX_EPOCH + compiled),
        "the syntax image is of older sources: `eval \"$(cargo xtask up --env)\"` makes it anew, and \
         `cargo xtask e2e` does so by itself"
    );
}

/// When a file, or any file below a directory, was last changed.
fn changed(path: &Path) -> SystemTime {
    // A unit test that fails leaves one beside its snapshot.
    if path.extension().is_some_and(|extension| extension == "new") {
        return UNIX_EPOCH;
    }
    let metadata = path.metadata().expect("a source");
    if !metadata.is_dir() {
        return metadata.modified().expect("a time");
    }
    let entries = fs::read_dir(path).expect("a directory").map(|entry| entry.expect("an entry"));
    entries.map(|entry| changed(&entry.path())).max().unwrap_or(UNIX_EPOCH)
}
