//! `[cache.NAME]`: cache mounts, declared once and used by name.

use strake_llb::CacheSharing;

use super::environment;
use super::model::Cache;
use super::reader::{Table, Value, shorten};
use super::values::{absolute_path, identifier, mode_bits, size};
use crate::diagnostics::{Diagnostic, codes};
use crate::presets;
use crate::source::Spanned;

/// Reads all of `[cache]`.
pub(crate) fn read(value: Value<'_>) -> Option<Vec<Cache>> {
    let table = value.table_called("[cache]")?;
    let caches = table.entries().into_iter();
    Some(caches.filter_map(|(_, value)| read_one(value)).collect())
}

fn read_one(value: Value<'_>) -> Option<Cache> {
    let name = Spanned::new(value.key.to_owned(), value.key_span);
    let named = identifier(value.reader, "cache", &name.value, name.span);
    let mut table = value.table_called(&format!("[cache.{}]", name.value))?;
    let span = table.extent();
    if presets::preset(&name.value).is_none() && !table.has("target") {
        table.report_missing("target");
    }
    let cache = Cache {
        target: table.optional("target", absolute_path),
        sharing: table.optional("sharing", sharing),
        id: table.optional("id", id),
        uid: table.optional("uid", Value::number_u32),
        gid: table.optional("gid", Value::number_u32),
        mode: table.optional("mode", mode_bits),
        env: table.list("env", environment::read),
        prune: table.optional("prune", Value::command),
        epoch: table.optional("epoch", Value::string),
        compiled: table.optional("compiled", Value::boolean),
        seed: table.optional("seed", Value::boolean).unwrap_or(true),
        keep: table.optional("keep", size),
        name,
        span,
    };
    table.finish();
    named.then_some(cache)
}

/// An identity of the user's own. With one of strake's, a mount would be shared with whoever has it.
fn id(value: Value<'_>) -> Option<Spanned<String>> {
    let id = value.text()?;
    if id.value.starts_with(presets::OWN_IDS) {
        let message = format!("ids that begin with `{}` are reserved for strake", presets::OWN_IDS);
        let help = "write an `id` of your own, or leave it out";
        value.report_with_help(&codes::RESERVED_NAME, message, help);
    }
    Some(id)
}

/// Reads `project`. It is the same in every build, so no argument is in it.
pub(crate) fn project(value: Value<'_>) -> Option<Spanned<String>> {
    let name = value.literal()?;
    identifier(value.reader, "project", &name.value, name.span).then_some(name)
}

/// Two projects of one builder may have a cache of the same name. Without the project's, one would get
/// what the other left in it.
pub(crate) fn check_project(table: &Table<'_>, caches: &[Cache]) {
    let mut own = caches
        .iter()
        .filter(|cache| cache.id.is_none() && presets::preset(&cache.name.value).is_none());
    let Some(cache) = own.next() else { return };
    if table.has("project") || table.is_misspelt("project") {
        return;
    }
    let name = shorten(&cache.name.value);
    let message = format!("the cache `{name}` needs the name of the project");
    let found = Diagnostic::error(&codes::MISSING_KEY, message).at(cache.name.span);
    let found = found.help("add `project = \"NAME\"` above the first table: it is part of the id");
    table.reader.report(found.help("or set an `id`, shared by all projects that set it"));
}

fn sharing(value: Value<'_>) -> Option<CacheSharing> {
    let choices = [
        ("shared", CacheSharing::Shared),
        ("private", CacheSharing::Private),
        ("locked", CacheSharing::Locked),
    ];
    value.choice(&choices)
}

/// The name of a cache in `uses`.
pub(crate) fn used(value: Value<'_>) -> Option<Spanned<String>> {
    let name = value.text()?;
    let known = &value.reader.caches;
    if known.contains(&name.value) {
        return Some(name);
    }
    let names = || known.iter().map(String::as_str);
    let help = value
        .reader
        .suggestions
        .did_you_mean(&name.value, names())
        .unwrap_or_else(|| format!("declare it: `[cache.{}]` with a `target`", name.value));
    value.report_with_help(
        &codes::UNKNOWN_CACHE,
        format!("there is no cache `{}`", name.value),
        help,
    );
    None
}
