//! Before and after a command on a mount with compiled output, so that what it takes for changed is what differs in
//! content from what the mount was made with.
//!
//! A tool compares the time of a source with that of what it made. Both must stay comparable when sources
//! come from another checkout and the mount from another builder. So:
//!
//! - The mount has a [`record`]: which sources, with which content, had which times when it was last used.
//!   A source with the same content gets its recorded time again. Every other one gets a time that is later
//!   than everything in the mount: its own where that is, the present one else.
//! - What is in the mount and is newer than a source's recorded time was so made while the source had that
//!   content. This holds after a command that failed, too.
//! - The record is not there while the command runs, so nothing finds it, and a command that is killed leaves
//!   none: then no source is known. Nor is any where something in the mount is newer than the record, for
//!   it was written by a step that knows nothing of this, or where the image's packages are others.
//! - A time that can't be set (another user's file, a read-only mount) does no harm where it is no older
//!   than what it should be. Where it is, the mount is emptied.
//! - Times of files in the image are set back afterwards, where the command did not change the files: the
//!   layer has what it would have had.
//!
//! The mount is locked meanwhile, however it is shared.

mod record;
mod source;
mod times;

use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, FlockOperation};

use super::failure::Failure;
use super::restore::{name_of, remove};
use super::sys;
use super::tree::Time;
use super::walk::{Detail, walk};
use crate::mounts::settle::Settle;
use record::Record;
use times::{Change, Given, give};

/// Mounts whose sources have their times.
#[derive(Default)]
pub(super) struct Settled {
    mounts: Vec<Mount>,
    record: Record,
    changes: Vec<Change>,
}

/// A mount with compiled output, locked as long as this lives.
struct Mount {
    path: PathBuf,
    _lock: OwnedFd,
}

/// Gives the sources their times.
///
/// # Errors
/// What can't be vouched for could not be removed.
pub(super) fn settle_times(settle: &Settle) -> Result<Settled, Failure> {
    let mounts = lock(&settle.compiled);
    // Who can't write makes nothing, and may well take what another step has made.
    if mounts.is_empty() {
        return Ok(Settled::default());
    }
    let given = times_of(&mounts, settle).unwrap_or_else(|failure| Given::nothing(&failure));
    if let Some(why) = &given.unusable {
        eprintln!("strake: compiled output is discarded: {why}");
        mounts.iter().try_for_each(|mount| empty(&mount.path))?;
    }
    Ok(Settled { mounts, record: given.record, changes: given.changes })
}

fn times_of(mounts: &[Mount], settle: &Settle) -> Result<Given, Failure> {
    let packages = source::packages();
    let (mut known, mut newest) = (None::<Record>, None);
    for mount in mounts {
        let record = Record::take(&mount.path)?;
        // Nothing is made of anything yet.
        let Some(latest) = latest(&mount.path)? else { continue };
        newest = newest.max(Some(latest));
        let record = record.filter(|record| record.packages == packages && latest <= record.newest);
        let record = record.unwrap_or_default();
        known = Some(match known {
            Some(known) => known.in_common(&record),
            None => record,
        });
    }
    let sources = source::all(settle)?;
    let known = known.unwrap_or_default();
    let mut given = give(sources, &known, newest);
    let looked_through = |path: &[u8]| {
        settle.sources.iter().any(|source| Path::new(name_of(path)).starts_with(source))
    };
    // A step that has other sources leaves those of this one be; one that has none of them any more has not.
    let others = known.entries.into_iter().filter(|(path, _)| !looked_through(path));
    given.record.entries.extend(others);
    given.record.packages = packages;
    Ok(given)
}

/// Locks the mounts that this user can write, in an order that is the same for all who do.
fn lock(paths: &[String]) -> Vec<Mount> {
    let mut found = std::collections::BTreeMap::new();
    for path in paths.iter().map(PathBuf::from) {
        let writable = rustix::fs::access(&path, Access::WRITE_OK).is_ok();
        if let (true, Ok(directory)) = (writable, sys::open_directory(&path))
            && let Ok(stat) = rustix::fs::fstat(&directory)
        {
            found.insert((stat.st_dev, stat.st_ino), Mount { path, _lock: directory });
        }
    }
    for mount in found.values() {
        while rustix::fs::flock(&mount._lock, FlockOperation::LockExclusive)
            == Err(rustix::io::Errno::INTR)
        {}
    }
    found.into_values().collect()
}

/// The latest time of what is in a directory; `None` where nothing is.
fn latest(directory: &Path) -> Result<Option<Time>, Failure> {
    let tree = walk(directory, Detail::Outline)?.tree;
    Ok(tree.nodes.iter().skip(1).map(|node| node.meta.modified).max())
}

fn empty(directory: &Path) -> Result<(), Failure> {
    let names = sys::names_in(directory)?;
    names.iter().try_for_each(|name| remove(&directory.join(name_of(name.to_bytes()))))
}

impl Settled {
    /// Sets times back, and writes down what the mounts were made with. What fails is not known next time.
    pub(super) fn finish(mut self) {
        for change in &self.changes {
            change.undo();
        }
        for mount in &self.mounts {
            let Ok(Some(newest)) = latest(&mount.path) else { continue };
            self.record.newest = newest;
            if let Err(failure) = self.record.put(&mount.path) {
                eprintln!("strake: the next build can't use this compiled output: {failure}");
            }
        }
    }
}
