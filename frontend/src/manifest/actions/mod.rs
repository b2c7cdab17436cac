//! Actions: what a layer, or a step of one, does.

mod apt;
mod copy;
mod fetch;
mod files;
mod packages;
mod run;

use super::model::{Action, CommandAction, FilesAction, Step};
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
    let command = |action: Option<CommandAction>| one(value, action.map(Action::Command));
    match value.key {
        "run" => command(run::read(value).map(CommandAction::Run)),
        "apt" => command(apt::read(value).map(CommandAction::Apt)),
        "pip" => command(packages::python(value).map(CommandAction::Pip)),
        "uv" => command(packages::python(value).map(CommandAction::Uv)),
        "remove" => one(value, files::remove(value).map(FilesAction::Remove).map(Action::Files)),
        "copy" => each(value, |value| copy::read(value).map(FilesAction::Copy)),
        "fetch" => each(value, fetch::read),
        "write" => each(value, |value| files::write(value).map(FilesAction::Write)),
        "mkdir" => each(value, |value| files::mkdir(value).map(FilesAction::Mkdir)),
        "symlink" => each(value, |value| files::symlink(value).map(FilesAction::Symlink)),
        name => preset(name).map_or(Vec::new(), |preset| {
            command(packages::install(value, preset).map(CommandAction::Install))
        }),
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

fn each<'r>(value: Value<'r>, read: impl Fn(Value<'r>) -> Option<FilesAction>) -> Vec<Step> {
    let read = |value| read(value).map(Action::Files);
    if !value.is_array() {
        return one(value, read(value));
    }
    let items = value.non_empty_items().unwrap_or_default();
    let step = |item: Value<'r>| read(item).map(|action| Step { action, span: item.span });
    items.into_iter().filter_map(step).collect()
}
