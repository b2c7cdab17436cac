//! A place in a script that moves forward. Outside of single quotes, a backslash and a line break
//! are as if they were not there, and so they are skipped here.

use super::text::Text;
use crate::source::Span;

#[derive(Clone, Copy)]
pub(super) struct Cursor<'a> {
    text: &'a Text,
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a Text) -> Self {
        Cursor { text, at: 0 }
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn rest(&self) -> &'a str {
        self.text.as_str().get(self.at..).unwrap_or_default()
    }

    /// The next character, as it stands.
    pub(super) fn raw_next(&mut self) -> Option<char> {
        let next = self.rest().chars().next()?;
        self.at += next.len_utf8();
        Some(next)
    }

    /// Joins the lines at this place.
    fn join_lines(&mut self) {
        while self.rest().starts_with("\\\n") {
            self.at += 2;
        }
    }

    /// The next character, without taking it.
    pub(super) fn peek(&mut self) -> Option<char> {
        self.join_lines();
        self.rest().chars().next()
    }

    pub(super) fn next(&mut self) -> Option<char> {
        self.join_lines();
        self.raw_next()
    }

    /// Takes a text, if it comes next.
    pub(super) fn eat(&mut self, wanted: &str) -> bool {
        let mut ahead = *self;
        let found = wanted.chars().all(|character| ahead.next() == Some(character));
        if found {
            *self = ahead;
        }
        found
    }

    /// Whether a text comes next.
    pub(super) fn sees(&self, wanted: &str) -> bool {
        let mut ahead = *self;
        ahead.eat(wanted)
    }

    /// Takes what comes before a character that ends it.
    pub(super) fn take_until(&mut self, ends: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let taken = &rest[..rest.find(ends).unwrap_or(rest.len())];
        self.at += taken.len();
        taken
    }

    /// Takes the rest of the line, and the line break.
    pub(super) fn take_line(&mut self) -> &'a str {
        let line = self.take_until(|character| character == '\n');
        self.raw_next();
        line
    }

    /// Where a byte comes from, in the outermost script.
    pub(super) fn place(&self, at: usize) -> usize {
        self.text.place(at)
    }

    /// Where what was taken since comes from.
    pub(super) fn span(&self, start: usize) -> Span {
        self.text.span(start, self.at)
    }
}
