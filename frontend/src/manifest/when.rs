//! `when`: whether a layer is part of this build.

use std::collections::BTreeSet;

use super::reader::{Reader, Value};
use super::scope::Known;
use super::values::platform;
use crate::diagnostics::{Diagnostic, codes};
use crate::source::Spanned;

/// Whether every condition holds. What cannot be decided counts as true: the build has failed then,
/// or is none.
pub(crate) fn read(value: Value<'_>) -> Option<bool> {
    let table = value.table()?;
    let mut active = true;
    for (name, value) in table.entries() {
        let holds =
            if name.value == "platform" { on_platform(value) } else { has_value(&name, value) };
        active &= holds.unwrap_or(true);
    }
    Some(active)
}

fn on_platform(value: Value<'_>) -> Option<bool> {
    let wanted = list(value, platform)?;
    let target = value.reader.target.as_ref()?;
    Some(wanted.iter().any(|platform| platform.value == *target))
}

fn has_value(name: &Spanned<&str>, value: Value<'_>) -> Option<bool> {
    let wanted = list(value, Value::string)?;
    let reader = value.reader;
    let scope = reader.scope.borrow();
    match scope.look_up(name.value) {
        Known::Value(actual) => {
            if let Some(choices) = scope.choices(name.value) {
                report_impossible(reader, name.value, &wanted, choices);
            }
            Some(wanted.iter().any(|value| value.value == actual))
        }
        Known::Missing => None,
        Known::Not => {
            let message = format!("there is no argument `{}`", name.value);
            let mut found = Diagnostic::error(&codes::UNKNOWN_ARGUMENT, message).at(name.span);
            found.help.extend(scope.help_for_unknown(name.value, &reader.suggestions));
            reader.report(found);
            None
        }
    }
}

fn list<'r, T>(value: Value<'r>, read: impl Fn(Value<'r>) -> Option<T>) -> Option<Vec<T>> {
    if !value.is_string() && !value.is_array() {
        return value.wrong_type("a string or an array of strings");
    }
    Some(value.one_or_more().into_iter().filter_map(read).collect())
}

/// A value that the argument can never have is a mistake, even though nothing breaks.
fn report_impossible(
    reader: &Reader<'_>,
    name: &str,
    wanted: &[Spanned<String>],
    choices: &BTreeSet<String>,
) {
    for value in wanted.iter().filter(|value| !choices.contains(&value.value)) {
        let message = format!("`{name}` is never `{}`", value.value);
        let mut found = Diagnostic::error(&codes::IMPOSSIBLE_CONDITION, message).at(value.span);
        let choices = choices.iter().map(String::as_str);
        found.help.extend(reader.suggestions.did_you_mean(&value.value, choices));
        reader.report(found);
    }
}
