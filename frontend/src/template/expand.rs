//! Parts of a template to a string.

use super::pattern::{Pattern, Prefer};
use super::{End, Operator, Segment, Test, Variable};
use crate::source::Span;

/// Arguments that double each other would fill the memory; nothing real is longer than this.
pub(super) const LONGEST: usize = 1 << 20;

/// Why a string has no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind}")]
pub struct ExpandError {
    /// The place of the `${...}`.
    pub span: Span,
    /// What is wrong with it.
    pub kind: ExpandErrorKind,
}

/// What can be wrong with a `${...}` that is written well.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExpandErrorKind {
    /// The name has no value.
    #[error("`{name}` is not set")]
    Unset { name: String },
    /// A `${NAME:?message}` whose name has no value.
    #[error("`{name}`: {message}")]
    Required {
        name: String,
        /// The message as written, or a general one.
        message: String,
    },
    /// The pattern of `#`, `%` or `/` is too long.
    #[error("the pattern is longer than {} characters", super::pattern::LONGEST)]
    LongPattern,
    /// The string grew out of all proportion.
    #[error("the string is longer than {LONGEST} bytes when expanded")]
    TooLong,
}

type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

pub(super) fn expand(segments: &[Segment], lookup: Lookup<'_>) -> Result<String, ExpandError> {
    let mut text = String::new();
    for segment in segments {
        match segment {
            Segment::Text(segment) => text.push_str(segment),
            Segment::Variable(variable) => {
                text.push_str(&value(variable, lookup)?);
                if text.len() > LONGEST {
                    return Err(error(variable, ExpandErrorKind::TooLong));
                }
            }
        }
    }
    Ok(text)
}

fn error(variable: &Variable, kind: ExpandErrorKind) -> ExpandError {
    ExpandError { span: variable.span, kind }
}

fn value(variable: &Variable, lookup: Lookup<'_>) -> Result<String, ExpandError> {
    let found = variable.bound.clone().or_else(|| lookup(&variable.name));
    let wants_value = || {
        let name = variable.name.clone();
        found.clone().ok_or_else(|| error(variable, ExpandErrorKind::Unset { name }))
    };
    match &variable.operator {
        Operator::None => wants_value(),
        Operator::Tag => Ok(as_tag(&wants_value()?)),
        Operator::Test { test, colon, word } => {
            let there = found.filter(|value| !(*colon && value.is_empty()));
            tested(variable, *test, there, word, lookup)
        }
        Operator::Trim { end, longest, pattern } => {
            let pattern = compile(variable, pattern, lookup)?;
            let prefer = if *longest { Prefer::Longest } else { Prefer::Shortest };
            Ok(match end {
                End::Prefix => pattern.trim_prefix(&wants_value()?, prefer),
                End::Suffix => pattern.trim_suffix(&wants_value()?, prefer),
            })
        }
        Operator::Replace { all, pattern, replacement } => {
            let pattern = compile(variable, pattern, lookup)?;
            let replacement = expand(replacement, lookup)?;
            pattern
                .replace(&wants_value()?, &replacement, *all, LONGEST)
                .ok_or_else(|| error(variable, ExpandErrorKind::TooLong))
        }
    }
}

/// The most that a text makes of a tag, which has at most 128 characters: something may stand before it
/// and behind it, such as a platform.
const LONGEST_TAG: usize = 96;

/// A text as a part of a tag: `-` for each byte that no tag has, and `_` for a first one that stands only
/// further back. Scripts make the same of it with `tr` and `cut`.
fn as_tag(text: &str) -> String {
    let good = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    let bytes = text.bytes().take(LONGEST_TAG);
    let mut tag: String = bytes.map(|byte| if good(byte) { byte as char } else { '-' }).collect();
    if !tag.starts_with(|first: char| first.is_ascii_alphanumeric() || first == '_') {
        let rest = tag.get(1..).unwrap_or_default();
        tag = format!("_{rest}");
    }
    tag
}

fn tested(
    variable: &Variable,
    test: Test,
    there: Option<String>,
    word: &[Segment],
    lookup: Lookup<'_>,
) -> Result<String, ExpandError> {
    match (test, there) {
        (Test::Default | Test::Required, Some(value)) => Ok(value),
        (Test::Default, None) | (Test::Alternative, Some(_)) => expand(word, lookup),
        (Test::Alternative, None) => Ok(String::new()),
        (Test::Required, None) => {
            let mut message = expand(word, lookup)?;
            if message.is_empty() {
                "a value is required".clone_into(&mut message);
            }
            let name = variable.name.clone();
            Err(error(variable, ExpandErrorKind::Required { name, message }))
        }
    }
}

fn compile(
    variable: &Variable,
    pattern: &[Segment],
    lookup: Lookup<'_>,
) -> Result<Pattern, ExpandError> {
    let text = expand(pattern, lookup)?;
    Pattern::parse(&text).ok_or_else(|| error(variable, ExpandErrorKind::LongPattern))
}
