//! The layers of a plan: which of them are exportable, whether that is what the manifest says, and
//! the definitions of all that does.

use std::collections::{BTreeMap, BTreeSet};
use strake_llb::Gather;

use strake_llb::{DecodeError, Decoded, Definition, decode};

use super::{Cacheability, ExportRoots, with_cache_mounts};
use crate::diagnostics::{Diagnostic, codes};
use crate::lower::{Lowered, LoweredLayer};
use crate::plan::{LayerAt, Plan, PlannedBoundary, PlannedLayer};
use crate::presets::Boundary;

/// What the boundaries are computed from.
#[derive(Clone, Copy)]
pub(crate) struct CacheabilityInput<'a> {
    pub plan: &'a Plan,
    /// The same plan as a graph.
    pub lowered: &'a Lowered,
}

/// The part of a build that is exportable to a registry cache.
#[derive(Debug)]
pub(crate) struct Boundaries {
    /// The layers in the order of the plan.
    pub layers: Vec<LayerCacheability>,
    /// The highest of what is exportable.
    pub roots: ExportRoots,
}

/// Whether a layer is exportable.
#[derive(Debug, Clone)]
pub(crate) struct LayerCacheability {
    pub at: LayerAt,
    /// What keeps it from being exportable; none where it is. A mount or none layer is its own
    /// cause.
    pub cause: Option<Cause>,
}

/// Because of what a layer is not exportable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cause {
    /// A mount or none layer.
    Layer(LayerAt),
    /// A step with a cache mount that is no layer's: of a Dockerfile, or of a context that the
    /// client has built. Named as it is shown.
    Step(String),
}

impl Boundaries {
    /// The warning that no layer is exportable, where none is.
    pub(crate) fn no_exportable_layer(&self, plan: &Plan) -> Option<Diagnostic> {
        let stage = plan.target().filter(|_| self.roots.outputs().is_empty())?;
        let text = format!("no layer that the stage `{}` needs is exportable", stage.name);
        let text = text + ": there is nothing to export";
        Some(Diagnostic::warning(&codes::graph::NO_EXPORTABLE_LAYER, text).at(stage.span))
    }
}

/// Why the boundaries can't be had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CacheabilityError {
    /// Assertions that do not hold.
    #[error("a layer that should be exportable is not")]
    NotExportable(Vec<Diagnostic>),
    /// The graph is broken: what another frontend or the client gave may be.
    #[error(transparent)]
    Decode(#[from] DecodeError),
}

/// Looks which layers are exportable; the second value are warnings.
///
/// # Errors
/// All layers that should be exported and can't be, in one go; a broken graph.
pub(crate) fn boundaries(
    input: CacheabilityInput<'_>,
) -> Result<(Boundaries, Vec<Diagnostic>), CacheabilityError> {
    let decoded = decode(&input.lowered.definition.pb)?;
    let layers = Layers::new(input, &decoded);
    let cacheability = Cacheability::of(&decoded, &layers.uncacheable(&decoded));
    let (mut problems, mut warnings) = (Vec::new(), Vec::new());
    let mut found = Vec::new();
    for lowered in &input.lowered.layers {
        let cause = layers.cause(lowered, &cacheability, input);
        if let (Some(cause), Some((_, layer))) = (&cause, input.plan.layer(lowered.at))
            && layer.boundary.explicit
            && layer.boundary.kind == Boundary::Registry
        {
            match lowered.in_line {
                true => warnings.push(stands_in_line(&layer.boundary)),
                false => problems.push(assertion(input.plan, layer, cause)),
            }
        }
        found.push(LayerCacheability { at: lowered.at, cause });
    }
    if !problems.is_empty() {
        return Err(CacheabilityError::NotExportable(problems));
    }
    let roots = ExportRoots::new(decoded, &cacheability);
    Ok((Boundaries { layers: found, roots }, warnings))
}

/// Where the layers are in a definition.
struct Layers<'a> {
    /// Index of each operation, by digest.
    ops: BTreeMap<&'a str, usize>,
    /// The layers of each operation that is a layer's; one operation may be that of several.
    of: BTreeMap<usize, Vec<(LayerAt, Boundary)>>,
}

