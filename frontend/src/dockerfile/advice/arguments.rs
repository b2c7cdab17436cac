//! Build arguments that are others in every build, in the environment of steps that do not look at them.

use std::collections::BTreeSet;

use super::{Graph, Seen};
use crate::diagnostics::{Diagnostic, codes::advice as codes};
use crate::source::Span;

/// What names of such arguments have in them.
const CHANGING: [&str; 12] = [
    "BUILD_DATE",
    "BUILDDATE",
    "BUILD_ID",
    "BUILD_NUMBER",
    "BUILD_TIME",
    "COMMIT",
    "GIT_REF",
    "GIT_SHA",
    "PIPELINE_ID",
    "REVISION",
    "TIMESTAMP",
    "VCS_REF",
];

pub(super) fn of_graph(graph: &Graph<'_>) -> Vec<Diagnostic> {
    let mut told = BTreeSet::new();
    let mut found = Vec::new();
    for seen in graph.steps.iter().filter(|seen| !seen.tools.is_empty()) {
        for (name, value) in graph.given {
            let is_seen = seen.step.env.get(name) == Some(value) && !value.is_empty();
            if is_seen
                && is_changing(name)
                && !mentions(graph, seen, name)
                && let Some(place) = declaration(graph, name, seen.step.line)
                && told.insert(place)
            {
                found.push(warning(graph, seen, name, place));
            }
        }
    }
    found
}

fn warning(graph: &Graph<'_>, seen: &Seen<'_>, name: &str, place: Span) -> Diagnostic {
    let text =
        format!("`{name}` is another in every build, and steps below it run again because of it");
    let step = graph.file.span_of_lines(seen.step.line..=seen.step.line);
    Diagnostic::warning(&codes::CHANGING_ARGUMENT, text)
        .at(place)
        .and_at(step, "this one does not look at it")
        .help("declare it right above the instruction that wants it")
}

fn is_changing(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    CHANGING.iter().any(|part| name.contains(part))
}

/// Whether the instruction names the argument, or its script does in a file.
fn mentions(graph: &Graph<'_>, seen: &Seen<'_>, name: &str) -> bool {
    let lines = graph.file.span_of_lines(seen.step.line..=seen.step.last_line);
    graph.file.slice(lines).contains(name) || seen.script.text.contains(name)
}

/// The `ARG` that gives a step an argument: the last one above it. One that is no line of its own, or is
/// said otherwise, is not found, and nothing is said of it.
fn declaration(graph: &Graph<'_>, name: &str, above: usize) -> Option<Span> {
    let mut lines = (1..above).rev();
    let line = lines.find(|line| declares(graph.file.line_text(*line), name))?;
    Some(graph.file.span_of_lines(line..=line))
}

fn declares(line: &str, name: &str) -> bool {
    let mut words = line.split_whitespace();
    words.next().is_some_and(|word| word.eq_ignore_ascii_case("ARG"))
        && words.any(|word| word.split('=').next() == Some(name))
}
