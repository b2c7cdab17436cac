//! What a command of a tool does to the cache, by its words.

use super::tool::{Tool, ToolCommand};
use crate::shell::{Command, Word};

/// Options that make any command tell about itself, and do nothing.
const TELLING: [&str; 4] = ["--help", "--version", "-h", "-V"];

/// What a command of the tool means for the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    Uses,
    Empties,
    Other,
}

/// Whether a command is one of the tool's, and what it does.
pub(super) fn meaning<'a>(
    command: &Command,
    tool: &'a Tool<'a>,
) -> Option<(&'a ToolCommand<'a>, Meaning)> {
    tool.commands.iter().find_map(|known| {
        let words = arguments(command, known)?;
        Some((known, of_words(words, known)))
    })
}

/// The words behind the program, or behind the module of Python that is the same.
fn arguments<'a>(command: &'a Command, known: &ToolCommand<'_>) -> Option<&'a [Word]> {
    let program = command.program.as_deref()?;
    if known.programs.iter().any(|name| is_version_of(program, name)) {
        return Some(&command.words);
    }
    let module = known.module?;
    if !is_version_of(program, "python*") && !is_version_of(program, "pypy*") {
        return None;
    }
    let flag = command.words.iter().position(|word| word.known() == Some("-m"))?;
    let (before, rest) = command.words.split_at(flag);
    let (name, words) = rest.get(1..)?.split_first()?;
    let is_module = before.iter().all(is_option) && name.known() == Some(module);
    is_module.then_some(words)
}

fn is_version_of(program: &str, name: &str) -> bool {
    match name.strip_suffix('*') {
        None => program == name,
        Some(name) => program
            .strip_prefix(name)
            .is_some_and(|version| version.bytes().all(|b| b == b'.' || b.is_ascii_digit())),
    }
}

fn is_option(word: &Word) -> bool {
    word.prefix().starts_with('-')
}

fn of_words(words: &[Word], known: &ToolCommand<'_>) -> Meaning {
    let has = |option: &str| words.iter().any(|word| word.known() == Some(option));
    let Some(subcommands) = subcommands(words, known) else { return Meaning::Other };
    let is = |entry: &&str| {
        let (options, names): (Vec<&str>, Vec<&str>) = entry
            .split(' ')
            .filter(|part| !part.is_empty())
            .partition(|part| part.starts_with('-'));
        let named = match names.as_slice() {
            ["*"] => !subcommands.is_empty(),
            [] if options.is_empty() => subcommands.is_empty(),
            names => subcommands.starts_with(names),
        };
        named && options.into_iter().all(has)
    };
    if known.clears.iter().any(is) {
        Meaning::Empties
    } else if known.uses.iter().any(is) && !TELLING.into_iter().any(has) {
        Meaning::Uses
    } else {
        Meaning::Other
    }
}

/// The first words that are no options, two at most. None where it can't be told which they are.
fn subcommands<'a>(words: &'a [Word], known: &ToolCommand<'_>) -> Option<Vec<&'a str>> {
    let mut found = Vec::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if is_option(word) {
            if word.known().is_some_and(|option| takes_next(option, known)) {
                words.next();
            }
            continue;
        }
        match word.known() {
            // cargo's `+nightly`.
            Some(toolchain) if toolchain.starts_with('+') => {}
            Some(name) => found.push(name),
            None if found.is_empty() => return None,
            None => break,
        }
        if found.len() == 2 {
            break;
        }
    }
    Some(found)
}

/// Whether the value of an option is the next word: it is one of those, or a row of letters that
/// ends with one.
fn takes_next(option: &str, known: &ToolCommand<'_>) -> bool {
    let row = !option.starts_with("--") && option.len() > 2;
    known.options_with_value.iter().any(|valued| {
        let last = valued.strip_prefix('-').filter(|letter| letter.len() == 1);
        option == *valued || (row && last.is_some_and(|letter| option.ends_with(letter)))
    })
}

/// The word that is one of some options, with or without its value.
pub(super) fn option<'a>(command: &'a Command, options: &[&str]) -> Option<&'a Word> {
    command.words.iter().take_while(|word| word.known() != Some("--")).find(|word| {
        options.iter().any(|option| {
            let rest = word.prefix().strip_prefix(option);
            let exact = word.known() == Some(*option);
            exact || rest.is_some_and(|rest| rest.starts_with('='))
        })
    })
}

/// Whether all subcommands of a command are among some.
pub(super) fn is_one_of(command: &Command, known: &ToolCommand<'_>, names: &[&str]) -> bool {
    let found = arguments(command, known).and_then(|words| subcommands(words, known));
    found.is_some_and(|found| found.first().is_some_and(|first| names.contains(first)))
}
