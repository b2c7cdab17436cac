//! Redirections and here documents.

use std::cell::OnceCell;
use std::rc::Rc;

use super::{Parser, Result, ends_word};
use crate::shell::syntax::{Redirect, RedirectKind, Word, WordPart};
use crate::shell::text::Text;

/// A here document that was announced.
pub(super) struct Pending {
    delimiter: String,
    /// Whether the delimiter was quoted, so that nothing in the text is expanded.
    quoted: bool,
    /// It began with `<<-`, which takes leading tabs away.
    strip_tabs: bool,
    word: Rc<OnceCell<Word>>,
}

/// Operators, longer ones before those that they begin with.
const OPERATORS: [(&str, RedirectKind); 11] = [
    ("&>>", RedirectKind::Write),
    ("&>", RedirectKind::Write),
    ("<<<", RedirectKind::Input),
    ("<<", RedirectKind::Input),
    ("<&", RedirectKind::Duplicate),
    ("<>", RedirectKind::Write),
    ("<", RedirectKind::Read),
    (">>", RedirectKind::Write),
    (">&", RedirectKind::Duplicate),
    (">|", RedirectKind::Write),
    (">", RedirectKind::Write),
];

impl Parser<'_> {
    /// The redirection that comes next.
    pub(super) fn redirect(&mut self) -> Result<Option<Redirect>> {
        let mut ahead = self.cursor;
        if ahead.eat("{") {
            ahead.take_until(|next| next != '_' && !next.is_ascii_alphanumeric());
            if !ahead.eat("}") {
                return Ok(None);
            }
        } else {
            ahead.take_until(|next| !next.is_ascii_digit());
        }
        let described = ahead.at() > self.cursor.at();
        if !matches!(ahead.peek(), Some('<' | '>' | '&'))
            || ahead.sees("<(")
            || ahead.sees(">(")
            || (described && ahead.sees("&"))
        {
            return Ok(None);
        }
        let Some((operator, kind)) = OPERATORS.into_iter().find(|(sign, _)| ahead.eat(sign)) else {
            return Ok(None);
        };
        self.cursor = ahead;
        match operator {
            "<<" => self.announce().map(Some),
            _ => self.target(kind).map(Some),
        }
    }

    fn target(&mut self, kind: RedirectKind) -> Result<Redirect> {
        self.blanks();
        let mut ahead = self.cursor;
        ahead.take_until(|next| !next.is_ascii_digit());
        let is_next = ahead.at() > self.cursor.at() && matches!(ahead.peek(), Some('<' | '>'));
        if is_next || !self.word_follows() {
            return Err(self.error("the file of a redirection is missing"));
        }
        let word = self.word()?;
        let text = word.text();
        let is_descriptor = text.as_ref().is_none_or(|text| {
            text.as_str().bytes().all(|byte| byte == b'-' || byte.is_ascii_digit())
        });
        let kind = match kind {
            RedirectKind::Duplicate if !is_descriptor => RedirectKind::Write,
            kind => kind,
        };
        Ok(Redirect { kind, word: Rc::new(OnceCell::from(word)) })
    }

    fn announce(&mut self) -> Result<Redirect> {
        let strip_tabs = self.cursor.eat("-");
        while matches!(self.cursor.peek(), Some(' ' | '\t')) {
            self.cursor.next();
        }
        let (delimiter, quoted) = self.delimiter()?;
        let word = Rc::new(OnceCell::new());
        self.pending.push(Pending { delimiter, quoted, strip_tabs, word: Rc::clone(&word) });
        Ok(Redirect { kind: RedirectKind::Input, word })
    }

    /// The delimiter without its quotes, and whether it had some. Nothing in it is expanded.
    fn delimiter(&mut self) -> Result<(String, bool)> {
        let mut delimiter = String::new();
        let mut quoted = false;
        let mut within = None;
        while let Some(next) = self.cursor.peek() {
            if within.is_none() && ends_word(next) {
                break;
            }
            self.cursor.next();
            match (next, within) {
                (_, Some(quote)) if next == quote => within = None,
                ('\'' | '"', None) => {
                    quoted = true;
                    within = Some(next);
                }
                ('\\', None) => {
                    quoted = true;
                    delimiter.extend(self.cursor.raw_next());
                }
                ('$' | '`' | '\\', _) => {
                    return Err(self.error("this delimiter is beyond this parser"));
                }
                _ => delimiter.push(next),
            }
        }
        if within.is_some() || (delimiter.is_empty() && !quoted) {
            return Err(self.error("the delimiter of a here document is missing"));
        }
        Ok((delimiter, quoted))
    }

    /// Reads the here documents that were announced, when a line has ended.
    pub(super) fn read_documents(&mut self) -> Result<()> {
        for pending in std::mem::take(&mut self.pending) {
            let text = self.document_text(&pending);
            let word = if pending.quoted {
                let span = text.span(0, text.as_str().len());
                Word { parts: vec![WordPart::Text(text)], span }
            } else {
                Parser::new(&text, self.depth).document()?
            };
            // It is read once only.
            let _ = pending.word.set(word);
        }
        Ok(())
    }

    /// The lines up to the delimiter. As shells do, the end of the script ends the document, too.
    fn document_text(&mut self, pending: &Pending) -> Text {
        let mut text = Text::default();
        let mut joined = false;
        while !self.cursor.rest().is_empty() {
            if pending.strip_tabs {
                self.cursor.take_until(|next| next != '\t');
            }
            let start = self.cursor.at();
            let line = self.cursor.take_line();
            if !joined && line == pending.delimiter {
                break;
            }
            let broken = self.cursor.at() > start + line.len();
            for (offset, character) in
                line.char_indices().chain(broken.then_some((line.len(), '\n')))
            {
                text.push(character, self.cursor.place(start + offset));
            }
            let backslashes = line.bytes().rev().take_while(|byte| *byte == b'\\').count();
            joined = !pending.quoted && backslashes % 2 == 1;
        }
        text
    }
}
