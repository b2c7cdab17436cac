//! Copies of files, with the digests of what was copied.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use rustix::fs::{FileType, Mode, OFlags};
use rustix::io::Errno;
use sha2::{Digest as _, Sha256};

use super::super::digest::hex;
use super::super::failure::Failure;
use super::super::sys;

/// What is copied at once, in bytes.
const PIECE: usize = 1 << 17;

/// Makes the directories above a file as the command would, and tells which are new.
pub(super) fn make_directories(file: &Path, made: &Mutex<Vec<PathBuf>>) -> Result<(), Failure> {
    let mut missing = Vec::new();
    let mut directory = file.parent();
    let is_missing = |path: &&Path| matches!(rustix::fs::stat(*path), Err(Errno::NOENT));
    while let Some(path) = directory.filter(is_missing) {
        missing.push(path);
        directory = path.parent();
    }
    // One thread after the other, or one could tell of a directory before another tells of the one
    // that it is in.
    let mut made = made.lock().unwrap_or_else(PoisonError::into_inner);
    for path in missing.into_iter().rev() {
        match rustix::fs::mkdir(path, Mode::from_raw_mode(0o777)) {
            Ok(()) => made.push(path.to_owned()),
            // Another thread was first.
            Err(Errno::EXIST) => {}
            Err(errno) => return Err(Failure::system("create", path, errno)),
        }
    }
    Ok(())
}

/// Whether a file is in a directory, without links on the way: a mount may have been filled by
/// somebody else.
pub(super) fn is_in(directory: &Path, path: &Path) -> bool {
    may_be_in(directory, path) && lstat(&directory.join(path)).is_some_and(FileType::is_file)
}

/// Whether all that is on the way to a path in a directory are directories, as far as they are
/// there.
pub(super) fn may_be_in(directory: &Path, path: &Path) -> bool {
    let place = directory.join(path);
    let mut above = place.ancestors().skip(1).take_while(|above| above.starts_with(directory));
    above.all(|above| lstat(above).is_none_or(FileType::is_dir))
}

fn lstat(path: &Path) -> Option<FileType> {
    rustix::fs::lstat(path).ok().map(|stat| sys::file_type(&stat))
}

/// Copies a file to where none is, and gives the digest of what was copied. Nothing stays of one that fails.
pub(super) fn file(from: &Path, to: &Path) -> Result<String, Failure> {
    let copied = copied(from, to);
    if copied.is_err() {
        let _ = rustix::fs::unlink(to);
    }
    copied
}

fn copied(from: &Path, to: &Path) -> Result<String, Failure> {
    let flags = OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let source = rustix::fs::open(from, flags | OFlags::RDONLY, Mode::empty())
        .map_err(|errno| Failure::system("read", from, errno))?;
    let made = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL;
    let target = rustix::fs::open(to, flags | made, Mode::from_raw_mode(0o666))
        .map_err(|errno| Failure::system("create", to, errno))?;
    let (mut hash, mut buffer) = (Sha256::new(), vec![0; PIECE]);
    loop {
        let mut bytes = match rustix::io::read(&source, &mut buffer[..]) {
            Ok(0) => return Ok(hex(&hash.finalize())),
            Ok(read) => &buffer[..read],
            Err(Errno::INTR) => continue,
            Err(errno) => return Err(Failure::system("read", from, errno)),
        };
        hash.update(bytes);
        while !bytes.is_empty() {
            match rustix::io::write(&target, bytes) {
                Ok(written) => bytes = &bytes[written..],
                Err(Errno::INTR) => {}
                Err(errno) => return Err(Failure::system("write", to, errno)),
            }
        }
    }
}

/// Copies a file over what is there, in one moment for those who look.
pub(super) fn replace(from: &Path, to: &Path) -> Result<String, Failure> {
    let beside = beside(to)?;
    let digest = file(from, &beside)?;
    rename(&beside, to)?;
    Ok(digest)
}

/// Writes a file over what is there, likewise.
pub(super) fn replace_with(bytes: &[u8], to: &Path) -> Result<(), Failure> {
    let beside = beside(to)?;
    sys::write_file(&beside, bytes)?;
    rename(&beside, to)
}

/// A name in the same directory that nobody else has.
fn beside(path: &Path) -> Result<PathBuf, Failure> {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    make_directories(path, &Mutex::default())?;
    // Containers count processes anew: the time tells two of them apart.
    let (now, count) = (sys::now(), COUNT.fetch_add(1, Ordering::Relaxed));
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}-{}-{count}", now.seconds, now.nanos));
    Ok(path.with_file_name(name))
}

fn rename(from: &Path, to: &Path) -> Result<(), Failure> {
    rustix::fs::rename(from, to).map_err(|errno| {
        let _ = rustix::fs::unlink(from);
        Failure::system("move", from, errno)
    })
}
