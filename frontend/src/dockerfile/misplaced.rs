//! Directives that reach no step: what somebody wrote must not be passed over without a word.
//!
//! There is no parser here, so a line is only taken for what the graph, or its first word, says that it
//! is. The text of a here document may look like anything: in the graph it is left alone, and elsewhere
//! a word of it costs a warning at most.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use super::directives::Directives;
use super::step::RunStep;
use crate::diagnostics::{Code, Diagnostic, codes};
use crate::source::Span;

const CODE: &Code = &codes::dockerfile::MISPLACED_DIRECTIVE;
const TEXT: &str = "a directive below the top belongs to a `RUN` instruction";
const HELP: &str = "put it right above the `RUN`";

/// Instructions that only say something of the image or of the file, and so leave nothing in the graph.
const SAYING: [&str; 14] = [
    "ARG",
    "CMD",
    "ENTRYPOINT",
    "ENV",
    "EXPOSE",
    "FROM",
    "HEALTHCHECK",
    "LABEL",
    "MAINTAINER",
    "ONBUILD",
    "SHELL",
    "STOPSIGNAL",
    "USER",
    "VOLUME",
];

/// Where the directives of a file stand.
pub(super) struct Places<'a> {
    directives: &'a Directives,
    text: Vec<&'a [u8]>,
    /// The lines of each instruction that is in the graph, by the first of them.
    instructions: BTreeMap<usize, usize>,
}

impl<'a> Places<'a> {
    /// `ranges` are the lines of the instructions in the graph.
    pub(super) fn new<'r>(
        directives: &'a Directives,
        file: &'a [u8],
        ranges: impl Iterator<Item = &'r RangeInclusive<usize>>,
    ) -> Self {
        let text = file.split(|byte| *byte == b'\n').collect();
        let instructions = ranges.map(|lines| (*lines.start(), *lines.end())).collect();
        Places { directives, text, instructions }
    }

    /// Directives that stand above an instruction that runs nothing, or within one.
    pub(super) fn misplaced(&self, steps: &[RunStep<'_>]) -> Vec<Diagnostic> {
        let steps: BTreeSet<usize> = steps.iter().map(|step| step.line).collect();
        let means_nothing = |line: usize| match self.begin_of(line) {
            Some(begin) if begin == line => !steps.contains(&line),
            Some(begin) => !has_here_document(self.line(begin)),
            None => false,
        };
        let found = self.spans(means_nothing);
        found.map(|span| Diagnostic::error(CODE, TEXT).at(span).help(HELP)).collect()
    }

    /// Directives above what is not in the graph, and begins like an instruction that runs nothing.
    pub(super) fn unheeded(&self) -> Vec<Diagnostic> {
        let found =
            self.spans(|line| self.begin_of(line).is_none() && says_something(self.line(line)));
        found.map(|span| Diagnostic::warning(CODE, TEXT).at(span).help(HELP)).collect()
    }

    fn spans(&self, which: impl Fn(usize) -> bool) -> impl Iterator<Item = Span> {
        self.directives
            .steps()
            .filter(move |(line, _)| which(*line))
            .map(|(_, directives)| directives.span)
    }

    /// The first line of the instruction in the graph that a line is of.
    fn begin_of(&self, line: usize) -> Option<usize> {
        let (begin, end) = self.instructions.range(..=line).next_back()?;
        (line <= *end).then_some(*begin)
    }

    /// A line's text, counted from 1.
    fn line(&self, number: usize) -> &'a [u8] {
        number.checked_sub(1).and_then(|index| self.text.get(index)).copied().unwrap_or_default()
    }
}

fn has_here_document(line: &[u8]) -> bool {
    line.windows(2).any(|signs| signs == b"<<")
}

fn says_something(line: &[u8]) -> bool {
    let word = line.trim_ascii_start().split(u8::is_ascii_whitespace).next().unwrap_or_default();
    SAYING.iter().any(|instruction| word.eq_ignore_ascii_case(instruction.as_bytes()))
}
