//! A command with its words: what it runs, or what it changes in the shell itself.

use super::simple::{Argument, Call};
use super::state::State;
use super::wrappers::{self, Unwrapped, base_name};
use super::{Context, Result, Walker};
use crate::shell::command::{Command, Environment, KnownPart, User, Word};
use crate::shell::text::Text;

impl Walker {
    pub(super) fn call(
        &mut self,
        mut call: Call,
        context: Context,
        state: &mut State,
    ) -> Result<()> {
        let Some(mut found) = wrappers::unwrap(&mut call, state.user.clone()) else {
            self.emit(call, 0, None, context, state);
            return Ok(());
        };
        if found.start >= call.args.len() {
            self.emit(call, 0, None, context, state);
            return Ok(());
        }
        if found.start == 0 && self.calls_function(&call, state) {
            return Ok(());
        }
        if let Some(text) = started_script(&call, &mut found) {
            let environment = environment(&call, &found, state);
            let mut inner = state.in_new_shell(&environment, found.user);
            if found.moved {
                inner.directory = None;
            }
            self.script(&text, context, inner)?;
        } else {
            if !found.apart {
                self.builtin(&call, call.args_from(found.start), state)?;
            }
            self.emit(call, found.start, Some(&found), context, state);
        }
        state.may_have_ended |= found.replaces;
        Ok(())
    }

    /// Whether a function of the script is called. What it may change is not known any more, and its
    /// words may be a command.
    fn calls_function(&mut self, call: &Call, state: &mut State) -> bool {
        let name = call.args.first().and_then(Argument::known);
        let Some(runs_words) = name.and_then(|name| self.functions.get(name).copied()) else {
            return false;
        };
        state.forget(&self.changes.clone());
        state.may_have_ended |= self.functions_end;
        let words = call.args_from(1);
        if runs_words && !words.is_empty() {
            let (args, span) = (words.to_vec(), call.span);
            self.words_as_command(Call { args, span, ..Call::default() }, state);
        }
        true
    }

    fn words_as_command(&mut self, mut call: Call, state: &State) {
        let found = wrappers::unwrap(&mut call, state.user.clone());
        let found = found.filter(|found| found.start < call.args.len());
        let start = found.as_ref().map_or(0, |found| found.start);
        self.emit(call, start, found.as_ref(), Context::PERHAPS, state);
    }

    fn emit(
        &mut self,
        call: Call,
        start: usize,
        found: Option<&Unwrapped>,
        context: Context,
        state: &State,
    ) {
        let environment = match found {
            Some(found) => environment(&call, found, state),
            None => state.environment(call.own),
        };
        let program = call.args.get(start).and_then(Argument::known).map(base_name);
        let program = program.map(str::to_owned);
        let mut words: Vec<Word> =
            call.args.into_iter().skip(start + 1).map(|argument| argument.word).collect();
        if found.is_some_and(|found| found.more_words) {
            words.push(Word { parts: vec![KnownPart::Unknown { quoted: false }], span: call.span });
        }
        let moved = found.is_some_and(|found| found.moved);
        self.found.push(Command {
            program,
            words,
            redirections: call.redirections,
            environment,
            directory: state.directory.clone().filter(|_| !moved),
            user: found.map_or_else(|| state.user.clone(), |found| found.user.clone()),
            runs: context.runs(state),
            span: call.span,
        });
    }
}

fn environment(call: &Call, found: &Unwrapped, state: &State) -> Environment {
    let mut environment = state.environment(call.own.clone());
    environment.cleared |= found.cleared;
    environment
}

/// The script that a shell of its own reads.
fn started_script(call: &Call, found: &mut Unwrapped) -> Option<Text> {
    let args = call.args_from(found.start);
    let known: Vec<Option<&str>> = args.iter().map(Argument::known).collect();
    if let Some(index) = wrappers::script_argument(&known) {
        return args.get(index)?.text.clone();
    }
    if wrappers::reads_input(args) {
        return call.input.as_ref()?.text.clone();
    }
    let script = wrappers::script_of_user(args)?;
    let text = args.get(script)?.text.clone()?;
    found.user = user_of_script(&known, script);
    found.cleared |= known.iter().any(|word| matches!(word, Some("-" | "-l" | "--login")));
    Some(text)
}

/// Whom `su` is called for. A second word may be the value of an option, or the user.
fn user_of_script(args: &[Option<&str>], script: usize) -> User {
    let mut others =
        args.iter().enumerate().skip(1).filter(|(index, word)| {
            *index != script && word.is_none_or(|word| !word.starts_with('-'))
        });
    match (others.next(), others.next()) {
        (None, _) => User::Named("root".into()),
        (Some((_, Some(user))), None) => User::Named((*user).to_owned()),
        _ => User::Unknown,
    }
}
