//! Actions: what a layer, or a step of one, does.

mod copy;
mod fetch;
mod files;
mod packages;
mod run;

use super::model::{Action, Step};
use super::reader::Value;

/// The key of each action.
pub(crate) const KEYS: [&str; 9] =
    ["run", "copy", "fetch", "write", "mkdir", "symlink", "remove", "apt", "uv"];

/// The steps that a key of [`KEYS`] stands for. File operations take one table or several, each a
/// step of its own.
pub(crate) fn read(value: Value<'_>) -> Vec<Step> {
    match value.key {
        "run" => one(value, run::read(value).map(Action::Run)),
        "apt" => one(value, packages::apt(value).map(Action::Apt)),
        "uv" => one(value, packages::uv(value).map(Action::Uv)),
        "remove" => one(value, files::remove(value).map(Action::Remove)),
        "copy" => each(value, |value| copy::read(value).map(Action::Copy)),
        "fetch" => each(value, fetch::read),
        "write" => each(value, |value| files::write(value).map(Action::Write)),
        "mkdir" => each(value, |value| files::mkdir(value).map(Action::Mkdir)),
        "symlink" => each(value, |value| files::symlink(value).map(Action::Symlink)),
        _ => Vec::new(),
    }
}

/// Whether an action runs a command, so that modifiers of commands mean something to it.
pub(crate) fn is_command(action: &Action) -> bool {
    matches!(action, Action::Run(_) | Action::Apt(_) | Action::Uv(_))
}

/// All actions, for a help line.
pub(crate) fn list() -> String {
    let keys: Vec<String> = KEYS.iter().map(|key| format!("`{key}`")).collect();
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
