//! Build arguments that are others in every build, in the environment of steps that do not look at them.

use std::collections::{BTreeMap, BTreeSet};

use strake_llb::Gather;

use super::{AdviceGraph, Seen};
use crate::diagnostics::{Diagnostic, codes::advice as codes};

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

pub(super) fn of_graph(graph: &AdviceGraph<'_>) -> Vec<Diagnostic> {
    let declared = declared(graph);
    let mut reported = BTreeSet::new();
    let mut found = Vec::new();
    for seen in graph.steps.iter().filter(|seen| !seen.tools.is_empty()) {
        for (name, lines) in &declared {
            let value = graph.given.get(*name).filter(|value| !value.is_empty());
            let is_seen = value.is_some() && seen.step.env.get(name) == value.map(String::as_str);
            // The last one above it gives the step the argument.
            let above = lines.partition_point(|line| *line < seen.step.line);
            if is_seen
                && !mentions(graph, seen, name)
                && let Some(line) = lines[..above].last()
                && reported.insert(*line)
            {
                found.push(warning(graph, seen, name, *line));
            }
        }
    }
    found
}

fn warning(graph: &AdviceGraph<'_>, seen: &Seen<'_>, name: &str, line: usize) -> Diagnostic {
    let text = format!("`{name}` changes in every build, so the steps below it run again");
    let step = graph.file.span_of_lines(seen.step.line..=seen.step.line);
    Diagnostic::warning(&codes::CHANGING_ARGUMENT, text)
        .at(graph.file.span_of_lines(line..=line))
        .and_at(step, "this step does not use it")
        .help("declare it right above the instruction that uses it")
}

fn is_changing(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    CHANGING.iter().any(|part| name.contains(part))
}

/// Whether the instruction names the argument, or its script does in a file.
fn mentions(graph: &AdviceGraph<'_>, seen: &Seen<'_>, name: &str) -> bool {
    let lines = graph.file.span_of_lines(seen.step.line..=seen.step.last_line);
    graph.file.slice(lines).contains(name) || seen.script.text.contains(name)
}

/// The lines with an `ARG` of each given argument that is another in every build, in order. One that is
/// no line of its own, or is said otherwise, is not found, and nothing is said of it.
fn declared<'a>(graph: &AdviceGraph<'a>) -> BTreeMap<&'a str, Vec<usize>> {
    let given = graph.given.keys().filter(|name| is_changing(name));
    let mut declared: BTreeMap<&str, Vec<usize>> =
        given.map(|name| (name.as_str(), Vec::new())).gather();
    for line in 1..=graph.file.text().lines().count() {
        let mut words = graph.file.line_text(line).split_whitespace();
        if words.next().is_some_and(|word| word.eq_ignore_ascii_case("ARG")) {
            for name in words.filter_map(|word| word.split('=').next()) {
                if let Some(lines) = declared.get_mut(name) {
                    lines.push(line);
                }
            }
        }
    }
    declared
}
