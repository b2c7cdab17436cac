//! Simple commands: words are filled in as far as they are known.

use std::rc::Rc;

use super::state::State;
use super::{Context, Result, Walker};
use crate::shell::command::{KnownPart, Redirection, Word as KnownWord};
use crate::shell::syntax::{Redirect, RedirectKind, Simple, Word, WordPart};
use crate::shell::text::Text;

/// A word as the command gets it.
#[derive(Clone, Debug, Default)]
pub(super) struct Argument {
    pub(super) word: KnownWord,
    /// The text with its places, where the word is known.
    pub(super) text: Option<Text>,
}

impl Argument {
    pub(super) fn literal(text: &Text) -> Self {
        let value = text.as_str().to_owned();
        let span = text.span(0, value.len());
        let word = KnownWord { parts: vec![KnownPart::Text(value)], span };
        Argument { word, text: Some(text.clone()) }
    }

    pub(super) fn known(&self) -> Option<&str> {
        self.text.as_ref().map(Text::as_str)
    }
}

/// A simple command, filled in.
#[derive(Default)]
pub(super) struct Call {
    pub(super) args: Vec<Argument>,
    /// What is assigned before the program.
    pub(super) own: Vec<(String, Option<Option<String>>)>,
    pub(super) redirections: Vec<Redirection>,
    /// What is put into its input by a here document.
    pub(super) input: Option<Argument>,
    pub(super) span: crate::source::Span,
}

impl Call {
    /// The words from one on.
    pub(super) fn args_from(&self, start: usize) -> &[Argument] {
        self.args.get(start..).unwrap_or_default()
    }
}

impl Walker {
    pub(super) fn simple(
        &mut self,
        simple: &Simple,
        context: Context,
        state: &mut State,
    ) -> Result<()> {
        self.expansions(&simple.words, state)?;
        let mut own = Vec::new();
        for assignment in &simple.assignments {
            self.expansions(&assignment.others, state)?;
            self.expansions(&assignment.value, state)?;
            let value = assignment.value.as_ref().map(|word| self.argument(word, state));
            let value = value.and_then(|value| value.known().map(str::to_owned));
            own.push((assignment.name.clone(), value));
        }
        let (redirections, input) = self.redirections(&simple.redirects, state)?;
        if simple.words.is_empty() {
            for (name, value) in own {
                state.set(&name, value);
            }
            return Ok(());
        }
        let args = simple.words.iter().map(|word| self.argument(word, state)).collect();
        let own = own.into_iter().map(|(name, value)| (name, value.map(Some))).collect();
        let call = Call { args, own, redirections, input, span: simple.span };
        self.call(call, context, state)
    }

    /// Goes through the commands in words. Whether they run is not looked into.
    pub(super) fn expansions<'a>(
        &mut self,
        words: impl IntoIterator<Item = &'a Word>,
        state: &State,
    ) -> Result<()> {
        for part in words.into_iter().flat_map(|word| &word.parts) {
            let WordPart::Opaque { commands, .. } = part else { continue };
            for list in Rc::clone(commands).iter() {
                self.list(list, Context::PERHAPS, &mut state.clone())?;
            }
        }
        Ok(())
    }

    /// The files that are read and written, and a text that is the input.
    pub(super) fn redirections(
        &mut self,
        redirects: &[Redirect],
        state: &State,
    ) -> Result<(Vec<Redirection>, Option<Argument>)> {
        let mut files = Vec::new();
        let mut input = None;
        for redirect in redirects {
            let Some(word) = redirect.word.get() else { continue };
            self.expansions([word], state)?;
            match redirect.kind {
                RedirectKind::Input => input = Some(self.argument(word, state)),
                RedirectKind::Duplicate => {}
                RedirectKind::Read | RedirectKind::Write => files.push(Redirection {
                    path: self.argument(word, state).word,
                    writes: redirect.kind == RedirectKind::Write,
                }),
            }
        }
        Ok((files, input))
    }

    /// Fills in a word.
    fn argument(&mut self, word: &Word, state: &State) -> Argument {
        let mut parts = Vec::new();
        let mut text = Some(Text::default());
        for part in &word.parts {
            let value = match part {
                WordPart::Text(text) => Some(text.clone()),
                WordPart::Parameter { name, quoted } => self.value(name, *quoted, word, state),
                WordPart::Glob(_) | WordPart::Opaque { .. } => None,
            };
            match value {
                Some(value) => {
                    push_text(&mut parts, value.as_str());
                    if let Some(text) = &mut text {
                        text.append(&value);
                    }
                }
                None => {
                    text = None;
                    parts.extend(unknown(part));
                }
            }
        }
        Argument { word: KnownWord { parts, span: word.span }, text }
    }

    /// The value of a variable. Where the shell would split it or look for files, it is not known.
    fn value(&mut self, name: &str, quoted: bool, word: &Word, state: &State) -> Option<Text> {
        let value = state.value(name)?;
        let one = |next: char| !next.is_ascii_whitespace() && !matches!(next, '*' | '?' | '[');
        let is_one_word = quoted || (!value.is_empty() && value.chars().all(one));
        if !is_one_word {
            return None;
        }
        self.budget = self.budget.checked_sub(value.len())?;
        let mut text = Text::default();
        for character in value.chars() {
            text.push(character, word.span.start);
        }
        Some(text)
    }
}

fn unknown(part: &WordPart) -> Option<KnownPart> {
    match part {
        WordPart::Text(_) => None,
        WordPart::Glob(sign) => Some(KnownPart::Glob(*sign)),
        WordPart::Parameter { name, quoted } => {
            Some(KnownPart::Variable { name: name.clone(), quoted: *quoted })
        }
        WordPart::Opaque { quoted, .. } => Some(KnownPart::Unknown { quoted: *quoted }),
    }
}

fn push_text(parts: &mut Vec<KnownPart>, text: &str) {
    match parts.last_mut() {
        Some(KnownPart::Text(before)) => before.push_str(text),
        _ if text.is_empty() => {}
        _ => parts.push(KnownPart::Text(text.to_owned())),
    }
}
