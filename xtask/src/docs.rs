//! Pages that are made from the code. The frontend writes them itself, so that tasks need not be
//! linked with it.

use anyhow::{Context, Result};

use crate::cmd;
use crate::workspace::Workspace;

/// Writes `docs/codes/` and the table in `docs/presets.md`.
pub(crate) fn docs(workspace: &Workspace) -> Result<()> {
    for (example, path) in [("codes", "docs/codes"), ("presets", "docs/presets.md")] {
        let mut cargo = workspace.cargo();
        cargo.args(["run", "--quiet", "--package", "strake-frontend", "--example", example, "--"]);
        cmd::show(cargo.arg(workspace.root.join(path)))
            .with_context(|| format!("{path} is not written"))?;
    }
    Ok(())
}
