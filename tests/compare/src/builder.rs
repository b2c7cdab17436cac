//! A builder, and how it is made to forget.

use std::ffi::OsString;
use std::process::{Command, Stdio};

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

    /// Throws away what the builder keeps. Nobody else may be building on it.
    pub fn forget(&self, content: Content) -> Result<()> {
        let mut prune = self.docker();
        prune.args(["buildx", "prune", "--force", "--all"]);
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
