//! Where images are built from nothing: a builder whose data is thrown away before each build, a registry
//! behind a relay that counts, and an index proxy. Steps use the machine's network, where both are.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::Bench;
use super::index::Index;
use super::relay::{Relay, Traffic};
use crate::engine::{self, Client, Instance};
use crate::images;
use crate::progress::{self, Report};
use crate::{cmd, ui};

/// The name of the runner that benchmarks start empty.
pub(crate) const RUNNER: &str = "bench";
/// What is published in the course of it is below this name.
pub(crate) const IMAGES: &str = "strake-bench";
/// Where the client's progress of each build is kept, beside the access logs.
pub(crate) const PROGRESS: &str = "progress.jsonl";
/// What the examples call their base image.
const BASE: &str = "debian:bookworm-slim";

/// Everything around a build.
pub(crate) struct Lab<'a> {
    bench: &'a Bench<'a>,
    instance: Instance,
    relay: Relay,
    index: Index,
    /// What the client said of each build.
    progress: PathBuf,
    /// The base image, behind the relay.
    base: String,
    /// The syntax image, behind the relay.
    pub(crate) syntax: String,
}

/// What a command cost.
#[derive(Debug, Default)]
pub(crate) struct Cost {
    pub(crate) report: Report,
    pub(crate) registry: Traffic,
    /// Bytes from the index proxy.
    pub(crate) index: u64,
    /// Bytes of archives that are carried as files.
    pub(crate) archive: u64,
    /// Seconds that it took to bring mounts back, in a build of its own or in steps beside others.
    pub(crate) mounts: f64,
}

impl<'a> Lab<'a> {
    /// Starts what is beside the builder. The access logs stay, below the target directory.
    pub(crate) fn start(bench: &'a Bench<'a>) -> Result<Self> {
        let registry = bench.up.engine.registry();
        let port = registry.rsplit(':').next().context("the registry has a port")?.parse()?;
        let logs = bench.workspace.target.join("bench");
        fs::create_dir_all(&logs)?;
        let relay = Relay::start(port, &logs.join("registry-access.log"))?;
        let index = Index::start(
            &bench.directory.join("index"),
            &images::python_index(),
            &logs.join("index-access.log"),
        )?;
        let instance = Instance::named(bench.workspace, RUNNER)?;
        let base = base(bench, &index)?;
        let progress = logs.join(PROGRESS);
        let registry_of_builds = format!("127.0.0.1:{}", relay.port);
        let behind = |reference: &str| reference.replace(&registry, &registry_of_builds);
        let (base, syntax) = (behind(&base), behind(&bench.up.syntax.reference));
        Ok(Self { bench, instance, relay, index, progress, base, syntax })
    }

    /// The registry as builds name it.
    pub(crate) fn registry(&self) -> String {
        format!("127.0.0.1:{}", self.relay.port)
    }

    /// An empty builder; the former one is gone, with all it had.
    pub(crate) fn empty_builder(&self) -> Result<Client> {
        let _lock = self.instance.lock()?;
        engine::start_runner(&self.instance, &self.bench.up.engine, None, None)
    }

    /// A build on a builder, with what all of them need.
    pub(crate) fn build(&self, builder: &Client) -> Command {
        let mut command = builder.docker();
        command.args(["buildx", "build", "--progress=rawjson", "--provenance=false"]);
        command.args(["--network=host", "--allow=network.host"]);
        command.arg(format!("--build-context={BASE}=docker-image://{}", self.base));
        command
    }

    /// Runs a build and tells what it took.
    pub(crate) fn run(&self, command: &mut Command) -> Result<Cost> {
        let (registry, index) = (self.relay.traffic(), self.index.sent());
        let mut log = File::options().create(true).append(true).open(&self.progress)?;
        let report = progress::watch_and_keep(command, &mut log)?;
        let mounts = report.seconds_in(&["[seed] uv: fill"]);
        Ok(Cost {
            report,
            mounts,
            registry: self.relay.traffic().since(registry),
            index: self.index.sent() - index,
            archive: 0,
        })
    }
}

impl Cost {
    /// Demands that nothing came from a cache: the builder was empty, and nothing was published.
    pub(crate) fn cold(self) -> Result<Self> {
        ensure!(self.report.cached.is_empty(), "not cold, from a cache: {:?}", self.report.cached);
        Ok(self)
    }

    /// What comes after this, and this: the steps are those of the later one.
    pub(crate) fn then(self, mut later: Self) -> Self {
        later.report.time += self.report.time;
        later.registry.down += self.registry.down;
        later.registry.up += self.registry.up;
        later.index += self.index;
        later.archive += self.archive;
        later.mounts += self.mounts;
        later
    }
}

/// The base image with the index proxy in its settings.
fn base(bench: &Bench<'_>, index: &Index) -> Result<String> {
    ui::step("making a base image that uses the index proxy");
    let directory = bench.directory.join("base");
    let proxy = format!("http://127.0.0.1:{}", index.port);
    let files = [
        ("etc/apt/apt.conf.d/95proxy", format!("Acquire::http::Proxy \"{proxy}\";\n")),
        ("etc/pip.conf", format!("[global]\nindex-url = {proxy}/simple\n")),
        ("etc/uv/uv.toml", format!("[[index]]\nurl = \"{proxy}/simple\"\ndefault = true\n")),
    ];
    for (path, content) in files {
        images::write_below(&directory.join("files"), path, content.as_bytes())?;
    }
    fs::write(directory.join("Dockerfile"), format!("FROM {}\nCOPY files /\n", bench.up.base))?;
    let reference = bench.up.engine.reference(&format!("{IMAGES}/base"), "bookworm");
    cmd::output(images::push(&bench.up.engine, &reference).arg(&directory))
        .context("cannot make the base image")?;
    Ok(reference)
}
