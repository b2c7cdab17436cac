//! Commands of the shell that change what it has in hand.

use super::simple::{Argument, Call};
use super::state::State;
use super::wrappers::assignment;
use super::{Context, Result, Walker};
use crate::shell::parser::SyntaxError;

impl Walker {
    /// Does what a command of the shell does. Others change nothing.
    pub(super) fn builtin(
        &mut self,
        call: &Call,
        args: &[Argument],
        state: &mut State,
    ) -> Result<()> {
        let Some((program, words)) = args.split_first() else { return Ok(()) };
        match program.known().unwrap_or_default() {
            "cd" => change_directory(words, state),
            "pushd" | "popd" => state.directory = None,
            "export" => declare(call, words, true, state),
            "declare" | "local" | "readonly" | "typeset" => {
                let exports = words.iter().any(|word| word.known() == Some("-x"));
                declare(call, words, exports, state);
            }
            "unset" => each_name(words, state, State::unset),
            "read" | "getopts" | "mapfile" => {
                each_name(words, state, |state, name| state.set(name, None));
            }
            "set" => options(words, state),
            "exit" | "return" => {
                let status = words.first().map(Argument::known);
                let fails = matches!(status, Some(Some(status)) if is_failure(status));
                state.may_have_ended |= !fails;
            }
            "break" | "continue" => state.may_have_left_loop = true,
            "eval" | "source" | "." => state.lose(),
            "trap" => return self.trap(words, state),
            "alias" => {
                let place = call.span.start;
                return Err(SyntaxError { message: "aliases are beyond this parser", place });
            }
            _ => {}
        }
        Ok(())
    }

    /// The script of a trap runs at some time, with what is set then.
    fn trap(&mut self, words: &[Argument], state: &State) -> Result<()> {
        let words: Vec<_> = words.iter().filter(|word| word.known() != Some("--")).collect();
        let (Some(action), true) = (words.first(), words.len() > 1) else { return Ok(()) };
        let Some(text) = &action.text else { return Ok(()) };
        if text.as_str().starts_with('-') {
            return Ok(());
        }
        let mut later = state.clone();
        later.lose();
        self.script(text, Context::PERHAPS, later)
    }
}

fn is_failure(status: &str) -> bool {
    status.parse::<u32>().is_ok_and(|status| status % 256 != 0)
}

fn change_directory(words: &[Argument], state: &mut State) {
    let is_option = |word: &&Argument| matches!(word.known(), Some("--" | "-P" | "-L" | "-e"));
    let target = words.iter().find(|word| !is_option(word)).map(Argument::known);
    match target {
        None => {
            let home = state.value("HOME").map(str::to_owned);
            state.enter(home.as_deref());
        }
        Some(Some("-")) => state.directory = None,
        Some(path) => state.enter(path),
    }
}

/// `NAME=VALUE` and `NAME`, whose values are told to commands where they are exported.
fn declare(call: &Call, words: &[Argument], exports: bool, state: &mut State) {
    // Arrays.
    for (name, _) in &call.own {
        state.set(name, None);
    }
    for word in words {
        if word.known().is_some_and(|word| word.starts_with('-')) {
            continue;
        }
        let name = match (assignment(word), word.known()) {
            (Some((name, value)), _) => {
                // The shell may fill in a home directory.
                state.set(&name, value.filter(|value| !value.starts_with('~')));
                name
            }
            (None, Some(name)) => name.to_owned(),
            (None, None) => {
                state.lose();
                continue;
            }
        };
        if exports {
            state.export(&name);
        }
    }
}

fn each_name(words: &[Argument], state: &mut State, change: impl Fn(&mut State, &str)) {
    for word in words {
        match word.known() {
            Some(option) if option.starts_with('-') => {}
            Some(name) => change(state, name),
            None => state.lose(),
        }
    }
}

/// `set`: variables may all be exported from here on.
fn options(words: &[Argument], state: &mut State) {
    for word in words.iter().map_while(Argument::known) {
        let letters = word.strip_prefix(['-', '+']).unwrap_or_default();
        let named = word == "allexport";
        if word == "--" || (letters.is_empty() && !named && word != "pipefail") {
            return;
        }
        if named || letters.contains('a') {
            state.exports_all = !word.starts_with('+');
        }
    }
}
