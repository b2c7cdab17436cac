//! What a step runs, told from its argument vector alone: every command with its words, its
//! environment, its directory and its place, as far as they can be known without running anything.
//!
//! Three phases, each pure: the vector is taken apart ([`read`]), a script is parsed to a syntax tree
//! (`parser`), and the tree is walked as the shell would (`walk`), with `sudo`, `env`, `sh -c` and their like
//! taken off. What only a run could tell (the value of a variable, the output of a command) stays
//! unknown, and is marked so. A script that can't be parsed has no commands at all: whoever asks then
//! does nothing, which is always right.
//!
//! The parser is strake's own. Of the crates that exist, `brush-parser` 0.4 alone adds as much to the
//! syntax image as this module and `recognise` together, counts places in characters, leaves the text
//! of substitutions as it is and overflows the stack on nested parentheses; `conch-parser` is from
//! 2019; `tree-sitter-bash` is many times the size; `yash-syntax` is under the GPL.

mod command;
mod cursor;
mod exec;
mod parser;
mod syntax;
#[cfg(test)]
mod tests;
mod text;
mod walk;

pub(crate) use command::{Command, Environment, KnownPart, Runs, Setting, User, Word};
pub(crate) use exec::Script;
pub use exec::{Exec, read};
