//! Commands that hold others: which of them surely run, and what is known behind them.

use super::changes::Changes;
use super::state::State;
use super::{Context, Result, Walker};
use crate::shell::syntax::{Command, Compound, List, Word, WordPart};

impl Walker {
    pub(super) fn command(
        &mut self,
        command: &Command,
        context: Context,
        state: &mut State,
    ) -> Result<()> {
        match command {
            Command::Simple(simple) => self.simple(simple, context, state),
            Command::Compound { kind, redirects } => {
                self.redirections(redirects, state)?;
                self.compound(kind, context, state)
            }
            Command::Function { name, body } => {
                self.functions.insert(name.clone(), runs_words(body));
                let mut called = state.clone();
                called.forget(&self.changes.clone());
                self.command(body, Context::PERHAPS, &mut called)?;
                self.functions_end |= called.may_have_ended;
                Ok(())
            }
        }
    }

    fn compound(&mut self, kind: &Compound, context: Context, state: &mut State) -> Result<()> {
        match kind {
            Compound::Brace(list) => self.list(list, context, state),
            Compound::Subshell(list) => self.list(list, context.apart(), &mut state.clone()),
            Compound::If { branches, otherwise } => {
                self.branches(branches, otherwise.as_ref(), context, state)
            }
            Compound::While { condition, body } => {
                self.repeated(state, &[condition, body], |walker, state| {
                    let context = Context { decides: false, ..context };
                    walker.list(condition, context, state)?;
                    walker.list(body, Context::PERHAPS, state)
                })
            }
            Compound::For { name, words, body } => {
                self.for_loop(name.as_deref(), words, body, context, state)
            }
            Compound::Case { subject, arms } => {
                self.expansions([subject], state)?;
                let before = state.clone();
                for (patterns, list) in arms {
                    self.expansions(patterns, &before)?;
                    let mut branch = before.clone();
                    self.list(list, Context::PERHAPS, &mut branch)?;
                    state.join(&branch);
                }
                Ok(())
            }
            Compound::Test(words) => self.expansions(words, state),
        }
    }

    fn branches(
        &mut self,
        branches: &[(List, List)],
        otherwise: Option<&List>,
        context: Context,
        state: &mut State,
    ) -> Result<()> {
        let mut outcomes = Vec::new();
        let mut condition_context = Context { decides: false, ..context };
        for (condition, body) in branches {
            self.list(condition, condition_context, state)?;
            condition_context = Context::PERHAPS;
            let mut branch = state.clone();
            self.list(body, Context::PERHAPS, &mut branch)?;
            outcomes.push(branch);
        }
        if let Some(list) = otherwise {
            self.list(list, Context::PERHAPS, state)?;
        }
        for outcome in &outcomes {
            state.join(outcome);
        }
        Ok(())
    }

    /// The body runs with what it left behind the time before, so what it changes is unknown in it
    /// from the beginning, and behind it.
    fn repeated(
        &mut self,
        state: &mut State,
        lists: &[&List],
        walk: impl FnOnce(&mut Self, &mut State) -> Result<()>,
    ) -> Result<()> {
        state.forget(&Changes::of(lists.iter().copied()));
        if !self.functions.is_empty() {
            state.forget(&self.changes.clone());
        }
        let mut inside = state.clone();
        walk(self, &mut inside)?;
        inside.may_have_left_loop = state.may_have_left_loop;
        state.join(&inside);
        Ok(())
    }

    fn for_loop(
        &mut self,
        name: Option<&str>,
        words: &[Word],
        body: &List,
        context: Context,
        state: &mut State,
    ) -> Result<()> {
        self.expansions(words, state)?;
        if let Some(name) = name {
            state.set(name, None);
        }
        let once = name.is_some() && words.iter().any(|word| word.text().is_some());
        let context = Context { surely: context.surely && once, decides: false };
        self.repeated(state, &[body], |walker, state| walker.list(body, context, state))
    }
}

/// Whether a function has a command that is one of its words, as in `retry() { "$@" || "$@"; }`.
fn runs_words(body: &Command) -> bool {
    let mut found = false;
    body.each_simple(&mut |simple| {
        let Some(program) = simple.words.first() else { return };
        let is_quote =
            |part: &&WordPart| matches!(part, WordPart::Text(text) if text.as_str().is_empty());
        let parts: Vec<&WordPart> = program.parts.iter().filter(|part| !is_quote(part)).collect();
        found |=
            matches!(parts.as_slice(), [WordPart::Opaque { commands, .. }] if commands.is_empty());
    });
    found
}
