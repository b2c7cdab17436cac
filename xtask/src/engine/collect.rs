//! What a daemon of our own throws away: its tests build more in half an hour than a small disk holds. A Docker of
//! the machine looks after itself, and has things in its cache that are not ours.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};

use super::Engine;
use super::client::Client;
use crate::{cmd, ui};

/// The most of a build cache that stays when nothing is built.
const KEPT: &str = "4gb";
/// How often is looked for what nobody uses any more.
const EVERY: Duration = Duration::from_secs(120);
/// Steps that were not used for so long are of a test that has ended.
const UNUSED: &str = "until=15m";

/// What the daemon's own garbage collection would do, at a time when nothing is built: to know what to collect,
/// BuildKit takes every cache mount for a moment; a step that comes just then gets an empty one in its place.
pub(super) fn collect(client: &Client) -> Result<()> {
    let mut prune = client.docker();
    prune.args(["buildx", "prune", "--all", "--force", "--max-used-space", KEPT]);
    cmd::output(&mut prune).context("cannot collect what is old of the build cache")?;
    Ok(())
}

/// Removes the images of a registry, but for those below a name, and those without a name: each keeps all its layers.
pub(super) fn forget_images(client: &Client, registry: &str, ours: &str) -> Result<()> {
    let mut list = client.docker();
    list.args(["images", "--format", "{{.Repository}}:{{.Tag}}"]);
    let (theirs, ours) = (format!("{registry}/"), format!("{registry}/{ours}/"));
    let names = cmd::output(&mut list)?;
    let names = names.lines().filter(|name| name.starts_with(&theirs) && !name.starts_with(&ours));
    let names: Vec<&str> = names.filter(|name| !name.ends_with(":<none>")).collect();
    if !names.is_empty() {
        cmd::output(client.docker().args(["rmi", "--force"]).args(names))?;
    }
    cmd::output(client.docker().args(["image", "prune", "--force"])).map(drop)
}

/// Does something, and meanwhile removes what was built and is used no more. What is used before each time stays.
pub(crate) fn sweeping<R>(
    engine: &Engine,
    kept: impl Fn() -> Result<()> + Send,
    work: impl FnOnce() -> R,
) -> R {
    let (end, ended) = mpsc::channel::<()>();
    thread::scope(|scope| {
        if !engine.is_system {
            scope.spawn(move || {
                while ended.recv_timeout(EVERY) == Err(RecvTimeoutError::Timeout) {
                    if let Err(error) = kept().and_then(|()| sweep(&engine.client)) {
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

/// Steps alone, by their age: neither takes a cache mount.
fn sweep(client: &Client) -> Result<()> {
    let mut prune = client.docker();
    prune.args(["buildx", "prune", "--all", "--force", "--filter", UNUSED]);
    cmd::output(prune.args(["--filter", "type=regular"])).map(drop)
}
