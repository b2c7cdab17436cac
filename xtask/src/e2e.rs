//! `e2e`: what a developer runs to see an edit on a real BuildKit.

use anyhow::{Result, bail};

use crate::images::Profile;
use crate::up;
use crate::workspace::Workspace;
use crate::{cmd, ui};

/// Runs the end-to-end tests whose names have one of the filters in them.
pub(crate) fn e2e(workspace: &Workspace, filters: &[String]) -> Result<()> {
    if filters.is_empty() {
        bail!("name the tests, such as `contexts::`; `cargo xtask test` runs all of them");
    }
    let up = up::up(workspace, Profile::Quick)?;
    ui::step("tests");
    let mut cargo = workspace.cargo();
    cargo.args(["test", "--quiet", "--package", "strake-tests", "--test", "e2e", "--"]);
    cmd::show(cargo.arg("--include-ignored").args(filters).envs(up.env()))
}
