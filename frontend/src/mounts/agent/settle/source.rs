//! The sources that a step sees, with what is in them.

use std::collections::BTreeSet;
use std::ffi::CString;
use std::path::{Path, PathBuf};

use rustix::fs::{FileType, Stat};
use rustix::io::Errno;
use sha2::{Digest as _, Sha256};
use strake_llb::Gather as _;

use super::super::digest::{file_digest, hex};
use super::super::failure::Failure;
use super::super::restore::name_of;
use super::super::tree::Time;
use super::super::{parallel, sys};
use crate::mounts::settle::{SYSTEM, Settle};

/// More are no sources, but a whole system.
const MOST: usize = 2_000_000;

/// What package managers know of what is installed: of other headers and libraries, compilers make something
/// else.
const PACKAGES: [&str; 5] = [
    "/var/lib/dpkg/status",
    "/lib/apk/db/installed",
    "/usr/lib/apk/db/installed",
    "/var/lib/rpm/rpmdb.sqlite",
    "/usr/lib/sysimage/rpm/rpmdb.sqlite",
];

/// A file, directory or symbolic link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Source {
    pub(super) path: PathBuf,
    /// When it was last changed.
    pub(super) time: Time,
    /// Of its content, of the names in it, or of where it leads.
    pub(super) digest: String,
    /// Which file it is, where that has other names.
    pub(super) file: Option<(u64, u64)>,
}

/// A digest of what says which packages are installed.
pub(super) fn packages() -> String {
    let mut hash = Sha256::new();
    for path in PACKAGES {
        if let Ok(digest) = file_digest(Path::new(path)) {
            hash.update(digest);
        }
    }
    hex(&hash.finalize())
}

/// All sources. What this user can't read can't be compiled either, and is left out.
///
/// # Errors
/// Something can't be read for another reason, or there are too many.
pub(super) fn all(settle: &Settle) -> Result<Vec<Source>, Failure> {
    let mut left_out: BTreeSet<&Path> = settle.others.iter().map(Path::new).gather();
    left_out.extend(SYSTEM.iter().map(Path::new));
    let (mut found, mut next) = (Vec::new(), Vec::new());
    for path in &settle.sources {
        next.push(PathBuf::from(path));
        while let Some(path) = next.pop() {
            let Some(stat) = looked_at(&path, rustix::fs::lstat(&path))? else { continue };
            let inside = sys::file_type(&stat).is_dir().then(|| listed(&path)).transpose()?;
            if let Some(names) = inside.flatten() {
                let inside = names.iter().map(|name| path.join(name_of(name)));
                next.extend(inside.filter(|path| !left_out.contains(path.as_path())));
                found.push((path, stat, names_digest(&names)));
            } else if !sys::file_type(&stat).is_dir() {
                found.push((path, stat, Vec::new()));
            }
            if found.len() > MOST {
                return Err(Failure::limit("there are too many files to look through for sources"));
            }
        }
    }
    let digests = parallel::map(found.len(), &|at| {
        let (path, stat, names) = &found[at];
        content(path, stat, names)
    })?;
    let sources = found.into_iter().zip(digests).filter_map(|((path, stat, _), digest)| {
        let file = (stat.st_nlink > 1 && !sys::file_type(&stat).is_dir())
            .then_some((stat.st_dev, stat.st_ino));
        Some(Source { path, time: sys::modified(&stat), digest: hex(&digest?), file })
    });
    Ok(sources.collect())
}

/// The names in a directory.
fn listed(path: &Path) -> Result<Option<Vec<Vec<u8>>>, Failure> {
    let flags = rustix::fs::OFlags::RDONLY | rustix::fs::OFlags::DIRECTORY;
    let flags = flags | rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::CLOEXEC;
    let names = rustix::fs::open(path, flags, rustix::fs::Mode::empty())
        .and_then(|directory| sys::names(&directory));
    let names = looked_at(path, names)?;
    Ok(names.map(|names| names.into_iter().map(CString::into_bytes).collect()))
}

fn names_digest(names: &[Vec<u8>]) -> Vec<u8> {
    let mut hash = Sha256::new();
    for name in names {
        hash.update(name);
        hash.update([0]);
    }
    hash.finalize().to_vec()
}

/// The digest of a source; `None` of what has no content, or can't be read.
fn content(path: &Path, stat: &Stat, names: &[u8]) -> Result<Option<Vec<u8>>, Failure> {
    match sys::file_type(stat) {
        FileType::Directory => Ok(Some(names.to_vec())),
        FileType::RegularFile => looked_at(path, file_digest(path)),
        FileType::Symlink => {
            let target = looked_at(path, rustix::fs::readlink(path, Vec::new()))?;
            Ok(target.map(|target| Sha256::digest(target.as_bytes()).to_vec()))
        }
        _ => Ok(None),
    }
}

/// What a look gave; `None` where there is nothing, or nothing for this user.
fn looked_at<R>(path: &Path, result: Result<R, Errno>) -> Result<Option<R>, Failure> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(Errno::NOENT | Errno::NOTDIR | Errno::ACCESS | Errno::PERM | Errno::LOOP) => Ok(None),
        Err(errno) => Err(Failure::system("read", path, errno)),
    }
}
