//! How to reach an engine: the `docker` command line with its settings, and the same settings as
//! environment variables for a shell and for the tests.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::Result;
use serde_json::{Value, json};

use super::instance::{Instance, write_whole};
use crate::cmd;

/// A daemon that does not answer within this time is not usable.
const PATIENCE: Duration = Duration::from_secs(20);

/// A docker command line that leads to one engine.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    host: String,
    config: PathBuf,
    path: OsString,
    builder: Builder,
}

/// What builds, behind the engine's address.
#[derive(Debug, Clone)]
enum Builder {
    Engine,
    /// A builder of buildx: in a container of the engine, or elsewhere.
    Named {
        name: String,
        /// Where buildx keeps it.
        settings: PathBuf,
    },
}

impl Client {
    /// The client of a daemon of ours: programs, settings and socket are the instance's.
    pub(crate) fn own(instance: &Instance) -> Result<Self> {
        let config = instance.path("config");
        let programs = instance.programs.join("root/usr");
        fs::create_dir_all(&config)?;
        let plugins = programs.join("libexec/docker/cli-plugins");
        let settings = json!({ "cliPluginsExtraDirs": [plugins], "proxies": proxies() });
        write_whole(&config.join("config.json"), &serde_json::to_vec_pretty(&settings)?)?;
        let first = [programs.join("bin"), programs.join("sbin")];
        let path = path_with(&first);
        Ok(Self { host: host(instance), config, path, builder: Builder::Engine })
    }

    /// The client of the Docker that is running on this machine, when strake can be worked on with
    /// it: it answers, has buildx, and keeps images in containerd's store.
    pub(crate) fn system() -> Option<Self> {
        let docker = || Command::new("docker");
        let endpoint = "{{.Endpoints.docker.Host}}";
        let host = match env::var("DOCKER_HOST") {
            Ok(host) if !host.is_empty() => host,
            _ => cmd::ask(docker().args(["context", "inspect", "-f", endpoint]), PATIENCE)?,
        };
        let config = match env::var_os("DOCKER_CONFIG") {
            Some(directory) => directory.into(),
            None => Path::new(&env::var_os("HOME")?).join(".docker"),
        };
        let path = env::var_os("PATH")?;
        let host = host.trim().to_owned();
        let client = Self { host, config, path, builder: Builder::Engine };
        client.is_usable().then_some(client)
    }

    /// The same, building on a builder of buildx.
    pub(crate) fn with_builder(self, name: String, settings: PathBuf) -> Self {
        Self { builder: Builder::Named { name, settings }, ..self }
    }

    /// What buildx calls the builder.
    pub(super) fn builder(&self) -> &str {
        match &self.builder {
            // A builder chosen elsewhere must not lead away from that host.
            Builder::Engine => "default",
            Builder::Named { name, .. } => name,
        }
    }

    /// Whether the engine answers.
    pub(crate) fn answers(&self) -> bool {
        let mut version = self.docker();
        version.args(["version", "--format", "{{.Server.Version}}"]);
        cmd::ask(&mut version, PATIENCE).is_some()
    }

    fn is_usable(&self) -> bool {
        let mut info = self.docker();
        info.args(["info", "--format", "{{json .DriverStatus}}"]);
        let store = cmd::ask(&mut info, PATIENCE).unwrap_or_default();
        store.contains("io.containerd.snapshotter")
            && cmd::ask(self.docker().args(["buildx", "version"]), PATIENCE).is_some()
    }

    /// `docker`, told where the engine is.
    pub(crate) fn docker(&self) -> Command {
        let mut command = Command::new("docker");
        // With PATH set here, the program is looked up there and not in our own.
        command.envs(self.env());
        command
    }

    /// `docker buildx build` with plain progress.
    pub(crate) fn build(&self) -> Command {
        let mut command = self.docker();
        // Provenance would turn each image into an index that changes with every build.
        command.args(["buildx", "build", "--progress=plain", "--provenance=false"]);
        command
    }

    /// The version of the engine, for people.
    pub(crate) fn version(&self) -> String {
        let mut version = self.docker();
        version.args(["version", "--format", "Docker {{.Server.Version}}"]);
        cmd::ask(&mut version, PATIENCE).unwrap_or_default().trim().to_owned()
    }

    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    /// The variables with which a plain `docker buildx build` reaches this engine.
    pub(crate) fn env(&self) -> Vec<(&'static str, OsString)> {
        let mut env = vec![
            ("DOCKER_HOST", self.host.clone().into()),
            ("DOCKER_CONFIG", self.config.clone().into()),
            ("PATH", self.path.clone()),
        ];
        env.push(("BUILDX_BUILDER", self.builder().into()));
        if let Builder::Named { settings, .. } = &self.builder {
            env.push(("BUILDX_CONFIG", settings.into()));
        }
        env
    }
}

/// The address of an instance's own socket.
pub(crate) fn host(instance: &Instance) -> String {
    format!("unix://{}", instance.path("docker.sock").display())
}

/// The PATH of a daemon whose programs are unpacked at a place.
pub(super) fn path_of_daemon(programs: &Path) -> OsString {
    let programs = programs.join("root/usr");
    path_with(&[programs.join("bin"), programs.join("sbin"), "/usr/sbin".into(), "/sbin".into()])
}

/// PATH with our programs first, once, however often this is done.
pub(crate) fn path_with(first: &[PathBuf]) -> OsString {
    let old = env::var_os("PATH").unwrap_or_default();
    let rest = env::split_paths(&old).filter(|directory| !first.contains(directory));
    let all: Vec<PathBuf> = first.iter().cloned().chain(rest).collect();
    env::join_paths(all).unwrap_or(old)
}

/// The machine's proxies, in the form in which the client hands them to every build step.
fn proxies() -> Value {
    let mut default = serde_json::Map::new();
    for (key, name) in
        [("httpProxy", "http_proxy"), ("httpsProxy", "https_proxy"), ("noProxy", "no_proxy")]
    {
        let value = env::var(name).or_else(|_| env::var(name.to_uppercase()));
        if let Some(value) = value.ok().filter(|value| !value.is_empty()) {
            default.insert(key.to_owned(), value.into());
        }
    }
    json!({ "default": default })
}
