//! The manifest language: TOML text to a [`model::Manifest`] for one target platform, with every
//! argument expanded and every value's place kept. All problems are reported in one go.
//!
//! `reader` gives access to the parsed document; one file for each table of the language reads it;
//! `values` has what is smaller than a table. To add a key, take it in the function of its table; to
//! add an action, add it to `actions::KEYS` and read it there.

mod actions;
mod args;
mod caches;
mod comments;
mod environment;
mod image;
mod layers;
pub(crate) mod model;
mod mounts;
mod reader;
mod registry;
mod scope;
mod seed;
mod stages;
mod syntax;
mod values;
mod when;
mod words;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

pub(crate) use reader::shorten;

use crate::diagnostics::Diagnostic;
use crate::presets;
use crate::source::SourceFile;
use model::Manifest;
use reader::{Reader, Table};
use scope::Scope;
use toml::de::DeTable;

/// What a manifest is read with.
#[derive(Debug, Clone, Copy)]
pub struct ReadInput<'a> {
    /// `--build-arg`, all of them.
    pub build_args: &'a BTreeMap<String, String>,
    /// The predefined arguments, `TARGETPLATFORM` and so on. `TARGETPLATFORM` decides `when`.
    pub platform_args: &'a BTreeMap<String, String>,
    /// Required arguments may be missing, as in `outline` and `targets`. Strings that use them stay as
    /// they are written.
    pub lenient: bool,
}

/// Reads a manifest. What is found wrong comes in the order of the file: warnings with the manifest,
/// errors and warnings in its place.
pub fn read(file: &SourceFile, input: ReadInput<'_>) -> Result<Manifest, Vec<Diagnostic>> {
    let document = syntax::parse(file)?;
    let scope = Scope::predefined(input.platform_args);
    let mut reader = Reader::new(file, scope, input.lenient);
    reader.target =
        input.platform_args.get("TARGETPLATFORM").and_then(|text| values::parse_platform(text));
    reader.caches = cache_names(&document);
    let manifest = read_root(&reader, &document, input.build_args);
    let warnings = reader.finish()?;
    Ok(Manifest { description: comments::description(file), warnings, ..manifest })
}

/// Known before any layer is read, and whether or not the tables of the caches are good.
fn cache_names(document: &DeTable<'_>) -> BTreeSet<String> {
    let declared = document.get("cache").and_then(|value| value.get_ref().as_table());
    let names = declared.into_iter().flat_map(|table| table.keys());
    let names = names.map(|name| name.get_ref().to_string());
    names.chain(presets::PRESETS.iter().map(|preset| preset.name.to_owned())).collect()
}

fn read_root<'r>(
    reader: &'r Reader<'r>,
    document: &'r DeTable<'r>,
    build_args: &BTreeMap<String, String>,
) -> Manifest {
    let mut table = Table::new(reader, document, (0..0).into(), "the manifest".to_owned());
    let args = table.list("arg", |value| args::read(value, build_args));
    args::warn_of_unused(reader, &args, build_args);
    let project = table.optional("project", caches::project);
    let caches = table.list("cache", caches::read);
    let registry = table.optional("registry", registry::read).unwrap_or_default();
    let seed = table.optional("seed", seed::read);
    let stages = match table.take("stage") {
        Some(value) => stages::read(value).unwrap_or_default(),
        None if table.is_misspelt("stage") => Vec::new(),
        None => {
            stages::report_none(reader, None);
            Vec::new()
        }
    };
    caches::check_project(&table, &caches);
    table.finish();
    Manifest {
        description: String::new(),
        project,
        args,
        registry,
        seed,
        caches,
        stages,
        warnings: Vec::new(),
    }
}
