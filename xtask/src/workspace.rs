//! Where things are: the repository, its target directory, and the host's target triple.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::{cmd, ui};

/// How long a library for the toolchain is waited for.
const DOWNLOAD_LIMIT: Duration = Duration::from_secs(120);

/// The places every task starts from.
#[derive(Debug, Clone)]
pub(crate) struct Workspace {
    /// The repository's top directory.
    pub(crate) root: PathBuf,
    /// Cargo's target directory: everything a task makes is below it.
    pub(crate) target: PathBuf,
}

impl Workspace {
    /// The workspace that this program was built from.
    pub(crate) fn find() -> Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .parent()
            .context("xtask is a directory of the workspace")?
            .canonicalize()
            .context("the workspace has moved: build xtask again")?;
        let target = match std::env::var_os("CARGO_TARGET_DIR") {
            Some(directory) => root.join(directory),
            None => root.join("target"),
        };
        std::fs::create_dir_all(&target)?;
        // Mount points are compared with the kernel's table, which knows no symbolic links.
        let target = target.canonicalize()?;
        Ok(Self { root, target })
    }

    /// The cargo that runs us, working in this workspace.
    pub(crate) fn cargo(&self) -> Command {
        let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.current_dir(&self.root);
        command
    }

    /// What static binaries are made for: this machine with musl, where the toolchain has its library,
    /// since the GNU one makes them a quarter larger.
    pub(crate) fn static_triple(&self) -> Result<String> {
        let host = self.host_triple()?;
        let musl = with_musl(&host);
        Ok(if self.has_library(&musl) { musl } else { host })
    }

    /// Asks rustup for musl's library where the toolchain lacks it. Without it everything works, and is larger.
    pub(crate) fn add_musl(&self) -> Result<()> {
        let musl = with_musl(&self.host_triple()?);
        if self.has_library(&musl) {
            return Ok(());
        }
        ui::step(format!("adding {musl} to the toolchain"));
        let mut add = Command::new("rustup");
        add.args(["target", "add", &musl]).current_dir(&self.root);
        if cmd::ask(&mut add, DOWNLOAD_LIMIT).is_none() {
            ui::note("it can't be had: the syntax image is a quarter larger");
        }
        Ok(())
    }

    /// Whether the toolchain can compile for a target.
    fn has_library(&self, triple: &str) -> bool {
        let library = self.rustc(&["--print", "target-libdir", "--target", triple]);
        library.is_ok_and(|directory| Path::new(directory.trim()).is_dir())
    }

    /// The target triple of this machine, as rustc calls it.
    fn host_triple(&self) -> Result<String> {
        let version = self.rustc(&["-vV"])?;
        version
            .lines()
            .find_map(|line| line.strip_prefix("host: "))
            .map(str::to_owned)
            .context("`rustc -vV` names no host")
    }

    /// What the compiler says of itself.
    pub(crate) fn rustc(&self, args: &[&str]) -> Result<String> {
        let mut rustc = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
        cmd::output(rustc.args(args).current_dir(&self.root))
    }
}

/// The same machine with musl as its C library.
fn with_musl(triple: &str) -> String {
    triple.replace("-gnu", "-musl")
}
