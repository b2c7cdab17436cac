//! The arguments that strings may name: those of the platform, and those of `[arg]` read so far.

use std::collections::{BTreeMap, BTreeSet};
use strake_llb::Gather;

use crate::diagnostics::suggest::Suggestions;
use crate::source::Span;

/// What is known of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Known<'a> {
    /// An argument with this value.
    Value(&'a str),
    /// An argument that must be given and was not.
    Missing,
    /// There is no such argument.
    Not,
}

#[derive(Debug, Clone, Default)]
struct Entry {
    value: Option<String>,
    choices: BTreeSet<String>,
    predefined: bool,
}

/// The arguments so far, by name.
#[derive(Debug, Clone, Default)]
pub(crate) struct Scope {
    entries: BTreeMap<String, Entry>,
    /// Every argument of `[arg]`, for a word about those used above their declaration.
    declared: BTreeMap<String, Span>,
}

impl Scope {
    /// The arguments that are there without being declared.
    pub(crate) fn predefined(values: &BTreeMap<String, String>) -> Self {
        let entry = |value: &String| Entry {
            value: Some(value.clone()),
            choices: BTreeSet::new(),
            predefined: true,
        };
        let entries = values.iter().map(|(name, value)| (name.clone(), entry(value))).gather();
        Scope { entries, declared: BTreeMap::new() }
    }

    /// Takes note that an argument is declared somewhere.
    pub(crate) fn declare(&mut self, name: &str, span: Span) {
        self.declared.insert(name.to_owned(), span);
    }

    /// Adds an argument that was read.
    pub(crate) fn add(&mut self, name: &str, value: Option<String>, choices: BTreeSet<String>) {
        self.entries.insert(name.to_owned(), Entry { value, choices, predefined: false });
    }

    /// Whether an argument is there without being declared.
    pub(crate) fn is_predefined(&self, name: &str) -> bool {
        self.entries.get(name).is_some_and(|entry| entry.predefined)
    }

    /// What is known of a name.
    pub(crate) fn look_up(&self, name: &str) -> Known<'_> {
        match self.entries.get(name) {
            Some(Entry { value: Some(value), .. }) => Known::Value(value),
            Some(Entry { value: None, .. }) => Known::Missing,
            None => Known::Not,
        }
    }

    /// The only values that an argument can have; none where it can have any.
    pub(crate) fn choices(&self, name: &str) -> Option<&BTreeSet<String>> {
        let choices = self.entries.get(name).map(|entry| &entry.choices);
        choices.filter(|choices| !choices.is_empty())
    }

    /// Where a name that is not known yet is declared.
    pub(crate) fn declared_below(&self, name: &str) -> Option<Span> {
        self.declared.get(name).copied()
    }

    /// What to do about a name that is no argument.
    pub(crate) fn help_for_unknown(&self, name: &str, suggestions: &Suggestions) -> Option<String> {
        if self.declared.contains_key(name) {
            return Some("move the argument below the one it uses".to_owned());
        }
        let known = self.entries.keys().map(String::as_str);
        let declare = || format!("declare it: `{name} = \"...\"` in `[arg]`");
        Some(suggestions.did_you_mean(name, known).unwrap_or_else(declare))
    }
}
