//! The part of a Dockerfile's graph that is exportable to a registry cache.

use std::collections::BTreeMap;

use strake_llb::{Decoded, Gather, decode};

use super::rewrite::Rewritten;
use crate::cacheability::{Cacheability, ExportRoots, with_cache_mounts};
use crate::diagnostics::{Diagnostic, codes};
use crate::presets::Boundary;

/// What is cacheable in a rewritten graph. The steps of the file have boundaries; any other step
/// with a cache mount is rebuilt from it.
pub(crate) fn cacheability(graph: &Rewritten, decoded: &Decoded) -> Cacheability {
    let indexes = indexes(decoded);
    let mut uncacheable = with_cache_mounts(decoded);
    for step in &graph.steps {
        let Some(&at) = indexes.get(step.digest.as_str()) else { continue };
        match step.boundary {
            Boundary::Registry => uncacheable.remove(&at),
            Boundary::Mount | Boundary::None => uncacheable.insert(at),
        };
    }
    Cacheability::of(decoded, &uncacheable)
}

/// The index of each operation, by its digest.
fn indexes(decoded: &Decoded) -> BTreeMap<&str, usize> {
    decoded.ops.iter().enumerate().map(|(at, op)| (op.digest.as_str(), at)).gather()
}

/// The highest outputs that are exportable.
///
/// # Errors
/// Steps that should be exported and can't be.
pub(crate) fn export_roots(graph: &Rewritten) -> Result<ExportRoots, Vec<Diagnostic>> {
    // It was decoded before, or it would not have been rewritten.
    let Ok(decoded) = decode(&graph.definition.pb) else { return Ok(ExportRoots::default()) };
    let (cacheability, indexes) = (cacheability(graph, &decoded), indexes(&decoded));
    let mut problems = Vec::new();
    for step in &graph.steps {
        let at = indexes.get(step.digest.as_str()).copied();
        let blamed = at.and_then(|at| cacheability.blame(at)).filter(|blamed| Some(*blamed) != at);
        if let (Some(explicit), Some(blamed), Boundary::Registry) =
            (step.explicit, blamed, step.boundary)
        {
            let text = "this step can't be exported: it contains the output of a step that can't";
            let problem =
                Diagnostic::error(&codes::dockerfile::STEP_NOT_EXPORTABLE, text).at(explicit);
            let digest = decoded.ops[blamed].digest.as_str();
            let line = graph.steps.iter().find(|step| step.digest == digest).map(|step| step.line);
            problems.push(match line {
                Some(line) => {
                    problem.help(format!("that step is on line {line}: put this one above it"))
                }
                None => problem.help("that step is part of a context"),
            });
        }
    }
    if problems.is_empty() { Ok(ExportRoots::new(decoded, &cacheability)) } else { Err(problems) }
}
