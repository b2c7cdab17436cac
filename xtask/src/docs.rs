//! Pages that are made from the code. The frontend writes them itself, so that tasks need not be
//! linked with it.

use anyhow::{Context, Result};

use crate::cmd;
use crate::workspace::Workspace;

/// Writes `docs/codes/`.
pub(crate) fn docs(workspace: &Workspace) -> Result<()> {
    let mut cargo = workspace.cargo();
    cargo.args(["run", "--quiet", "--package", "strake-frontend", "--example", "codes", "--"]);
    cmd::show(cargo.arg(workspace.root.join("docs/codes"))).context("the pages are not written")
}
