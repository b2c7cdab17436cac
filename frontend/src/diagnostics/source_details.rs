//! Diagnostics as the details of a gRPC status: for each error the file and the lines at fault, from
//! which the client prints an excerpt, and one readable message for all problems of the build.

use std::fmt::Write as _;

use strake_proto::errdefs::{Position, Range, Source, SourceInfo};

use super::{Diagnostic, Severity};
use crate::source::{SourceFile, Span};

/// The most excerpts of a build; each is sent with the lines around it.
const MOST: usize = 50;

/// The details of a status: one for each place of each error.
pub fn details(file: &SourceFile, diagnostics: &[Diagnostic]) -> Vec<Source> {
    let places = errors(diagnostics).flat_map(|found| found.primary.iter().chain(&found.secondary));
    places
        .take(MOST)
        .map(|label| Source { info: Some(info(file)), ranges: vec![range(file, label.span)] })
        .collect()
}

/// The file as BuildKit's messages carry it.
pub fn info(file: &SourceFile) -> SourceInfo {
    SourceInfo {
        filename: file.name().to_owned(),
        data: file.text().as_bytes().to_vec(),
        definition: None,
        language: file.language().to_owned(),
    }
}

/// A place as BuildKit's messages carry it.
pub fn range(file: &SourceFile, span: Span) -> Range {
    let position = |offset: usize, line: usize| {
        let at = file.line_column(offset);
        let column = if at.line == line { at.column } else { file.line_text(line).len() };
        Position { line: to_i32(line), character: to_i32(column) }
    };
    let lines = file.lines(span);
    Range { start: position(span.start, *lines.start()), end: position(span.end, *lines.end()) }
}

/// The message of the status: the first error with its place, code and help, and then the other
/// problems in full. Empty where there is no error.
pub fn message(file: &SourceFile, diagnostics: &[Diagnostic]) -> String {
    let mut all: Vec<&Diagnostic> = errors(diagnostics).collect();
    all.extend(diagnostics.iter().filter(|found| found.severity == Severity::Warning));
    let Some((first, others)) = all.split_first() else { return String::new() };
    let mut text = one(file, first);
    match others.len() {
        0 => {}
        1 => text.push_str("\n\n1 more problem:"),
        more => _ = write!(text, "\n\n{more} more problems:"),
    }
    for other in others {
        text.push('\n');
        text.push_str(&one(file, other));
    }
    text
}

/// One problem: a line, and its places and helps indented under it.
fn one(file: &SourceFile, found: &Diagnostic) -> String {
    let kind = if found.severity == Severity::Warning { "warning: " } else { "" };
    // What the command line says stands in no file.
    let place = match file.name() {
        "" => String::new(),
        _ => format!("{}: ", found.location(file)),
    };
    let mut text = format!("{place}{kind}{} ({})", found.message, found.code.name);
    let labels = found.primary.iter().filter(|label| !label.text.is_empty());
    for label in labels {
        _ = write!(text, "\n  note: {}", label.text);
    }
    for label in &found.secondary {
        let at = file.line_column(label.span.start);
        _ = write!(text, "\n  line {}: {}", at.line, label.text);
    }
    for help in &found.help {
        _ = write!(text, "\n  help: {help}");
    }
    text
}

fn errors(diagnostics: &[Diagnostic]) -> impl Iterator<Item = &Diagnostic> {
    diagnostics.iter().filter(|found| found.severity == Severity::Error)
}

fn to_i32(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::super::codes;
    use super::*;

    fn file() -> SourceFile {
        SourceFile::new("strake.toml", "a = 1\nb = \"\"\"\nx\n\"\"\"\nc = 2\n")
    }

    fn error(span: std::ops::Range<usize>, message: &str) -> Diagnostic {
        Diagnostic::error(&codes::UNKNOWN_KEY, message).at(span.into())
    }

    #[test]
    fn each_error_is_a_detail() {
        let found = [
            error(0..1, "unknown key `a`"),
            Diagnostic::warning(&codes::UNUSED_BUILD_ARG, "not used"),
            error(10..19, "unknown key `b`"),
            Diagnostic::error(&codes::NO_STAGE, "no stage"),
        ];
        let details = details(&file(), &found);
        assert_eq!(details.len(), 2);
        let info = details[0].info.as_ref().unwrap();
        assert_eq!((info.filename.as_str(), info.language.as_str()), ("strake.toml", "TOML"));
        let at = |line, character| Position { line, character };
        assert_eq!(details[0].ranges, [Range { start: at(1, 0), end: at(1, 1) }]);
        assert_eq!(details[1].ranges, [Range { start: at(2, 4), end: at(4, 3) }]);
    }

    #[test]
    fn the_message_has_every_problem() {
        let found = [
            Diagnostic::warning(&codes::UNUSED_BUILD_ARG, "not used"),
            error(0..1, "unknown key `a`").help("did you mean `b`?"),
            error(20..21, "unknown key `c`").and_at((6..7).into(), "`b` is here"),
        ];
        insta::assert_snapshot!(message(&file(), &found), @r"
        strake.toml:1:1: unknown key `a` (unknown-key)
          help: did you mean `b`?

        2 more problems:
        strake.toml:5:1: unknown key `c` (unknown-key)
          line 2: `b` is here
        strake.toml: warning: not used (unused-build-arg)
        ");
        assert_eq!(message(&file(), &[]), "");
    }
}
