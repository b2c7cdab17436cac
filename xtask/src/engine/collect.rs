//! What a daemon of our own throws away: its tests build more in half an hour than a small disk holds. A Docker of
//! the machine looks after itself, and has things in its cache that are not ours.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::Engine;
use super::client::Client;
use crate::{cmd, ui};

/// The most of a build cache that stays when nothing is built.
const KEPT: &str = "4gb";
/// How often the disk is looked at.
const EVERY: Duration = Duration::from_secs(60);
/// In bytes. On a disk with so much room nothing is removed: to list its images, the daemon adds up the sizes of all
/// their files.
const ROOM: u64 = 20 << 30;
/// What was not used for so long is of a test that has ended.
const UNUSED: Duration = Duration::from_secs(15 * 60);
/// What the names of images begin with that `xtask` makes.
const OURS: &str = "strake/";

/// What the daemon's own garbage collection would do, at a time when nothing is built: to know what to collect,
/// BuildKit takes every cache mount for a moment; a step that comes just then gets an empty one in its place.
pub(super) fn collect(client: &Client) -> Result<()> {
    let mut prune = client.docker();
    prune.args(["buildx", "prune", "--all", "--force", "--max-used-space", KEPT]);
    cmd::output(&mut prune).context("cannot collect what is old of the build cache")?;
    Ok(())
}

/// Does something, and meanwhile, where the disk gets full, removes what was built and is used no more. What `keep`
/// uses stays.
pub(crate) fn sweeping<R>(
    engine: &Engine,
    data: &Path,
    keep: impl Fn() -> Result<()> + Send,
    work: impl FnOnce() -> R,
) -> R {
    let (end, ended) = mpsc::channel::<()>();
    thread::scope(|scope| {
        if !engine.is_system {
            scope.spawn(move || {
                let mut images = Images::default();
                while ended.recv_timeout(EVERY) == Err(RecvTimeoutError::Timeout) {
                    if has_room(data) {
                        continue;
                    }
                    let swept = keep()
                        .and_then(|()| images.forget(engine))
                        .and_then(|()| prune(&engine.client));
                    if let Err(error) = swept {
                        ui::note(format!("what is used no more could not be removed: {error:#}"));
                    }
                }
            });
        }
        let result = work();
        drop(end);
        result
    })
}

/// A disk that does not tell is taken for a small one.
fn has_room(data: &Path) -> bool {
    let disk = rustix::fs::statvfs(data);
    disk.is_ok_and(|disk| disk.f_bavail.saturating_mul(disk.f_frsize) >= ROOM)
}

/// By age, so that what is in use is not even looked at: no step finds its cache mount taken.
fn prune(client: &Client) -> Result<()> {
    let mut prune = client.docker();
    prune.args(["buildx", "prune", "--all", "--force", "--filter"]);
    cmd::output(prune.arg(format!("until={}s", UNUSED.as_secs()))).map(drop)
}

/// The images that tests have made, and when each was seen first: the date in an image is what its build says.
#[derive(Debug, Default)]
struct Images(BTreeMap<String, Instant>);

impl Images {
    /// Removes the old ones, each of which keeps all its layers, and those that have lost their names.
    fn forget(&mut self, engine: &Engine) -> Result<()> {
        let docker = || engine.client.docker();
        let listed =
            cmd::output(docker().args(["images", "--format", "{{.Repository}}:{{.Tag}}"]))?;
        let registry = format!("{}/", engine.registry());
        let made = listed.lines().filter(|name| {
            let below = name.strip_prefix(&registry);
            below.is_some_and(|name| !name.starts_with(OURS)) && !name.ends_with(":<none>")
        });
        let old = self.old(made.map(str::to_owned), Instant::now());
        if !old.is_empty() {
            cmd::output(docker().args(["rmi", "--force"]).args(old))?;
        }
        cmd::output(docker().args(["image", "prune", "--force"])).map(drop)
    }

    /// Those that were seen a while ago; what is not listed any more is forgotten.
    fn old(&mut self, listed: impl Iterator<Item = String>, now: Instant) -> Vec<String> {
        let known = std::mem::take(&mut self.0);
        self.0 = listed
            .map(|name| {
                let first = known.get(&name).copied().unwrap_or(now);
                (name, first)
            })
            .collect();
        let is_old = |first: &Instant| now.saturating_duration_since(*first) >= UNUSED;
        self.0.iter().filter(|(_, first)| is_old(first)).map(|(name, _)| name.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_old_a_while_after_it_was_first_seen() {
        let mut images = Images::default();
        let listed =
            |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let begun = Instant::now();
        let mut old = |names: &[&str], after| images.old(listed(names).into_iter(), begun + after);
        assert_eq!(old(&["a", "b"], Duration::ZERO), [""; 0]);
        assert_eq!(old(&["a", "c"], UNUSED / 2), [""; 0]);
        assert_eq!(old(&["a", "b", "c"], UNUSED), ["a"], "`b` was removed and is new again");
        assert_eq!(old(&["b", "c"], UNUSED + UNUSED / 2), ["c"]);
    }
}
