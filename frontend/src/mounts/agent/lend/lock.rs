//! The locks of a project: in the working directory, above it, and a little below, since commands change to where
//! they work.

use std::path::{Path, PathBuf};

use super::super::restore::name_of;
use super::super::sys;
use crate::mounts::settle::SYSTEM;

/// The largest lock that is read, in bytes.
const LARGEST: usize = 1 << 26;
/// How far below it is looked.
const DEPTH: usize = 4;
/// How many entries are looked at.
const MOST: usize = 20_000;

/// What is in all files of a name.
pub(super) fn read_all(name: &str) -> Vec<String> {
    let Ok(directory) = std::env::current_dir() else { return Vec::new() };
    let above = directory.ancestors().map(|directory| directory.join(name));
    let all = above.chain(below(&directory, name));
    all.filter_map(|path| read(&path)).collect()
}

fn read(path: &Path) -> Option<String> {
    let bytes = sys::read_file(path, LARGEST).ok()??;
    String::from_utf8(bytes).ok()
}

/// Files of a name in the directories of a directory.
fn below(directory: &Path, name: &str) -> Vec<PathBuf> {
    let (mut found, mut next, mut seen) = (Vec::new(), vec![(directory.to_owned(), 0)], 0);
    while let Some((directory, depth)) = next.pop() {
        for entry in sys::names_in(&directory).unwrap_or_default() {
            seen += 1;
            if seen > MOST {
                return found;
            }
            let entry = entry.to_bytes();
            let path = directory.join(name_of(entry));
            if entry == name.as_bytes() && depth > 0 {
                found.push(path);
            } else if depth < DEPTH && !is_passed_over(entry, &path) && is_directory(&path) {
                next.push((path, depth + 1));
            }
        }
    }
    found
}

/// Hidden directories, those of the system, and those that hold what others wrote.
fn is_passed_over(name: &[u8], path: &Path) -> bool {
    let of_others: [&[u8]; 3] = [b"node_modules", b"target", b"vendor"];
    name.starts_with(b".")
        || of_others.contains(&name)
        || SYSTEM.iter().any(|it| Path::new(it) == path)
}

fn is_directory(path: &Path) -> bool {
    rustix::fs::lstat(path).is_ok_and(|stat| sys::file_type(&stat).is_dir())
}
