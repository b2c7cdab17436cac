//! `apt`: packages of Debian and Ubuntu, archives besides the image's, and a time to take them from.

use super::packages::packages;
use crate::diagnostics::codes;
use crate::manifest::model::{Apt, AptKey, AptSnapshot, AptSource};
use crate::manifest::reader::{Table, Value};
use crate::manifest::values::{archive_url, context_path, digest, package, url};
use crate::source::Spanned;

/// How an armoured key begins.
const ARMOUR: &str = "-----BEGIN PGP PUBLIC KEY BLOCK-----";

/// A list of packages, or a table.
pub(super) fn read(value: Value<'_>) -> Option<Apt> {
    if value.is_array() {
        let packages = packages(value, package)?;
        return Some(Apt { packages, recommends: false, sources: Vec::new(), snapshot: None });
    }
    let mut table = value.either("an array of strings or a table")?;
    let packages = table.required("packages", |value| packages(value, package));
    let recommends = table.flag("recommends");
    let sources = table.list("sources", |value| value.each(source));
    let snapshot = table.optional("snapshot", snapshot);
    table.finish();
    Some(Apt { packages: packages?, recommends, sources, snapshot })
}

fn source(value: Value<'_>) -> Option<AptSource> {
    let mut table = value.table_called("sources")?;
    let uri = table.required("uri", archive_url);
    let suites = table.required("suites", words);
    // Whether they are missing or no good makes a difference for what is said of them.
    let components = match table.take("components") {
        Some(value) => words(value),
        None => Some(Vec::new()),
    };
    let key = key(&mut table);
    let keep = table.optional("keep", Value::boolean).unwrap_or(true);
    table.finish_with(|key| {
        let hint = match key {
            "url" | "uris" => "the address of the archive is `uri`",
            "signed-by" => "the signing key is `key`",
            _ => return None,
        };
        Some(hint.to_owned())
    });
    let (uri, suites, components) = (uri?, suites?, components?);
    if let Some(problem) = mixed(&suites, &components) {
        let help =
            "write `suites = [\"bookworm\"], components = [\"main\"]`, or `suites = [\"/\"]`";
        value.report_with_help(&codes::INVALID_SOURCE, problem, help);
        return None;
    }
    Some(AptSource { uri, suites, components, key, keep })
}

/// What apt would refuse: a suite has components, a directory has none.
fn mixed(suites: &[String], components: &[String]) -> Option<&'static str> {
    let directories = suites.iter().filter(|suite| suite.ends_with('/')).count();
    match (directories, components.is_empty()) {
        (0, true) => Some("a suite has `components`"),
        (0, false) => None,
        (_, false) => Some("a suite that ends in `/` is a directory, and has no `components`"),
        (_, true) => {
            (directories < suites.len()).then_some("suites and directories can't share a source")
        }
    }
}

/// Suites or components, as a line of sources.list(5) has them: words.
fn words(value: Value<'_>) -> Option<Vec<String>> {
    if !value.is_array() {
        return value.wrong_type("an array of strings");
    }
    let words: Vec<_> = value.non_empty_items()?.into_iter().map(word).collect();
    words.into_iter().collect()
}

fn word(value: Value<'_>) -> Option<String> {
    let word = value.text()?.value;
    let good = |c: char| c.is_ascii_alphanumeric() || "+-._~/".contains(c);
    if !word.starts_with('-') && word.chars().all(good) {
        return Some(word);
    }
    let message = format!("`{}` cannot contain `{word}`", value.key);
    value.report(&codes::INVALID_SOURCE, message);
    None
}

/// The key itself, a file by http or https with its checksum, or a file of the context.
fn key(table: &mut Table<'_>) -> Option<AptKey> {
    let (key, checksum) = (table.take("key"), table.take("checksum"));
    let text = key.and_then(Value::text);
    let is_url = |text: &Spanned<String>| {
        text.value.starts_with("http://") || text.value.starts_with("https://")
    };
    if text.as_ref().is_some_and(is_url) {
        return fetched_key(key?, checksum);
    }
    if let Some(checksum) = checksum {
        let message = "`checksum` has no effect here: only a fetched `key` has one";
        checksum.report(&codes::INVALID_SOURCE, message);
    }
    let (value, text) = (key?, text?);
    match text.value.trim_start() {
        armoured if armoured.starts_with(ARMOUR) => Some(AptKey::Inline(text)),
        _ if text.value.contains('\n') => {
            let message = "`key` is neither a path nor an armoured key";
            let help = format!("an inline key begins with `{ARMOUR}`");
            value.report_with_help(&codes::INVALID_SOURCE, message, help);
            None
        }
        _ => context_path(value).map(AptKey::Context),
    }
}

fn fetched_key(value: Value<'_>, checksum: Option<Value<'_>>) -> Option<AptKey> {
    let Some(checksum) = checksum else {
        let message =
            "a fetched key needs a `checksum`: whoever changes it can change every package";
        let help = "write `checksum = \"sha256:...\"`, or put the key into the build context";
        value.report_with_help(&codes::INVALID_SOURCE, message, help);
        return None;
    };
    let (url, checksum) = (url(value), digest(checksum));
    Some(AptKey::Url { url: url?, checksum: checksum?.value })
}

/// A time, or a table.
fn snapshot(value: Value<'_>) -> Option<AptSnapshot> {
    if value.is_string() {
        return Some(AptSnapshot { time: time(value)?, mirror: None });
    }
    let mut table = value.either("a string or a table")?;
    let time = table.required("time", time);
    let mirror = table.optional("mirror", archive_url);
    let mirror = mirror.map(|url| url.value.trim_end_matches('/').to_owned());
    table.finish();
    Some(AptSnapshot { time: time?, mirror })
}

/// `20260801T000000Z`: the form that the services of Debian and Ubuntu have in their paths.
fn time(value: Value<'_>) -> Option<String> {
    let time = value.text()?.value;
    let bytes = time.as_bytes();
    let good = bytes.len() == 16
        && bytes.iter().enumerate().all(|(at, byte)| match at {
            8 => *byte == b'T',
            15 => *byte == b'Z',
            _ => byte.is_ascii_digit(),
        });
    if !good {
        let message = format!("`{}` is not a snapshot time: `{time}`", value.key);
        let help = "write year, month, day, `T`, hour, minute, second, `Z`: `20260801T000000Z`";
        value.report_with_help(&codes::INVALID_SNAPSHOT, message, help);
        return None;
    }
    Some(time)
}
