//! `dnf`, `pip`, `uv`: presets that install packages, with their cache mounts and their
//! environment.

use crate::manifest::model::{Install, PythonPackages};
use crate::manifest::reader::Value;
use crate::manifest::values::requirement;
use crate::presets::Preset;
use crate::source::Spanned;

/// A list of packages, or a table, for a preset that says how a list is installed.
pub(super) fn install(value: Value<'_>, preset: &'static Preset) -> Option<Install> {
    let how = preset.install.as_ref()?;
    if value.is_array() {
        let packages = packages(value, requirement)?;
        return Some(Install { preset: preset.name, how, packages, recommends: false });
    }
    let mut table = value.either("an array of strings or a table")?;
    let packages = table.required("packages", |value| packages(value, requirement));
    let recommends = table.flag("recommends");
    table.finish();
    Some(Install { preset: preset.name, how, packages: packages?, recommends })
}

/// A list of packages, or a table with packages, requirement files, or both.
pub(super) fn python(value: Value<'_>) -> Option<PythonPackages> {
    if value.is_array() {
        let packages = packages(value, requirement)?;
        return Some(PythonPackages { packages, ..PythonPackages::default() });
    }
    let mut table = value.either("an array of strings or a table")?;
    if !table.has("packages") && !table.has("requirements") {
        table.report_missing("packages");
    }
    let found = PythonPackages {
        packages: table.list("packages", |value| packages(value, requirement)),
        requirements: table.list("requirements", Value::texts),
        constraints: table.list("constraints", Value::texts),
        python: table.optional("python", Value::text),
    };
    table.finish();
    Some(found)
}

pub(super) fn packages(
    value: Value<'_>,
    read: impl Fn(Value<'_>) -> Option<Spanned<String>>,
) -> Option<Vec<Spanned<String>>> {
    if !value.is_array() {
        return value.wrong_type("an array of strings");
    }
    let items = value.non_empty_items()?;
    Some(items.into_iter().filter_map(read).collect())
}
