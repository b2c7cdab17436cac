//! What a command sees besides the file system: secrets, SSH agents, in-memory directories, binds.

use std::collections::BTreeMap;

use super::model::{Bind, Layer, Secret, Ssh, Tmpfs};
use super::reader::{Reader, Value};
use super::values::{absolute_path, context_path, environment_name, mode_bits, size};
use crate::diagnostics::{Diagnostic, codes};
use crate::source::{Span, Spanned};

/// What a secret and an agent's socket are readable by, by default.
const SECRET_MODE: u32 = 0o400;
const SOCKET_MODE: u32 = 0o600;

/// An id, or a table.
pub(crate) fn secret(value: Value<'_>) -> Option<Secret> {
    if value.is_string() {
        let id = value.text()?;
        let (target, env) = (None, None);
        return Some(Secret { id, target, env, uid: 0, gid: 0, mode: SECRET_MODE, required: true });
    }
    let mut table = value.either("a string or a table")?;
    let id = table.required("id", Value::text);
    let env = table.optional("env", |value| {
        let name = value.text()?;
        environment_name(value.reader, &name.value, value.span).then_some(name)
    });
    let target = table.optional("target", Value::text);
    let uid = table.optional("uid", Value::number_u32).unwrap_or_default();
    let gid = table.optional("gid", Value::number_u32).unwrap_or_default();
    let mode = table.optional("mode", mode_bits).unwrap_or(SECRET_MODE);
    let required = table.optional("required", Value::boolean).unwrap_or(true);
    table.finish();
    Some(Secret { id: id?, target, env, uid, gid, mode, required })
}

/// An id, or a table.
pub(crate) fn ssh(value: Value<'_>) -> Option<Ssh> {
    if value.is_string() {
        let id = value.text()?;
        return Some(Ssh { id, target: None, uid: 0, gid: 0, mode: SOCKET_MODE, required: true });
    }
    let mut table = value.either("a string or a table")?;
    let id = table.optional("id", Value::text);
    let ssh = Ssh {
        id: id.unwrap_or_else(|| Spanned::new("default".to_owned(), value.span)),
        target: table.optional("target", absolute_path),
        uid: table.optional("uid", Value::number_u32).unwrap_or_default(),
        gid: table.optional("gid", Value::number_u32).unwrap_or_default(),
        mode: table.optional("mode", mode_bits).unwrap_or(SOCKET_MODE),
        required: table.optional("required", Value::boolean).unwrap_or(true),
    };
    table.finish();
    Some(ssh)
}

/// A path, or a table.
pub(crate) fn tmpfs(value: Value<'_>) -> Option<Tmpfs> {
    if value.is_string() {
        return Some(Tmpfs { target: absolute_path(value)?, size: 0 });
    }
    let mut table = value.either("a string or a table")?;
    let target = table.required("target", absolute_path);
    let size = table.optional("size", size).unwrap_or_default();
    table.finish();
    Some(Tmpfs { target: target?, size })
}

/// Reads a bind mount, which is always a table.
pub(crate) fn bind(value: Value<'_>) -> Option<Bind> {
    let mut table = value.table()?;
    let from = table.optional("from", Value::text);
    let src = table.optional("src", context_path);
    let target = table.required("target", Value::text);
    let writable = table.flag("writable");
    table.finish();
    Some(Bind { from, src, target: target?, writable })
}

/// Reports names and places that a layer has twice: the second would silently hide the first.
pub(crate) fn check_twice(reader: &Reader<'_>, layer: &Layer) {
    let uses = layer.uses.iter().map(|name| (format!("the cache `{}`", name.value), name.span));
    let inputs = layer.inputs.iter().map(|path| (format!("the input `{}`", path.value), path.span));
    let tmpfs = layer.tmpfs.iter().map(|mount| place(&mount.target));
    let binds = layer.binds.iter().map(|mount| place(&mount.target));
    let secrets = layer.secrets.iter().filter_map(|secret| secret.target.as_ref().map(place));
    let variables = layer.secrets.iter().filter_map(|secret| secret.env.as_ref()).map(variable);
    let agents = layer.ssh.iter().map(|ssh| (format!("the agent `{}`", ssh.id.value), ssh.id.span));
    let all =
        uses.chain(inputs).chain(tmpfs).chain(binds).chain(secrets).chain(variables).chain(agents);
    let mut seen: BTreeMap<String, Span> = BTreeMap::new();
    for (what, span) in all {
        if let Some(first) = seen.get(&what) {
            let found = Diagnostic::error(&codes::DUPLICATE, format!("{what} appears twice"));
            reader.report(found.at(span).and_at(*first, "the first time"));
        }
        seen.entry(what).or_insert(span);
    }
}

fn place(target: &Spanned<String>) -> (String, Span) {
    (format!("a mount at `{}`", target.value.trim_end_matches('/')), target.span)
}

fn variable(name: &Spanned<String>) -> (String, Span) {
    (format!("the variable `{}`", name.value), name.span)
}
