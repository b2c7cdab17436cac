//! `write`, `mkdir`, `symlink`, `remove`: file operations with no shell.

use crate::diagnostics::codes;
use crate::manifest::model::{Mkdir, Mode, Remove, Symlink, Write};
use crate::manifest::reader::{Table, Value};
use crate::manifest::values::{file_path, mode_bits, owner};
use crate::source::Spanned;

/// The content stays as it is, unless `expand = true`: configuration files have dollar signs of their
/// own.
pub(super) fn write(value: Value<'_>) -> Option<Write> {
    let mut table = value.table()?;
    let path = table.required("path", file_path);
    let expand = table.flag("expand");
    let content =
        table.required("content", |value| if expand { value.string() } else { value.literal() });
    let mode = new_mode(&mut table);
    let owner = table.optional("owner", owner);
    table.finish_with(copy_words);
    Some(Write { path: path?, content: content?, mode, owner })
}

/// A path, or a table.
pub(super) fn mkdir(value: Value<'_>) -> Option<Mkdir> {
    if value.is_string() {
        return Some(Mkdir { path: value.text()?, mode: None, owner: None });
    }
    let mut table = value.either("a string or a table")?;
    let path = table.required("path", Value::text);
    let mode = new_mode(&mut table);
    let owner = table.optional("owner", owner);
    table.finish_with(copy_words);
    Some(Mkdir { path: path?, mode, owner })
}

pub(super) fn symlink(value: Value<'_>) -> Option<Symlink> {
    let mut table = value.table()?;
    let path = table.required("path", file_path);
    let to = table.required("to", Value::text);
    table.finish_with(|key| (key == "target").then(|| "the target of the link is `to`".to_owned()));
    Some(Symlink { path: path?, to: to? })
}

/// A path, several, or a table.
pub(super) fn remove(value: Value<'_>) -> Option<Remove> {
    if value.is_string() {
        return Some(Remove { paths: vec![value.text()?], must_exist: false });
    }
    if value.is_array() {
        return Some(Remove { paths: paths(value)?, must_exist: false });
    }
    let mut table = value.either("a string, an array of strings or a table")?;
    let paths = table.required("paths", paths);
    let must_exist = table.flag("must-exist");
    table.finish();
    Some(Remove { paths: paths?, must_exist })
}

fn paths(value: Value<'_>) -> Option<Vec<Spanned<String>>> {
    let paths = value.texts()?;
    if paths.is_empty() {
        value.report(&codes::EMPTY_VALUE, format!("`{}` is empty", value.key));
        return None;
    }
    Some(paths)
}

fn new_mode(table: &mut Table<'_>) -> Option<Spanned<Mode>> {
    table.optional("mode", |value| {
        mode_bits(value).map(|bits| Spanned::new(Mode::Bits(bits), value.span))
    })
}

/// The words of a Dockerfile's `COPY`, for those who try them here.
fn copy_words(key: &str) -> Option<String> {
    let hint = match key {
        "chmod" => "the mode is `mode`",
        "chown" => "the owner is `owner`",
        "dest" => "the place is `path`",
        _ => return None,
    };
    Some(hint.to_owned())
}
