//! Lending archives to a command, and taking what it fetched.
//!
//! - An archive is lent where a lock of the project names it and its digest is right. One whose digest is wrong
//!   is removed from the mount.
//! - The tool's home is made where nobody else in the step may make it: `mkdir ~/.cargo` would fail. Otherwise
//!   nothing is lent where it is not there, and what is fetched is taken all the same.
//! - What the tool has neither unpacked nor read is removed again, with the directories that were
//!   made for it: it would not have been fetched.
//! - What is new and whole is copied to the mount, for other builds.
//!
//! Nothing of it can fail the step: without what is lent, the tool fetches.

mod cargo;
mod copy;
mod go;
mod lock;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use rustix::fs::{AtFlags, CWD, Timespec, Timestamps, UTIME_NOW, UTIME_OMIT};

use super::failure::{Failure, display};
use super::tree::Time;
use super::{parallel, sys};
use crate::mounts::lend::Lend;
use crate::presets::Lock;

/// Where archives are in a mount.
const ARCHIVES: &str = "archives";

/// When a lent archive was last read, before the command runs.
const UNREAD: i64 = 1;

/// An archive that a lock names.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Archive {
    /// Its path in the tool's directory.
    path: PathBuf,
    /// Its digest, in the lock's form.
    digest: String,
    /// The directory that it is unpacked to.
    unpacked: PathBuf,
}

/// The directories between which archives go.
#[derive(Debug)]
struct Store {
    lock: Lock,
    /// Where they are in the mount.
    archives: PathBuf,
    /// Where the tool keeps them.
    directory: PathBuf,
}

/// What a mount has lent.
#[derive(Debug)]
pub(super) struct Lent {
    store: Store,
    archives: Vec<Archive>,
    /// Directories that were made, each behind the one that it is in.
    made: Vec<PathBuf>,
    /// What was changed before is not new.
    begun: Time,
}

/// Lends what locks name.
pub(super) fn begin(lends: &[Lend]) -> Vec<Lent> {
    lends.iter().filter_map(Lent::of).collect()
}

impl Lent {
    fn of(lend: &Lend) -> Option<Self> {
        let (home, directory) = match lend.lock {
            Lock::Go => go::directories(),
            Lock::Cargo => cargo::directories(),
        }?;
        let archives = Path::new(&lend.mount).join(ARCHIVES);
        let store = Store { lock: lend.lock, archives, directory };
        let begun = sys::now();
        let (lent, made) = (Mutex::new(Vec::new()), Mutex::new(Vec::new()));
        let is_lent = lend.makes_home || home.is_dir();
        let wanted = if is_lent { store.wanted() } else { Vec::new() };
        let lend_one = |at: usize| {
            let archive: &Archive = &wanted[at];
            if store.lend(archive, &made)? {
                lent.lock().unwrap_or_else(PoisonError::into_inner).push(archive.clone());
            }
            Ok(())
        };
        if let Err(failure) = parallel::each(wanted.len(), &lend_one) {
            eprintln!("strake: some earlier downloads are missing: {failure}");
        }
        let archives = lent.into_inner().unwrap_or_else(PoisonError::into_inner);
        let made = made.into_inner().unwrap_or_else(PoisonError::into_inner);
        Some(Lent { store, archives, made, begun })
    }

    /// Takes back what was not used, and takes what is new.
    pub(super) fn finish(self) {
        for archive in &self.archives {
            let place = self.store.directory.join(&archive.path);
            if self.store.directory.join(&archive.unpacked).is_dir() || was_read(&place) {
                read_now(&place);
            } else {
                let _ = rustix::fs::unlink(&place);
                let _ = go::hash_beside(&place).map(|hash| rustix::fs::unlink(&hash));
            }
        }
        for directory in self.made.iter().rev() {
            // One that is in use stays.
            let _ = rustix::fs::rmdir(directory);
        }
        if let Err(failure) = self.store.take(self.begun) {
            eprintln!("strake: downloads are not kept for other builds: {failure}");
        }
    }
}

impl Store {
    /// What the locks of the project name, as far as the mount has it. What several say is named once.
    fn wanted(&self) -> Vec<Archive> {
        let mut names = BTreeSet::new();
        for text in lock::read_all(self.lock.name()) {
            match self.lock {
                Lock::Go => names.extend(text.lines().map(str::to_owned)),
                Lock::Cargo => names.extend(cargo::names(&text)),
            }
        }
        let registries = match self.lock {
            Lock::Go => Vec::new(),
            Lock::Cargo => cargo::registries(&self.archives),
        };
        let mut wanted = Vec::new();
        for name in &names {
            match self.lock {
                Lock::Go => wanted.extend(go::archive(name)),
                Lock::Cargo => cargo::archives(name, &registries, &mut wanted),
            }
        }
        wanted.retain(|archive| copy::is_in(&self.archives, &archive.path));
        wanted
    }

