//! The `buildkitd` of this machine as a runner: started with all its directories below the instance's,
//! reached as a `remote` builder.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::client::{Client, path_of_daemon};
use super::daemon::log_tail;
use super::instance::{Instance, Kind, State};
use super::process::Process;
use crate::{cmd, ui};

const PROGRAM: &str = "buildkitd";
const SOCKET: &str = "buildkitd.sock";
const LOG: &str = "buildkitd.log";
/// Tests read it: a daemon that comes up again by itself is another process.
const PID: &str = "buildkitd.pid";

/// Whether this machine has the program.
pub(crate) fn is_installed() -> bool {
    cmd::is_installed(PROGRAM)
}

/// Starts it, and makes it the builder of a client.
pub(super) fn start(instance: &Instance, state: &mut State, client: Client) -> Result<Client> {
    ui::step("starting this machine's buildkitd");
    let daemon = Process::spawn(&mut command(instance), &instance.path(LOG))?;
    state.kind = Some(Kind::Own);
    state.daemon = Some(daemon.clone());
    state.save(instance)?;
    fs::write(instance.path(PID), daemon.pid().to_string())?;
    let mut create = client.docker();
    create.args(["buildx", "create", "--driver", "remote", "--name", client.builder()]);
    create.arg(format!("unix://{}", instance.path(SOCKET).display()));
    cmd::output(&mut create).context("cannot make a builder of buildkitd")?;
    let answers = || cmd::output(client.docker().args(["buildx", "du"])).is_ok();
    if !daemon.comes_up(answers) {
        bail!("buildkitd does not come up:\n{}", log_tail(&instance.path(LOG)));
    }
    Ok(client)
}

/// Steps run with the runc of the other engines where the machine has none, and may use the network of
/// the machine, as they may in a Docker daemon.
fn command(instance: &Instance) -> Command {
    let mut command = Command::new(PROGRAM);
    command.arg("--root").arg(instance.path("data"));
    command.arg("--addr").arg(format!("unix://{}", instance.path(SOCKET).display()));
    command.args(["--allow-insecure-entitlement", "network.host"]);
    command.env("PATH", path_of_daemon(&instance.programs)).current_dir(&instance.dir);
    command
}
