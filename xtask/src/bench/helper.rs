//! The bench's own program (`frontend/examples/bench`), compiled and packed like the frontend itself.

use std::fs;
use std::path::PathBuf;

use anyhow::Result;

use super::Bench;
use crate::images::{self, Profile, Program};
use crate::ui;

const EXAMPLE: Program = Program {
    arguments: &["--features", "testing", "--example", "bench"],
    name: "bench",
    directory: "examples",
};

/// Compiles it and gives its path.
pub(crate) fn compile(bench: &Bench<'_>) -> Result<PathBuf> {
    ui::step("compiling what the bench measures with");
    images::compile(bench.workspace, &EXAMPLE, Profile::Release)
}

/// The frontend that returns at once, as an image.
pub(crate) fn empty_frontend(bench: &Bench<'_>) -> Result<String> {
    let binary = compile(bench)?;
    let content = fs::read(&binary)?;
    images::pack(bench.workspace, bench.main, &bench.up.engine, "strake/empty", &content)
}