    /// Lends one. Whether it did: not where something is there already, or the mount's is another one.
    fn lend(&self, archive: &Archive, made: &Mutex<Vec<PathBuf>>) -> Result<bool, Failure> {
        let (from, to) = (self.archives.join(&archive.path), self.directory.join(&archive.path));
        // What is unpacked already is not fetched again, whether or not its archive is still there.
        let is_there = |path: &Path| rustix::fs::lstat(path).is_ok();
        if is_there(&to) || is_there(&self.directory.join(&archive.unpacked)) {
            return Ok(false);
        }
        let note = match self.lock {
            Lock::Go => go::Note::read(&from),
            Lock::Cargo => Some(go::Note { named: String::new(), digest: archive.digest.clone() }),
        };
        let note = note.filter(|note| note.named.is_empty() || note.named == archive.digest);
        let Some(note) = note else { return Ok(false) };
        copy::make_directories(&to, made)?;
        if copy::file(&from, &to)? != note.digest {
            let _ = rustix::fs::unlink(&to);
            let _ = rustix::fs::unlink(&from);
            return Ok(false);
        }
        if let Some(hash) = go::hash_beside(&to).filter(|_| self.lock == Lock::Go) {
            sys::write_file(&hash, archive.digest.as_bytes())?;
        }
        unread(&to);
        Ok(true)
    }

    /// Copies to the mount what is new in the tool's directory.
    fn take(&self, begun: Time) -> Result<(), Failure> {
        let new = match self.lock {
            Lock::Go => go::found(&self.directory, begun),
            Lock::Cargo => cargo::found(&self.directory, begun),
        };
        parallel::each(new.len(), &|at| {
            let (from, to) = (self.directory.join(&new[at]), self.archives.join(&new[at]));
            if !copy::may_be_in(&self.archives, &new[at]) {
                return Err(Failure::corrupt(format!("{} is not a directory", display(&to))));
            }
            match self.lock {
                Lock::Go => go::take(&from, &to),
                Lock::Cargo if to.is_file() => Ok(()),
                Lock::Cargo => copy::replace(&from, &to).map(drop),
            }
        })
    }
}

/// Whether a path from outside stays in the directory that it is joined to.
fn stays_inside(path: &Path) -> bool {
    let mut parts = path.components();
    !path.as_os_str().as_encoded_bytes().contains(&0)
        && parts.all(|part| matches!(part, std::path::Component::Normal(_)))
}

fn set_access(path: &Path, seconds: i64, nanos: i64) {
    let times = Timestamps {
        last_access: Timespec { tv_sec: seconds, tv_nsec: nanos },
        last_modification: Timespec { tv_sec: 0, tv_nsec: UTIME_OMIT },
    };
    // Who can't tell whether it was read goes by what was unpacked.
    let _ = rustix::fs::utimensat(CWD, path, &times, AtFlags::SYMLINK_NOFOLLOW);
}

/// A read moves a time of access that is older than the last change.
fn unread(path: &Path) {
    set_access(path, UNREAD, 0);
}

fn read_now(path: &Path) {
    set_access(path, 0, UTIME_NOW);
}

fn was_read(path: &Path) -> bool {
    rustix::fs::lstat(path).is_ok_and(|stat| stat.st_atime != UNREAD)
}

/// The files of a directory's directories that have changed since some time, as paths in it. What
/// can't be read is nobody's loss.
fn changed(directory: &Path, below: &str, ending: &str, since: Time) -> Vec<PathBuf> {
    let (mut found, mut next) = (Vec::new(), vec![PathBuf::from(below)]);
    while let Some(path) = next.pop() {
        for name in sys::names_in(&directory.join(&path)).unwrap_or_default() {
            let path = path.join(super::restore::name_of(name.to_bytes()));
            match rustix::fs::lstat(directory.join(&path)) {
                Ok(stat) if sys::file_type(&stat).is_dir() => next.push(path),
                Ok(stat)
                    if sys::file_type(&stat).is_file()
                        && name.to_bytes().ends_with(ending.as_bytes())
                        && sys::modified(&stat).seconds >= since.seconds - 1 =>
                {
                    found.push(path);
                }
                _ => {}
            }
        }
    }
    found
}
