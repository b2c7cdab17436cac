//! Which registry caches a build may import: those that answer.
//!
//! BuildKit has no time limit for the import of a cache, and waits for it where it decides what to do
//! next, which it does for all builds in one loop. A host that takes the connection and says nothing
//! so stops the whole daemon: builds that have nothing to do with that cache stood still until the
//! host hung up, also after the build that named it was cancelled (tried with BuildKit 0.25). So each
//! registry is asked first, all of them at the same time and with a time limit of our own, and one
//! that does not answer is left out, whoever named it.

use std::collections::BTreeSet;
use strake_llb::Gather;

use super::PlatformBuild;
use super::ask::{Answer, TIME_LIMIT, ask_all};
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

/// Registry caches of a build.
#[derive(Debug, Default)]
pub struct Caches {
    /// What solves import: what the user names first, then what the manifest does.
    pub imports: Vec<CacheImport>,
    /// What is left out, and why.
    pub warnings: Vec<Diagnostic>,
}

/// Asks for the caches of the build and of its manifest.
pub async fn caches<G: Gateway>(
    gateway: &G,
    options: &Options,
    builds: &[PlatformBuild],
) -> Caches {
    let wanted = wanted(options, builds);
    let references = wanted.iter().filter_map(|cache| cache.reference.as_ref());
    let answers = ask_all(gateway, options, references.gather(), ASKED).await;
    let mut caches = Caches::default();
    for cache in wanted {
        let answer = cache.reference.as_ref().and_then(|reference| answers.get(reference));
        match answer.and_then(|answer| cache.objection(answer)) {
            None => caches.imports.push(cache.import),
            Some(warning) => caches.warnings.push(warning),
        }
    }
    caches
}

/// A cache that somebody wants.
struct Wanted {
    import: CacheImport,
    /// Its name, where it is in a registry.
    reference: Option<ImageReference>,
    /// Its place in the manifest; none where the command line names it.
    span: Option<Span>,
}

/// What the user names, as it is, then what the manifest names and the user does not.
fn wanted(options: &Options, builds: &[PlatformBuild]) -> Vec<Wanted> {
    let theirs = options.cache_imports.iter().map(|import| {
        let text = import.attrs.get("ref").filter(|_| import.kind == REGISTRY);
        let reference = text.and_then(|text| ImageReference::parse(text).ok());
        let reference = reference.map(ImageReference::or_latest);
        Wanted { import: import.clone(), reference, span: None }
    });
    let mut wanted: Vec<Wanted> = theirs.collect();
    let mut known: BTreeSet<ImageReference> =
        wanted.iter().filter_map(|cache| cache.reference.clone()).gather();
    for cache in builds.iter().flat_map(|build| &build.manifest.registry.cache) {
        if known.insert(cache.value.clone()) {
            let attrs = [("ref".to_owned(), cache.value.to_string())].into();
            let import = CacheImport { kind: REGISTRY.to_owned(), attrs };
            let reference = Some(cache.value.clone());
            wanted.push(Wanted { import, reference, span: Some(cache.span) });
        }
    }
    wanted
}

impl Wanted {
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
    let text = format!("the registry cache `{name}` is not there");
    let help = format!(
        "a build with `--target @registry --cache-to type=registry,ref={name},mode=max` makes it"
    );
    Diagnostic::warning(&codes::MISSING, text).help(help)
}

fn denied(reference: &ImageReference, words: &str) -> Diagnostic {
    let name = reference.familiar();
    let text = format!("the registry cache `{name}` may not be read: {words}");
    let help = format!("log in: `docker login {}`", reference.domain);
    Diagnostic::warning(&codes::DENIED, text).help(help)
}

fn unavailable(reference: &ImageReference, words: &str) -> Diagnostic {
    let text = format!("the registry cache `{}` can't be had: {words}", reference.familiar());
    Diagnostic::warning(&codes::UNAVAILABLE, text)
}

fn silent(reference: &ImageReference) -> Diagnostic {
    let (name, limit) = (reference.familiar(), TIME_LIMIT.as_secs());
    let text = format!("the registry cache `{name}` did not answer within {limit} s");
    Diagnostic::warning(&codes::SILENT, text).help("the build goes on without it")
}
