//! Named build contexts: what the command line says about one, looked up.

use strake_llb::Graph;

use super::entry::read_ignores;
use super::source::{GitRepository, LocalDirectory, NamedSource};
use super::{ContextError, DOCKERIGNORE, vertices};
use crate::gateway::{
    Gateway, GatewayError, ImageStore, ResolveImage, ResolvedImage, SolveRequest,
};
use crate::git_url::GitUrl;
use crate::options::{ContextSpec, NamedContext, Options, parse_spec};
use crate::platform::Platform;
use crate::reference::ImageReference;

/// How often a source policy may put something else in the place of an image.
const MAX_REPLACEMENTS: usize = 10;

/// Looks up what a named context is on a platform.
///
/// # Errors
/// It can't be had.
pub async fn named_context<G: Gateway>(
    gateway: &G,
    options: &Options,
    context: &NamedContext,
    platform: &Platform,
) -> Result<NamedSource, ContextError> {
    let loader = Loader { gateway, options, context, platform };
    let (mut spec, mut given) = (context.spec.clone(), context.given.clone());
    for _ in 0..=MAX_REPLACEMENTS {
        let resolved = match loader.load(&spec, &given).await {
            Err(ContextError::Gateway(GatewayError::NotAnImage { resolved, .. })) => resolved,
            loaded => return loaded,
        };
        let problem = |reason| ContextError::Policy { resolved: resolved.clone(), reason };
        spec = parse_spec(&resolved).map_err(problem)?;
        given = resolved;
    }
    Err(ContextError::Policy { resolved: given, reason: "it forms a cycle".to_owned() })
}

struct Loader<'a, G> {
    gateway: &'a G,
    options: &'a Options,
    context: &'a NamedContext,
    platform: &'a Platform,
}

impl<G: Gateway> Loader<'_, G> {
    async fn load(&self, spec: &ContextSpec, given: &str) -> Result<NamedSource, ContextError> {
        match spec {
            ContextSpec::Scratch => Ok(NamedSource::Scratch),
            ContextSpec::Image(reference) => self.image(reference, given).await,
            ContextSpec::OciLayout { store, digest } => self.oci_layout(store, digest).await,
            ContextSpec::Local(name) => self.local(name).await,
            ContextSpec::Input(name) => self.input(name).await,
            // Nothing of it is there in a call, which asks for none of its files.
            ContextSpec::Target(_) if self.options.request.is_some() => Ok(NamedSource::Scratch),
            ContextSpec::Target(name) => Err(ContextError::NoInput(name.clone())),
            ContextSpec::Git(url) => Ok(git(url, given)),
            ContextSpec::Http(url) => {
                Ok(NamedSource::Http { url: url.clone(), progress: self.progress(url) })
            }
        }
    }

    /// The display name of a step of this context.
    fn progress(&self, doing: &str) -> String {
        format!("[context {}] {doing}", self.context.key)
    }

    async fn image(
        &self,
        reference: &ImageReference,
        given: &str,
    ) -> Result<NamedSource, ContextError> {
        let display_name = given.strip_prefix("docker-image:").unwrap_or(given);
        let display_name = display_name.strip_prefix("//").unwrap_or(display_name);
        let image =
            self.resolve(&reference.to_string(), display_name, ImageStore::Registry).await?;
        let reference = match ImageReference::parse(&image.reference) {
            Ok(parsed) if !image.digest.is_empty() => parsed.with_digest(&image.digest).to_string(),
            _ => image.reference,
        };
        Ok(NamedSource::Image {
            reference,
            digest: image.digest,
            config: image.config,
            platform: self.platform.clone(),
            progress: self.progress(display_name),
        })
    }

    async fn oci_layout(&self, store: &str, digest: &str) -> Result<NamedSource, ContextError> {
        let session_id = self.options.session_id.clone();
        // The store's name means nothing to the user; the context's does.
        let name = self.context.key.split("::").next().unwrap_or_default();
        let reference = match ImageReference::parse(name) {
            Ok(name) => name.with_digest(digest).to_string(),
            Err(_) => format!("{store}@{digest}"),
        };
        let store_id = store.to_owned();
        let layout =
            ImageStore::OciLayout { session_id: session_id.clone(), store_id: store_id.clone() };
        let image = self.resolve(&reference, &reference, layout).await?;
        Ok(NamedSource::OciLayout {
            reference,
            session_id,
            store_id,
            digest: image.digest,
            config: image.config,
            platform: self.platform.clone(),
            progress: self.progress("OCI load from client"),
        })
    }

    async fn resolve(
        &self,
        reference: &str,
        display_name: &str,
        store: ImageStore,
    ) -> Result<ResolvedImage, ContextError> {
        let request = ResolveImage {
            reference: reference.to_owned(),
            platform: Some(self.platform.clone()),
            resolve_mode: self.options.resolve_mode.clone(),
            log_name: self.progress(&format!("load metadata for {display_name}")),
            store,
        };
        Ok(self.gateway.resolve_image(request).await?)
    }

    async fn local(&self, name: &str) -> Result<NamedSource, ContextError> {
        let key = &self.context.key;
        let mut directory = LocalDirectory {
            name: name.to_owned(),
            session_id: self.options.session_of(name).to_owned(),
            shared_key_hint: format!("context:{key}-{DOCKERIGNORE}"),
            excludes: Vec::new(),
            progress: self.progress(&format!("load {DOCKERIGNORE}")),
        };
        let mut graph = Graph::new();
        let output = vertices::small_local(&mut graph, &directory, [DOCKERIGNORE.to_owned()]);
        let definition = vertices::marshal(&graph, Some(output), &self.gateway.capabilities().llb)?;
        let request = SolveRequest { evaluate: true, ..SolveRequest::of(definition) };
        let reference = self.gateway.solve(request).await?.single_reference();
        let excludes = read_ignores(self.gateway, &reference, DOCKERIGNORE).await?;
        directory.shared_key_hint = format!("context:{key}-{}", self.context.shared_key);
        directory.excludes = excludes.unwrap_or_default();
        directory.progress = self.progress("load from client");
        Ok(NamedSource::Local(directory))
    }

    async fn input(&self, name: &str) -> Result<NamedSource, ContextError> {
        let definition = self.gateway.inputs().await?.remove(name);
        let definition = definition.ok_or_else(|| ContextError::NoInput(name.to_owned()))?;
        Ok(NamedSource::Input { definition, config: self.context.input_config.clone() })
    }
}

fn git(url: &GitUrl, given: &str) -> NamedSource {
    let progress = format!("[internal] load git source {given}");
    NamedSource::Git(Box::new(GitRepository { url: url.clone(), progress }))
}
