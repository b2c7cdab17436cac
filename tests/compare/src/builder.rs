//! A builder, and how it is made to forget.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use anyhow::{Context, Result, bail};

/// What `docker` talks to, by the variables of its environment.
#[derive(Debug, Clone)]
pub struct Builder {
    variables: Vec<(OsString, OsString)>,
}

/// What a builder keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// Results of steps, and no cache mount.
    Layers,
    /// Cache mounts, and no result.
    Mounts,
    /// Both, and everything else.
    All,
}

impl Builder {
    /// The builder that `docker` reaches with these variables.
    pub fn new<N: Into<OsString>, V: Into<OsString>>(
        variables: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        let variables = variables.into_iter().map(|(name, value)| (name.into(), value.into()));
        Builder { variables: variables.collect() }
    }

    /// `docker`, looked up in the builder's own `PATH` if it has one.
    pub fn docker(&self) -> Command {
        let path = self.variables.iter().find(|(name, _)| name == "PATH");
        let mut directories = path.into_iter().flat_map(|(_, path)| std::env::split_paths(path));
        let program = directories.find_map(|directory| {
            let file = directory.join("docker");
            file.is_file().then_some(file)
        });
        let mut command = Command::new(program.unwrap_or_else(|| "docker".into()));
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null());
        command
    }

    /// `docker buildx`.
    pub fn buildx(&self) -> Command {
        let mut command = buildx(|| self.docker());
        command.stdin(Stdio::null());
        command
    }

    /// Throws away what the builder keeps. Nobody else may be building on it.
    pub fn forget(&self, content: Content) -> Result<()> {
        let mut prune = self.buildx();
        prune.args(["prune", "--force", "--all"]);
        match content {
            Content::Layers => prune.args(["--filter", "type=regular"]),
            Content::Mounts => prune.args(["--filter", "type=exec.cachemount"]),
            Content::All => &mut prune,
        };
        let done = prune.output().context("cannot run docker")?;
        if !done.status.success() {
            bail!("the builder does not forget: {}", String::from_utf8_lossy(&done.stderr));
        }
        Ok(())
    }
}

/// `docker buildx`, without the `docker` before it: that one asks the plugin who it is and starts it once more,
/// for a third of the time of a small build. All clients of a process have the same plugin.
pub fn buildx(docker: impl Fn() -> Command) -> Command {
    static PLUGIN: OnceLock<Option<PathBuf>> = OnceLock::new();
    let mut command = docker();
    let Some(plugin) = PLUGIN.get_or_init(|| plugin(docker())) else {
        command.arg("buildx");
        return command;
    };
    let mut direct = Command::new(plugin);
    direct.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    direct
}

/// Where `docker` has buildx.
fn plugin(mut docker: Command) -> Option<PathBuf> {
    const PATH: &str =
        r#"{{range .ClientInfo.Plugins}}{{if eq .Name "buildx"}}{{.Path}}{{end}}{{end}}"#;
    let answer = docker.args(["info", "--format", PATH]).output().ok()?;
    let path = PathBuf::from(String::from_utf8(answer.stdout).ok()?.trim());
    path.is_file().then_some(path)
}
