//! `apt`, `uv`: presets that install packages, with their cache mounts and their environment.

use crate::manifest::model::{Apt, Uv};
use crate::manifest::reader::Value;
use crate::manifest::values::{package, requirement};
use crate::source::Spanned;

/// A list of packages, or a table.
pub(super) fn apt(value: Value<'_>) -> Option<Apt> {
    if value.is_array() {
        return Some(Apt { packages: packages(value, package)?, recommends: false });
    }
    let mut table = value.either("an array of strings or a table")?;
    let packages = table.required("packages", |value| packages(value, package));
    let recommends = table.flag("recommends");
    table.finish();
    Some(Apt { packages: packages?, recommends })
}

/// A list of packages, or a table with packages, requirement files, or both.
pub(super) fn uv(value: Value<'_>) -> Option<Uv> {
    if value.is_array() {
        return Some(Uv { packages: packages(value, requirement)?, ..Uv::default() });
    }
    let mut table = value.either("an array of strings or a table")?;
    if !table.has("packages") && !table.has("requirements") {
        table.report_missing("packages");
    }
    let uv = Uv {
        packages: table.list("packages", |value| packages(value, requirement)),
        requirements: table.list("requirements", Value::texts),
        constraints: table.list("constraints", Value::texts),
        python: table.optional("python", Value::text),
    };
    table.finish();
    Some(uv)
}

fn packages(
    value: Value<'_>,
    read: impl Fn(Value<'_>) -> Option<Spanned<String>>,
) -> Option<Vec<Spanned<String>>> {
    if !value.is_array() {
        return value.wrong_type("an array of strings");
    }
    let items = value.non_empty_items()?;
    Some(items.into_iter().filter_map(read).collect())
}
