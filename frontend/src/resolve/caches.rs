//! Which registry caches a build may import: those that answer.
//!
//! BuildKit has no time limit for the import of a cache, and waits for it where it decides what to do
//! next, which it does for all builds in one loop. A host that takes the connection and says nothing
//! so stops the whole daemon: builds that have nothing to do with that cache stood still until the
//! host hung up, also after the build that named it was cancelled (tried with BuildKit 0.25). So each
//! registry is asked first, all of them at the same time and with a time limit of our own, and one
//! that does not answer is left out, whoever named it.
//!
//! What answers may still be slow. The daemon begins an import when the first solve names it, beside
//! everything else, and waits for it when the first vertex looks for itself in a cache. So a solve of
//! our own names the imports first, whose only vertex looks in no cache, and nothing is solved with
//! them for as long again as the registries took to answer.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use strake_llb::Gather;
use tokio::time::Instant;

use super::PlatformBuild;
use super::ask::{Answer, ask_all};
use super::patience::TIME_LIMIT;
use super::trifle;
use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::caches as codes;
use crate::gateway::{CacheImport, Gateway};
use crate::options::Options;
use crate::reference::ImageReference;
use crate::source::Span;

/// The kind of imports that come from a registry.
const REGISTRY: &str = "registry";
/// What a cache is called in the progress.
const ASKED: &str = "registry cache";

/// The longest that an import is left to itself.
const HEAD_START: Duration = Duration::from_secs(1);

/// Registry caches of a build.
#[derive(Debug, Default)]
pub(crate) struct Caches {
    /// What solves import: what the user names first, then what the manifest does.
    pub imports: Vec<CacheImport>,
    /// What is left out, and why.
    pub warnings: Vec<Diagnostic>,
}

/// Asks for the caches of the build and of its manifest.
pub(crate) async fn caches<G: Gateway>(
    gateway: &G,
    options: &Options,
    builds: &[PlatformBuild],
) -> Caches {
    let wanted = wanted(options, builds);
    let references = wanted.iter().filter_map(|cache| cache.reference.as_ref());
    let contents: BTreeMap<&ImageReference, ImageReference> =
        references.map(|reference| (reference, content(reference, &options.session_id))).gather();
    let begun = Instant::now();
    let asked = contents.iter().flat_map(|(reference, content)| [*reference, content]);
    let mut answers = ask_all(gateway, options, asked.gather(), ASKED).await;
    let took = begun.elapsed();
    for (reference, content) in &contents {
        if answers.get(content) == Some(&Answer::Silent) {
            answers.insert((*reference).clone(), Answer::Silent);
        }
    }
    let mut caches = Caches::default();
    for cache in wanted {
        let answer = cache.reference.as_ref().and_then(|reference| answers.get(reference));
        match answer.and_then(|answer| cache.objection(answer)) {
            None => caches.imports.push(cache.import),
            Some(warning) => caches.warnings.push(warning),
        }
    }
    if !caches.imports.is_empty() {
        begin(gateway, options, &caches.imports).await;
        tokio::time::sleep(took.min(HEAD_START)).await;
    }
    caches
}

/// Content of a registry that nobody has. A registry may answer for manifests and be silent where its
/// content is: the daemon asks it for a digest as for a manifest, and then as for content. Content that
/// is there would not do, since the daemon may have it already, and then asks nobody.
fn content(reference: &ImageReference, session: &str) -> ImageReference {
    let digest = Sha256::new().chain_update(session).chain_update(reference.to_string());
    let digest = digest
        .finalize()
        .iter()
        .fold("sha256:".to_owned(), |text, byte| format!("{text}{byte:02x}"));
    ImageReference { tag: None, ..reference.clone() }.with_digest(digest)
}

/// Has the daemon begin with the imports. Whatever comes of them, those who name them later are told.
async fn begin<G: Gateway>(gateway: &G, options: &Options, imports: &[CacheImport]) {
    let begun = trifle::solve(gateway, options, "begin to import caches", imports.to_vec()).await;
    if let Err(error) = begun {
        tracing::debug!(%error, "imports could not be begun with");
    }
}

/// A cache that somebody wants.
struct WantedCache {
    import: CacheImport,
    /// Its name, where it is in a registry.
    reference: Option<ImageReference>,
    /// Its place in the manifest; none where the command line names it.
    span: Option<Span>,
}

/// What the user names, as it is, then what the manifest names and the user does not.
fn wanted(options: &Options, builds: &[PlatformBuild]) -> Vec<WantedCache> {
    let theirs = options.cache_imports.iter().map(|import| {
        let text = import.attrs.get("ref").filter(|_| import.kind == REGISTRY);
        let reference = text.and_then(|text| ImageReference::parse(text).ok());
        let reference = reference.map(ImageReference::or_latest);
        WantedCache { import: import.clone(), reference, span: None }
    });
    let mut wanted: Vec<WantedCache> = theirs.collect();
    let mut known: BTreeSet<ImageReference> =
        wanted.iter().filter_map(|cache| cache.reference.clone()).gather();
    for cache in builds.iter().flat_map(|build| &build.manifest.registry.cache) {
        if known.insert(cache.value.clone()) {
            let attrs = [("ref".to_owned(), cache.value.to_string())].into();
            let import = CacheImport { kind: REGISTRY.to_owned(), attrs };
            let reference = Some(cache.value.clone());
            wanted.push(WantedCache { import, reference, span: Some(cache.span) });
        }
    }
    wanted
}

impl WantedCache {
    /// Why a cache is left out, if it is. Of what the user names, only what would stop the daemon: the
    /// daemon itself tells about the rest.
    fn objection(&self, answer: &Answer) -> Option<Diagnostic> {
        let reference = self.reference.as_ref()?;
        let warning = match (answer, self.span) {
            (Answer::There, _)
            | (Answer::Missing | Answer::Denied(_) | Answer::Unavailable(_), None) => return None,
            (Answer::Missing, _) => missing(reference),
            (Answer::Denied(words), _) => denied(reference, words),
            (Answer::Unavailable(words), _) => unavailable(reference, words),
            (Answer::Silent, _) => silent(reference),
        };
        Some(match self.span {
            Some(span) => warning.at(span),
            None => warning,
        })
    }
}

fn missing(reference: &ImageReference) -> Diagnostic {
    let name = reference.familiar();
    let text = format!("there is no registry cache `{name}`");
    let help = format!(
        "a build with `--target @registry --cache-to type=registry,ref={name},mode=max` makes it"
    );
    Diagnostic::warning(&codes::MISSING, text).help(help)
}

fn denied(reference: &ImageReference, words: &str) -> Diagnostic {
    let name = reference.familiar();
    let text = format!("access to the registry cache `{name}` is denied: {words}");
    let help = format!("log in: `docker login {}`", reference.domain);
    Diagnostic::warning(&codes::DENIED, text).help(help)
}

fn unavailable(reference: &ImageReference, words: &str) -> Diagnostic {
    let text = format!("the registry cache `{}` is unavailable: {words}", reference.familiar());
    Diagnostic::warning(&codes::UNAVAILABLE, text)
}

fn silent(reference: &ImageReference) -> Diagnostic {
    let (name, limit) = (reference.familiar(), TIME_LIMIT.as_secs());
    let text = format!("the registry cache `{name}` did not answer within {limit} s");
    Diagnostic::warning(&codes::SILENT, text).help("the build goes on without it")
}
