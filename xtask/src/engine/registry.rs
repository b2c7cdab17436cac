//! A registry on loopback, plain HTTP: there every engine takes images without TLS, and what is
//! pushed resolves by the same reference in all of them. It is the Debian package's program where
//! that can be had, else the public registry image, run in the engine itself.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::client::Client;
use super::daemon::log_tail;
use super::http;
use super::instance::{Instance, Kind, State};
use super::packages;
use super::process::{self, Process};
use crate::{cmd, ui};

const START: Duration = Duration::from_secs(30);
const STOP: Duration = Duration::from_secs(10);
/// The registry's settings; their path on its command line is how it is known again.
const SETTINGS: &str = "registry.yml";
/// Where Debian has no say: the public image, in the engine.
const IMAGE: &str = "registry:2";

/// The registry's port. It is started unless it runs, on the same port as before where possible.
pub(crate) fn ensure(instance: &Instance, state: &mut State, client: &Client) -> Result<u16> {
    if let Some(port) = state.registry_port.filter(|&port| is_up(instance, state, client, port)) {
        return Ok(port);
    }
    stop(instance, state, client)?;
    ui::step("starting a registry on loopback");
    let port = match state.registry_port.filter(|&port| is_free(port)) {
        Some(port) => port,
        None => free_port()?,
    };
    state.registry_port = Some(port);
    if packages::can_unpack_docker(&instance.programs) {
        packages::unpack_docker(&instance.programs)?;
        state.registry = Some(spawn(instance, port)?);
    } else {
        run_container(instance, client, port)?;
    }
    state.save(instance)?;
    if !process::wait_until(START, || http::is_registry(port)) {
        stop(instance, state, client)?;
        state.save(instance)?;
        bail!("the registry does not come up:\n{}", log_tail(&instance.path("registry.log")));
    }
    Ok(port)
}

/// Ends the registry; its images stay.
pub(crate) fn stop(instance: &Instance, state: &mut State, client: &Client) -> Result<()> {
    let known = state.registry.take();
    let others = process::left_behind(&instance.programs, &instance.path(SETTINGS));
    for registry in known.into_iter().chain(others) {
        registry.stop(STOP)?;
    }
    if state.kind == Some(Kind::System) && client.answers() {
        let _ = cmd::output(client.docker().args(["rm", "--force", &container(instance)]));
    }
    Ok(())
}

/// Removes the images below a name, and what no other image needs. Nobody may push at that time: a blob that
/// no image names yet counts as not needed. A registry in a container keeps them.
pub(super) fn forget(instance: &Instance, name: &str) -> Result<()> {
    let images = instance.path("registry/docker/registry/v2/repositories").join(name);
    if images.exists() {
        fs::remove_dir_all(&images)
            .with_context(|| format!("cannot remove {}", images.display()))?;
        let mut collect = Command::new(program(instance));
        collect.arg("garbage-collect").arg(instance.path(SETTINGS));
        cmd::output(&mut collect)?;
    }
    Ok(())
}

/// Something that answers on the port is not enough: it may be another project's by now.
fn is_up(instance: &Instance, state: &State, client: &Client, port: u16) -> bool {
    let ours = match &state.registry {
        Some(process) => process.is_alive(),
        None => state.kind == Some(Kind::System) && container_runs(instance, client),
    };
    ours && http::is_registry(port)
}

fn spawn(instance: &Instance, port: u16) -> Result<Process> {
    let file = instance.path(SETTINGS);
    let store = serde_json::to_string(&instance.path("registry"))?;
    let settings = format!(
        "version: 0.1\n\
         log: {{ level: info, accesslog: {{ disabled: true }} }}\n\
         storage: {{ filesystem: {{ rootdirectory: {store} }}, delete: {{ enabled: true }} }}\n\
         http: {{ addr: \"127.0.0.1:{port}\" }}\n"
    );
    fs::write(&file, settings)?;
    let mut command = Command::new(program(instance));
    command.arg("serve").arg(&file).current_dir(&instance.dir);
    // The program reads its settings from variables of this name, too.
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("REGISTRY_") {
            command.env_remove(name);
        }
    }
    Process::spawn(&mut command, &instance.path("registry.log"))
}

fn program(instance: &Instance) -> PathBuf {
    instance.programs.join("root/usr/bin/docker-registry")
}

fn run_container(instance: &Instance, client: &Client, port: u16) -> Result<()> {
    let name = container(instance);
    let mut command = client.docker();
    command.args(["run", "--detach", "--name", &name, "--publish"]);
    command.arg(format!("127.0.0.1:{port}:5000"));
    command.arg("--volume").arg(format!("{name}:/var/lib/registry")).arg(IMAGE);
    cmd::output(&mut command).context("cannot run a registry in the engine")?;
    Ok(())
}

fn container_runs(instance: &Instance, client: &Client) -> bool {
    let mut command = client.docker();
    command.args(["inspect", "--format", "{{.State.Running}}", &container(instance)]);
    cmd::ask(&mut command, Duration::from_secs(20)).is_some_and(|answer| answer.trim() == "true")
}

/// One container per instance, told apart by its directory.
fn container(instance: &Instance) -> String {
    format!("strake-registry-{}", instance.mark())
}

fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

fn free_port() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    Ok(listener.local_addr()?.port())
}
