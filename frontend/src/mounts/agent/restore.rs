//! Entries made as a tree says: what they are, whose, with which permissions, attributes and times.

use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::fs::{AtFlags, FileType, Gid, Mode, Timespec, Timestamps, Uid, XattrFlags};
use rustix::io::Errno;

use super::failure::Failure;
use super::sys;
use super::tree::{Kind, Meta, Node};

/// Permissions that one needs to work in a directory of one's own.
pub(super) const WORKABLE: u32 = 0o700;

/// The set-user-id and the set-group-id bit.
const SET_ID: u32 = 0o6000;

/// Restores metadata, and counts what could not be.
#[derive(Default)]
pub(super) struct Restorer {
    owners_lost: AtomicU64,
}

impl Restorer {
    /// How many entries belong to somebody else than they should. Only root can give things away,
    /// and in a user namespace only to those who are in it.
    pub(super) fn owners_lost(&self) -> u64 {
        self.owners_lost.load(Ordering::Relaxed)
    }

    /// Metadata of an open file or directory, after its content is complete. The order matters: a
    /// new owner takes away set-id bits and capabilities, permissions may forbid to set attributes,
    /// and everything moves times.
    pub(super) fn open(&self, file: impl AsFd, meta: &Meta) -> Result<(), Errno> {
        let file = file.as_fd();
        let (uid, gid) = owner(meta);
        let owned = self.owned(rustix::fs::fchown(file, uid, gid))?;
        for (name, value) in &meta.xattrs {
            match rustix::fs::fsetxattr(file, name.as_slice(), value, XattrFlags::empty()) {
                // The file system has none, or this user may not set one of this kind.
                Ok(()) | Err(Errno::NOTSUP | Errno::PERM) => {}
                Err(errno) => return Err(errno),
            }
        }
        rustix::fs::fchmod(file, mode(meta, owned))?;
        rustix::fs::futimens(file, &times(meta))
    }

    /// Makes an entry that is no directory, file or hard link.
    pub(super) fn special(&self, directory: &OwnedFd, node: &Node) -> Result<(), Errno> {
        let name = node.name.as_slice();
        match &node.kind {
            Kind::Symlink(target) => rustix::fs::symlinkat(target.as_slice(), directory, name)?,
            Kind::Fifo => make(directory, name, FileType::Fifo)?,
            Kind::Socket => make(directory, name, FileType::Socket)?,
            Kind::Directory(_) | Kind::File(_) | Kind::Link(_) => return Ok(()),
        }
        self.special_meta(directory, node)
    }

    /// Metadata of an entry that can't be opened.
    pub(super) fn special_meta(&self, directory: &OwnedFd, node: &Node) -> Result<(), Errno> {
        let name = node.name.as_slice();
        let (uid, gid) = owner(&node.meta);
        let given = rustix::fs::chownat(directory, name, uid, gid, AtFlags::SYMLINK_NOFOLLOW);
        let owned = self.owned(given)?;
        if !matches!(node.kind, Kind::Symlink(_)) {
            rustix::fs::chmodat(directory, name, mode(&node.meta, owned), AtFlags::empty())?;
        }
        rustix::fs::utimensat(directory, name, &times(&node.meta), AtFlags::SYMLINK_NOFOLLOW)
    }

    fn owned(&self, given: Result<(), Errno>) -> Result<bool, Errno> {
        match given {
            Ok(()) => Ok(true),
            Err(Errno::PERM | Errno::INVAL) => {
                self.owners_lost.fetch_add(1, Ordering::Relaxed);
                Ok(false)
            }
            Err(errno) => Err(errno),
        }
    }
}

fn make(directory: &OwnedFd, name: &[u8], kind: FileType) -> Result<(), Errno> {
    rustix::fs::mknodat(directory, name, kind, Mode::RUSR | Mode::WUSR, 0)
}

fn owner(meta: &Meta) -> (Option<Uid>, Option<Gid>) {
    (Some(Uid::from_raw(meta.uid)), Some(Gid::from_raw(meta.gid)))
}

/// A set-id bit for another owner than the one meant would give away this one's rights.
fn mode(meta: &Meta, owned: bool) -> Mode {
    Mode::from_raw_mode(if owned { meta.mode } else { meta.mode & !SET_ID })
}

fn times(meta: &Meta) -> Timestamps {
    Timestamps {
        last_access: Timespec { tv_sec: meta.accessed, tv_nsec: 0 },
        last_modification: Timespec {
            tv_sec: meta.modified.seconds,
            tv_nsec: meta.modified.nanos.into(),
        },
    }
}

/// Makes a directory that can be worked in; it gets its metadata when everything is in it.
pub(super) fn make_directory(path: &Path) -> Result<(), Failure> {
    rustix::fs::mkdir(path, Mode::from_raw_mode(WORKABLE))
        .map_err(|errno| Failure::system("create", path, errno))
}

/// Lets the owner of a directory work in it, where its permissions don't.
pub(super) fn make_workable(path: &Path) -> Result<(), Errno> {
    let stat = rustix::fs::lstat(path)?;
    let mode = stat.st_mode & 0o7777;
    if mode & WORKABLE == WORKABLE {
        return Ok(());
    }
    rustix::fs::chmod(path, Mode::from_raw_mode(mode | WORKABLE))
}

/// Removes an entry with everything in it. Nothing there is as good.
pub(super) fn remove(path: &Path) -> Result<(), Failure> {
    let failed = |errno| Failure::system("remove", path, errno);
    let stat = match rustix::fs::lstat(path) {
        Ok(stat) => stat,
        Err(Errno::NOENT) => return Ok(()),
        Err(errno) => return Err(failed(errno)),
    };
    if !sys::file_type(&stat).is_dir() {
        return rustix::fs::unlink(path).map_err(failed);
    }
    make_workable(path).map_err(failed)?;
    let directory = sys::open_directory(path)?;
    for name in sys::names(&directory).map_err(failed)? {
        remove(&path.join(name_of(name.as_bytes())))?;
    }
    rustix::fs::rmdir(path).map_err(failed)
}

/// Bytes as the component of a path.
pub(super) fn name_of(name: &[u8]) -> &Path {
    use std::os::unix::ffi::OsStrExt;
    Path::new(std::ffi::OsStr::from_bytes(name))
}
