//! Images, contexts and stages as vertices; each is added once.

use std::collections::BTreeSet;

use strake_llb::{Output, ResolveMode, SourceOp};

use super::{LowerError, Lowering};
use crate::context;
use crate::platform::Platform;
use crate::resolve::ResolvedSource;
use crate::select::{Paths, SourceRef};
use crate::source::Span;

/// What a source is wanted for. It is located where it is wanted first, so that a failure to get it
/// points there.
#[derive(Default)]
pub(super) struct Purpose {
    /// How the step is shown that it is the base of a stage.
    pub(super) base_of: Option<String>,
    pub(super) span: Option<Span>,
}

impl Lowering<'_> {
    /// The files of a source; `None` is scratch.
    pub(super) fn source(&mut self, source_ref: &SourceRef, purpose: &Purpose) -> Option<Output> {
        if let SourceRef::Stage(stage) = source_ref {
            return self.stages.get(stage).copied().flatten();
        }
        if let Some(known) = self.sources.get(source_ref) {
            return *known;
        }
        let output = self.new_source(source_ref, purpose).unwrap_or_else(|error| {
            self.errors.push(error);
            None
        });
        self.sources.insert(source_ref.clone(), output);
        output
    }

    fn new_source(
        &mut self,
        source_ref: &SourceRef,
        purpose: &Purpose,
    ) -> Result<Option<Output>, LowerError> {
        let facts = self.input.facts;
        let follow = match facts.paths(source_ref) {
            Paths::All => &BTreeSet::new(),
            Paths::Some(paths) => paths,
        };
        if *source_ref == SourceRef::MainContext {
            let main = facts.main.as_ref();
            let added = main.map(|main| context::main_vertex(&mut self.graph, main, follow));
            let output = added.transpose()?.flatten();
            self.locate_source(output, purpose);
            return Ok(output);
        }
        match (source_ref, facts.sources.get(source_ref)) {
            (SourceRef::Image { platform, .. }, Some(ResolvedSource::Image(image))) => {
                Ok(Some(self.image(&image.reference, platform, purpose)))
            }
            (_, Some(ResolvedSource::Named(named))) => {
                let output = context::named_vertex(&mut self.graph, named, follow)?;
                self.locate_source(output, purpose);
                Ok(output)
            }
            (_, Some(ResolvedSource::Dockerfile { definition, .. })) => {
                Ok(self.graph.graft(definition)?)
            }
            _ => Ok(None),
        }
    }

    fn image(&mut self, reference: &str, platform: &Platform, purpose: &Purpose) -> Output {
        let mode = match self.input.resolve_mode {
            "pull" => ResolveMode::ForcePull,
            "local" => ResolveMode::PreferLocal,
            _ => ResolveMode::Default,
        };
        let source = SourceOp::image(reference).platform(platform.into()).resolve_mode(mode);
        let vertex = self.graph.add(SourceOp::from(source));
        let name = match &purpose.base_of {
            Some(base) => format!("{base}from {reference}"),
            None => format!("[internal] files of {reference}"),
        };
        self.graph.metadata_mut(vertex).custom_name(name);
        self.locate_source(Some(vertex.output(0)), purpose);
        vertex.output(0)
    }

    fn locate_source(&mut self, output: Option<Output>, purpose: &Purpose) {
        if let (Some(output), Some(span)) = (output, purpose.span) {
            self.locate(output.vertex, &[span]);
        }
    }
}
