//! What some commands may change, whenever they run: found beforehand, for loops and functions.

use std::collections::BTreeSet;

use crate::shell::syntax::{List, Simple, Word};

/// Builtins whose words are names of variables.
const NAMING: [&str; 9] =
    ["declare", "export", "getopts", "local", "mapfile", "read", "readonly", "typeset", "unset"];

#[derive(Debug, Default)]
pub(super) struct Changes {
    /// Names of variables that are set or unset.
    pub(super) names: BTreeSet<String>,
    /// Whether the working directory changes.
    pub(super) directory: bool,
    /// Anything: a script is read in.
    pub(super) everything: bool,
}

impl Changes {
    pub(super) fn of<'a>(lists: impl IntoIterator<Item = &'a List>) -> Self {
        let mut changes = Changes::default();
        for list in lists {
            list.each_simple(&mut |simple| changes.add(simple));
        }
        changes
    }

    pub(super) fn add(&mut self, simple: &Simple) {
        self.names.extend(simple.assignments.iter().map(|assignment| assignment.name.clone()));
        let mut words = simple.words.iter().map(Word::text);
        let program = loop {
            match words.next() {
                Some(Some(word)) if matches!(word.as_str(), "command" | "builtin") => {}
                Some(Some(word)) => break word,
                // A name that is not known may be that of a function or a builtin.
                Some(None) => {
                    self.everything = true;
                    return;
                }
                None => return,
            }
        };
        match program.as_str() {
            "cd" | "pushd" | "popd" => self.directory = true,
            "eval" | "source" | "." => self.everything = true,
            naming if NAMING.contains(&naming) => {
                for word in words {
                    let Some(word) = word else {
                        self.everything = true;
                        continue;
                    };
                    let name = word.as_str().split(['=', '+', '[']).next().unwrap_or_default();
                    self.names.insert(name.to_owned());
                }
            }
            _ => {}
        }
    }
}
