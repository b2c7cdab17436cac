//! Reads the presets, `presets/NAME.toml`, and writes them as Rust: adding a preset is adding a file,
//! one that is wrong does not compile, and nothing is parsed when a build runs.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

use serde::Deserialize;

/// The form of a file. What each key means is told at the type of the same name in
/// `src/presets/mod.rs`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Preset {
    title: String,
    boundary: Boundary,
    sharing: Sharing,
    scope: Scope,
    target: Option<String>,
    default_target: Option<String>,
    #[serde(default)]
    directories: Vec<String>,
    #[serde(default)]
    env: BTreeMap<String, String>,
    #[serde(default)]
    manifest_env: BTreeMap<String, String>,
    lend: Option<Lock>,
    store: Option<String>,
    file: Option<File>,
    #[serde(default)]
    places: Vec<String>,
    #[serde(default)]
    in_layers: Vec<String>,
    #[serde(default)]
    relocating_variables: Vec<String>,
    #[serde(default)]
    switched_off_by: Vec<String>,
    #[serde(default)]
    prepares: Vec<String>,
    #[serde(default)]
    publishes: Vec<String>,
    #[serde(default)]
    links: Vec<String>,
    prune: Option<String>,
    install: Option<Install>,
    command: Vec<Command>,
}

/// Variants are written as they are called in Rust.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Boundary {
    Registry,
    Mount,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Sharing {
    Shared,
    Private,
    Locked,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Scope {
    Platform,
    Base,
}

#[derive(Debug, Deserialize)]
enum Lock {
    #[serde(rename = "go.sum")]
    Go,
    #[serde(rename = "Cargo.lock")]
    Cargo,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    path: String,
    content: String,
    dockerfile: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Install {
    command: Vec<String>,
    recommends: String,
    no_recommends: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Command {
    programs: Vec<String>,
    module: Option<String>,
    uses: Vec<String>,
    #[serde(default)]
    lists: Vec<String>,
    #[serde(default)]
    unasked: Vec<String>,
    #[serde(default)]
    clears: Vec<String>,
    #[serde(default)]
    bypass: Vec<String>,
    #[serde(default)]
    relocating_options: Vec<String>,
    #[serde(default)]
    options_with_value: Vec<String>,
}

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=presets");
    let mut files: Vec<PathBuf> = fs::read_dir("presets")?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<_, Box<dyn Error>>>()?;
    files.sort();
    let presets: Vec<String> = files.iter().map(|file| read(file)).collect::<Result<_, _>>()?;
    let list = format!(
        "/// All presets, by name.\npub(crate) static PRESETS: &[Preset] = &[{}];\n",
        presets.concat()
    );
    fs::write(Path::new(&env::var("OUT_DIR")?).join("presets.rs"), list)?;
    Ok(())
}

/// One file as an item of the list.
fn read(file: &Path) -> Result<String, Box<dyn Error>> {
    let name = file.file_stem().unwrap_or_default().to_string_lossy();
    let text = fs::read_to_string(file)?;
    let preset: Preset =
        toml::from_str(&text).map_err(|error| format!("{}: {error}", file.display()))?;
    Ok(written(&name, &preset))
}

/// The debug form of texts and of what is made of them is Rust.
fn written(name: &str, preset: &Preset) -> String {
    let Preset { title, boundary, sharing, scope, directories, default_target, prune, .. } = preset;
    let Preset { places, in_layers, relocating_variables, switched_off_by, .. } = preset;
    let Preset { prepares, publishes, links, target, store, .. } = preset;
    let env: Vec<_> = preset.env.iter().collect();
    let manifest_env: Vec<_> = preset.manifest_env.iter().collect();
    let lend =
        preset.lend.as_ref().map_or("None".to_owned(), |lock| format!("Some(Lock::{lock:?})"));
    let file = preset.file.as_ref().map_or("None".to_owned(), file);
    let install = preset.install.as_ref().map_or("None".to_owned(), install);
    let commands: String = preset.command.iter().map(command).collect();
    format!(
        "Preset {{ name: {name:?}, title: {title:?}, boundary: Boundary::{boundary:?}, \
         sharing: Sharing::{sharing:?}, scope: Scope::{scope:?}, target: {target:?}, \
         default_target: {default_target:?}, directories: &{directories:?}, env: &{env:?}, \
         manifest_env: &{manifest_env:?}, file: {file}, lend: {lend}, store: {store:?}, in_layers: &{in_layers:?}, prune: {prune:?}, \
         install: {install}, places: &{places:?}, relocating_variables: &{relocating_variables:?}, \
         switched_off_by: &{switched_off_by:?}, prepares: &{prepares:?}, \
         publishes: &{publishes:?}, links: &{links:?}, commands: &[{commands}] }},\n"
    )
}

fn file(file: &File) -> String {
    let File { path, content, dockerfile } = file;
    let dockerfile = dockerfile.as_ref().unwrap_or(content);
    format!("Some(File {{ path: {path:?}, content: {content:?}, dockerfile: {dockerfile:?} }})")
}

fn install(install: &Install) -> String {
    let Install { command, recommends, no_recommends } = install;
    format!(
        "Some(Install {{ command: &{command:?}, recommends: {recommends:?}, \
         no_recommends: {no_recommends:?} }})"
    )
}

fn command(command: &Command) -> String {
    let Command { programs, module, uses, lists, unasked, .. } = command;
    let Command { clears, bypass, relocating_options, options_with_value, .. } = command;
    format!(
        "Command {{ programs: &{programs:?}, module: {module:?}, uses: &{uses:?}, \
         lists: &{lists:?}, unasked: &{unasked:?}, clears: &{clears:?}, bypass: &{bypass:?}, \
         relocating_options: &{relocating_options:?}, options_with_value: &{options_with_value:?} }},"
    )
}
