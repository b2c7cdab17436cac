//! From a plan to LLB, one to one. Pure: what had to be looked up was.

mod exec;
mod file;
mod scan;
mod source;
mod support;

pub(crate) use exec::{cache_mount, inline_mount};

use std::collections::{BTreeMap, BTreeSet};

use strake_llb::{
    DecodeError, Definition, Digest, Graph, MarshalError, Output, Position, Range, SourceId,
    SourceInfo, VertexId,
};

use crate::diagnostics::Diagnostic;
use crate::image::Image;
use crate::mounts::steps::Program;
use crate::plan::{LayerAt, OpKind, Plan, PlannedLayer, PlannedOp, PlannedStage};
use crate::platform::Platform;
use crate::resolve::Facts;
use crate::select::SourceRef;
use crate::source::{SourceFile, Span};

use source::Purpose;
pub(crate) use support::unsupported;

/// Lines of a step that clients show where it fails; all of a script of thousands would bury what it
/// failed with.
const LONGEST_EXCERPT: i32 = 100;

/// Everything that lowering reads.
#[derive(Clone, Copy)]
pub(crate) struct LowerInput<'a> {
    pub plan: &'a Plan,
    pub facts: &'a Facts,
    /// The manifest's text, for locations.
    pub file: &'a SourceFile,
    /// What made the manifest's file, so that the client can show it.
    pub file_definition: Option<&'a Definition>,
    /// LLB capabilities of the daemon.
    pub caps: &'a BTreeSet<String>,
    /// How images are looked up: `default`, `pull` or `local`.
    pub resolve_mode: &'a str,
    /// The platform is shown in the names of the steps.
    pub show_platform: bool,
    /// strake's own program; none where the daemon does not tell its image.
    pub program: Option<Program<'a>>,
}

/// What is solved for one platform.
#[derive(Debug)]
pub(crate) struct Lowered {
    pub platform: Platform,
    pub definition: Definition,
    /// Where the layers of the plan are in it, in the plan's order.
    pub layers: Vec<LoweredLayer>,
    pub image: Image,
    /// The config of the image at the very bottom.
    pub base_image: Option<Image>,
    /// Annotations of the manifest.
    pub annotations: BTreeMap<String, String>,
    /// The scan for an SBOM, where it is of more than the image.
    pub scan: Option<Definition>,
}

/// Where a layer is in the graph.
#[derive(Debug, Clone)]
pub(crate) struct LoweredLayer {
    /// Which one it is.
    pub at: LayerAt,
    /// Its operations. What is made for them and what merges them over the stage is not
    /// the layer's own.
    pub ops: Vec<Digest>,
    /// The daemon can't merge, so files that should be linked stand on the stage.
    pub in_line: bool,
}

/// Lowering fails only where the daemon can't, or where the plan is no graph.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LowerError {
    /// The daemon lacks something.
    #[error("this BuildKit does not support all that is asked for")]
    Unsupported(Vec<Diagnostic>),
    /// A definition that the client or another frontend gave is broken.
    #[error("a definition that was given is broken: {0}")]
    Decode(#[from] DecodeError),
    /// The graph can't be written.
    #[error(transparent)]
    Marshal(#[from] MarshalError),
}

/// Lowers a plan.
///
/// # Errors
/// Where the daemon lacks a capability, with the place that asks for it.
pub(crate) fn lower(input: LowerInput<'_>) -> Result<Lowered, LowerError> {
    let mut lowering = Lowering::new(input);
    let mut output = None;
    for (position, stage) in input.plan.stages.iter().enumerate() {
        output = lowering.stage(position, stage);
    }
    let scan = input.plan.scan.as_ref().and_then(|scan| lowering.scan(scan, output));
    if let Some(error) = lowering.errors.pop() {
        return Err(error);
    }
    let (definition, digests) = lowering.marshal(output)?;
    let scan = scan.map(|directory| lowering.marshal(Some(directory))).transpose()?;
    let scan = scan.map(|(definition, _)| definition);
    let target = input.plan.target();
    Ok(Lowered {
        platform: input.plan.platform.clone(),
        definition,
        layers: lowering.layers(&digests),
        image: input.plan.image.clone(),
        base_image: input.plan.base_image.clone(),
        annotations: target.map(|stage| stage.annotations.clone()).unwrap_or_default(),
        scan,
    })
}

struct Lowering<'a> {
    input: LowerInput<'a>,
    graph: Graph,
    file: SourceId,
    stages: BTreeMap<usize, Option<Output>>,
    sources: BTreeMap<SourceRef, Option<Output>>,
    /// What went wrong on the way; lowering goes on, and fails at the end.
    errors: Vec<LowerError>,
    /// Where each vertex was asked for.
    spans: BTreeMap<VertexId, Span>,
    /// The vertices of each layer, in order.
    own: Vec<(LayerAt, VertexId)>,
    /// Layers whose linked files stand on the stage.
    in_line: BTreeSet<LayerAt>,
}

