//! Text to syntax tree: recursive descent over the characters, each looked at once, but for short
//! looks ahead.
//!
//! The grammar is that of POSIX with what bash adds, where scripts of images have it: `[[ ]]`, `(( ))`,
//! `function`, arrays, `&>`, `|&`, `<<<`, `<( )`, `$'...'`. What the shells read in different ways, or what
//! few people can (`((` that is two subshells, a here document that starts in a substitution and
//! ends outside of it), is an error: nothing is recognised in such a script, and nothing breaks.

mod compound;
mod expansion;
mod quotes;
mod redirect;
mod simple;
mod word;

use super::cursor::Cursor;
use super::syntax::{Connector, Item, List, Pipeline};
use super::text::Text;
use redirect::Pending;

/// Deeper than anybody nests commands and expansions, and far from the end of the stack.
const DEEPEST: usize = 50;

/// Words that mean something where a command begins.
const RESERVED: [&str; 21] = [
    "!", "[[", "case", "coproc", "do", "done", "elif", "else", "esac", "fi", "for", "function",
    "if", "in", "select", "then", "time", "until", "while", "{", "}",
];

/// Those of them that end a list.
const ENDS: [&str; 8] = ["do", "done", "elif", "else", "esac", "fi", "then", "}"];

/// What is wrong with a script, or beyond this parser.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SyntaxError {
    pub message: &'static str,
    /// Where: a byte offset in the script.
    pub place: usize,
}

pub(super) type Result<T> = std::result::Result<T, SyntaxError>;

/// Reads a script that stands `depth` levels deep in others.
pub(super) fn parse(text: &Text, depth: usize) -> Result<List> {
    let mut parser = Parser::new(text, depth);
    let list = parser.nested(Parser::list)?;
    if parser.cursor.peek().is_some() {
        return Err(parser.error("something is closed here that was not opened"));
    }
    parser.read_documents()?;
    Ok(list)
}

/// Whether a character ends a word.
fn ends_word(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n' | ';' | '&' | '|' | '<' | '>' | '(' | ')')
}

struct Parser<'a> {
    cursor: Cursor<'a>,
    /// Here documents that begin where the line ends.
    pending: Vec<Pending>,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn new(text: &'a Text, depth: usize) -> Self {
        Parser { cursor: Cursor::new(text), pending: Vec::new(), depth }
    }

    fn error(&self, message: &'static str) -> SyntaxError {
        SyntaxError { message, place: self.cursor.place(self.cursor.at()) }
    }

    /// Reads something one level deeper.
    fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.depth >= DEEPEST {
            return Err(self.error("this is nested too deeply"));
        }
        self.depth += 1;
        let found = read(self);
        self.depth -= 1;
        found
    }

    fn expect(&mut self, wanted: &str, message: &'static str) -> Result<()> {
        if self.cursor.eat(wanted) { Ok(()) } else { Err(self.error(message)) }
    }

    /// Skips blanks and a comment.
    fn blanks(&mut self) {
        while let Some(' ' | '\t') = self.cursor.peek() {
            self.cursor.next();
        }
        if self.cursor.peek() == Some('#') {
            self.cursor.take_until(|character| character == '\n');
        }
    }

    /// Skips blanks, comments and line breaks, with the here documents behind them.
    fn newlines(&mut self) -> Result<()> {
        loop {
            self.blanks();
            if self.cursor.peek() != Some('\n') {
                return Ok(());
            }
            self.cursor.next();
            self.read_documents()?;
        }
    }

    /// The reserved word that comes next.
    fn reserved(&self) -> Option<&'static str> {
        RESERVED.into_iter().find(|word| self.sees_word(word))
    }

    fn sees_word(&self, word: &str) -> bool {
        let mut ahead = self.cursor;
        ahead.eat(word) && ahead.peek().is_none_or(ends_word)
    }

    fn eat_word(&mut self, word: &'static str) -> bool {
        self.sees_word(word) && self.cursor.eat(word)
    }

    fn list_ends(&mut self) -> bool {
        matches!(self.cursor.peek(), None | Some(')'))
            || self.cursor.sees(";;")
            || self.cursor.sees(";&")
            || self.reserved().is_some_and(|word| ENDS.contains(&word))
    }

    /// Commands up to what ends them, which is left.
    fn list(&mut self) -> Result<List> {
        let mut items = Vec::new();
        loop {
            self.newlines()?;
            if self.list_ends() {
                return Ok(List(items));
            }
            let mut item = self.item()?;
            self.blanks();
            let separated = match self.cursor.peek() {
                None | Some(')' | '\n') => true,
                _ if self.cursor.sees(";;") || self.cursor.sees(";&") => true,
                Some('&') => {
                    item.background = true;
                    self.cursor.eat("&")
                }
                // Behind `}`, `fi` and their like, the next end needs nothing between.
                _ => self.cursor.eat(";") || self.list_ends(),
            };
            if !separated {
                return Err(self.error("a command must end here"));
            }
            items.push(item);
        }
    }

    /// Commands of which there must be one.
    fn some_list(&mut self) -> Result<List> {
        let list = self.list()?;
        if list.0.is_empty() {
            return Err(self.error("a command is missing"));
        }
        Ok(list)
    }

    fn item(&mut self) -> Result<Item> {
        let first = self.pipeline()?;
        let mut rest = Vec::new();
        loop {
            self.blanks();
            let connector = if self.cursor.eat("&&") {
                Connector::And
            } else if self.cursor.eat("||") {
                Connector::Or
            } else {
                return Ok(Item { first, rest, background: false });
            };
            self.newlines()?;
            rest.push((connector, self.pipeline()?));
        }
    }

    fn pipeline(&mut self) -> Result<Pipeline> {
        let negated = self.prefixes();
        let mut commands = vec![self.command()?];
        loop {
            self.blanks();
            let piped = !self.cursor.sees("||") && (self.cursor.eat("|&") || self.cursor.eat("|"));
            if !piped {
                return Ok(Pipeline { negated, commands });
            }
            self.newlines()?;
            commands.push(self.command()?);
        }
    }

    /// `!` and bash's `time`. With options, `time` is the program of that name.
    fn prefixes(&mut self) -> bool {
        let mut negated = false;
        loop {
            self.blanks();
            if self.eat_word("!") {
                negated = !negated;
                continue;
            }
            let mut ahead = self.cursor;
            let timed = self.sees_word("time") && ahead.eat("time") && {
                while matches!(ahead.peek(), Some(' ' | '\t')) {
                    ahead.next();
                }
                ahead.peek().is_some_and(|next| next != '-')
            };
            if !timed {
                return negated;
            }
            self.cursor = ahead;
        }
    }
}
