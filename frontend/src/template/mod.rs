//! Strings with `${NAME}` in them, by Dockerfile's rules: `$NAME`, `${NAME}`, `${NAME:-default}`,
//! `${NAME-default}`, `${NAME:+value}`, `${NAME+value}`, `${NAME:?message}`, `${NAME?message}`, and
//! with wildcards `${NAME#prefix}`, `${NAME##prefix}`, `${NAME%suffix}`, `${NAME%%suffix}`,
//! `${NAME/old/new}`, `${NAME//old/new}`. `\$` is a dollar sign; so is a `$` that no name follows.
//! `${NAME@tag}` is strake's own: the value as a tag of an image, whatever it holds.
//!
//! Unlike in a Dockerfile, quotes mean nothing (TOML has quotes of its own), and a backslash that is
//! not before a `$` is a backslash.

mod expand;
mod parse;
mod pattern;

pub(crate) use expand::{ExpandError, ExpandErrorKind};
pub(crate) use parse::TemplateError;

use crate::source::Span;

/// A parsed string. Values of arguments are filled in when the manifest is read; in environment
/// variables, names that are no argument stay, and are filled in from the environment that the base
/// image and the stage give.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    segments: Vec<Segment>,
}

/// Where the text of a template stands in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Character for character, from this offset.
    From(usize),
    /// Somewhere inside: the literal has escapes, so that offsets do not match.
    Inside(Span),
}

impl Place {
    fn span(self, start: usize, end: usize) -> Span {
        match self {
            Place::From(offset) => Span { start: offset + start, end: offset + end },
            Place::Inside(span) => span,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Segment {
    Text(String),
    Variable(Variable),
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Variable {
    name: String,
    span: Span,
    /// The value, where the name is an argument's.
    bound: Option<String>,
    operator: Operator,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Operator {
    /// The value as it is.
    None,
    /// `:-`, `:+`, `:?`, and without the colon, which makes an empty value count as none.
    Test { test: Test, colon: bool, word: Vec<Segment> },
    /// `#`, `##`, `%`, `%%`.
    Trim { end: End, longest: bool, pattern: Vec<Segment> },
    /// `@tag`: the value as a tag of an image.
    Tag,
    /// `/` for the first match, `//` for all.
    Replace { all: bool, pattern: Vec<Segment>, replacement: Vec<Segment> },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Test {
    Default,
    Alternative,
    Required,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Prefix,
    Suffix,
}

impl Template {
    /// A string that stands for itself.
    pub fn literal(text: impl Into<String>) -> Self {
        Template { segments: vec![Segment::Text(text.into())] }
    }

    pub fn parse(text: &str, place: Place) -> Result<Self, TemplateError> {
        parse::parse(text, place).map(|segments| Template { segments })
    }

    /// The text, where no variable is in it.
    pub fn as_literal(&self) -> Option<&str> {
        match self.segments.as_slice() {
            [] => Some(""),
            [Segment::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// All names in it and their places, those in defaults and patterns too.
    pub fn names(&self) -> Vec<(&str, Span)> {
        let mut names = Vec::new();
        walk(&self.segments, &mut |variable| names.push((variable.name.as_str(), variable.span)));
        names
    }

    /// The names that have no value yet.
    pub fn free_names(&self) -> Vec<(&str, Span)> {
        let mut names = Vec::new();
        walk(&self.segments, &mut |variable| {
            if variable.bound.is_none() {
                names.push((variable.name.as_str(), variable.span));
            }
        });
        names
    }

    /// Fills in values; names for which there is none stay.
    pub fn bind(&mut self, lookup: &dyn Fn(&str) -> Option<String>) {
        bind(&mut self.segments, lookup);
    }

    /// The string with every name replaced. A filled-in value comes before the lookup's.
    pub fn expand(&self, lookup: &dyn Fn(&str) -> Option<String>) -> Result<String, ExpandError> {
        expand::expand(&self.segments, lookup)
    }
}

impl Operator {
    /// The segments that are templates themselves.
    fn words(&self) -> [&[Segment]; 2] {
        match self {
            Operator::None | Operator::Tag => [&[], &[]],
            Operator::Test { word, .. } => [word, &[]],
            Operator::Trim { pattern, .. } => [pattern, &[]],
            Operator::Replace { pattern, replacement, .. } => [pattern, replacement],
        }
    }
}

fn walk<'a>(segments: &'a [Segment], visit: &mut dyn FnMut(&'a Variable)) {
    for segment in segments {
        if let Segment::Variable(variable) = segment {
            visit(variable);
            for word in variable.operator.words() {
                walk(word, visit);
            }
        }
    }
}

fn bind(segments: &mut [Segment], lookup: &dyn Fn(&str) -> Option<String>) {
    for segment in segments {
        let Segment::Variable(variable) = segment else { continue };
        if let Some(value) = lookup(&variable.name) {
            variable.bound = Some(value);
        }
        match &mut variable.operator {
            Operator::None | Operator::Tag => {}
            Operator::Test { word, .. } => bind(word, lookup),
            Operator::Trim { pattern, .. } => bind(pattern, lookup),
            Operator::Replace { pattern, replacement, .. } => {
                bind(pattern, lookup);
                bind(replacement, lookup);
            }
        }
    }
}

#[cfg(test)]
mod tests;
