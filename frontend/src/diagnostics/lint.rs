//! Diagnostics as the answer to the `lint` subrequest (`docker buildx build --check`): the JSON that
//! buildx reads, the same as text, and the exit status.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use strake_proto::errdefs::Range;

use super::source_details::{message, range};
use super::{Diagnostic, Label, Severity};
use crate::source::SourceFile;

/// Version of the subrequest that this answers.
pub const VERSION: &str = "1.0.0";

/// The answer, by the names of the metadata it goes into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LintResult {
    /// `result.json`: the warnings and the errors.
    pub json: String,
    /// `result.txt`: the warnings. Errors are in the JSON alone; buildx prints them from there.
    pub text: String,
    /// `result.statuscode`: 1 where anything was found.
    pub status_code: u8,
}

/// Answers with warnings, and with all errors as the one build error.
pub fn report(file: &SourceFile, diagnostics: &[Diagnostic]) -> LintResult {
    let of = |severity| diagnostics.iter().filter(move |found| found.severity == severity);
    let first_error = of(Severity::Error).next();
    let results = Results {
        warnings: of(Severity::Warning).map(|found| warning(file, found)).collect(),
        sources: vec![Source {
            filename: file.name(),
            data: STANDARD.encode(file.text()),
            language: file.language(),
        }],
        build_error: first_error.map(|found| BuildError {
            message: message(file, diagnostics),
            location: location(file, found.primary.as_ref(), Anchor::File),
        }),
    };
    let mut warnings: Vec<&Diagnostic> = of(Severity::Warning).collect();
    warnings.sort_by_key(|found| found.primary.as_ref().map(|label| label.span));
    LintResult {
        json: serde_json::to_string_pretty(&results).unwrap_or_default(),
        text: warnings.into_iter().map(|found| warning_text(file, found)).collect(),
        status_code: u8::from(!diagnostics.is_empty()),
    }
}

#[derive(Serialize)]
struct Results<'a> {
    warnings: Vec<Warning<'a>>,
    sources: Vec<Source<'a>>,
    #[serde(rename = "buildError", skip_serializing_if = "Option::is_none")]
    build_error: Option<BuildError>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Warning<'a> {
    rule_name: &'a str,
    description: &'a str,
    url: String,
    detail: String,
    location: Location,
}

#[derive(Serialize)]
struct Source<'a> {
    filename: &'a str,
    data: String,
    language: &'a str,
}

#[derive(Serialize)]
struct BuildError {
    message: String,
    location: Location,
}

/// buildx follows the pointer without looking, so there is always a location.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    source_index: i32,
    ranges: Vec<Range>,
}

/// What a location without a place says. For a warning that is "no file" (-1); for the build error
/// buildx takes the index as it is, so it must be one that exists.
#[derive(Clone, Copy)]
enum Anchor {
    File,
    Nothing,
}

fn warning<'a>(file: &SourceFile, found: &'a Diagnostic) -> Warning<'a> {
    Warning {
        rule_name: found.code.name,
        description: found.code.summary,
        url: found.code.url(),
        detail: detail(found),
        location: location(file, found.primary.as_ref(), Anchor::Nothing),
    }
}

fn detail(found: &Diagnostic) -> String {
    let mut detail = found.message.clone();
    for help in &found.help {
        _ = write!(detail, "\nhelp: {help}");
    }
    detail
}

fn location(file: &SourceFile, place: Option<&Label>, otherwise: Anchor) -> Location {
    let Some(label) = place else {
        let source_index = match otherwise {
            Anchor::File => 0,
            Anchor::Nothing => -1,
        };
        return Location { source_index, ranges: Vec::new() };
    };
    Location { source_index: 0, ranges: vec![range(file, label.span)] }
}

/// A warning as buildx itself writes it: rule and page, what it is about, the lines around.
fn warning_text(file: &SourceFile, found: &Diagnostic) -> String {
    let mut text =
        format!("\nWARNING: {} - {}\n{}\n", found.code.name, found.code.url(), detail(found));
    let Some(primary) = &found.primary else { return text };
    let marked = file.lines(primary.span);
    let last_line = file.text().split('\n').count();
    // Two lines of context on each side of one line, one on each side of several.
    let context = if marked.start() == marked.end() { 2 } else { 1 };
    let from = marked.start().saturating_sub(context).max(1);
    let to = (marked.end() + context).min(last_line);
    _ = writeln!(text, "{}:{}", file.name(), marked.start());
    text.push_str(RULE);
    for line in from..=to {
        let mark = if marked.contains(&line) { ">>>" } else { "   " };
        _ = writeln!(text, " {line:>3} | {mark} {}", file.line_text(line));
    }
    text.push_str(RULE);
    text
}

const RULE: &str = "--------------------\n";

#[cfg(test)]
mod tests {
    use super::super::codes;
    use super::*;
    use crate::source::Span;

    fn file() -> SourceFile {
        SourceFile::new("strake.toml", "[arg]\nA = \"1\"\nB = \"2\"\n[stage.app]\nfrom = \"x\"\n")
    }

    fn warnings() -> Vec<Diagnostic> {
        let placed = Diagnostic::warning(&codes::UNUSED_BUILD_ARG, "`AA` is not used")
            .at(Span::from(6..7))
            .help("did you mean `A`?");
        vec![placed, Diagnostic::warning(&codes::UNUSED_BUILD_ARG, "`C` is not used")]
    }

    #[test]
    fn warnings_are_listed() {
        let report = report(&file(), &warnings());
        assert_eq!(report.status_code, 1);
        insta::assert_snapshot!("lint_json", report.json);
        insta::assert_snapshot!("lint_text", report.text);
    }

    #[test]
    fn errors_are_the_build_error() {
        let error = Diagnostic::error(&codes::NO_STAGE, "no stage");
        let json: serde_json::Value =
            serde_json::from_str(&report(&file(), &[error]).json).unwrap();
        assert_eq!(json["buildError"]["message"], "strake.toml: no stage (no-stage)");
        assert_eq!(json["buildError"]["location"]["sourceIndex"], 0);
        assert_eq!(json["warnings"], serde_json::json!([]));
    }

    #[test]
    fn nothing_found_is_success() {
        let report = report(&file(), &[]);
        assert_eq!((report.status_code, report.text.as_str()), (0, ""));
        assert!(!report.json.contains("buildError"));
    }
}
