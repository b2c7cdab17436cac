//! Pages that are made from the code. Examples of the tests write them, so that tasks need not be
//! linked with the frontend.

use anyhow::{Context, Result};

use crate::cmd;
use crate::workspace::Workspace;

/// Each example, and the page that it writes.
const PAGES: [(&str, &str); 3] =
    [("codes", "docs/codes/README.md"), ("presets", "docs/presets.md"), ("picture", "README.md")];

/// Writes the index of `docs/codes/`, the table in `docs/presets.md` and the picture in the README.
pub(crate) fn docs(workspace: &Workspace) -> Result<()> {
    for (example, path) in PAGES {
        let mut cargo = workspace.cargo();
        cargo.args(["run", "--quiet", "--package", "strake-tests", "--example", example, "--"]);
        cmd::show(cargo.arg(workspace.root.join(path)))
            .with_context(|| format!("{path} is not written"))?;
    }
    Ok(())
}
