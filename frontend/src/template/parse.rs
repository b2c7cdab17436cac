//! Text to segments of a template.

use super::{End, Operator, Place, Segment, Test, Variable};
use crate::source::Span;

/// Deeper than anybody nests `${A:-${B:-...}}`, and far from the end of the stack.
const DEEPEST: usize = 32;

/// What is wrong with a `${...}`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct TemplateError {
    pub message: &'static str,
    pub span: Span,
}

pub(super) fn parse(text: &str, place: Place) -> Result<Vec<Segment>, TemplateError> {
    Parser { text, at: 0, place, depth: 0 }.segments(Stop::End)
}

/// What ends a run of segments. Before the end of a pattern, escapes stay for the pattern to read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stop {
    End,
    Word,
    Pattern(char),
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    place: Place,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        Some(next)
    }

    fn eat(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        if found {
            self.at += wanted.len_utf8();
        }
        found
    }

    fn error(&self, start: usize, message: &'static str) -> TemplateError {
        TemplateError { message, span: self.place.span(start, self.at.max(start + 1)) }
    }

    /// Parts up to the stop, which is taken, too. The error of a missing stop is the caller's.
    fn segments(&mut self, stop: Stop) -> Result<Vec<Segment>, TemplateError> {
        let mut segments = Vec::new();
        let mut text = String::new();
        let start = self.at;
        loop {
            let at = self.at;
            let ends = match stop {
                Stop::End => None,
                Stop::Word => Some('}'),
                Stop::Pattern(end) => Some(end),
            };
            match self.next() {
                None if ends.is_none() => break,
                None => return Err(self.error(start, "the closing `}` is missing")),
                Some(found) if Some(found) == ends => break,
                Some('\\') => self.escape(stop, &mut text),
                Some('$') => match self.variable(at)? {
                    Some(variable) => {
                        flush(&mut text, &mut segments);
                        segments.push(Segment::Variable(variable));
                    }
                    None => text.push('$'),
                },
                Some(other) => text.push(other),
            }
        }
        flush(&mut text, &mut segments);
        Ok(segments)
    }

    fn escape(&mut self, stop: Stop, text: &mut String) {
        let taken = match (stop, self.peek()) {
            (_, Some('$')) | (Stop::Word, Some('}')) => self.next(),
            (Stop::Pattern(_), Some(_)) => {
                text.push('\\');
                self.next()
            }
            _ => None,
        };
        text.push(taken.unwrap_or('\\'));
    }

    /// What follows a `$` that is taken already; none where it is only a dollar sign.
    fn variable(&mut self, start: usize) -> Result<Option<Variable>, TemplateError> {
        let braces = self.eat('{');
        let name = self.name();
        if !braces {
            let found = (!name.is_empty()).then(|| self.finish(start, name, Operator::None));
            return Ok(found);
        }
        if name.is_empty() {
            self.next();
            return Err(self.error(start, "a name must follow `${`"));
        }
        if self.depth == DEEPEST {
            return Err(self.error(start, "`${...}` is nested too deeply"));
        }
        self.depth += 1;
        let operator = self.operator(start)?;
        self.depth -= 1;
        Ok(Some(self.finish(start, name, operator)))
    }

    fn finish(&self, start: usize, name: &str, operator: Operator) -> Variable {
        let span = self.place.span(start, self.at);
        Variable { name: name.to_owned(), span, bound: None, operator }
    }

    fn name(&mut self) -> &'a str {
        let rest = &self.text[self.at..];
        let segment = |(at, byte): (usize, u8)| {
            !(byte == b'_' || byte.is_ascii_alphabetic() || (at > 0 && byte.is_ascii_digit()))
        };
        let end = rest.bytes().enumerate().position(segment).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    /// What stands between a name and the closing brace, and the brace.
    fn operator(&mut self, start: usize) -> Result<Operator, TemplateError> {
        let colon = self.eat(':');
        let test = |test| Some(test);
        let test = match self.next() {
            None => return Err(self.error(start, "the closing `}` is missing")),
            Some('}') if !colon => return Ok(Operator::None),
            Some('-') => test(Test::Default),
            Some('+') => test(Test::Alternative),
            Some('?') => test(Test::Required),
            Some('#') if !colon => return self.trim(End::Prefix, '#'),
            Some('%') if !colon => return self.trim(End::Suffix, '%'),
            Some('/') if !colon => return self.replace(),
            Some('@') if !colon => return self.tag(start),
            Some(_) => None,
        };
        let Some(test) = test else {
            return Err(self.error(
                start,
                "after a name, `}`, `:-`, `-`, `:+`, `+`, `:?`, `?`, `#`, `%`, `/` or `@tag` may follow",
            ));
        };
        Ok(Operator::Test { test, colon, word: self.segments(Stop::Word)? })
    }

    fn tag(&mut self, start: usize) -> Result<Operator, TemplateError> {
        if self.name() == "tag" && self.eat('}') {
            return Ok(Operator::Tag);
        }
        Err(self.error(start, "the only word that may follow `@` is `tag`: `${NAME@tag}`"))
    }

    fn trim(&mut self, end: End, sign: char) -> Result<Operator, TemplateError> {
        let longest = self.eat(sign);
        Ok(Operator::Trim { end, longest, pattern: self.segments(Stop::Pattern('}'))? })
    }

    fn replace(&mut self) -> Result<Operator, TemplateError> {
        let all = self.eat('/');
        let start = self.at;
        let pattern = self.segments(Stop::Pattern('/'))?;
        if pattern.is_empty() {
            return Err(self.error(start, "there is nothing to replace"));
        }
        Ok(Operator::Replace { all, pattern, replacement: self.segments(Stop::Word)? })
    }
}

fn flush(text: &mut String, segments: &mut Vec<Segment>) {
    if !text.is_empty() {
        segments.push(Segment::Text(std::mem::take(text)));
    }
}
