//! Which time each source gets.

use std::collections::BTreeMap;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::{AtFlags, CWD, Timespec, Timestamps, UTIME_OMIT};
use rustix::io::Errno;

use super::super::failure::{Failure, display};
use super::super::sys;
use super::super::tree::Time;
use super::record::{Entry, Record};
use super::source::Source;

/// How far the time that the kernel gives to files may be behind the clock: it moves once a tick of the
/// scheduler, which is 10 ms at most.
const TICK: Duration = Duration::from_millis(20);

/// A source that has another time now.
#[derive(Debug)]
pub(super) struct Change {
    path: PathBuf,
    before: Time,
    now: Time,
}

impl Change {
    /// Sets the time back, if nobody has changed the source.
    pub(super) fn undo(&self) {
        let now = rustix::fs::lstat(&self.path).map(|stat| sys::modified(&stat));
        if now == Ok(self.now) {
            // Nobody but the layer would notice that it failed, and it is the same file there.
            let _ = set(&self.path, self.before);
        }
    }
}

/// What came of giving sources their times.
#[derive(Debug, Default)]
pub(super) struct Given {
    /// The sources, as they are now.
    pub(super) record: Record,
    pub(super) changes: Vec<Change>,
    /// Why what is in the mount may be newer than a source that it was not made of.
    pub(super) unusable: Option<String>,
}

impl Given {
    /// No source is known.
    pub(super) fn nothing(failure: &Failure) -> Self {
        Given { unusable: Some(failure.to_string()), ..Given::default() }
    }
}

/// Gives sources their times: `known` is what the mount was made with, `newest` the latest time of what is in
/// it.
pub(super) fn give(sources: Vec<Source>, known: &Record, newest: Option<Time>) -> Given {
    let mut given = Given::default();
    for (source, time) in wanted(sources, known, newest) {
        let mut entry = Entry { digest: source.digest, time };
        if time != source.time {
            match set(&source.path, time) {
                Ok(()) => given.changes.push(Change {
                    path: source.path.clone(),
                    before: source.time,
                    now: time,
                }),
                Err(errno) => {
                    // It stays newer than what it should be newer than.
                    if source.time < time && newest.is_some() {
                        let why =
                            format!("the time of {} can't be set: {errno}", display(&source.path));
                        given.unusable.get_or_insert(why);
                    }
                    entry.time = source.time;
                }
            }
        }
        given.record.entries.insert(source.path.as_os_str().as_bytes().to_vec(), entry);
    }
    given
}

/// The time that each source should have.
fn wanted(sources: Vec<Source>, known: &Record, newest: Option<Time>) -> Vec<(Source, Time)> {
    let mut fresh = None;
    let now = sys::now();
    let mut time_of = |source: &Source| {
        let known = known.entries.get(source.path.as_os_str().as_bytes());
        match known.filter(|known| known.digest == source.digest) {
            Some(known) => known.time,
            // Tools that know whole seconds alone see it, too.
            None if newest.is_none_or(|newest| source.time.seconds > newest.seconds)
                && source.time <= now =>
            {
                source.time
            }
            None => *fresh.get_or_insert_with(|| later(newest)),
        }
    };
    let mut all: Vec<(Source, Time)> = sources
        .into_iter()
        .map(|source| {
            let time = time_of(&source);
            (source, time)
        })
        .collect();
    // A file of several names has one time.
    let mut files: BTreeMap<(u64, u64), Time> = BTreeMap::new();
    for (source, time) in &all {
        if let Some(file) = source.file {
            let latest = files.entry(file).or_insert(*time);
            *latest = (*latest).max(*time);
        }
    }
    for (source, time) in &mut all {
        if let Some(latest) = source.file.and_then(|file| files.get(&file)) {
            *time = *latest;
        }
    }
    all
}

/// The present second, once it is later than everything in the mount, and once a file that is made now is
/// dated no earlier. A mount from a builder whose clock is ahead is not waited for.
fn later(newest: Option<Time>) -> Time {
    let now = sys::now();
    let first = newest.map_or(i64::MIN, |newest| newest.seconds.saturating_add(1));
    let seconds = first.max(now.seconds);
    if seconds <= now.seconds.saturating_add(1) {
        let past = TICK.saturating_sub(Duration::from_nanos(now.nanos.into()));
        let wait = match seconds == now.seconds {
            true => past,
            false => TICK + Duration::from_nanos(u64::from(1_000_000_000 - now.nanos)),
        };
        std::thread::sleep(wait);
    }
    Time { seconds, nanos: 0 }
}

/// Sets when something was last changed.
///
/// # Errors
/// It is another user's, or can't be written.
pub(super) fn set(path: &Path, time: Time) -> Result<(), Errno> {
    let times = Timestamps {
        last_access: Timespec { tv_sec: 0, tv_nsec: UTIME_OMIT },
        last_modification: Timespec { tv_sec: time.seconds, tv_nsec: time.nanos.into() },
    };
    rustix::fs::utimensat(CWD, path, &times, AtFlags::SYMLINK_NOFOLLOW)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt as _;

    use super::*;

    /// The kernel dates a file up to a tick behind the clock.
    #[test]
    fn what_is_made_after_a_wait_is_no_older_than_what_was_waited_for() {
        let directory = tempfile::tempdir().unwrap();
        for newest in [Some(sys::now()), Some(sys::now()), None] {
            let time = later(newest);
            let path = directory.path().join("made");
            std::fs::write(&path, "").unwrap();
            let made = std::fs::metadata(&path).unwrap();
            assert!(made.mtime() >= time.seconds, "{} is before {time:?}", made.mtime());
            assert!(newest.is_none_or(|newest| time.seconds > newest.seconds));
        }
    }
}