impl<'a> Layers<'a> {
    fn new(input: CacheabilityInput<'_>, decoded: &'a Decoded) -> Self {
        let ops = decoded.ops.iter().enumerate().map(|(at, op)| (op.digest.as_str(), at));
        let ops: BTreeMap<&str, usize> = ops.gather();
        let mut of: BTreeMap<usize, Vec<(LayerAt, Boundary)>> = BTreeMap::new();
        for lowered in &input.lowered.layers {
            let Some((_, layer)) = input.plan.layer(lowered.at) else { continue };
            for op in lowered.ops.iter().filter_map(|op| ops.get(op.as_str())) {
                of.entry(*op).or_default().push((lowered.at, layer.boundary.kind));
            }
        }
        Layers { ops, of }
    }

    /// The operations of mount and none layers, and steps with cache mounts that are no layer's. An
    /// operation that two layers have in common is uncacheable if one of them is.
    fn uncacheable(&self, decoded: &Decoded) -> BTreeSet<usize> {
        let mut uncacheable = with_cache_mounts(decoded);
        uncacheable.retain(|op| !self.of.contains_key(op));
        uncacheable.extend(self.of.keys().filter(|op| self.uncacheable_layer(**op).is_some()));
        uncacheable
    }

    fn uncacheable_layer(&self, op: usize) -> Option<LayerAt> {
        let mut layers = self.of.get(&op)?.iter();
        layers.find(|(_, boundary)| *boundary != Boundary::Registry).map(|(at, _)| *at)
    }

    fn cause(
        &self,
        layer: &LoweredLayer,
        cacheability: &Cacheability,
        input: CacheabilityInput<'_>,
    ) -> Option<Cause> {
        let ops = layer.ops.iter().filter_map(|op| self.ops.get(op.as_str()));
        let blamed = ops.filter_map(|op| cacheability.blame(*op)).min()?;
        let own = self.of.get(&blamed).into_iter().flatten();
        if own.clone().any(|(at, boundary)| *at == layer.at && *boundary != Boundary::Registry) {
            return Some(Cause::Layer(layer.at));
        }
        Some(match self.uncacheable_layer(blamed) {
            Some(at) => Cause::Layer(at),
            None => Cause::Step(self.display_name(blamed, &input.lowered.definition)),
        })
    }

    /// How an operation is shown in the progress.
    fn display_name(&self, op: usize, definition: &Definition) -> String {
        let digest = self.ops.iter().find(|(_, at)| **at == op).map(|(digest, _)| *digest);
        let metadata = digest.and_then(|digest| definition.pb.metadata.get(digest));
        let name = metadata.and_then(|metadata| metadata.description.get("llb.customname"));
        name.cloned().unwrap_or_else(|| "a step".to_owned())
    }
}

/// `boundary = "registry"` where it does not hold.
fn assertion(plan: &Plan, layer: &PlannedLayer, cause: &Cause) -> Diagnostic {
    let problem = |text: String| {
        Diagnostic::error(&codes::graph::LAYER_NOT_EXPORTABLE, text).at(layer.boundary.span)
    };
    let blamed = match cause {
        Cause::Layer(at) => plan.layer(*at),
        Cause::Step(name) => {
            let text = format!("this layer can't be exported: it contains the output of `{name}`");
            return problem(text)
                .help("a step with a cache mount is rebuilt, and so is everything above it")
                .help(LINK);
        }
    };
    let Some((stage, blamed)) = blamed else {
        return problem("this layer can't be exported".into());
    };
    let text = format!(
        "this layer can't be exported: it contains the output of {} of stage `{}`",
        called(blamed),
        stage.name
    );
    problem(text)
        .and_at(blamed.boundary.span, reason(&blamed.boundary))
        .help("put this layer above that one, or into a stage without it")
        .help(LINK)
}

const LINK: &str = "to export files alone, `copy` them with `link = true` from a stage without it";

fn called(layer: &PlannedLayer) -> String {
    match layer.name.as_str() {
        "" => "a layer".to_owned(),
        name => format!("the layer `{name}`"),
    }
}

fn reason(boundary: &PlannedBoundary) -> String {
    match (boundary.kind, &boundary.cache) {
        (Boundary::None, _) => "that layer always runs".to_owned(),
        (_, Some(cache)) => format!("that layer is rebuilt from the cache mount `{cache}`"),
        (_, None) => "that layer is rebuilt from cache mounts".to_owned(),
    }
}

fn stands_in_line(boundary: &PlannedBoundary) -> Diagnostic {
    let text =
        "this BuildKit can't merge, so these files become part of the stage and are not exported";
    Diagnostic::warning(&codes::graph::LAYER_NOT_EXPORTABLE, text)
        .at(boundary.span)
        .help("the image has the same files; BuildKit 0.10 or later exports them")
}
