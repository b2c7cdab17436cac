//! Source files as the user wrote them, and places in them. Inside, a place is a range of byte
//! offsets; lines and columns exist only at the edges, where something is shown.

use std::ops::{Range, RangeInclusive};

/// The mark that some editors put before a text.
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// A range of byte offsets in a [`SourceFile`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// Offset of the first byte.
    pub start: usize,
    /// Offset behind the last byte.
    pub end: usize,
}

impl Span {
    /// The smallest range that holds both.
    #[must_use]
    pub fn to(self, other: Span) -> Span {
        Span { start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

impl From<Range<usize>> for Span {
    fn from(range: Range<usize>) -> Self {
        Span { start: range.start, end: range.end }
    }
}

/// A value and the place it was written at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spanned<T> {
    pub value: T,
    /// Where it was written.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// Puts a value and its place together.
    pub fn new(value: T, span: impl Into<Span>) -> Self {
        Spanned { value, span: span.into() }
    }

    /// Changes the value and keeps the place.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Spanned<U> {
        Spanned { value: f(self.value), span: self.span }
    }
}

/// A line and column, from 1 for lines and from 0 for columns (in bytes), as BuildKit's `Position`
/// has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LineColumn {
    pub line: usize,
    /// From 0, in bytes.
    pub column: usize,
}

/// A file that the user wrote: its name as BuildKit shows it, and its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    name: String,
    text: String,
    language: &'static str,
    /// Offset of the first byte of each line; a byte order mark is no part of the first.
    line_starts: Vec<usize>,
}

impl SourceFile {
    /// Indexes the lines of a text.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        let text = text.into();
        let first = if text.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
        let newlines = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let line_starts = std::iter::once(first).chain(newlines.map(|(at, _)| at + 1)).collect();
        SourceFile { name: name.into(), text, language: "TOML", line_starts }
    }

    /// The same of a manifest, which says the same whichever way its lines end: what reaches a script or a
    /// written file ends in a line feed alone.
    pub fn manifest(name: impl Into<String>, text: &str) -> Self {
        SourceFile::new(name, with_line_feeds(text))
    }

    /// The same of a Dockerfile.
    #[must_use]
    pub fn dockerfile(self) -> Self {
        SourceFile { language: "Dockerfile", ..self }
    }

    /// What BuildKit calls the language of the file.
    pub fn language(&self) -> &'static str {
        self.language
    }

    /// The name to show.
    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// Line and column of a byte offset; offsets past the end give the end.
    pub fn line_column(&self, offset: usize) -> LineColumn {
        let offset = offset.min(self.text.len());
        let line = self.line_starts.partition_point(|start| *start <= offset).max(1);
        LineColumn { line, column: offset.saturating_sub(self.line_starts[line - 1]) }
    }

    /// The lines that a place touches. A place that ends with a line break does not touch the line
    /// behind it.
    pub fn lines(&self, span: Span) -> RangeInclusive<usize> {
        let first = self.line_column(span.start).line;
        let last = self.line_column(span.end.saturating_sub(1).max(span.start)).line;
        first..=last
    }

    /// The place of some lines, without the last line break; the end of the text where there are none.
    pub fn span_of_lines(&self, lines: RangeInclusive<usize>) -> Span {
        let start = |line: usize| line.checked_sub(1).and_then(|at| self.line_starts.get(at));
        let first = start(*lines.start()).copied().unwrap_or(self.text.len());
        let behind = start(lines.end().saturating_add(1)).copied().unwrap_or(self.text.len());
        let text = self.text.get(first..behind).unwrap_or_default();
        Span { start: first, end: first + text.trim_end_matches(['\r', '\n']).len() }
    }

    /// The text of a line, without its line break; empty where there is no such line.
    pub fn line_text(&self, line: usize) -> &str {
        let start = line.checked_sub(1).and_then(|index| self.line_starts.get(index));
        let Some(rest) = start.and_then(|start| self.text.get(*start..)) else { return "" };
        rest.split('\n').next().unwrap_or_default().trim_end_matches('\r')
    }

    /// The text at a place; empty where the place is not in this file.
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.start..span.end).unwrap_or_default()
    }

    /// The place brought inside the text and onto whole characters, for renderers that would panic
    /// otherwise.
    pub fn clamp(&self, span: Span) -> Span {
        let floor = |mut at: usize| {
            at = at.min(self.text.len());
            while !self.text.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        let start = floor(span.start);
        Span { start, end: floor(span.end).max(start) }
    }
}

/// The text without carriage returns before line feeds. Others are left: TOML has no such line ends.
fn with_line_feeds(text: &str) -> String {
    let mut unified = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        match line.strip_suffix('\n') {
            Some(line) => unified.extend([line.trim_end_matches('\r'), "\n"]),
            None => unified.push_str(line),
        }
    }
    unified
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, offset: usize, line: usize, column: usize) {
        let file = SourceFile::new("f", text);
        assert_eq!(file.line_column(offset), LineColumn { line, column }, "{text:?} at {offset}");
    }

    #[test]
    fn offsets_become_lines_and_columns() {
        check("", 0, 1, 0);
        check("", 9, 1, 0);
        check("ab\ncd", 0, 1, 0);
        check("ab\ncd", 2, 1, 2);
        check("ab\ncd", 3, 2, 0);
        check("ab\ncd", 5, 2, 2);
        check("ab\n", 3, 2, 0);
        check("ä\nb", 3, 2, 0);
    }

    #[test]
    fn carriage_returns_belong_to_the_line_break() {
        check("ab\r\ncd", 4, 2, 0);
        assert_eq!(SourceFile::new("f", "ab\r\ncd").line_text(1), "ab");
    }

    #[test]
    fn lines_of_a_manifest_end_in_line_feeds() {
        let text = |text| SourceFile::manifest("f", text).text().to_owned();
        assert_eq!(text("a\r\nb\n\r\n\r\r\nc"), "a\nb\n\n\nc");
        assert_eq!(text("a\rb\r"), "a\rb\r");
    }

    #[test]
    fn a_byte_order_mark_takes_no_column() {
        check("\u{feff}ab", 0, 1, 0);
        check("\u{feff}ab", 4, 1, 1);
        assert_eq!(SourceFile::new("f", "\u{feff}ab\n").line_text(1), "ab");
    }

    #[test]
    fn a_place_covers_lines() {
        let file = SourceFile::new("f", "a\nb\nc\n");
        assert_eq!(file.lines(Span::from(0..1)), 1..=1);
        assert_eq!(file.lines(Span::from(0..2)), 1..=1);
        assert_eq!(file.lines(Span::from(0..3)), 1..=2);
        assert_eq!(file.lines(Span::from(2..2)), 2..=2);
        assert_eq!(file.lines(Span::from(6..6)), 4..=4);
        assert_eq!(file.line_text(4), "");
        assert_eq!(file.line_text(99), "");
    }

    #[test]
    fn places_are_brought_inside() {
        let file = SourceFile::new("f", "aä");
        assert_eq!(file.clamp(Span::from(2..99)), Span::from(1..3));
        assert_eq!(file.clamp(Span { start: 99, end: 1 }), Span::from(3..3));
        assert_eq!(file.slice(Span::from(2..9)), "");
    }
}
