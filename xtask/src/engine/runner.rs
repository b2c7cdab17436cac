//! A second engine, empty, that shares nothing with the first but the registry: what a fresh CI runner
//! is to the one before it. A daemon of our own where that can be had, else a builder in a container
//! of the Docker that is there.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};

use super::client::Client;
use super::instance::{Instance, Kind, State};
use super::release::Release;
use super::{Engine, daemon, packages, standalone};
use crate::{cmd, ui};

/// Starts one, on a disk of a size (`800m`) if one is given; what an earlier one of the same name left is
/// thrown away. The caller holds its lock.
pub(crate) fn start(
    instance: &Instance,
    first: &Engine,
    disk: Option<&str>,
    release: Option<Release>,
) -> Result<Client> {
    stop(instance)?;
    let mut state = State { disk: disk.map(str::to_owned), release, ..State::default() };
    if release == Some(Release::Standalone) && standalone::is_installed() {
        let client = first.client.clone().with_builder(builder(instance), settings(instance));
        return standalone::start(instance, &mut state, client);
    }
    if release != Some(Release::Standalone)
        && rustix::process::geteuid().is_root()
        && packages::can_unpack_docker(&instance.programs)
    {
        state.kind = Some(Kind::Own);
        return daemon::start(instance, &mut state);
    }
    ui::step("starting a builder in a container");
    state.kind = Some(Kind::System);
    state.save(instance)?;
    container(instance, first, disk, release)
}

/// Ends it, and removes all that it held. The caller holds its lock.
pub(crate) fn end(instance: &Instance) -> Result<()> {
    stop(instance)?;
    fs::remove_dir_all(&instance.dir)
        .with_context(|| format!("cannot remove {}", instance.dir.display()))
}

/// Ends what runs, and throws the data away.
fn stop(instance: &Instance) -> Result<()> {
    let mut state = State::load(instance);
    if state.kind == Some(Kind::System)
        && let Some(client) = Client::system()
    {
        let client = client.with_builder(builder(instance), settings(instance));
        // Where it was not made yet, there is nothing to remove.
        let _ = cmd::output(client.docker().args(["buildx", "rm", "--force", &builder(instance)]));
    }
    daemon::stop(instance, &mut state)?;
    state.kind = None;
    state.save(instance)?;
    instance.remove(&["data", "config", "buildx"])
}

/// On the network of the machine, where the registry listens. Steps may use that network, too, as
/// they may in a daemon of our own.
fn container(
    instance: &Instance,
    first: &Engine,
    disk: Option<&str>,
    release: Option<Release>,
) -> Result<Client> {
    let name = builder(instance);
    let client = first.client.clone().with_builder(name.clone(), settings(instance));
    if let Some(size) = disk {
        // buildx takes the volume of this name for the builder's data, and removes it with the builder.
        let mut volume = client.docker();
        volume.args(["volume", "create", "--opt", "type=tmpfs", "--opt", "device=tmpfs"]);
        volume.args([
            "--opt",
            &format!("o=size={size}"),
            &format!("buildx_buildkit_{name}0_state"),
        ]);
        cmd::output(&mut volume).context("cannot make a small disk")?;
    }
    let mut create = client.docker();
    create.args(["buildx", "create", "--bootstrap", "--driver", "docker-container"]);
    create.args(["--driver-opt", "network=host", "--name", &name]);
    create.args(["--buildkitd-flags", "--allow-insecure-entitlement network.host"]);
    if let Some(release) = release {
        create.args(["--driver-opt", &format!("image={}", release.buildkit_image())]);
    }
    cmd::output(&mut create).context("cannot start a builder in a container")?;
    Ok(client)
}

/// One builder for each instance, told apart by its directory.
fn builder(instance: &Instance) -> String {
    format!("strake-runner-{}", instance.mark())
}

/// Where buildx keeps the builder: the user's own list stays as it is.
fn settings(instance: &Instance) -> PathBuf {
    instance.path("buildx")
}
