//! Access to the keys of a table: each is taken once, and what is left is unknown.

use toml::de::{DeString, DeTable, DeValue};

use super::{Reader, Value};
use crate::diagnostics::{Diagnostic, codes, suggest};
use crate::source::{Span, Spanned};

/// So many unknown keys are looked at to tell whether one is meant to be another.
const LOOKED_AT: usize = 1000;

/// A table that is being read.
pub(crate) struct Table<'r> {
    pub(crate) reader: &'r Reader<'r>,
    entries: &'r DeTable<'r>,
    /// The header, or the whole of an inline table.
    pub(crate) span: Span,
    /// How messages call it, with its quotes: `[stage.app]`, `copy`, the manifest.
    what: String,
    known: Vec<&'static str>,
    /// Keys that must be there and are not.
    missing: Vec<&'static str>,
}

impl<'r> Table<'r> {
    pub(crate) fn new(
        reader: &'r Reader<'r>,
        entries: &'r DeTable<'r>,
        span: Span,
        what: String,
    ) -> Self {
        Table { reader, entries, span, what, known: Vec::new(), missing: Vec::new() }
    }

    /// A key's value, if it is there.
    pub(crate) fn take(&mut self, key: &'static str) -> Option<Value<'r>> {
        self.known.push(key);
        let (name, value) = self.entries.get_key_value(key)?;
        Some(Value::new(self.reader, key, name.span().into(), value))
    }

    /// A key's value, read; none where it is not there or no good.
    pub(crate) fn optional<T>(
        &mut self,
        key: &'static str,
        read: impl FnOnce(Value<'r>) -> Option<T>,
    ) -> Option<T> {
        self.take(key).and_then(read)
    }

    /// A list, empty where the key is not there.
    pub(crate) fn list<T>(
        &mut self,
        key: &'static str,
        read: impl FnOnce(Value<'r>) -> Option<Vec<T>>,
    ) -> Vec<T> {
        self.optional(key, read).unwrap_or_default()
    }

    /// A yes or no that is no where the key is not there.
    pub(crate) fn flag(&mut self, key: &'static str) -> bool {
        self.optional(key, Value::boolean).unwrap_or_default()
    }

    /// A key that must be there.
    pub(crate) fn required<T>(
        &mut self,
        key: &'static str,
        read: impl FnOnce(Value<'r>) -> Option<T>,
    ) -> Option<T> {
        let Some(value) = self.take(key) else {
            self.report_missing(key);
            return None;
        };
        read(value)
    }

    /// Says that a key must be there and is not. It is reported when the table is finished, and not at all
    /// where an unknown key is most likely meant to be it: one slip is one problem.
    pub(crate) fn report_missing(&mut self, key: &'static str) {
        self.missing.push(key);
    }

    /// Reports two keys of which only one can be there.
    pub(crate) fn report_conflict(&self, first: Value<'_>, second: Value<'_>) {
        let message =
            format!("`{}` and `{}` cannot both be in {}", first.key, second.key, self.what);
        let found = Diagnostic::error(&codes::CONFLICTING_KEYS, message)
            .at(second.key_span)
            .and_at(first.key_span, format!("`{}` is here", first.key));
        self.reader.report(found);
    }

    /// Whether a key is there. It still counts as unknown unless it is taken.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.entries.contains_key(key)
    }

    /// The place of a key.
    pub(crate) fn key_span(&self, key: &str) -> Option<Span> {
        self.entries.get_key_value(key).map(|(name, _)| name.span().into())
    }

    /// All entries, in the order of the file, for tables whose keys are the user's own.
    pub(crate) fn entries(&self) -> Vec<(Spanned<&'r str>, Value<'r>)> {
        let mut entries: Vec<_> = self
            .entries
            .iter()
            .map(|(name, value)| {
                let key: &'r str = name.get_ref();
                let span = name.span();
                (Spanned::new(key, span.clone()), Value::new(self.reader, key, span.into(), value))
            })
            .collect();
        entries.sort_by_key(|(name, _)| name.span);
        entries
    }

    /// From the header to the end of the last value.
    pub(crate) fn extent(&self) -> Span {
        let end = self.entries.values().map(|value| last_offset(value.get_ref(), value.span().end));
        Span { start: self.span.start, end: end.fold(self.span.end, usize::max) }
    }

    /// Whether a key is there that was not taken, and so will be reported.
    pub(crate) fn has_unknown(&self) -> bool {
        self.unknown().next().is_some()
    }

    /// Whether an unknown key is most likely meant to be another one.
    pub(crate) fn is_misspelt(&self, key: &str) -> bool {
        let nearest = |name: &str| suggest::nearest(name, self.known.iter().copied());
        self.unknown().take(LOOKED_AT).any(|(name, _)| nearest(name.get_ref()) == Some(key))
    }

    fn unknown(&self) -> impl Iterator<Item = (&'r toml::Spanned<DeString<'r>>, &'r DeValue<'r>)> {
        let entries = self.entries.iter();
        entries
            .filter(|(name, _)| !self.known.contains(&name.get_ref().as_ref()))
            .map(|(name, value)| (name, value.get_ref()))
    }

    /// Reports every key that was not taken, and those that are missing.
    pub(crate) fn finish(self) {
        self.finish_with(|_| None);
    }

    /// The same; `elsewhere` tells of keys that belong in another place, or are called otherwise.
    pub(crate) fn finish_with(self, elsewhere: impl Fn(&str) -> Option<String>) {
        for (name, value) in self.unknown() {
            self.report_unknown(name.get_ref(), name.span().into(), value, &elsewhere);
        }
        let is_meant = |key: &str| {
            let hints =
                self.unknown().take(LOOKED_AT).filter_map(|(name, _)| elsewhere(name.get_ref()));
            self.is_misspelt(key)
                || hints.into_iter().any(|hint| hint.ends_with(&format!("`{key}`")))
        };
        for key in self.missing.iter().filter(|key| !is_meant(key)) {
            let message = format!("`{key}` is missing in {}", self.what);
            self.reader.report(Diagnostic::error(&codes::MISSING_KEY, message).at(self.span));
        }
    }

    fn report_unknown(
        &self,
        name: &str,
        place: Span,
        value: &DeValue<'_>,
        elsewhere: &impl Fn(&str) -> Option<String>,
    ) {
        let message = format!("unknown key `{}` in {}", shorten(name), self.what);
        let mut found = Diagnostic::error(&codes::UNKNOWN_KEY, message).at(place);
        if !self.reader.is_full() {
            let help = elsewhere(name)
                .or_else(|| suggest::did_you_mean(name, self.known.iter().copied()))
                .unwrap_or_else(|| self.known_keys());
            found = found.help(help);
            if matches!(value, DeValue::Table(_)) {
                found = found.labelled("this table");
            }
        }
        self.reader.report(found);
    }

    fn known_keys(&self) -> String {
        let keys: Vec<String> = self.known.iter().map(|key| format!("`{key}`")).collect();
        format!("the keys are {}", keys.join(", "))
    }
}

/// A name that is fit to be shown.
pub(crate) fn shorten(name: &str) -> String {
    const SHOWN: usize = 60;
    if name.chars().count() <= SHOWN {
        return name.to_owned();
    }
    name.chars().take(SHOWN).chain(['…']).collect()
}

fn last_offset(node: &DeValue<'_>, own_end: usize) -> usize {
    match node {
        DeValue::Table(table) => table
            .values()
            .map(|value| last_offset(value.get_ref(), value.span().end))
            .fold(own_end, usize::max),
        DeValue::Array(items) => items
            .iter()
            .map(|value| last_offset(value.get_ref(), value.span().end))
            .fold(own_end, usize::max),
        _ => own_end,
    }
}
