//! What was resolved. Nothing in it changes any more: planning and lowering read it and ask nobody.

use std::collections::BTreeMap;

use strake_llb::Definition;

use crate::context::{MainContext, NamedSource};
use crate::select::{Paths, SourceRef};

/// Everything from outside that a build needs, for all its platforms.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    /// Images, named contexts and Dockerfiles.
    pub sources: BTreeMap<SourceRef, ResolvedSource>,
    /// The main context, where anything of it is used.
    pub main: Option<MainContext>,
    /// Text of script files, by path.
    pub scripts: BTreeMap<String, String>,
    /// What inputs with wildcards pick of the main context, by pattern.
    pub inputs: BTreeMap<String, Vec<String>>,
    /// What is used of the main context and of named contexts.
    pub paths: BTreeMap<SourceRef, Paths>,
}

/// One thing from outside.
#[derive(Debug)]
pub(crate) enum ResolvedSource {
    Image(PinnedImage),
    Named(NamedSource),
    /// What a Dockerfile builds.
    Dockerfile {
        definition: Definition,
        /// Its image config, as JSON bytes.
        config: Option<Vec<u8>>,
    },
}

/// An image that was looked up.
#[derive(Debug, Clone)]
pub(crate) struct PinnedImage {
    /// Reference with the digest.
    pub reference: String,
    /// Config, as JSON bytes.
    pub config: Vec<u8>,
}

impl Facts {
    /// The image config of a source, where it has one.
    pub(crate) fn image_config(&self, source_ref: &SourceRef) -> Option<&[u8]> {
        match self.sources.get(source_ref)? {
            ResolvedSource::Image(image) => Some(&image.config),
            ResolvedSource::Named(named) => named.config(),
            ResolvedSource::Dockerfile { config, .. } => config.as_deref(),
        }
    }

    /// What a source is called: the part of a cache's id that keeps distributions apart. Digests
    /// are left out, so that a base image that moves keeps its caches.
    pub(crate) fn name(&self, source_ref: &SourceRef) -> String {
        match (source_ref, self.sources.get(source_ref)) {
            (SourceRef::Image { reference, .. }, _) => without_digest(reference),
            (_, Some(ResolvedSource::Named(NamedSource::Image { reference, .. }))) => {
                without_digest(reference)
            }
            (SourceRef::Context { key, .. }, _) => format!("context:{key}"),
            (SourceRef::Dockerfile { stage, .. }, _) => format!("dockerfile:{stage}"),
            (SourceRef::Scratch | SourceRef::MainContext | SourceRef::Stage(_), _) => {
                "scratch".to_owned()
            }
        }
    }

    /// The text of a script file.
    pub(crate) fn script(&self, path: &str) -> Option<&str> {
        self.scripts.get(path).map(String::as_str)
    }

    /// What an input with wildcards picks of the main context.
    pub(crate) fn inputs(&self, pattern: &str) -> &[String] {
        self.inputs.get(pattern).map_or(&[], Vec::as_slice)
    }

    /// What is used of a source.
    pub(crate) fn paths(&self, source_ref: &SourceRef) -> &Paths {
        self.paths.get(source_ref).unwrap_or(&Paths::All)
    }
}

fn without_digest(reference: &str) -> String {
    reference.split('@').next().unwrap_or(reference).to_owned()
}
