//! A command as it is found in a script.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::source::Span;

/// A command that a step runs, without what only leads to it (`sudo`, `env`, `exec`, `sh -c`).
#[derive(Debug, Clone)]
pub struct Command {
    /// The program without its directories. None where only the shell can tell.
    pub program: Option<String>,
    /// The words behind it.
    pub words: Vec<Word>,
    /// Files that its input comes from and its output goes to.
    pub redirections: Vec<Redirection>,
    pub environment: Environment,
    /// The directory that it runs in, absolute, as if every `cd` before it found its directory.
    /// None where it can't be told.
    pub directory: Option<String>,
    pub user: User,
    pub runs: Runs,
    /// All of it, with what leads to it: byte offsets in [`Script::text`](super::Script::text).
    pub span: Span,
}

/// Whether a command runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Runs {
    /// In every run of the step that succeeds.
    Surely,
    /// Only where something holds: a branch, a loop, the right side of `||`, a function.
    Perhaps,
}

/// Who runs a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum User {
    /// The user of the step.
    Step,
    /// Somebody that the script names.
    Named(String),
    /// Somebody that can't be told.
    Unknown,
}

/// A file that is read or written beside the command's words.
#[derive(Debug, Clone)]
pub struct Redirection {
    pub path: Word,
    /// Whether it is written.
    pub writes: bool,
}

/// A word, as far as it is known. Without parts it is empty.
#[derive(Debug, Clone, Default)]
pub struct Word {
    /// One after the other.
    pub parts: Vec<KnownPart>,
    /// Where it is written: byte offsets in [`Script::text`](super::Script::text).
    pub span: Span,
}

/// A piece of a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KnownPart {
    Text(String),
    /// A pattern for files: `*`, `?`, or the `[` of one.
    Glob(char),
    /// The value of a variable, which is not known.
    Variable {
        name: String,
        /// Whether it stays one word.
        quoted: bool,
    },
    /// Something that only the shell can tell.
    Unknown {
        /// Whether it stays one word.
        quoted: bool,
    },
}

impl Word {
    /// The whole word, where it is known.
    pub fn known(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [] => Some(""),
            [KnownPart::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// What the word begins with, as far as it is known.
    pub fn prefix(&self) -> &str {
        match self.parts.first() {
            Some(KnownPart::Text(text)) => text,
            _ => "",
        }
    }

    /// Whether the shell may make no word or several words of it.
    pub fn may_split(&self) -> bool {
        self.parts.iter().any(|part| {
            matches!(
                part,
                KnownPart::Glob(_)
                    | KnownPart::Variable { quoted: false, .. }
                    | KnownPart::Unknown { quoted: false }
            )
        })
    }
}

/// What is known of a variable of the environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting<'a> {
    Unset,
    /// It has this value.
    Known(&'a str),
    /// It may be set, to whatever.
    Unknown,
}

/// A variable of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Variable {
    /// None where it can't be told; an empty option in it is a variable that is unset.
    pub(super) value: Option<Option<String>>,
    /// Whether commands get it.
    pub(super) exported: Exported,
}

/// Whether a variable is in the environment of commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exported {
    Yes,
    No,
    Perhaps,
}

/// The environment of a command.
#[derive(Debug, Clone)]
pub struct Environment {
    /// That of the step.
    pub(super) step: Rc<BTreeMap<String, String>>,
    /// What the script set before.
    pub(super) script: Rc<BTreeMap<String, Variable>>,
    /// What is set for the command alone; none where the value can't be told or the variable is
    /// taken away. Later ones win.
    pub(super) own: Vec<(String, Option<Option<String>>)>,
    /// Whether anything may have been set, by a script that was read in.
    pub(super) lost: bool,
    /// Whether only `own` reaches the command.
    pub(super) cleared: bool,
}

impl Environment {
    /// What is known of a variable.
    pub fn get(&self, name: &str) -> Setting<'_> {
        if let Some((_, value)) = self.own.iter().rev().find(|(own, _)| own == name) {
            return setting(value.as_ref());
        }
        if self.cleared {
            return Setting::Unset;
        }
        match self.script.get(name) {
            Some(Variable { value, exported: Exported::Yes }) => setting(value.as_ref()),
            Some(Variable { exported: Exported::Perhaps, .. }) => Setting::Unknown,
            _ if self.lost => Setting::Unknown,
            Some(_) => Setting::Unset,
            None => self.step.get(name).map_or(Setting::Unset, |value| Setting::Known(value)),
        }
    }

    /// Whether nothing of the step's environment reaches the command.
    pub fn is_cleared(&self) -> bool {
        self.cleared
    }

    /// Whether the script itself sets the variable, takes it away or keeps it from the command, so
    /// that what the step sets does not reach the command. It need not be exported: what the step
    /// sets is, and stays so under another value.
    pub fn set_by_script(&self, name: &str) -> bool {
        self.cleared
            || self.own.iter().any(|(own, _)| own == name)
            || self.script.contains_key(name)
    }
}

fn setting(value: Option<&Option<String>>) -> Setting<'_> {
    match value {
        None => Setting::Unknown,
        Some(None) => Setting::Unset,
        Some(Some(value)) => Setting::Known(value),
    }
}
