//! Source maps: which lines of which file a vertex comes from.
//!
//! When a step fails, the daemon hands the location back, and the client prints the excerpt.

use strake_proto::pb;

use crate::Definition;

/// A source file of a graph. Valid in the graph that returned it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(pub(crate) usize);

/// A file that vertices come from, with its content.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SourceInfo {
    /// The name to show.
    pub filename: String,
    /// The language in the names of GitHub's linguist, for example `Dockerfile` or `TOML`.
    pub language: String,
    /// The whole file, of which clients print excerpts.
    pub data: Vec<u8>,
    /// A definition whose result holds the file.
    pub definition: Option<Definition>,
}

/// Ranges of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// The file that all of the ranges are in.
    pub source: SourceId,
    /// The ranges that belong together.
    pub ranges: Vec<Range>,
}

/// A part of a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Range {
    /// The first position; the part begins with its line.
    pub start: Position,
    /// The last position; its line belongs to the part.
    pub end: Position,
}

/// A place in a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line, counted from one.
    pub line: i32,
    /// The character in the line, counted from zero.
    pub character: i32,
}

impl Range {
    /// Whole lines, the last one included.
    #[must_use]
    pub fn lines(first: i32, last: i32) -> Self {
        let at = |line| Position { line, character: 0 };
        Self { start: at(first), end: at(last) }
    }
}

impl From<Position> for pb::Position {
    fn from(position: Position) -> Self {
        Self { line: position.line, character: position.character }
    }
}

impl From<pb::Position> for Position {
    fn from(position: pb::Position) -> Self {
        Self { line: position.line, character: position.character }
    }
}

impl From<Range> for pb::Range {
    fn from(range: Range) -> Self {
        Self { start: Some(range.start.into()), end: Some(range.end.into()) }
    }
}

impl From<pb::Range> for Range {
    fn from(range: pb::Range) -> Self {
        let position = |at: Option<pb::Position>| at.unwrap_or_default().into();
        Self { start: position(range.start), end: position(range.end) }
    }
}

impl From<&SourceInfo> for pb::SourceInfo {
    fn from(info: &SourceInfo) -> Self {
        Self {
            filename: info.filename.clone(),
            language: info.language.clone(),
            data: info.data.clone(),
            definition: info.definition.clone().map(Into::into),
        }
    }
}

impl From<&pb::SourceInfo> for SourceInfo {
    fn from(info: &pb::SourceInfo) -> Self {
        Self {
            filename: info.filename.clone(),
            language: info.language.clone(),
            data: info.data.clone(),
            definition: info.definition.clone().map(Into::into),
        }
    }
}
