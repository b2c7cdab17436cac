//! Actions: what a layer, or a step of one, does.

mod apt;
mod copy;
mod fetch;
mod files;
mod packages;
mod run;

use super::model::{Action, Step};
use super::reader::Value;
use crate::presets::{PRESETS, Preset, preset};

const KEYS: [&str; 10] =
    ["run", "copy", "fetch", "write", "mkdir", "symlink", "remove", "apt", "pip", "uv"];

/// The key of each action: those that have a form of their own, and the presets that say how a list
/// of packages is installed.
pub(crate) fn keys() -> impl Iterator<Item = &'static str> {
    let installs = |preset: &&Preset| preset.install.is_some();
    KEYS.into_iter().chain(PRESETS.iter().filter(installs).map(|preset| preset.name))
}

/// The steps that a key of [`keys`] stands for. File operations take one table or several, each a
/// step of its own.
pub(crate) fn read(value: Value<'_>) -> Vec<Step> {
    match value.key {
        "run" => one(value, run::read(value).map(Action::Run)),
        "apt" => one(value, apt::read(value).map(Action::Apt)),
        "pip" => one(value, packages::python(value).map(Action::Pip)),
        "uv" => one(value, packages::python(value).map(Action::Uv)),
        "remove" => one(value, files::remove(value).map(Action::Remove)),
        "copy" => each(value, |value| copy::read(value).map(Action::Copy)),
        "fetch" => each(value, fetch::read),
        "write" => each(value, |value| files::write(value).map(Action::Write)),
        "mkdir" => each(value, |value| files::mkdir(value).map(Action::Mkdir)),
        "symlink" => each(value, |value| files::symlink(value).map(Action::Symlink)),
        name => preset(name).map_or(Vec::new(), |preset| {
            one(value, packages::install(value, preset).map(Action::Install))
        }),
    }
}

/// Whether an action runs a command, so that modifiers of commands mean something to it.
pub(crate) fn is_command(action: &Action) -> bool {
    match action {
        Action::Run(_) | Action::Apt(_) | Action::Install(_) | Action::Pip(_) | Action::Uv(_) => {
            true
        }
        Action::Copy(_)
        | Action::FetchUrl(_)
        | Action::FetchGit(_)
        | Action::Write(_)
        | Action::Mkdir(_)
        | Action::Symlink(_)
        | Action::Remove(_) => false,
    }
}

/// All actions, for a help line.
pub(crate) fn list() -> String {
    let keys: Vec<String> = keys().map(|key| format!("`{key}`")).collect();
    keys.join(", ")
}

fn one(value: Value<'_>, action: Option<Action>) -> Vec<Step> {
    action.map(|action| Step { action, span: value.whole() }).into_iter().collect()
}

fn each<'r>(value: Value<'r>, read: impl Fn(Value<'r>) -> Option<Action>) -> Vec<Step> {
    if !value.is_array() {
        return one(value, read(value));
    }
    let items = value.non_empty_items().unwrap_or_default();
    let step = |item: Value<'r>| read(item).map(|action| Step { action, span: item.span });
    items.into_iter().filter_map(step).collect()
}
