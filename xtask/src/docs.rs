//! Pages that are made from the code. The frontend and its tests write them themselves, so that tasks
//! need not be linked with them.

use anyhow::{Context, Result};

use crate::cmd;
use crate::workspace::Workspace;

/// Package, example and page.
const PAGES: [(&str, &str, &str); 3] = [
    ("strake-frontend", "codes", "docs/codes/README.md"),
    ("strake-frontend", "presets", "docs/presets.md"),
    ("strake-tests", "picture", "README.md"),
];

/// Writes the index of `docs/codes/`, the table in `docs/presets.md` and the picture in the README.
pub(crate) fn docs(workspace: &Workspace) -> Result<()> {
    for (package, example, path) in PAGES {
        let mut cargo = workspace.cargo();
        cargo.args(["run", "--quiet", "--package", package, "--example", example, "--"]);
        cmd::show(cargo.arg(workspace.root.join(path)))
            .with_context(|| format!("{path} is not written"))?;
    }
    Ok(())
}
