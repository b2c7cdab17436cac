//! `copy`: files of the context, of a stage or of an image.

use crate::diagnostics::codes;
use crate::manifest::model::Copy;
use crate::manifest::reader::Value;
use crate::manifest::values::{context_path, mode, owner};
use crate::source::Spanned;

pub(super) fn read(value: Value<'_>) -> Option<Copy> {
    let mut table = value.table()?;
    let from = table.optional("from", Value::text);
    let src = table.required("src", sources);
    let dest = table.required("dest", Value::text);
    let owner = table.optional("owner", owner);
    let mode = table.optional("mode", mode);
    let exclude = table.list("exclude", Value::texts);
    let parents = table.flag("parents");
    let link = table.flag("link");
    table.finish_with(|key| {
        let hint = match key {
            "dst" | "destination" | "target" | "to" => "the destination is `dest`",
            "source" | "sources" => "the sources are `src`",
            "chown" => "the owner is `owner`",
            "chmod" => "the mode is `mode`",
            _ => return None,
        };
        Some(hint.to_owned())
    });
    let span = value.span;
    Some(Copy { from, src: src?, dest: dest?, owner, mode, exclude, parents, link, span })
}

/// One path or several.
fn sources(value: Value<'_>) -> Option<Vec<Spanned<String>>> {
    if !value.is_string() && !value.is_array() {
        return value.wrong_type("a string or an array of strings");
    }
    let items = value.one_or_more();
    if items.is_empty() {
        value.report(&codes::EMPTY_VALUE, "`src` is empty");
        return None;
    }
    let sources: Vec<_> = items.into_iter().filter_map(context_path).collect();
    (!sources.is_empty()).then_some(sources)
}
