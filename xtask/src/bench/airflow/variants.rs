//! The variants of a build, and how each carries caches from builder to builder.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use super::project::Project;
use crate::bench::Bench;
use crate::bench::lab::{Cost, IMAGES, Lab};
use crate::engine::Client;

/// The image that is built.
const TARGET: &str = "ci";
/// The cache mount of the Dockerfile, as it is mounted there.
const MOUNT: &str = "--mount=type=cache,id=ci-$TARGETARCH-0,target=/root/.cache/";
/// The archive of it.
const ARCHIVE: &str = "cache.tar.gz";

/// How the image is built, and which part is exportable. The Dockerfile through strake would be one
/// more: its command is that of `Dockerfile` with strake's image in `BUILDKIT_SYNTAX`, what it
/// carries is what `Strake` carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Variant {
    /// As Airflow writes it: registry cache of all layers, mounts stay where they are.
    Dockerfile,
    /// The same, and the mount as a tarball.
    Tarball,
    /// The manifest: registry cache of what is exportable, mounts as a seed.
    Strake,
}

/// Where the caches of one run are.
#[derive(Debug)]
pub(crate) struct Carried {
    /// A repository of the registry.
    repository: String,
    /// A directory for archives.
    directory: PathBuf,
}

impl Carried {
    /// Places that nobody else uses.
    pub(crate) fn new(bench: &Bench<'_>, lab: &Lab<'_>, name: &str) -> Result<Self> {
        let directory = bench.directory.join("carried").join(name);
        fs::create_dir_all(&directory)?;
        Ok(Self { repository: format!("{}/{IMAGES}/{name}", lab.registry()), directory })
    }

    fn cache(&self) -> String {
        format!("{}/cache:main-3.11-linux-{}", self.repository, architecture())
    }

    fn mounts(&self) -> String {
        format!("{}/mounts:main-3.11-linux-{}", self.repository, architecture())
    }
}

impl Variant {
    /// In the order of the tables.
    pub(crate) const ALL: [Variant; 3] = [Variant::Dockerfile, Variant::Tarball, Variant::Strake];

    /// Its name in the tables.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Variant::Dockerfile => "(a) Dockerfile",
            Variant::Tarball => "(b) Dockerfile and tarball",
            Variant::Strake => "(c) strake",
        }
    }

    /// Its name in references.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Variant::Dockerfile => "a",
            Variant::Tarball => "b",
            Variant::Strake => "c",
        }
    }

    /// What the names of steps that install Python packages have in them.
    pub(crate) fn install_steps(self) -> &'static [&'static str] {
        match self {
            Variant::Dockerfile | Variant::Tarball => &["/scripts/install-airflow.sh --editable"],
            Variant::Strake => &["] dependencies:", "] airflow:"],
        }
    }

    /// What the names of steps that install OS packages have in them.
    pub(crate) fn os_steps(self) -> &'static [&'static str] {
        match self {
            Variant::Dockerfile | Variant::Tarball => &["/scripts/install-os-packages.sh "],
            Variant::Strake => &[": apt "],
        }
    }

    /// What the names of steps that bring uv have in them.
    pub(crate) fn uv_steps(self) -> &'static [&'static str] {
        match self {
            Variant::Dockerfile | Variant::Tarball => &["/scripts/install-uv.sh"],
            Variant::Strake => &["] uv:"],
        }
    }

    /// A build of the image, with what is carried where there is something.
    pub(crate) fn build(
        self,
        lab: &Lab<'_>,
        builder: &Client,
        project: &Project,
        carried: &Carried,
    ) -> Command {
        let mut command = self.command(lab, builder, project, carried, TARGET);
        command.args(["--output", "type=image,name=bench/airflow,compression=zstd"]);
        command
    }

    fn command(
        self,
        lab: &Lab<'_>,
        builder: &Client,
        project: &Project,
        carried: &Carried,
        target: &str,
    ) -> Command {
        let mut command = lab.build(builder);
        command.args(["--target", target]);
        match self {
            Variant::Dockerfile | Variant::Tarball => {
                command.arg("--file").arg(project.path("Dockerfile"));
                command.arg(format!("--cache-from=type=registry,ref={}", carried.cache()));
            }
            Variant::Strake => {
                command.arg("--file").arg(project.path("strake.toml"));
                command.arg(format!("--build-arg=BUILDKIT_SYNTAX={}", lab.syntax));
                command.arg(format!("--build-arg=REPOSITORY={}", carried.repository));
            }
        }
        command.arg(&project.directory);
        command
    }

    /// Publishes what a later builder needs, on the builder that has just built.
    pub(crate) fn publish(
        self,
        lab: &Lab<'_>,
        builder: &Client,
        project: &Project,
        carried: &Carried,
    ) -> Result<Cost> {
        let target = if self == Variant::Strake { "ci@registry" } else { TARGET };
        let mut cache = self.command(lab, builder, project, carried, target);
        let to = format!("type=registry,ref={},mode=max,compression=zstd", carried.cache());
        cache.args(["--output=type=cacheonly", "--cache-to", &to]);
        let cost = lab.run(&mut cache)?;
        Ok(cost.then(self.export(lab, builder, project, carried)?))
    }

    /// Exports the cache mount alone.
    pub(crate) fn export(
        self,
        lab: &Lab<'_>,
        builder: &Client,
        project: &Project,
        carried: &Carried,
    ) -> Result<Cost> {
        match self {
            Variant::Dockerfile => Ok(Cost::default()),
            Variant::Tarball => pack(lab, builder, project, carried),
            Variant::Strake => {
                let mut export = self.command(lab, builder, project, carried, "ci@mounts");
                let mounts = carried.mounts();
                let output =
                    format!("type=image,name={mounts},push=true,store=false,compression=zstd");
                lab.run(export.args(["--output", &output]))
            }
        }
    }

    /// What a new builder has to do before it can build.
    pub(crate) fn import(self, lab: &Lab<'_>, builder: &Client, carried: &Carried) -> Result<Cost> {
        match self {
            Variant::Tarball => unpack(lab, builder, carried),
            Variant::Dockerfile | Variant::Strake => Ok(Cost::default()),
        }
    }
}

