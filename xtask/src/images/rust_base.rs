//! A rust image made from this machine's toolchain, so that the top-level Dockerfile can be built
//! for real where the public rust image cannot be pulled.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use super::{Recipe, base, digest};
use crate::engine::{Engine, Instance};
use crate::workspace::Workspace;
use crate::{cmd, ui};

const DOCKERFILE: &str = include_str!("../../images/rust.Dockerfile");

/// The image's reference; made when it is missing or the toolchain has changed.
pub(crate) fn rust_base(
    workspace: &Workspace,
    instance: &Instance,
    engine: &Engine,
) -> Result<String> {
    let base = base(instance, engine)?;
    let version = workspace.rustc(&["--version", "--verbose"])?;
    let target = workspace.static_triple()?;
    let toolchain = PathBuf::from(workspace.rustc(&["--print", "sysroot"])?.trim());
    let parts = [base.as_bytes(), version.as_bytes(), target.as_bytes(), DOCKERFILE.as_bytes()];
    let key = digest(parts);
    let recipe = Recipe::new(instance, engine, "strake/rust", "host".to_owned(), key);
    if recipe.is_done() {
        return Ok(recipe.reference());
    }
    ui::step("making a rust image from this machine's toolchain");
    recipe.begin(DOCKERFILE)?;
    // An ignore file in the toolchain's directory is not ours to write, so that a narrow copy is
    // made.
    let narrow = recipe.directory.join("toolchain");
    fs::create_dir_all(&narrow)?;
    let mut copy = Command::new("cp");
    copy.args(["--archive", "--link"]).args([toolchain.join("bin"), toolchain.join("lib")]);
    if cmd::output(copy.arg(&narrow)).is_err() {
        let mut copy = Command::new("cp");
        copy.arg("--archive").args([toolchain.join("bin"), toolchain.join("lib")]);
        cmd::output(copy.arg(&narrow))?;
    }
    let done = recipe.finish(&[
        format!("--build-arg=BASE={base}"),
        format!("--build-context=toolchain={}", narrow.display()),
    ]);
    fs::remove_dir_all(&narrow)?;
    done.map(|()| recipe.reference())
}
