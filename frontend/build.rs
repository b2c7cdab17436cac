//! Reads the presets, `presets/NAME.toml`, and writes them as Rust: adding a preset is adding a file,
//! one that is wrong does not compile, and nothing is parsed when a build runs.

#![allow(missing_docs, reason = "what a key means is told in the schema")]

use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fmt, fs};

use serde::{Deserialize, Deserializer};

type Text = String;

macro_rules! schema {
    ($($item:item)*) => { $(
        #[allow(dead_code, reason = "read by what it is written as")]
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields, rename_all = "kebab-case")]
        $item
    )* };
}

include!("src/presets/schema.rs");

/// The graph's own, by its names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CacheSharing {
    Shared,
    Private,
    Locked,
}

/// A text, a file, ... or nothing.
#[derive(PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Maybe<T>(Option<T>);

/// Nothing is the same as an empty one.
#[derive(PartialEq, Eq)]
pub struct OrEmpty<T>(T);

#[derive(Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct List<T>(Vec<T>);

/// Pairs, in the order of the keys.
#[derive(Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Table(BTreeMap<String, String>);

// An option may be missing, and so may this.
impl<'de, T: Deserialize<'de> + Default> Deserialize<'de> for OrEmpty<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(OrEmpty(Option::deserialize(from)?.unwrap_or_default()))
    }
}

impl<T: fmt::Debug> fmt::Debug for OrEmpty<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

// It must not be taken for a variant of an enum that is in sight.
impl<T: fmt::Debug> fmt::Debug for Maybe<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Option::{:?}", self.0)
    }
}

impl<T: fmt::Debug> fmt::Debug for List<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "&{:?}", self.0)
    }
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "&{:?}", self.0.iter().collect::<Vec<_>>())
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=presets");
    println!("cargo::rerun-if-changed=src/presets/schema.rs");
    let mut files: Vec<PathBuf> = fs::read_dir("presets")?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<_, Box<dyn Error>>>()?;
    files.sort();
    let presets: Vec<Preset> = files.iter().map(|file| read(file)).collect::<Result<_, _>>()?;
    let list = format!(
        "/// All presets, by name.\npub(crate) static PRESETS: &[Preset] = {{\n\
         use {{Boundary::*, Lock::*, Scope::*, CacheSharing::*}};\n&{presets:?}\n}};\n",
    );
    fs::write(Path::new(&env::var("OUT_DIR")?).join("presets.rs"), list)?;
    Ok(())
}

/// A file is named as its preset.
fn read(file: &Path) -> Result<Preset, Box<dyn Error>> {
    let wrong = |error: &dyn fmt::Display| format!("{}: {error}", file.display());
    let mut preset: Preset =
        toml::from_str(&fs::read_to_string(file)?).map_err(|error| wrong(&error))?;
    if !preset.name.0.is_empty() {
        return Err(wrong(&"a preset has the name of its file").into());
    }
    if preset.boundary == Boundary::None {
        return Err(wrong(&"a preset's layers do not always run").into());
    }
    preset.name.0 = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    Ok(preset)
}
