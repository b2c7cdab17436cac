//! One engine's directories and what is remembered of it. Everything an instance needs or makes is
//! below one directory named after it, so that a second one (a fresh runner, say) is another name.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::network::Network;
use super::process::Process;
use super::release::Release;
use crate::ui;
use crate::workspace::Workspace;

/// The kernel takes socket paths of at most 107 bytes; the longest below an instance's directory is
/// containerd's debug socket.
const LONGEST_DIRECTORY: usize = 70;
/// What is remembered of an instance; where this is, there is one.
const STATE: &str = "state.json";

/// The directories of one engine.
#[derive(Debug, Clone)]
pub(crate) struct Instance {
    /// Everything of this instance.
    pub(crate) dir: PathBuf,
    /// Programs unpacked from packages, shared by all instances.
    pub(crate) programs: PathBuf,
}

impl Instance {
    /// The instance of this name in the workspace's target directory; its directory is made.
    pub(crate) fn named(workspace: &Workspace, name: &str) -> Result<Self> {
        let engines = workspace.target.join("engine");
        let instance = Self { dir: engines.join(name), programs: engines.join("programs") };
        ensure!(
            instance.dir.as_os_str().len() <= LONGEST_DIRECTORY,
            "{} is too long a path for the engine's sockets: set CARGO_TARGET_DIR to a shorter one",
            instance.dir.display()
        );
        fs::create_dir_all(&instance.dir)?;
        Ok(instance)
    }

    /// Names of the instances that were started at some time and are remembered.
    pub(crate) fn names(workspace: &Workspace) -> Vec<String> {
        // Without the directory there is none.
        let entries = fs::read_dir(workspace.target.join("engine")).into_iter().flatten();
        let known = entries.flatten().filter(|entry| entry.path().join(STATE).is_file());
        let mut names: Vec<String> =
            known.filter_map(|entry| entry.file_name().into_string().ok()).collect();
        names.sort();
        names
    }

    /// A path below the instance's directory.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// Programs of the instance's daemon.
    pub(super) fn daemon_programs(&self, state: &State) -> PathBuf {
        match state.release.and_then(Release::suite) {
            Some(suite) => self.programs.with_extension(suite),
            None => self.programs.clone(),
        }
    }

    /// Removes directories below the instance's; those that are not there need not be removed.
    pub(crate) fn remove(&self, directories: &[&str]) -> Result<()> {
        for directory in
            directories.iter().map(|name| self.path(name)).filter(|directory| directory.exists())
        {
            fs::remove_dir_all(&directory)
                .with_context(|| format!("cannot remove {}", directory.display()))?;
        }
        Ok(())
    }

    /// What tells its containers apart from those of other instances.
    pub(crate) fn mark(&self) -> String {
        let digest = Sha256::digest(self.dir.as_os_str().as_encoded_bytes());
        digest[..4].iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Waits for its turn: two tasks must not bring up or end the same instance at once. The lock
    /// goes with the file handle, so that a killed task leaves none behind.
    pub(crate) fn lock(&self) -> Result<File> {
        let file = File::create(self.path("lock"))?;
        if flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
            ui::step("waiting for another xtask that works on the same engine");
            flock(&file, FlockOperation::LockExclusive)?;
        }
        Ok(file)
    }
}

/// Which engine an instance stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    /// A Docker that was running already and stays when we go.
    System,
    /// A daemon of ours below the instance's directory.
    Own,
}

/// What must be known to find, heal or end an instance later.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct State {
    /// The engine in use; `None` when the instance is down.
    pub(crate) kind: Option<Kind>,
    /// The daemon; none where the engine is not ours.
    pub(crate) daemon: Option<Process>,
    /// The bridge of that daemon.
    pub(crate) network: Option<Network>,
    /// The registry, when it is a process (it may be a container, too).
    pub(crate) registry: Option<Process>,
    /// The registry's port, kept when it is down: references to images stay the same.
    pub(crate) registry_port: Option<u16>,
    /// Our daemon's data are in memory, and at most as much: `800m`.
    pub(crate) disk: Option<String>,
    /// Our daemon is another one.
    pub(crate) release: Option<Release>,
}

impl State {
    /// What was written last; nothing when there is no such file or it was cut short.
    pub(crate) fn load(instance: &Instance) -> Self {
        fs::read(instance.path(STATE))
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default()
    }

    /// Written after each thing that was started, so that a task killed half-way is healed by the
    /// next one.
    pub(crate) fn save(&self, instance: &Instance) -> Result<()> {
        write_whole(&instance.path(STATE), &serde_json::to_vec_pretty(self)?)
    }
}

/// Replaces a file at once, so that a reader never sees half of it.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let draft = path.with_extension("new");
    fs::write(&draft, bytes)
        .and_then(|()| fs::rename(&draft, path))
        .with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_from_another_version_is_read_as_far_as_it_goes() {
        let state: State = serde_json::from_str(r#"{"registry_port": 5001, "new": 1}"#).unwrap();
        assert_eq!(state, State { registry_port: Some(5001), ..State::default() });
    }
}
