//! Gives the steps of a Dockerfile's graph the cache mounts that their commands want. Pure: what is
//! asked for comes from the graph, the file's directives, and who recognises commands.
//!
//! A mount must never change what is built: [`withheld`](super::withheld) has the rule for the file, and
//! [`addition`](super::addition) what it means for a step. Nothing else of the graph changes.

use std::collections::BTreeMap;

use strake_llb::{Addition, Decoded, Definition, MarshalOptions, decode};

use super::addition::StepRewriter;
use super::directives::Directives;
use super::misplaced::Places;
use super::opt_out::OptOut;
use super::recognise::Finding;
use super::step::{RunStep, lines, ranges, steps};
use super::withheld::withheld;
use crate::cache::PlannedCacheMount;
use crate::diagnostics::{Diagnostic, codes};
use crate::mounts::steps::Program;
use crate::presets::Boundary;
use crate::source::Span;

/// Says which caches a step's commands use and may have, and which no other step may have because of
/// it.
pub(crate) type Recogniser<'a> = dyn Fn(&RunStep<'_>) -> Finding + 'a;

/// What a graph is rewritten with.
#[derive(Clone, Copy)]
pub struct RewriteInput<'a> {
    /// The graph of one platform.
    pub definition: &'a Definition,
    /// The Dockerfile's bytes: steps of other files are left alone.
    pub file: &'a [u8],
    pub directives: &'a Directives,
    /// Package managers that get no cache mounts, as the client says.
    pub opt_out: &'a OptOut,
    /// The value of `BUILDKIT_CACHE_MOUNT_NS`; may be empty.
    pub namespace: &'a str,
    /// A random text that no other build has.
    pub nonce: &'a str,
    /// How the daemon encodes operations.
    pub marshal: &'a MarshalOptions,
    /// strake's own program; none where the daemon does not tell its image.
    pub program: Option<Program<'a>>,
    pub recognise: &'a Recogniser<'a>,
}

/// What steps get, by their digests.
pub(crate) type Additions = BTreeMap<String, Addition>;

/// A graph with its cache mounts.
#[derive(Debug)]
pub struct Rewritten {
    pub definition: Definition,
    /// What was added, by the digest that a step had before. The same steps may be in other graphs,
    /// those of attestations, and must stay the same there.
    pub additions: Additions,
    /// The steps of the file, in the order of the graph.
    pub steps: Vec<RewrittenStep>,
    /// The line on which the instruction of each operation begins, by its digest now.
    pub lines: BTreeMap<String, usize>,
    /// Why it is as it was, where it is; and directives that reach no step.
    pub warnings: Vec<Diagnostic>,
    /// Whether the graph is understood. One that is not is best left to whoever made it.
    pub is_understood: bool,
}

/// A step of the file.
#[derive(Debug, Clone)]
pub struct RewrittenStep {
    /// The digest that it has now.
    pub digest: String,
    /// The line on which its instruction begins.
    pub line: usize,
    /// Caches that were added: places and mounts.
    pub caches: Vec<(String, PlannedCacheMount)>,
    /// The ids of cache mounts of its own whose compiled output nobody can vouch for.
    pub unsettled: Vec<String>,
    /// Whether its result is worth a registry cache.
    pub boundary: Boundary,
    /// Where a directive says so.
    pub explicit: Option<Span>,
}

/// Rewrites the graph of one platform.
///
/// # Errors
/// What is wrong with the directives of its steps.
pub fn rewrite(input: RewriteInput<'_>) -> Result<Rewritten, Vec<Diagnostic>> {
    let decoded = match decode(&input.definition.pb) {
        Ok(decoded) => decoded,
        Err(error) => return Ok(as_it_was(input, &error.to_string())),
    };
    let (additions, mut steps) = additions(input, &decoded)?;
    let inserted = match input.definition.insert(&additions) {
        Ok(inserted) => inserted,
        Err(error) => return Ok(as_it_was(input, &error.to_string())),
    };
    for step in &mut steps {
        if let Some(digest) = inserted.digests.get(&step.digest) {
            step.digest.clone_from(digest);
        }
    }
    let definition = inserted.definition;
    let lines = lines(&definition, input.file).into_iter();
    let lines = lines.map(|(digest, line)| (digest.to_owned(), line)).collect();
    let warnings = places(input).unheeded();
    Ok(Rewritten { definition, additions, steps, lines, warnings, is_understood: true })
}

/// Where the file's directives stand.
fn places<'a>(input: RewriteInput<'a>) -> Places<'a> {
    let ranges = ranges(input.definition, input.file);
    Places::new(input.directives, input.file, ranges.values())
}

/// The graph, left alone.
fn as_it_was(input: RewriteInput<'_>, reason: &str) -> Rewritten {
    let text = format!("no cache mounts are added: {reason}");
    Rewritten {
        definition: input.definition.clone(),
        additions: BTreeMap::new(),
        steps: Vec::new(),
        lines: BTreeMap::new(),
        warnings: vec![Diagnostic::warning(&codes::dockerfile::NOT_REWRITTEN, text)],
        is_understood: false,
    }
}

/// What every step gets, by its digest.
fn additions(
    input: RewriteInput<'_>,
    decoded: &Decoded,
) -> Result<(Additions, Vec<RewrittenStep>), Vec<Diagnostic>> {
    let (mut additions, mut found, mut problems) = (BTreeMap::new(), Vec::new(), Vec::new());
    let steps = steps(input.definition, decoded, input.file);
    let findings: Vec<Finding> = steps.iter().map(input.recognise).collect();
    let withheld = withheld(decoded, &steps, &findings);
    for (step, finding) in steps.iter().zip(&findings) {
        match StepRewriter::new(input, step).rewrite(finding, &withheld) {
            Ok((addition, rewritten)) => {
                if !addition.is_empty() {
                    additions.insert(step.digest.to_owned(), addition);
                }
                found.push(rewritten);
            }
            Err(wrong) => problems.extend(wrong),
        }
    }
    problems.extend(places(input).misplaced(&steps));
    if problems.is_empty() { Ok((additions, found)) } else { Err(problems) }
}
