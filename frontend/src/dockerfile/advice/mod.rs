//! What else stands in the way of a fast build, as warnings. Pure: all that is looked at is in the graph,
//! and in what the steps of the file run. An advice that is not certainly right is not given: each is
//! about what runs again, or is fetched again, in builds that nobody wanted it to.

mod arguments;
mod defeats;
mod order;
mod urls;

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use strake_llb::{Decoded, Definition, decode};

use super::directives::Directives;
use super::opt_out::OptOut;
use super::recognise::{script, with_preset};
use super::step::{RunStep, ranges, steps};
use crate::diagnostics::Diagnostic;
use crate::presets::{PRESETS, Preset};
use crate::shell::Script;
use crate::source::{SourceFile, Span};

/// What advice is made from.
#[derive(Clone, Copy)]
pub(crate) struct AdviceInput<'a> {
    /// The graph of one platform, as the Dockerfile frontend made it.
    pub definition: &'a Definition,
    pub file: &'a SourceFile,
    /// The same file as bytes: steps of other files are left alone.
    pub bytes: &'a [u8],
    pub directives: &'a Directives,
    /// Package managers that get no cache mounts, as the client says.
    pub opt_out: &'a OptOut,
    /// The build arguments that the client gives.
    pub given: &'a BTreeMap<String, String>,
}

/// A step with what it runs.
struct Seen<'a> {
    step: RunStep<'a>,
    script: Script,
    /// The presets whose tools it runs, but for those that are switched off.
    tools: Vec<&'static Preset>,
}

/// A graph, looked at.
struct AdviceGraph<'a> {
    file: &'a SourceFile,
    decoded: &'a Decoded,
    /// The lines of each operation's instruction, by digest.
    lines: BTreeMap<&'a str, RangeInclusive<usize>>,
    /// In the order of the definition.
    steps: Vec<Seen<'a>>,
    given: &'a BTreeMap<String, String>,
}

/// What can be said of a graph, in the order of the file.
pub(crate) fn advice(input: AdviceInput<'_>) -> Vec<Diagnostic> {
    let Ok(decoded) = decode(&input.definition.pb) else { return Vec::new() };
    let steps = steps(input.definition, &decoded, input.bytes).into_iter();
    let graph = AdviceGraph {
        file: input.file,
        decoded: &decoded,
        lines: ranges(input.definition, input.bytes),
        steps: steps.filter_map(|step| seen(input, step)).collect(),
        given: input.given,
    };
    let mut found: Vec<Diagnostic> =
        graph.steps.iter().flat_map(|seen| defeats::of_step(&graph, seen)).collect();
    found.extend(order::of_graph(&graph));
    found.extend(arguments::of_graph(&graph));
    found.extend(urls::of_graph(&graph));
    crate::diagnostics::sort(&mut found);
    found.dedup();
    found
}

fn seen<'a>(input: AdviceInput<'_>, step: RunStep<'a>) -> Option<Seen<'a>> {
    let script = script(&step)?;
    let own = input.directives.step(step.line).map(|directives| &directives.opt_out);
    let opt_outs = [Some(input.opt_out), Some(&input.directives.opt_out), own];
    let is_on =
        |preset: &&Preset| !opt_outs.iter().flatten().any(|opt_out| opt_out.has(preset.name));
    let tools = PRESETS.iter().filter(is_on);
    let tools = tools.filter(|preset| with_preset(preset, &step, &script, |_| ()).is_some());
    let tools = tools.collect();
    Some(Seen { step, script, tools })
}

impl AdviceGraph<'_> {
    /// The step that an operation is.
    fn step(&self, op: usize) -> Option<&Seen<'_>> {
        let at = self.steps.binary_search_by_key(&op, |seen| seen.step.op).ok()?;
        self.steps.get(at)
    }

    /// Where a piece of a step's script is written; its instruction's first line where that is not how
    /// the file has it.
    fn place(&self, seen: &Seen<'_>, piece: Span) -> Span {
        let text = seen.script.text.get(piece.start..piece.end).unwrap_or_default();
        let text = text.lines().next().unwrap_or_default().trim_end_matches(['\\', ' ', '\t']);
        let lines = self.file.span_of_lines(seen.step.line..=seen.step.last_line);
        let at = match text {
            "" => None,
            text => self.file.slice(lines).find(text),
        };
        match at {
            Some(at) => Span { start: lines.start + at, end: lines.start + at + text.len() },
            None => self.file.span_of_lines(seen.step.line..=seen.step.line),
        }
    }
}
