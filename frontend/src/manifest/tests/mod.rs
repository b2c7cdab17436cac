//! Manifests and what is read from them, or found wrong with them. Blocks of TOML in the pages of the
//! codes are tests, too: a block that has no `[stage.app]` gets one, unless it
//! starts with a syntax line and so is a whole manifest; a first line `# docker buildx build
//! --build-arg NAME=VALUE .` gives build arguments.

mod actions;
mod arguments;
mod documents;
mod pages;
mod registry;
mod robustness;
mod seed;
mod stages;

use std::collections::BTreeMap;

use super::model::{Action, Layer, Manifest};
use super::{ReadInput, read};
use crate::diagnostics::{Diagnostic, text};
use crate::source::SourceFile;

fn file(manifest: &str) -> SourceFile {
    SourceFile::manifest("strake.toml", manifest)
}

fn platform_args() -> BTreeMap<String, String> {
    let args = [
        ("BUILDPLATFORM", "linux/amd64"),
        ("TARGETPLATFORM", "linux/arm64"),
        ("TARGETOS", "linux"),
        ("TARGETARCH", "arm64"),
        ("TARGETVARIANT", ""),
    ];
    args.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn read_with(
    manifest: &str,
    build_args: &[(&str, &str)],
    lenient: bool,
) -> Result<Manifest, Vec<Diagnostic>> {
    let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    let build_args = build_args.iter().map(own).collect();
    let input = ReadInput { build_args: &build_args, platform_args: &platform_args(), lenient };
    read(&file(manifest), input)
}

/// The manifest, which must be good.
fn good(manifest: &str) -> Manifest {
    match read_with(manifest, &[], false) {
        Ok(manifest) => manifest,
        Err(found) => panic!("{}", text::render(&file(manifest), &found)),
    }
}

/// The problems of a manifest, as `LINE:COLUMN CODE MESSAGE`.
fn problems(manifest: &str) -> Vec<String> {
    problems_with(manifest, &[])
}

fn problems_with(manifest: &str, build_args: &[(&str, &str)]) -> Vec<String> {
    let found = match read_with(manifest, build_args, false) {
        Ok(manifest) => manifest.warnings,
        Err(found) => found,
    };
    let file = file(manifest);
    let line = |found: &Diagnostic| {
        let location = found.location(&file);
        let place = location.strip_prefix("strake.toml:").unwrap_or("-");
        format!("{place} {} {}", found.code.name, found.message)
    };
    found.iter().map(line).collect()
}

/// Checks the problems of a manifest; the expected ones are trimmed lines.
#[track_caller]
fn check(manifest: &str, expected: &str) {
    let expected: Vec<&str> =
        expected.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    assert_eq!(problems(manifest), expected, "{manifest}");
}

const STAGE: &str = "[stage.app]\nfrom = \"debian\"\n";

/// The problems of a layer whose table has this text; it starts at line 4.
#[track_caller]
fn check_layer(layer: &str, expected: &str) {
    check(&format!("{STAGE}[[stage.app.layer]]\n{layer}\n"), expected);
}

/// The only layer of a manifest without problems.
fn layer(text: &str) -> Layer {
    let mut manifest = good(&format!("{STAGE}[[stage.app.layer]]\n{text}\n"));
    manifest.stages.remove(0).layers.remove(0)
}

/// The only action of a good layer.
fn action(text: &str) -> Action {
    let mut steps = layer(text).steps;
    assert_eq!(steps.len(), 1, "{text}");
    steps.remove(0).action
}
