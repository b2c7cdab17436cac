//! `[[stage.NAME.layer]]`: one action or several steps, and what holds for them.

use strake_llb::NetMode;

use super::actions;
use super::model::{Action, CommandAction, Layer, Run, Step};
use super::reader::{Table, Value};
use super::values::context_path;
use super::{caches, environment, mounts, when};
use crate::diagnostics::{Diagnostic, codes};
use crate::presets::{Boundary, preset};
use crate::source::{Span, Spanned};

/// Modifiers that change how a command runs, and mean nothing to a file operation.
const OF_COMMANDS: [&str; 9] =
    ["uses", "inputs", "secrets", "ssh", "tmpfs", "binds", "network", "security", "env"];

/// What is said of a layer whatever it does.
const OF_ALL: [&str; 4] = ["name", "when", "boundary", "epoch"];

/// Reads the layers of a stage.
pub(crate) fn read(value: Value<'_>, stage: &str) -> Option<Vec<Layer>> {
    if value.is_table() {
        value.report_with_help(
            &codes::WRONG_TYPE,
            "`layer` must be an array of tables, but this is a table",
            format!("write `[[stage.{stage}.layer]]`"),
        );
        return None;
    }
    value.each(|value| read_one(value, stage))
}

fn read_one(value: Value<'_>, stage: &str) -> Option<Layer> {
    let mut table = value.table_called(&format!("[[stage.{stage}.layer]]"))?;
    let span = table.extent();
    let steps = steps(&mut table);
    let present: Vec<&'static str> =
        OF_COMMANDS.into_iter().chain(["shell", "user"]).filter(|key| table.has(key)).collect();
    let layer = Layer {
        name: table.optional("name", Value::text),
        active: table.optional("when", when::read).unwrap_or(true),
        boundary: table.optional("boundary", boundary),
        epoch: table.optional("epoch", Value::string),
        uses: table.list("uses", |value| value.each(caches::used)),
        inputs: table.list("inputs", |value| value.each(input)),
        secrets: table.list("secrets", |value| value.each(mounts::secret)),
        ssh: table.list("ssh", |value| value.each(mounts::ssh)),
        tmpfs: table.list("tmpfs", |value| value.each(mounts::tmpfs)),
        binds: table.list("binds", |value| value.each(mounts::bind)),
        network: table.optional("network", network).flatten(),
        insecure: table.optional("security", security).flatten(),
        env: table.list("env", environment::read),
        user: table.optional("user", Value::text),
        workdir: table.optional("workdir", Value::text),
        shell: table.optional("shell", shell),
        steps,
        span,
    };
    if !actions::keys().any(|key| table.has(key)) && !table.has("steps") {
        report_idle(&table, "this layer does nothing");
    }
    check_modifiers(&table, &layer, &present);
    mounts::check_twice(table.reader, &layer);
    table.finish_with(elsewhere);
    Some(layer)
}

/// The action of the layer itself, or those of `steps`.
fn steps(table: &mut Table<'_>) -> Vec<Step> {
    let mut found: Vec<Value<'_>> = actions::keys().filter_map(|key| table.take(key)).collect();
    found.sort_by_key(|value| value.key_span);
    let steps = table.take("steps");
    match (found.as_slice(), steps) {
        ([], None) => Vec::new(),
        ([], Some(steps)) => read_steps(steps),
        ([action], None) => actions::read(*action),
        ([first, second, ..], None) => {
            report_several(*first, *second);
            // Read all the same, so that their own problems show at once.
            found.into_iter().flat_map(actions::read).collect()
        }
        ([action, ..], Some(steps)) => {
            report_several(*action, steps);
            Vec::new()
        }
    }
}

/// An unknown key is reported for itself, and is most likely the action, misspelt.
fn report_idle(table: &Table<'_>, message: &str) {
    if table.has_unknown() {
        return;
    }
    let help = format!("the actions are {}", actions::list());
    let found = Diagnostic::error(&codes::NO_ACTION, message).at(table.span);
    table.reader.report(found.help(help));
}

fn report_several(first: Value<'_>, second: Value<'_>) {
    let message =
        format!("a layer has one action, but this one has `{}` and `{}`", first.key, second.key);
    let found = Diagnostic::error(&codes::SEVERAL_ACTIONS, message)
        .at(second.key_span)
        .and_at(first.key_span, "the first one")
        .help("write two layers, or `steps = [{ ... }, { ... }]` for several actions in one");
    second.reader.report(found);
}

fn read_steps(value: Value<'_>) -> Vec<Step> {
    let items = value.items().unwrap_or_default();
    if items.is_empty() && value.is_array() {
        value.report(&codes::NO_ACTION, "`steps` is empty");
    }
    items.into_iter().flat_map(read_step).collect()
}

