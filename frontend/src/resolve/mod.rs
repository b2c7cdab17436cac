//! Looks up everything from outside that a build needs, all of it at the same time: image configs,
//! named contexts, the main context, Dockerfiles of stages, script files; and, of builds, registry
//! caches. The only phase between the reading of the manifest and the solve that waits for BuildKit.

pub(crate) mod ask;
mod caches;
mod dockerfile;
mod facts;
mod inputs;
pub(crate) mod patience;
mod scripts;
#[cfg(test)]
mod tests;
mod trifle;

use std::collections::BTreeMap;
use strake_llb::Gather;

use futures_util::future::join_all;

pub(crate) use caches::{Caches, caches};
pub(crate) use facts::{Facts, PinnedImage, ResolvedSource};

use crate::context::{self, ContextError, MainContext};
use crate::diagnostics::suggest::Suggestions;
use crate::diagnostics::{Diagnostic, codes};
use crate::gateway::{Gateway, ImageStore, ResolveImage};
use crate::manifest::model::Manifest;
use crate::options::Options;
use crate::platform::Platform;
use crate::reference::ImageReference;
use crate::select::{NameRef, Paths, Selection, SourceRef};

/// One platform's part of a build.
#[derive(Debug)]
pub(crate) struct PlatformBuild {
    /// The manifest, read for the platform.
    pub manifest: Manifest,
    /// The stages to build.
    pub selection: Selection,
}

/// Looks everything up.
///
/// # Errors
/// Everything that can't be had, in one go.
pub(crate) async fn resolve<G: Gateway>(
    gateway: &G,
    options: &Options,
    entry: &context::Entry,
    builds: &[PlatformBuild],
) -> Result<Facts, Vec<Diagnostic>> {
    let resolver = Resolver { gateway, options, builds, suggestions: Suggestions::default() };
    let requests = Requests::by(builds);
    let sources = join_all(
        requests.remote.iter().map(|(source_ref, used)| resolver.source(source_ref, used)),
    );
    let (sources, main) = tokio::join!(sources, resolver.main(entry, &requests));

    let mut problems = Vec::new();
    let mut facts = Facts { paths: paths(builds), ..Facts::default() };
    for ((source_ref, _), source) in requests.remote.iter().zip(sources) {
        match source {
            Ok(Some(source)) => drop(facts.sources.insert((*source_ref).clone(), source)),
            Ok(None) => {}
            Err(problem) => problems.push(problem),
        }
    }
    match main {
        None => {}
        Some(Ok(Main { context, scripts, inputs })) => {
            facts.main = Some(context);
            let (scripts, unreadable) = split(scripts);
            let (inputs, unpicked) = split(inputs);
            (facts.scripts, facts.inputs) = (scripts, inputs);
            problems.extend(unreadable.into_iter().chain(unpicked));
        }
        Some(Err(problem)) => problems.push(problem),
    }
    if problems.is_empty() { Ok(facts) } else { Err(problems) }
}

/// Paths of the main context, and where they were named first.
type Uses<'a> = BTreeMap<&'a str, &'a NameRef>;

/// What all platforms request from outside, each thing once.
struct Requests<'a> {
    remote: BTreeMap<&'a SourceRef, &'a NameRef>,
    scripts: Uses<'a>,
    inputs: Uses<'a>,
}

impl<'a> Requests<'a> {
    fn by(builds: &'a [PlatformBuild]) -> Self {
        let selections = || builds.iter().map(|build| &build.selection);
        let remote = selections().flat_map(|selection| &selection.remote).gather();
        let scripts = selections().flat_map(|selection| &selection.scripts);
        let inputs = selections().flat_map(|selection| &selection.input_patterns);
        Requests {
            remote,
            scripts: scripts.map(|(path, used)| (path.as_str(), used)).gather(),
            inputs: inputs.map(|(path, used)| (path.as_str(), used)).gather(),
        }
    }

    fn main_context(&self) -> bool {
        self.remote.contains_key(&SourceRef::MainContext) || !self.scripts.is_empty()
    }
}

/// The main context and what was read of it.
struct Main {
    context: MainContext,
    scripts: Result<BTreeMap<String, String>, Vec<Diagnostic>>,
    inputs: Result<BTreeMap<String, Vec<String>>, Vec<Diagnostic>>,
}

fn split<T: Default>(found: Result<T, Vec<Diagnostic>>) -> (T, Vec<Diagnostic>) {
    match found {
        Ok(found) => (found, Vec::new()),
        Err(problems) => (T::default(), problems),
    }
}

fn paths(builds: &[PlatformBuild]) -> BTreeMap<SourceRef, Paths> {
    let mut all: BTreeMap<SourceRef, Paths> = BTreeMap::new();
    for (source_ref, paths) in builds.iter().flat_map(|build| &build.selection.paths) {
        match all.get_mut(source_ref) {
            Some(known) => known.extend(paths),
            None => drop(all.insert(source_ref.clone(), paths.clone())),
        }
    }
    all
}

