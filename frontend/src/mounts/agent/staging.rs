//! Filling a mount so that it is whole or untouched at any time.
//!
//! What will be in a mount is made in a directory inside of it, [`NAME`], which is on the same file
//! system and which nobody looks for. The root of a mount can't be renamed, so in the end its
//! entries are moved one by one. Three things make up for that:
//!
//! - The directory is locked while somebody works in it. The kernel takes the lock away from a
//!   process that dies; a directory that nobody holds is a leftover.
//! - A marker says that the tree is complete, and what the root itself is like. Who finds a leftover
//!   with a marker moves the rest; who finds one without throws it away.
//! - Nothing that is there is ever replaced. If another build has put something into the mount in
//!   the meantime, everything moved goes back, and the mount stays as that build has made it.
//!
//! A process that is killed between removing the directory and its last call leaves a mount that is
//! whole but for the time of the root itself, which removing has moved.
//!
//! Nothing is forced to disk: a mount that a dying machine leaves is as any other directory it
//! wrote.

use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::fs::{AtFlags, FlockOperation, Mode, RenameFlags};
use rustix::io::Errno;

use super::failure::Failure;
use super::restore::{Restorer, WORKABLE, make_workable, name_of, remove};
use super::tree::{Kind, Meta, Node, Tree};
use super::{index, sys};

/// The directory, at the root of a mount. It is never exported, and no seed has one.
pub(super) const NAME: &[u8] = b".strake-priming";

/// How long to sleep before looking again whether somebody has finished.
const PAUSE: Duration = Duration::from_millis(20);

/// Longest marker that is read, in bytes: the attributes of a directory are far less.
const LONGEST_MARKER: usize = 1 << 24;

/// Who may fill a mount.
pub(super) enum Claim {
    /// We may, as long as we hold this.
    Ours(Staging),
    /// Nobody: there is something in it.
    Warm,
    /// Somebody else does just now.
    Busy,
}

/// A locked directory in an empty mount.
pub(super) struct Staging {
    mount: PathBuf,
    directory: PathBuf,
    _lock: OwnedFd,
}

/// Claims a mount, after what somebody left there is finished or removed. If somebody else works
/// in it, waits for so long.
///
/// # Errors
/// The mount can't be read or written.
pub(super) fn claim(mount: &Path, patience: Duration) -> Result<Claim, Failure> {
    let end = Instant::now() + patience;
    let directory = mount.join(name_of(NAME));
    loop {
        let used = is_used(mount)?;
        if !used {
            match rustix::fs::mkdir(&directory, Mode::RWXU) {
                Ok(()) | Err(Errno::EXIST) => {}
                Err(errno) => return Err(Failure::system("create", &directory, errno)),
            }
        } else if !is_directory(&directory) {
            return Ok(Claim::Warm);
        }
        if let Some(lock) = lock(&directory)? {
            let staging = Staging { mount: mount.to_owned(), directory, _lock: lock };
            return staging.begin();
        }
        if Instant::now() >= end {
            return Ok(Claim::Busy);
        }
        std::thread::sleep(PAUSE);
    }
}

/// Keeps commands from beginning that need a mount for themselves; `None` where one runs.
pub(super) fn undisturbed(mount: &Path) -> Result<Option<OwnedFd>, Failure> {
    let directory = sys::open_directory(mount)?;
    match rustix::fs::flock(&directory, FlockOperation::NonBlockingLockShared) {
        Ok(()) => Ok(Some(directory)),
        Err(Errno::WOULDBLOCK) => Ok(None),
        Err(errno) => Err(Failure::system("lock", mount, errno)),
    }
}

/// Whether anything but our directory is in a mount.
pub(super) fn is_used(mount: &Path) -> Result<bool, Failure> {
    let names = sys::names_in(mount)?;
    Ok(names
        .iter()
        .any(|name| name.to_bytes() != NAME || !is_directory(&mount.join(name_of(NAME)))))
}

/// Whether nobody has left or holds a directory of ours in a mount.
pub(super) fn is_untouched(mount: &Path) -> bool {
    !is_directory(&mount.join(name_of(NAME)))
}

fn is_directory(path: &Path) -> bool {
    rustix::fs::lstat(path).is_ok_and(|stat| sys::file_type(&stat).is_dir())
}

fn is_missing(path: &Path) -> bool {
    rustix::fs::lstat(path).is_err_and(|errno| errno == Errno::NOENT)
}

/// Locks the directory, unless somebody else has. A lock on a directory that was removed or
/// replaced before we had it is worth nothing.
fn lock(directory: &Path) -> Result<Option<OwnedFd>, Failure> {
    let failed = |errno| Failure::system("lock", directory, errno);
    let lock = match sys::open_directory(directory) {
        Ok(lock) => lock,
        Err(_) if !is_directory(directory) => return Ok(None),
        Err(failure) => return Err(failure),
    };
    match rustix::fs::flock(&lock, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => {}
        Err(Errno::WOULDBLOCK) => return Ok(None),
        Err(errno) => return Err(failed(errno)),
    }
    let locked = rustix::fs::fstat(&lock).map_err(failed)?;
    let there = rustix::fs::lstat(directory);
    let same =
        there.is_ok_and(|there| (there.st_dev, there.st_ino) == (locked.st_dev, locked.st_ino));
    Ok(same.then_some(lock))
}

