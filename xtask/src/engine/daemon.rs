//! A Docker daemon of our own: started detached with all its directories below the instance's,
//! ended with everything it left behind (processes, mounts). Its data stays, so that the next start
//! is warm.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde_json::json;

use super::client::{Client, host, path_of_daemon};
use super::collect;
use super::instance::{Instance, State};
use super::network::Network;
use super::packages;
use super::process::{self, Process};
use super::release::Release;
use crate::{cmd, ui};

/// The daemon's settings; their path on its command line is how it is known again.
const SETTINGS: &str = "dockerd.json";
/// Running builds are cancelled first.
const STOP: Duration = Duration::from_secs(30);
/// How much of a daemon's log is shown when it fails.
const LOG_LINES: usize = 20;
const LOG_WIDTH: usize = 300;

/// Whether the remembered daemon runs and answers.
pub(crate) fn is_up(instance: &Instance, state: &State) -> bool {
    state.daemon.as_ref().is_some_and(Process::is_alive)
        && Client::own(instance).is_ok_and(|client| client.answers())
}

/// Starts the daemon. What a former one left behind is cleared first.
pub(crate) fn start(instance: &Instance, state: &mut State) -> Result<Client> {
    ensure!(
        rustix::process::geteuid().is_root(),
        "no usable Docker is running (one with buildx that keeps images in containerd's store), and \
         starting one of our own needs root"
    );
    packages::install_for_engine()?;
    packages::unpack_docker(&instance.programs)?;
    if let Some(suite) = state.release.and_then(Release::suite) {
        packages::unpack_daemon(&instance.daemon_programs(state), suite)?;
    }
    stop(instance, state)?;
    if let Some(disk) = &state.disk {
        mount(&instance.path("data"), disk)?;
    }
    ui::step("starting a Docker daemon of our own");
    let network = Network::choose(&instance.dir)?;
    state.network = Some(network.clone());
    state.save(instance)?;
    network.raise().context("cannot make a bridge for build steps")?;
    let daemon = spawn(instance, state, &network)?;
    state.daemon = Some(daemon.clone());
    state.save(instance)?;
    let client = Client::own(instance)?;
    if !daemon.comes_up(|| client.answers()) {
        stop(instance, state)?;
        state.save(instance)?;
        bail!("the Docker daemon does not come up:\n{}", log_tail(&instance.path("dockerd.log")));
    }
    // An older one can't be told how much to keep; it is a runner's, which starts with nothing.
    if state.release.is_none() {
        collect::collect(&client)?;
    }
    Ok(client)
}

fn spawn(instance: &Instance, state: &State, network: &Network) -> Result<Process> {
    // Left from a daemon that was killed: dockerd refuses to start when the id is in use again.
    let _ = fs::remove_file(instance.path("dockerd.pid"));
    let settings = json!({
        "hosts": [host(instance)],
        "data-root": instance.path("data"),
        "exec-root": instance.path("exec"),
        "pidfile": instance.path("dockerd.pid"),
        "bridge": network.bridge,
        "mtu": network.mtu,
        "iptables": false,
        "ip6tables": false,
        // Of many questions for a name some are lost: that costs a second and not five, and a step fails
        // after six and not after two.
        "dns-opts": ["timeout:1", "attempts:6"],
        "features": { "containerd-snapshotter": state.release.is_none_or(Release::has_containerd_store) },
        // See `collect`.
        "builder": { "gc": { "enabled": false } },
    });
    let file = instance.path(SETTINGS);
    fs::write(&file, serde_json::to_vec_pretty(&settings)?)?;
    let programs = instance.daemon_programs(state);
    let mut command = Command::new(programs.join("root/usr/sbin/dockerd"));
    command.arg("--config-file").arg(&file).env("PATH", path_of_daemon(&programs));
    // A client's settings must not steer the daemon.
    command.env_remove("DOCKER_HOST").env_remove("DOCKER_CONFIG").current_dir(&instance.dir);
    Process::spawn(&mut command, &instance.path("dockerd.log"))
}

/// Ends the daemon and clears up after it; does nothing where there is none.
pub(crate) fn stop(instance: &Instance, state: &mut State) -> Result<()> {
    if let Some(daemon) = state.daemon.take() {
        daemon.stop(STOP)?;
    }
    let exec = instance.path("exec");
    let programs = instance.daemon_programs(state);
    for path in [&instance.path(SETTINGS), &exec] {
        for process in process::left_behind(&programs, path) {
            process.stop(STOP)?;
        }
    }
    unmount_below(&instance.dir)?;
    if exec.exists() {
        fs::remove_dir_all(&exec).with_context(|| format!("cannot remove {}", exec.display()))?;
    }
    let _ = fs::remove_file(instance.path("docker.sock"));
    if let Some(network) = state.network.take() {
        network.lower();
    }
    Ok(())
}

/// A disk of a size, in memory.
fn mount(directory: &Path, size: &str) -> Result<()> {
    fs::create_dir_all(directory)?;
    let mut mount = Command::new("mount");
    mount.args(["-t", "tmpfs", "-o", &format!("size={size}"), "strake"]).arg(directory);
    cmd::output(&mut mount).map(drop)
}

/// Unmounts what is mounted below a directory, the innermost first.
fn unmount_below(directory: &Path) -> Result<()> {
    let table = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    for point in mount_points(&table, directory).iter().rev() {
        // Lazily: a dead daemon's network namespace may still be held by something.
        cmd::output(Command::new("umount").arg("--lazy").arg(point))?;
    }
    Ok(())
}

/// Mount points below a directory, in the order in which they were mounted.
fn mount_points(table: &str, directory: &Path) -> Vec<String> {
    table
        .lines()
        .filter_map(|line| line.split(' ').nth(4))
        .map(|point| point.replace("\\040", " "))
        .filter(|point| Path::new(point).starts_with(directory))
        .collect()
}

/// The end of a log, for an error message: what a daemon says last is why it ended.
pub(crate) fn log_tail(log: &Path) -> String {
    let bytes = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<String> =
        text.lines().map(|line| line.chars().take(LOG_WIDTH).collect()).collect();
    let last = &lines[lines.len().saturating_sub(LOG_LINES)..];
    format!("{}\n(the whole log: {})", last.join("\n"), log.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_mounts_below_the_directory_are_ours() {
        let table = "1 0 8:1 / / rw - ext4 /dev/a rw\n\
                     2 1 0:4 net:[1] /a\\040b/main/exec/netns/default rw - nsfs nsfs rw\n\
                     3 1 0:5 / /a\\040b/mainly rw - tmpfs tmpfs rw\n";
        assert_eq!(mount_points(table, Path::new("/a b/main")), ["/a b/main/exec/netns/default"]);
    }
}