struct Resolver<'a, G> {
    gateway: &'a G,
    options: &'a Options,
    builds: &'a [PlatformBuild],
    suggestions: Suggestions,
}

impl<G: Gateway> Resolver<'_, G> {
    async fn main(
        &self,
        entry: &context::Entry,
        requests: &Requests<'_>,
    ) -> Option<Result<Main, Diagnostic>> {
        if !requests.main_context() {
            return None;
        }
        let context = match context::main_context(self.gateway, self.options, entry).await {
            Ok(context) => context,
            Err(error) => return Some(Err(self.main_problem(&error))),
        };
        let scripts = scripts::read(self.gateway, &context, &requests.scripts);
        let inputs = inputs::pick(self.gateway, &context, &requests.inputs);
        let (scripts, inputs) = tokio::join!(scripts, inputs);
        Some(Ok(Main { context, scripts, inputs }))
    }

    async fn source(
        &self,
        source_ref: &SourceRef,
        used: &NameRef,
    ) -> Result<Option<ResolvedSource>, Diagnostic> {
        let found = match source_ref {
            SourceRef::Image { reference, platform } => self.image(reference, platform).await,
            SourceRef::Context { key, platform } => {
                let context = self.options.contexts.iter().find(|context| context.key == *key);
                let Some(context) = context else { return Ok(None) };
                let loaded =
                    context::named_context(self.gateway, self.options, context, platform).await;
                loaded.map(ResolvedSource::Named)
            }
            SourceRef::Dockerfile { stage, platform } => {
                let manifest = self.builds.first().map(|build| &build.manifest);
                let Some(stage) = manifest.and_then(|manifest| manifest.stages.get(*stage)) else {
                    return Ok(None);
                };
                dockerfile::delegate(self.gateway, self.options, stage, platform).await
            }
            SourceRef::Scratch | SourceRef::MainContext | SourceRef::Stage(_) => return Ok(None),
        };
        found.map(Some).map_err(|error| self.problem(source_ref, used, &error))
    }

    async fn image(
        &self,
        reference: &str,
        platform: &Platform,
    ) -> Result<ResolvedSource, ContextError> {
        let request = ResolveImage {
            reference: reference.to_owned(),
            platform: Some(platform.clone()),
            resolve_mode: self.options.resolve_mode.clone(),
            log_name: self.log_name(reference, platform),
            store: ImageStore::Registry,
        };
        let image = self.gateway.resolve_image(request).await?;
        let pinned = match ImageReference::parse(&image.reference) {
            Ok(parsed) if !image.digest.is_empty() => parsed.with_digest(image.digest).to_string(),
            _ => image.reference,
        };
        Ok(ResolvedSource::Image(PinnedImage { reference: pinned, config: image.config }))
    }

    fn log_name(&self, reference: &str, platform: &Platform) -> String {
        let platform = match self.options.multi_platform {
            true => format!("{platform} "),
            false => String::new(),
        };
        format!("[{platform}internal] load metadata for {reference}")
    }

    fn problem(&self, source_ref: &SourceRef, used: &NameRef, error: &ContextError) -> Diagnostic {
        let what = match source_ref {
            SourceRef::Image { reference, platform }
                if *platform != self.options.build_platform =>
            {
                format!("the image `{reference}` for {platform}")
            }
            SourceRef::Image { reference, .. } => format!("the image `{reference}`"),
            SourceRef::Context { key, .. } => format!("the named context `{key}`"),
            SourceRef::Dockerfile { .. } => format!("the Dockerfile `{}`", used.name),
            SourceRef::Scratch | SourceRef::MainContext | SourceRef::Stage(_) => {
                "the context".to_owned()
            }
        };
        let text = format!("{what} can't be loaded: {error}");
        let problem = Diagnostic::error(&codes::graph::UNRESOLVED, text).at(used.span);
        let stages = self.builds.first().map(|build| &build.manifest.stages);
        let stages = stages.into_iter().flatten().map(|stage| stage.name.value.as_str());
        match self.suggestions.nearest(&used.name, stages) {
            Some(_) if !matches!(source_ref, SourceRef::Image { .. }) => problem,
            // A stage of that name would have been meant, but for the one that it stands in.
            Some(stage) if stage == used.name => problem
                .help(format!("`{stage}` is the image here: a stage can't start from itself")),
            Some(stage) => problem.help(format!("there is a stage named `{stage}`")),
            None => problem,
        }
    }

    fn main_problem(&self, error: &ContextError) -> Diagnostic {
        let text = format!("the build context can't be loaded: {error}");
        Diagnostic::error(&codes::graph::UNRESOLVED, text)
    }
}