fn read_step(value: Value<'_>) -> Vec<Step> {
    let Some(mut table) = value.table_called("steps") else { return Vec::new() };
    let mut found: Vec<Value<'_>> = actions::keys().filter_map(|key| table.take(key)).collect();
    found.sort_by_key(|value| value.key_span);
    match found.as_slice() {
        [] => report_idle(&table, "this step does nothing"),
        [_] => {}
        [first, second, ..] => report_several(*first, *second),
    }
    table.finish_with(|key| {
        let modifier = OF_COMMANDS.contains(&key)
            || OF_ALL.contains(&key)
            || ["user", "workdir"].contains(&key);
        modifier.then(|| "this belongs to the layer and applies to all its steps".to_owned())
    });
    found.into_iter().flat_map(actions::read).collect()
}

/// A modifier that nothing in the layer heeds would be a silent mistake.
fn check_modifiers(table: &Table<'_>, layer: &Layer, present: &[&'static str]) {
    let Some(step) = layer.steps.first() else { return };
    let commands = layer.steps.iter().any(|step| matches!(step.action, Action::Command(_)));
    let is_script =
        |action: &Action| matches!(action, Action::Command(CommandAction::Run(Run::Script(_))));
    let scripts = layer.steps.iter().any(|step| is_script(&step.action));
    for key in present {
        let why = match *key {
            "user" if !commands => "files get their owner from `owner`",
            _ if !commands => "only commands (`run` and package managers) use it",
            "shell" if !scripts => "only a script (`run = \"...\"`) uses a shell",
            _ => continue,
        };
        let message = format!("`{key}` has no effect in this layer: {why}");
        let place = table.key_span(key).unwrap_or(table.span);
        let found = Diagnostic::error(&codes::USELESS_MODIFIER, message).at(place);
        table.reader.report(found.and_at(step.span, "the action of the layer"));
    }
}

fn elsewhere(key: &str) -> Option<String> {
    if preset(key).is_some() {
        return Some(format!("write `run = \"{key} ...\"` and `uses = [\"{key}\"]`"));
    }
    let hint = match key {
        "apk" => "write `run = \"apk add ...\"`; there is no preset: declare a cache of your own",
        "from" | "src" | "dest" => "this belongs in `copy = { ... }`",
        "script" | "cmd" | "command" => "a command is `run`",
        "cache" => "this is `boundary`; cache mounts are named in `uses`",
        "mounts" => "cache mounts are named in `uses`",
        "secret" => "did you mean `secrets`?",
        _ => return None,
    };
    Some(hint.to_owned())
}

fn input(value: Value<'_>) -> Option<Spanned<String>> {
    let path = context_path(value)?;
    if path.value.starts_with('/') {
        let message = format!("`{}` must be relative to the context", path.value);
        let help = format!("write `{}`", path.value.trim_start_matches('/'));
        value.report_with_help(&codes::INVALID_PATH, message, help);
        return None;
    }
    Some(path)
}

/// A cache mount in the place of a boundary is a likely slip.
fn boundary(value: Value<'_>) -> Option<Spanned<Boundary>> {
    let boundaries = [Boundary::Registry, Boundary::Mount, Boundary::None];
    let boundaries = boundaries.map(|boundary| (boundary.name(), boundary));
    let is_cache = |name: &str| {
        value.reader.caches.contains(name) && boundaries.iter().all(|(known, _)| *known != name)
    };
    if value.is_array() || value.is_string() && is_cache(&value.text()?.value) {
        let message = "`boundary` says whether the layer is exportable, and names no cache mount";
        value.report_with_help(&codes::INVALID_CHOICE, message, "cache mounts are named in `uses`");
        return None;
    }
    Some(Spanned::new(value.choice(&boundaries)?, value.whole()))
}

/// `default` is what the build says (`--network`), and so the same as nothing.
fn network(value: Value<'_>) -> Option<Option<Spanned<NetMode>>> {
    let modes = [("default", None), ("none", Some(NetMode::None)), ("host", Some(NetMode::Host))];
    let mode = value.choice(&modes)?;
    Some(mode.map(|mode| Spanned::new(mode, value.span)))
}

fn security(value: Value<'_>) -> Option<Option<Span>> {
    value.choice(&[("sandbox", None), ("insecure", Some(value.span))])
}

/// The vector that a script is appended to.
pub(crate) fn shell(value: Value<'_>) -> Option<Vec<String>> {
    let words = value.argv()?;
    if words.is_empty() {
        value.report(&codes::EMPTY_VALUE, format!("`{}` is empty", value.key));
        return None;
    }
    Some(words.into_iter().map(|word| word.value).collect())
}