impl Staging {
    /// Where the tree is made. Its own metadata don't matter.
    pub(super) fn tree(&self) -> PathBuf {
        self.directory.join("tree")
    }

    fn marker(&self) -> PathBuf {
        self.directory.join("complete")
    }

    fn begin(self) -> Result<Claim, Failure> {
        if !is_missing(&self.marker()) {
            self.publish()?;
            return Ok(Claim::Warm);
        }
        if is_used(&self.mount)? {
            self.discard()?;
            return Ok(Claim::Warm);
        }
        remove(&self.tree())?;
        let made = rustix::fs::mkdir(self.tree(), Mode::RWXU);
        made.map_err(|errno| Failure::system("create", &self.tree(), errno))?;
        Ok(Claim::Ours(self))
    }

    /// Removes the directory. The marker goes first: as long as it is there, the tree is complete.
    ///
    /// # Errors
    /// Something can't be removed.
    pub(super) fn discard(&self) -> Result<(), Failure> {
        remove(&self.marker())?;
        remove(&self.directory)
    }

    /// Says that the tree is complete, and what the root of the mount is like.
    ///
    /// # Errors
    /// That can't be written.
    pub(super) fn complete(&self, root: &Node) -> Result<(), Failure> {
        let root = Node { kind: Kind::Directory(1..1), ..root.clone() };
        let draft = self.directory.join("draft");
        sys::write_file(&draft, &index::encode(&Tree { nodes: vec![root] }))?;
        rustix::fs::rename(&draft, self.marker())
            .map_err(|errno| Failure::system("write", &draft, errno))
    }

    /// Moves a complete tree to where it belongs, and removes the directory. False if something
    /// else is there: the mount then stays as it is.
    ///
    /// # Errors
    /// An entry can't be moved. Those that were are moved back.
    pub(super) fn publish(&self) -> Result<bool, Failure> {
        let tree = self.tree();
        let names = match is_missing(&tree) {
            true => Vec::new(),
            false => sys::names_in(&tree)?,
        };
        for (moved, name) in names.iter().enumerate() {
            let name = name_of(name.to_bytes());
            let Err(errno) = move_entry(&tree.join(name), &self.mount.join(name)) else { continue };
            for name in &names[..moved] {
                let name = name_of(name.to_bytes());
                // What can't go back stays: to remove it could remove another build's work.
                let _ = move_entry(&self.mount.join(name), &tree.join(name));
            }
            self.discard()?;
            return match errno {
                Errno::EXIST => Ok(false),
                errno => Err(Failure::system("move", name, errno)),
            };
        }
        self.finish()?;
        Ok(true)
    }

    /// Removes the directory, and gives the root the metadata that the marker tells: as far as it
    /// can be worked in before, since the process may end in between, and all of it after, since
    /// removing something moves the time.
    fn finish(&self) -> Result<(), Failure> {
        let failed = |errno| Failure::system("finish", &self.mount, errno);
        let marker = sys::read_file(&self.marker(), LONGEST_MARKER)?.unwrap_or_default();
        let nodes = index::decode(&marker).map_or(Vec::new(), |tree| tree.nodes);
        let root = sys::open_directory(&self.mount)?;
        for Node { meta, .. } in &nodes {
            let meta = Meta { mode: meta.mode | WORKABLE, ..meta.clone() };
            Restorer::default().open(&root, &meta).map_err(failed)?;
        }
        // Nothing is left in the tree. The marker stays for as long as it can.
        remove(&self.tree())?;
        self.discard()?;
        nodes
            .iter()
            .try_for_each(|node| Restorer::default().open(&root, &node.meta))
            .map_err(failed)
    }
}

/// Moves an entry to where nothing is.
fn move_entry(from: &Path, to: &Path) -> Result<(), Errno> {
    match rename(from, to) {
        // To move a directory is to write into it: it knows its parent. Its owner may be forbidden
        // to.
        Err(Errno::ACCESS) => {
            let stat = rustix::fs::lstat(from)?;
            make_workable(from)?;
            let moved = rename(from, to);
            let path = if moved.is_ok() { to } else { from };
            rustix::fs::chmod(path, Mode::from_raw_mode(stat.st_mode & 0o7777))?;
            moved
        }
        result => result,
    }
}

fn rename(from: &Path, to: &Path) -> Result<(), Errno> {
    let here = rustix::fs::CWD;
    match rustix::fs::renameat_with(here, from, here, to, RenameFlags::NOREPLACE) {
        // A file system that can't promise it.
        Err(Errno::INVAL | Errno::NOSYS) => {
            match rustix::fs::statat(here, to, AtFlags::SYMLINK_NOFOLLOW) {
                Err(Errno::NOENT) => rustix::fs::rename(from, to),
                _ => Err(Errno::EXIST),
            }
        }
        result => result,
    }
}
