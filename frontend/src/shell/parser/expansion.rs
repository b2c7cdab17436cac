//! What a `$` begins.

use super::word::Builder;
use super::{Parser, Result};
use crate::shell::syntax::{List, Word, WordPart};

impl Parser<'_> {
    /// What follows a `$` that was taken.
    pub(super) fn dollar(&mut self, quoted: bool, at: usize, word: &mut Builder) -> Result<()> {
        match self.cursor.peek() {
            Some('(') => self.parenthesis(quoted, word),
            Some('{') => self.nested(|parser| parser.braced(quoted, word)),
            Some('\'') if !quoted => {
                self.cursor.next();
                self.escaping_quoted(word)
            }
            Some('"') if !quoted => {
                self.cursor.next();
                self.double_quoted(word)
            }
            Some('[') => Err(self.error("`$[` is beyond this parser")),
            Some(next) if next == '_' || next.is_ascii_alphabetic() => {
                let name = self.name();
                word.part(WordPart::Parameter { name, quoted });
                Ok(())
            }
            Some('@' | '*' | '#' | '?' | '-' | '$' | '!' | '0'..='9') => {
                self.cursor.next();
                word.opaque(Vec::new(), quoted);
                Ok(())
            }
            _ => {
                word.push('$', self.cursor.place(at));
                Ok(())
            }
        }
    }

    fn name(&mut self) -> String {
        let mut name = String::new();
        while let Some(next) = self.cursor.peek() {
            if !(next == '_' || next.is_ascii_alphanumeric()) {
                break;
            }
            name.push(next);
            self.cursor.next();
        }
        name
    }

    fn parenthesis(&mut self, quoted: bool, word: &mut Builder) -> Result<()> {
        let mut inner = Builder::default();
        if self.cursor.eat("((") {
            self.nested(|parser| parser.arithmetic(&mut inner))?;
            word.opaque(commands(inner), quoted);
        } else {
            self.cursor.next();
            let commands = self.substituted()?;
            word.opaque(vec![commands], quoted);
        }
        Ok(())
    }

    /// The commands of a substitution, and the parenthesis behind them.
    pub(super) fn substituted(&mut self) -> Result<List> {
        let before = self.cursor;
        let outer = std::mem::take(&mut self.pending);
        let list = self.nested(Parser::list)?;
        if !self.pending.is_empty() {
            return Err(self.error("a here document is not read before `)`"));
        }
        let length = self.cursor.at() - before.at();
        let lines = before.rest().as_bytes().iter().take(length).any(|byte| *byte == b'\n');
        if lines && !outer.is_empty() {
            return Err(self.error("a here document is not read before the next line"));
        }
        self.pending = outer;
        self.expect(")", "`)` is missing")?;
        Ok(list)
    }

    /// The words of `((...))`, when the opening parentheses were taken.
    pub(super) fn arithmetic_words(&mut self) -> Result<Vec<Word>> {
        let start = self.cursor.at();
        let mut word = Builder::default();
        self.arithmetic(&mut word)?;
        Ok(vec![Word { parts: word.finish(), span: self.cursor.span(start) }])
    }

    /// An arithmetic expression and `))`.
    fn arithmetic(&mut self, word: &mut Builder) -> Result<()> {
        let mut depth = 0_usize;
        loop {
            match self.cursor.peek() {
                Some(')') if depth == 0 => return self.expect("))", "`))` is missing"),
                Some(')') => depth -= 1,
                Some('(') => depth += 1,
                Some('\n') if !self.pending.is_empty() => {
                    return Err(self.error("a here document is not read before the next line"));
                }
                _ => {}
            }
            self.inner_character(true, false, word)?;
        }
    }

    /// What follows a `$`: `{NAME}` or `{NAME...}`.
    fn braced(&mut self, quoted: bool, word: &mut Builder) -> Result<()> {
        self.cursor.next();
        let mark = self.cursor.eat("!") || (self.cursor.sees("#") && !self.cursor.sees("#}"));
        if mark {
            self.cursor.eat("#");
        }
        let name = self.name();
        if !name.is_empty() && !mark && self.cursor.eat("}") {
            let is_number = name.starts_with(|first: char| first.is_ascii_digit());
            word.part(match is_number {
                true => WordPart::Opaque { commands: Default::default(), quoted },
                false => WordPart::Parameter { name, quoted },
            });
            return Ok(());
        }
        if name.is_empty() && !self.special_parameter() {
            return Err(self.error("a name must follow `${`"));
        }
        let mut inner = Builder::default();
        let quotes = !quoted || self.trims();
        while self.cursor.peek() != Some('}') {
            self.inner_character(quotes, quoted, &mut inner)?;
        }
        self.cursor.next();
        word.opaque(commands(inner), quoted);
        Ok(())
    }

    fn special_parameter(&mut self) -> bool {
        let found = matches!(self.cursor.peek(), Some('@' | '*' | '#' | '?' | '-' | '$' | '!'));
        if found {
            self.cursor.next();
        }
        found
    }

    /// Whether a pattern follows, in which single quotes are quotes even between double ones.
    fn trims(&mut self) -> bool {
        matches!(self.cursor.peek(), Some('#' | '%'))
    }

    /// One character of an expression.
    fn inner_character(&mut self, quotes: bool, quoted: bool, word: &mut Builder) -> Result<()> {
        let at = self.cursor.at();
        match self.cursor.next() {
            None => Err(self.error("an expansion is not closed")),
            Some('\\') => {
                self.cursor.raw_next();
                Ok(())
            }
            Some('\'') if quotes => self.single_quoted(word),
            Some('"') => self.double_quoted(word),
            Some('`') => self.backquoted(quoted, word),
            Some('$') => self.dollar(quoted, at, word),
            Some(_) => Ok(()),
        }
    }
}

/// The commands in an expansion.
fn commands(inner: Builder) -> Vec<List> {
    let mut found = Vec::new();
    for part in inner.finish() {
        if let WordPart::Opaque { commands, .. } = part {
            found.extend(std::rc::Rc::try_unwrap(commands).unwrap_or_default());
        }
    }
    found
}
