//! Dependencies that are installed above the whole context, and so anew whenever any file changes.

use std::collections::BTreeSet;

use strake_llb::DecodedOp;
use strake_proto::pb::file_action::Action;
use strake_proto::pb::op::Op;

use super::{AdviceGraph, Seen};
use crate::diagnostics::{Diagnostic, codes::advice as codes};
use crate::dockerfile::recognise::installs;
use crate::dockerfile::step::root_input;
use crate::shell::{Command, Word};
use crate::source::Span;

pub(super) fn of_graph(graph: &AdviceGraph<'_>) -> Vec<Diagnostic> {
    let mut reported = BTreeSet::new();
    let mut found = Vec::new();
    for seen in &graph.steps {
        for preset in &seen.tools {
            let mut commands = installs(preset, &seen.step, &seen.script).into_iter();
            let Some(span) = commands.find(|span| takes_lists_alone(seen, *span)) else { continue };
            let Some(copy) = whole_context_below(graph, seen, preset.name) else { continue };
            if reported.insert(copy) {
                found.push(warning(graph, seen, span, copy));
            }
        }
    }
    found
}

fn warning(graph: &AdviceGraph<'_>, seen: &Seen<'_>, command: Span, copy: usize) -> Diagnostic {
    let text = "this runs again whenever any file of the context changes";
    Diagnostic::warning(&codes::CONTEXT_FIRST, text)
        .at(graph.place(seen, command))
        .and_at(graph.file.span_of_lines(copy..=copy), "all of them are copied here")
        .help("copy the lists of dependencies first, install, then copy the rest")
}

/// Whether a command names nothing that may be a part of the project.
fn takes_lists_alone(seen: &Seen<'_>, span: Span) -> bool {
    let commands = seen.script.commands.iter();
    let mut commands = commands.filter(|command| command.span == span);
    commands.all(|command: &Command| command.words.iter().all(is_no_part))
}

fn is_no_part(word: &Word) -> bool {
    const LISTS: [&str; 4] = [".txt", ".in", ".lock", ".toml"];
    const PACKED: [&str; 5] = [".whl", ".gz", ".zip", ".tgz", ".deb"];
    let Some(text) = word.known() else { return false };
    let is_path = text.starts_with(['.', '/']) || text.starts_with("file:");
    let is_list = LISTS.iter().any(|end| text.ends_with(end));
    let is_packed = PACKED.iter().any(|end| text.ends_with(end));
    (!is_path || is_list) && !is_packed && !matches!(text, "-e" | "--editable")
}

/// The line on which all of the context is copied into what a step stands on, where no other step below
/// runs the tool: one that does has installed already, and this one changes what is there.
fn whole_context_below(graph: &AdviceGraph<'_>, seen: &Seen<'_>, tool: &str) -> Option<usize> {
    let (mut at, mut copy) = (seen.step.op, None);
    while let Some((below, _)) = root_input(graph.decoded, at) {
        at = below;
        if graph.step(at).is_some_and(|other| other.runs(tool)) {
            return None;
        }
        let op = &graph.decoded.ops[at];
        if copy.is_none() && copies_whole_context(graph, op) {
            copy = graph.lines.get(op.digest.as_str()).map(|lines| *lines.start());
        }
    }
    copy
}

impl Seen<'_> {
    fn runs(&self, tool: &str) -> bool {
        self.tools.iter().any(|preset| preset.name == tool)
    }
}

/// `COPY . .`, linked or not.
fn copies_whole_context(graph: &AdviceGraph<'_>, op: &DecodedOp) -> bool {
    let below = |op: &DecodedOp, index: i64| {
        let input = op.inputs.get(usize::try_from(index).ok()?)?;
        graph.decoded.ops.get(input.0)
    };
    match &op.op.op {
        Some(Op::File(file)) => file.actions.iter().any(|action| match &action.action {
            Some(Action::Copy(copy)) => {
                // The index counts the inputs of the operation, and then what its actions made.
                copy.src == "/" && below(op, action.secondary_input).is_some_and(is_whole_context)
            }
            _ => false,
        }),
        Some(Op::Merge(merge)) => {
            let mut linked = merge.inputs.iter().skip(1).filter_map(|input| below(op, input.input));
            linked
                .any(|op| matches!(&op.op.op, Some(Op::File(_))) && copies_whole_context(graph, op))
        }
        _ => false,
    }
}

/// The main context, unless an ignore file leaves all out but for what it names.
fn is_whole_context(op: &DecodedOp) -> bool {
    let Some(Op::Source(source)) = &op.op.op else { return false };
    let attribute = |name: &str| source.attrs.get(name).map_or("", String::as_str);
    let names_some = ["**", "*", "/*", "/**"]
        .iter()
        .any(|all| attribute("local.excludepatterns").contains(&format!("\"{all}\"")));
    let is_part = ["local.includepattern", "local.followpaths"]
        .iter()
        .any(|name| !matches!(attribute(name), "" | "[]" | "null"));
    source.identifier == "local://context" && !names_some && !is_part
}
