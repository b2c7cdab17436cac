//! Words: what is between blanks and operators.

use std::rc::Rc;

use super::{Parser, Result, ends_word};
use crate::shell::syntax::{List, Word, WordPart};
use crate::shell::text::Text;

/// A word that grows.
#[derive(Default)]
pub(super) struct Builder {
    parts: Vec<WordPart>,
    text: Text,
}

impl Builder {
    /// Puts a character behind the others.
    pub(super) fn push(&mut self, character: char, place: usize) {
        self.text.push(character, place);
    }

    /// Puts something else behind them. Nothing is something, too: `''` is a word.
    pub(super) fn part(&mut self, part: WordPart) {
        self.flush();
        self.parts.push(part);
    }

    pub(super) fn opaque(&mut self, commands: Vec<List>, quoted: bool) {
        self.part(WordPart::Opaque { commands: Rc::new(commands), quoted });
    }

    fn flush(&mut self) {
        if !self.text.as_str().is_empty() {
            self.parts.push(WordPart::Text(std::mem::take(&mut self.text)));
        }
    }

    pub(super) fn finish(mut self) -> Vec<WordPart> {
        self.flush();
        self.parts
    }

    /// Makes everything from a part on something that only the shell can tell, with its commands.
    fn hide_from(&mut self, index: usize) {
        self.flush();
        let mut hidden = Vec::new();
        for part in self.parts.drain(index..) {
            if let WordPart::Opaque { commands, .. } = part {
                hidden.extend(Rc::try_unwrap(commands).unwrap_or_default());
            }
        }
        self.opaque(hidden, false);
    }
}

/// The braces of a word that may stand for several.
#[derive(Clone, Copy)]
enum Braces {
    None,
    /// Opened before this part.
    Open(usize),
    /// With something to choose from.
    Several(usize),
}

impl Parser<'_> {
    /// Whether something comes next that belongs to a word.
    pub(super) fn word_follows(&mut self) -> bool {
        let process = self.cursor.sees("<(") || self.cursor.sees(">(");
        process || self.cursor.peek().is_some_and(|next| !ends_word(next))
    }

    pub(super) fn word(&mut self) -> Result<Word> {
        let start = self.cursor.at();
        let mut word = Builder::default();
        let mut braces = Braces::None;
        if self.cursor.peek() == Some('~') {
            self.home(&mut word);
        }
        while self.word_follows() {
            let Some(next) = self.cursor.peek() else { break };
            let at = self.cursor.at();
            braces = self.braces(next, braces, &mut word);
            self.cursor.next();
            match next {
                '\\' => self.escaped(at, &mut word),
                '\'' => self.single_quoted(&mut word)?,
                '"' => self.double_quoted(&mut word)?,
                '`' => self.backquoted(false, &mut word)?,
                '$' => self.dollar(false, at, &mut word)?,
                // `[` alone is a program.
                '[' if at == start && !self.word_follows() => {
                    word.push(next, self.cursor.place(at));
                }
                '*' | '?' | '[' => word.part(WordPart::Glob(next)),
                '<' | '>' => self.process(&mut word)?,
                other => word.push(other, self.cursor.place(at)),
            }
        }
        if let Braces::Several(index) = braces {
            word.hide_from(index);
        }
        Ok(Word { parts: word.finish(), span: self.cursor.span(start) })
    }

    /// Looks out for `{a,b}` and `{1..3}`, which bash makes several words of.
    fn braces(&self, next: char, braces: Braces, word: &mut Builder) -> Braces {
        match (next, braces) {
            ('{', Braces::None) => {
                word.flush();
                Braces::Open(word.parts.len())
            }
            (',', Braces::Open(index)) => Braces::Several(index),
            ('.', Braces::Open(index)) if self.cursor.sees("..") => Braces::Several(index),
            _ => braces,
        }
    }

    /// A backslash that was taken, and the character whose meaning it takes away.
    fn escaped(&mut self, at: usize, word: &mut Builder) {
        match self.cursor.raw_next() {
            Some(next) => word.push(next, self.cursor.place(self.cursor.at() - next.len_utf8())),
            None => word.push('\\', self.cursor.place(at)),
        }
    }

    /// `~` and `~/...` are the home directory, `~name` somebody else's.
    fn home(&mut self, word: &mut Builder) {
        self.cursor.next();
        if self.cursor.peek().is_none_or(|next| next == '/' || ends_word(next)) {
            word.part(WordPart::Parameter { name: "HOME".into(), quoted: true });
        } else {
            word.opaque(Vec::new(), true);
        }
    }

    /// `<(...)` and `>(...)`, when the sign was taken.
    fn process(&mut self, word: &mut Builder) -> Result<()> {
        self.cursor.eat("(");
        let commands = self.substituted()?;
        word.opaque(vec![commands], true);
        Ok(())
    }
}
