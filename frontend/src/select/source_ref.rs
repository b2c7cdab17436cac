//! What a name in `from` means. A named context overrides a stage or an image of that name, as in a
//! Dockerfile; a stage overrides an image.

use std::collections::BTreeMap;
use strake_llb::Gather;

use crate::diagnostics::suggest::Suggestions;
use crate::diagnostics::{Diagnostic, codes};
use crate::manifest::model::Manifest;
use crate::options::{NamedContext, Options};
use crate::platform::Platform;
use crate::reference::ImageReference;
use crate::source::{Span, Spanned};

/// Where files come from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum SourceRef {
    Scratch,
    /// The main build context.
    MainContext,
    /// A stage of the manifest, by its index.
    Stage(usize),
    Image {
        /// Normalised: the registry and the repository are in full.
        reference: String,
        platform: Platform,
    },
    Context {
        /// Its key among the options, with `::platform` where it has one.
        key: String,
        platform: Platform,
    },
    /// What an existing Dockerfile builds.
    Dockerfile {
        /// For the stage of this index.
        stage: usize,
        platform: Platform,
    },
}

/// The names that a manifest can use, and what they mean.
pub(crate) struct Names<'a> {
    manifest: &'a Manifest,
    options: &'a Options,
    stages: BTreeMap<&'a str, usize>,
    suggestions: Suggestions,
}

impl<'a> Names<'a> {
    /// The names of a manifest in a build.
    pub(crate) fn new(manifest: &'a Manifest, options: &'a Options) -> Self {
        let stages = manifest.stages.iter().enumerate();
        let stages = stages.map(|(index, stage)| (stage.name.value.as_str(), index)).gather();
        Names { manifest, options, stages, suggestions: Suggestions::default() }
    }

    /// What a name means in `from`, used on a platform. `outside` is the stage that the name stands
    /// in when a stage can't mean itself: `[stage.debian] from = "debian"` is the image.
    ///
    /// # Errors
    /// Where it is neither a stage nor a context, and can't be an image.
    pub(crate) fn source_ref(
        &self,
        name: &Spanned<String>,
        platform: &Platform,
        outside: Option<usize>,
    ) -> Result<SourceRef, Diagnostic> {
        if let Some(context) = self.context(&name.value, platform) {
            return Ok(context);
        }
        if name.value == "scratch" {
            return Ok(SourceRef::Scratch);
        }
        let stage = self.stages.get(name.value.as_str()).copied();
        if let Some(stage) = stage.filter(|stage| Some(*stage) != outside) {
            return Ok(SourceRef::Stage(stage));
        }
        match ImageReference::parse(&name.value) {
            Ok(reference) => {
                let reference = reference.or_latest().to_string();
                Ok(SourceRef::Image { reference, platform: platform.clone() })
            }
            Err(error) => Err(self.not_an_image(name, &error.to_string())),
        }
    }

    /// The named context of a name, if there is one.
    pub(crate) fn context(&self, name: &str, platform: &Platform) -> Option<SourceRef> {
        let NamedContext { key, .. } = self.options.context(name, platform)?;
        Some(SourceRef::Context { key: key.clone(), platform: platform.clone() })
    }

    /// The stage of a name that is nearest to one that is not there.
    pub(crate) fn nearest_stage(&self, name: &str) -> Option<&'a str> {
        let stages = self.manifest.stages.iter().map(|stage| stage.name.value.as_str());
        self.suggestions.nearest(name, stages)
    }

    fn not_an_image(&self, name: &Spanned<String>, why: &str) -> Diagnostic {
        let text = format!("`{}` is not a stage, a named context or an image: {why}", name.value);
        let problem = Diagnostic::error(&codes::graph::UNKNOWN_SOURCE, text).at(name.span);
        if let Some((_, image)) = name.value.split_once("://") {
            return problem.help(format!("name the image without a scheme: `{image}`"));
        }
        match self.nearest_stage(&name.value) {
            Some(stage) => problem.help(format!("there is a stage named `{stage}`")),
            None => problem.help("name a stage, a named context, an image or `scratch`"),
        }
    }
}

/// A reference by name: the first one to something remote, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NameRef {
    /// The name as the manifest has it.
    pub name: String,
    pub span: Span,
}
