//! `run`: a script, an argument vector, or a script file. Never expanded: a shell's `$` is its own.

use crate::diagnostics::codes;
use crate::manifest::model::Run;
use crate::manifest::reader::Value;
use crate::manifest::values::context_path;

pub(super) fn read(value: Value<'_>) -> Option<Run> {
    if value.is_string() {
        return value.command().map(Run::Script);
    }
    if value.is_array() {
        let words = value.argv()?;
        if words.first().is_none_or(|word| word.value.is_empty()) {
            value.report(&codes::EMPTY_VALUE, "`run` names no command");
            return None;
        }
        return Some(Run::Argv(words));
    }
    let mut table = value.either("a string, an array of strings or a table")?;
    let file = table.required("file", context_path);
    let args = table.list("args", Value::argv);
    table.finish();
    Some(Run::File { file: file?, args })
}