/// Where a vertex belongs and how it is shown.
struct Place<'a> {
    stage: &'a PlannedStage,
    layer: LayerAt,
    spans: &'a [Span],
    name: String,
}

impl Place<'_> {
    /// What is wanted at this place, as a source of files.
    fn purpose(&self) -> Purpose {
        Purpose { base_of: None, span: self.spans.first().copied() }
    }
}

impl<'a> Lowering<'a> {
    fn new(input: LowerInput<'a>) -> Self {
        let mut graph = Graph::new();
        let file = graph.add_source_info(SourceInfo {
            filename: input.file.name().to_owned(),
            language: "TOML".to_owned(),
            data: input.file.text().as_bytes().to_vec(),
            definition: input.file_definition.cloned(),
        });
        Lowering {
            input,
            graph,
            file,
            stages: BTreeMap::new(),
            sources: BTreeMap::new(),
            errors: Vec::new(),
            spans: BTreeMap::new(),
            own: Vec::new(),
            in_line: BTreeSet::new(),
        }
    }

    fn stage(&mut self, position: usize, stage: &PlannedStage) -> Option<Output> {
        let steps = 1 + stage.layers.iter().map(|layer| layer.ops.len()).sum::<usize>();
        let mut state = self.base(stage, steps);
        let mut number = 1;
        for (at, layer) in stage.layers.iter().enumerate() {
            for op in &layer.ops {
                number += 1;
                let name = self.prefix(stage, number, steps) + &display_name(layer, op);
                let at = LayerAt { stage: position, layer: at };
                let place = Place { stage, layer: at, spans: &op.spans, name };
                state = Some(self.op(state, op, &place));
            }
        }
        self.stages.insert(stage.index, state);
        state
    }

    fn base(&mut self, stage: &PlannedStage, steps: usize) -> Option<Output> {
        if let SourceRef::Stage(parent) = stage.base {
            return self.stages.get(&parent).copied().flatten();
        }
        let name = self.prefix(stage, 1, steps);
        self.source(&stage.base, &Purpose { base_of: Some(name), span: Some(stage.span) })
    }

    fn prefix(&self, stage: &PlannedStage, number: usize, steps: usize) -> String {
        let platform = match self.input.show_platform {
            true => format!("{} ", stage.platform),
            false => String::new(),
        };
        format!("[{platform}{} {number}/{steps}] ", stage.name)
    }

    fn op(&mut self, state: Option<Output>, op: &PlannedOp, place: &Place<'_>) -> Output {
        match &op.kind {
            OpKind::Exec(exec) => self.exec(state, exec, place),
            OpKind::Files(actions) => {
                let files = self.files(state, actions);
                self.add(files, place).into()
            }
            OpKind::Linked(actions) => self.linked(state, actions, place),
        }
    }

    /// Adds an operation of a layer.
    fn add(&mut self, op: impl Into<strake_llb::Op>, place: &Place<'_>) -> VertexId {
        let vertex = self.add_named(op, place);
        self.own.push((place.layer, vertex));
        vertex
    }

    /// Adds a vertex with its name and place.
    fn add_named(&mut self, op: impl Into<strake_llb::Op>, place: &Place<'_>) -> VertexId {
        let vertex = self.graph.add(op);
        let metadata = self.graph.metadata_mut(vertex);
        metadata.custom_name(place.name.clone());
        metadata.ignore_cache = place.stage.no_cache;
        self.locate(vertex, place.spans);
        vertex
    }

    /// The layers, each with its operations.
    fn layers(&self, digests: &BTreeMap<VertexId, Digest>) -> Vec<LoweredLayer> {
        let mut ops: BTreeMap<LayerAt, Vec<Digest>> = BTreeMap::new();
        for (at, vertex) in &self.own {
            ops.entry(*at).or_default().extend(digests.get(vertex).cloned());
        }
        let layer = |(at, ops)| LoweredLayer { at, ops, in_line: self.in_line.contains(&at) };
        ops.into_iter().map(layer).collect()
    }

    fn locate(&mut self, vertex: VertexId, spans: &[Span]) {
        let ranges: Vec<Range> = spans.iter().map(|span| self.range(*span)).collect();
        self.graph.locate(vertex, self.file, ranges);
        if let Some(first) = spans.first() {
            self.spans.insert(vertex, *first);
        }
    }

    fn range(&self, span: Span) -> Range {
        let position = |offset| {
            let at = self.input.file.line_column(offset);
            let number = |value: usize| i32::try_from(value).unwrap_or(i32::MAX);
            Position { line: number(at.line), character: number(at.column) }
        };
        // The end of a span is behind its last byte: a span that ends with its line must not take
        // the next line with it.
        let (start, end) = (position(span.start), position(span.end.max(span.start + 1) - 1));
        let last = start.line.saturating_add(LONGEST_EXCERPT - 1);
        let end = if end.line > last { Position { line: last, character: 0 } } else { end };
        Range { start, end }
    }
}

fn display_name(layer: &PlannedLayer, op: &PlannedOp) -> String {
    if layer.name.is_empty() { op.title.clone() } else { format!("{}: {}", layer.name, op.title) }
}
