//! A real BuildKit to work on: an engine that is running already and will do, or a daemon of our
//! own, with a registry on loopback beside it. `up` finds or starts both and heals what is half
//! dead; `down` ends what `up` started and nothing else. One instance is one name; all that an
//! instance is made of is below its directory (see `instance`).

mod client;
mod collect;
mod daemon;
mod http;
mod instance;
mod network;
mod packages;
mod process;
mod registry;
mod release;
mod runner;
pub(crate) mod sources;
mod standalone;

use anyhow::Result;
use serde_json::Value;

pub(crate) use client::Client;
pub(crate) use collect::sweeping;
pub(crate) use http::download_size;
pub(crate) use instance::{Instance, write_whole};
pub(crate) use packages::install;
pub(crate) use release::Release;
pub(crate) use runner::{end as end_runner, start as start_runner};

use instance::{Kind, State};

use crate::ui;

/// An engine and a registry, both running.
#[derive(Debug, Clone)]
pub(crate) struct Engine {
    /// The way to the engine.
    pub(crate) client: Client,
    /// The registry's port on 127.0.0.1.
    port: u16,
    /// Whether the engine is a Docker of the machine, which reaches public images by itself.
    pub(crate) is_system: bool,
}

impl Engine {
    /// The registry as images name it.
    pub(crate) fn registry(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// The full reference of an image in the registry.
    pub(crate) fn reference(&self, name: &str, tag: &str) -> String {
        format!("{}/{name}:{tag}", self.registry())
    }

    /// The manifest of an image in the registry, when it is there.
    pub(crate) fn manifest(&self, name: &str, tag: &str) -> Option<Value> {
        http::manifest(self.port, name, tag)
    }
}

/// Whether a runner can be a BuildKit without Docker.
pub(crate) fn has_standalone(engine: &Engine) -> bool {
    engine.is_system || standalone::is_installed()
}

/// Whether the instance is up already.
pub(crate) fn is_up(instance: &Instance) -> bool {
    let state = State::load(instance);
    match state.kind {
        Some(Kind::Own) => daemon::is_up(instance, &state),
        Some(Kind::System) => true,
        None => false,
    }
}

/// Finds or starts the engine and the registry of an instance. The caller holds its lock.
pub(crate) fn up(instance: &Instance) -> Result<Engine> {
    let mut state = State::load(instance);
    let client = ensure_engine(instance, &mut state)?;
    let port = registry::ensure(instance, &mut state, &client)?;
    state.save(instance)?;
    Ok(Engine { client, port, is_system: state.kind == Some(Kind::System) })
}

fn ensure_engine(instance: &Instance, state: &mut State) -> Result<Client> {
    // Ours first: with its variables exported, it would also be found as the system's.
    if state.kind == Some(Kind::Own) && daemon::is_up(instance, state) {
        return Client::own(instance);
    }
    if let Some(client) = Client::system().filter(|client| client.host() != client::host(instance))
    {
        // A dead daemon of ours may have left something behind.
        daemon::stop(instance, state)?;
        state.kind = Some(Kind::System);
        return Ok(client);
    }
    state.kind = Some(Kind::Own);
    daemon::start(instance, state)
}

/// Removes images from the registry, all that are below a name. Nobody may push at that time.
pub(crate) fn forget_images(instance: &Instance, name: &str) -> Result<()> {
    registry::forget(instance, name)
}

/// Removes all that is in the engine and the registry. Both are down.
pub(crate) fn empty(instance: &Instance) -> Result<()> {
    instance.remove(&["data", "registry"])
}

/// Ends what `up` started for this instance; says whether there was anything. The caller holds its
/// lock.
pub(crate) fn down(instance: &Instance) -> Result<bool> {
    let mut state = State::load(instance);
    if state.kind.is_none() {
        return Ok(false);
    }
    ui::step("ending the engine and the registry");
    let client = match state.kind {
        Some(Kind::System) => Client::system(),
        _ => None,
    };
    let client = client.map_or_else(|| Client::own(instance), Ok)?;
    registry::stop(instance, &mut state, &client)?;
    daemon::stop(instance, &mut state)?;
    state.kind = None;
    state.save(instance)?;
    Ok(true)
}
