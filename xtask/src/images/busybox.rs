//! A small image with a shell, for tests that need a step to run and nothing more.

use std::fs;

use anyhow::{Context, Result};

use super::{Recipe, digest};
use crate::engine::{Engine, Instance, install};
use crate::ui;

const DOCKERFILE: &str = include_str!("../../images/busybox.Dockerfile");
const BINARY: &str = "/bin/busybox";

/// The image's reference; made when it is missing.
pub(crate) fn busybox(instance: &Instance, engine: &Engine) -> Result<String> {
    let root = if engine.is_system { "public" } else { "local" };
    let key = digest([root.as_bytes(), DOCKERFILE.as_bytes()]);
    let recipe = Recipe::new(instance, engine, "strake/busybox", "stable".to_owned(), key);
    if recipe.is_done() {
        return Ok(recipe.reference());
    }
    ui::step("making the busybox image");
    recipe.begin(DOCKERFILE)?;
    if recipe.finish_public() {
        return Ok(recipe.reference());
    }
    install(&["busybox-static"]).context("busybox is neither to be pulled nor installed")?;
    fs::copy(BINARY, recipe.directory.join("busybox"))?;
    recipe.finish(&["--build-arg=ROOT=local".to_owned()])?;
    Ok(recipe.reference())
}
