//! Simple commands, and the functions that begin like one.

use super::{Parser, Result};
use crate::shell::cursor::Cursor;
use crate::shell::syntax::{Assignment, Command, Simple, Word};

/// Commands whose arguments can be arrays.
const DECLARATIONS: [&str; 5] = ["declare", "export", "local", "readonly", "typeset"];

/// How an assignment begins.
struct Start<'a> {
    name: String,
    /// Whether the whole value follows.
    plain: bool,
    /// What follows the `=`.
    cursor: Cursor<'a>,
}

impl<'a> Parser<'a> {
    pub(super) fn simple(&mut self) -> Result<Command> {
        let start = self.cursor.at();
        let mut simple = Simple::default();
        loop {
            self.blanks();
            if let Some(redirect) = self.redirect()? {
                simple.redirects.push(redirect);
            } else if self.cursor.peek() == Some('(') {
                return self.function(&simple);
            } else if !self.word_follows() {
                break;
            } else if let Some(start) = self.assignment_of(&simple) {
                simple.assignments.push(self.assignment(start)?);
            } else {
                simple.words.push(self.word()?);
            }
            simple.span = self.cursor.span(start);
        }
        if simple.words.is_empty() && simple.assignments.is_empty() && simple.redirects.is_empty() {
            return Err(self.error("a command is missing"));
        }
        Ok(Command::Simple(simple))
    }

    /// `NAME ()`, when the name was read.
    fn function(&mut self, head: &Simple) -> Result<Command> {
        let name = match head.words.as_slice() {
            [word] if head.assignments.is_empty() && head.redirects.is_empty() => word.text(),
            _ => None,
        };
        let Some(name) = name else { return Err(self.error("`(` can't be here")) };
        self.cursor.eat("(");
        self.blanks();
        self.expect(")", "`)` is missing")?;
        self.function_body(name.as_str().to_owned())
    }

    /// The assignment that follows. Behind the first word, those of arrays alone are none of its
    /// arguments.
    fn assignment_of(&self, simple: &Simple) -> Option<Start<'a>> {
        let Some(first) = simple.words.first() else { return start(self.cursor) };
        let declares = first.text().is_some_and(|text| DECLARATIONS.contains(&text.as_str()));
        start(self.cursor).filter(|start| declares && start.cursor.sees("("))
    }

    fn assignment(&mut self, start: Start<'a>) -> Result<Assignment> {
        let Start { name, plain, cursor } = start;
        self.cursor = cursor;
        if self.cursor.eat("(") {
            let others = self.array()?;
            return Ok(Assignment { name, value: None, others });
        }
        let value = if self.word_follows() {
            self.word()?
        } else {
            Word { parts: Vec::new(), span: self.cursor.span(self.cursor.at()) }
        };
        Ok(match plain {
            true => Assignment { name, value: Some(value), others: Vec::new() },
            false => Assignment { name, value: None, others: vec![value] },
        })
    }

    fn array(&mut self) -> Result<Vec<Word>> {
        let mut words = Vec::new();
        loop {
            self.newlines()?;
            if self.cursor.eat(")") {
                return Ok(words);
            }
            if !self.word_follows() {
                return Err(self.error("the `)` of an array is missing"));
            }
            words.push(self.word()?);
        }
    }
}

/// Reads `NAME=`, `NAME+=` or `NAME[INDEX]=`; none where it is something else.
fn start(mut cursor: Cursor<'_>) -> Option<Start<'_>> {
    let mut name = String::new();
    while let Some(next) = cursor.peek() {
        let first = name.is_empty();
        if !(next == '_' || next.is_ascii_alphabetic() || (!first && next.is_ascii_digit())) {
            break;
        }
        name.push(next);
        cursor.next();
    }
    if name.is_empty() {
        return None;
    }
    let indexed = cursor.eat("[");
    if indexed {
        cursor.take_until(|character| character == ']' || super::ends_word(character));
        if !cursor.eat("]") {
            return None;
        }
    }
    let adds = cursor.eat("+");
    cursor.eat("=").then_some(Start { name, plain: !indexed && !adds, cursor })
}