/// A step with the mount packs it, and the client takes the archive out. As Airflow does it, but
/// that it prunes with `--ci`: wheels are carried here in all variants.
fn pack(lab: &Lab<'_>, builder: &Client, project: &Project, carried: &Carried) -> Result<Cost> {
    let dockerfile = fs::read_to_string(project.path("Dockerfile"))?;
    let steps = format!(
        "\nFROM tools AS packed\nARG TARGETARCH\nARG NONCE\n\
         RUN {MOUNT} : \"$NONCE\" && UV_CACHE_DIR=/root/.cache/uv uv cache prune \
         && tar -C /root/.cache -czf /{ARCHIVE} .\n\
         FROM scratch AS archive\nCOPY --from=packed /{ARCHIVE} /\n"
    );
    let file = carried.directory.join("Dockerfile.pack");
    fs::write(&file, dockerfile + &steps)?;
    let mut command = lab.build(builder);
    command.args(["--target=archive", &format!("--build-arg=NONCE={}", nonce()?)]);
    command.arg(format!("--output=type=local,dest={}", carried.directory.display()));
    command.arg("--file").arg(file).arg(&project.directory);
    let cost = lab.run(&mut command)?;
    archived(cost, carried)
}

/// The archive is sent as a build context, and a step with the mount unpacks it.
fn unpack(lab: &Lab<'_>, builder: &Client, carried: &Carried) -> Result<Cost> {
    let file = carried.directory.join("Dockerfile.unpack");
    let steps = format!(
        "FROM debian:bookworm-slim\nARG TARGETARCH\n\
         RUN --mount=type=bind,target=/carried {MOUNT} tar -C /root/.cache -xzf /carried/{ARCHIVE}\n"
    );
    fs::write(&file, steps)?;
    let mut command = lab.build(builder);
    command.args(["--output=type=cacheonly", "--file"]).arg(file).arg(&carried.directory);
    let mut cost = lab.run(&mut command)?;
    cost.mounts = cost.report.time.as_secs_f64();
    archived(cost, carried)
}

fn archived(mut cost: Cost, carried: &Carried) -> Result<Cost> {
    cost.archive = fs::metadata(carried.directory.join(ARCHIVE))?.len();
    Ok(cost)
}

/// Something that no other build had.
fn nonce() -> Result<u128> {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?;
    Ok(now.as_nanos())
}

/// This machine's architecture, as images call it.
fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}
