//! Which registry caches a build may import: those that answer.
//!
//! BuildKit has no time limit for the import of a cache, and waits for it where it decides what to do
//! next, which it does for all builds in one loop. A host that takes the connection and says nothing
//! so stops the whole daemon: builds that have nothing to do with that cache stood still until the
//! host hung up, also after the build that named it was cancelled (tried with BuildKit 0.25). So each
//! registry is asked first, all of them at the same time and with a time limit of our own, and one
//! that does not answer is left out, whoever named it.
//!
//! Asked by a solve of the reference as if it were an image, which fetches what an import fetches
//! first. A call that resolves an image would do, too, but a cache is no image: that call fails for
//! each cache that is there, and clients show every failure in red. Of an index it also downloads a
//! layer. A vertex can be alone in a weak progress group, which clients do not show.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures_util::future::join_all;
use strake_llb::{Definition, Graph, ProgressGroup, ResolveMode, SourceOp};
use tokio::time::Instant;

use super::PlatformBuild;
use crate::context::{self, ContextError};
use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::caches as codes;
use crate::gateway::{CacheImport, Gateway, GatewayError, SolveRequest};
use crate::options::Options;
use crate::reference::ImageReference;
use crate::source::Span;

/// All registries together have this long to answer.
const TIME_LIMIT: Duration = Duration::from_secs(3);
/// So many are asked at the same time: far more than anybody names.
const AT_ONCE: usize = 64;
/// The kind of imports that come from a registry.
const REGISTRY: &str = "registry";
/// As much of the daemon's words is shown, in characters.
const SHOWN: usize = 200;

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
    let answers = ask_all(gateway, options, references.collect()).await;
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
        wanted.iter().filter_map(|cache| cache.reference.clone()).collect();
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

/// What a registry says when it is asked for a cache.
#[derive(Debug, PartialEq, Eq)]
enum Answer {
    /// It has something.
    There,
    /// It has no such thing.
    Missing,
    /// It does not let us have it: the daemon's words.
    Denied(String),
    /// It can't be reached, or fails: the daemon's words.
    Unavailable(String),
    /// Nothing.
    Silent,
}

/// Asks for each of them, once, as many at a time as a daemon takes well. The time limit is for all.
async fn ask_all<G: Gateway>(
    gateway: &G,
    options: &Options,
    references: BTreeSet<&ImageReference>,
) -> BTreeMap<ImageReference, Answer> {
    let deadline = Instant::now() + TIME_LIMIT;
    let references: Vec<&ImageReference> = references.into_iter().collect();
    let mut answers = BTreeMap::new();
    for some in references.chunks(AT_ONCE) {
        let asked = some.iter().map(|reference| ask(gateway, options, reference, deadline));
        let asked = join_all(asked).await;
        answers.extend(some.iter().map(|reference| (*reference).clone()).zip(asked));
    }
    answers
}

async fn ask<G: Gateway>(
    gateway: &G,
    options: &Options,
    reference: &ImageReference,
    deadline: Instant,
) -> Answer {
    let reference = reference.to_string();
    // A graph of one source can always be written.
    let Ok(definition) = question(gateway, options, &reference) else { return Answer::There };
    let request = SolveRequest { evaluate: true, ..SolveRequest::of(definition) };
    // A solve that is given up is cancelled in the daemon, and the connection closed.
    match tokio::time::timeout_at(deadline, gateway.solve(request)).await {
        Err(_) => Answer::Silent,
        Ok(Err(GatewayError::Rpc(status))) => answer(&reference, status.message()),
        Ok(_) => Answer::There,
    }
}

/// A vertex that no other build has: an answer is kept as long as any build wants to know it.
fn question<G: Gateway>(
    gateway: &G,
    options: &Options,
    reference: &str,
) -> Result<Definition, ContextError> {
    let source = SourceOp::image(reference).resolve_mode(ResolveMode::ForcePull).internal();
    let source = SourceOp::from(source).attr("strake.session", &options.session_id);
    let mut graph = Graph::new();
    let vertex = graph.add(source);
    let name = format!("[internal] look for the registry cache {reference}");
    // A second failure in a group would bring it to light.
    let group = ProgressGroup { id: name.clone(), name: name.clone(), weak: true };
    graph.metadata_mut(vertex).custom_name(name).group(group);
    context::marshal(&graph, Some(vertex.into()), &gateway.capabilities().llb)
}

/// Words of the daemon that tell of a registry which wants another login.
const DENIED: [&str; 5] = [
    "401 Unauthorized",
    "403 Forbidden",
    "authorization failed",
    "failed to authorize",
    "access denied",
];
/// Words of the daemon that tell of a registry which can't be reached, or fails.
const UNAVAILABLE: [&str; 2] = ["failed to do request", "unexpected status from"];

/// What an error of the daemon tells of the registry. All of them have the same code, so that the text
/// decides. What is not known by it is taken for a cache: those fail in many ways, being no images,
/// and the import of something else harms nobody once the registry answers.
///
/// What BuildKit 0.25 was seen to say, behind `failed to load cache key: `:
///
/// | asked for | words |
/// |---|---|
/// | a cache, the default form | `mismatched image rootfs and manifest layers [] [{...` |
/// | a cache with `image-manifest=false` | `unexpected media type ... for sha256:...: not found` |
/// | an index with nothing in it | `no match for platform in manifest: not found` |
/// | an image with a cache in it | no error |
/// | a missing tag or repository | `REFERENCE: not found` |
/// | 401, 403, 500, 503 | `unexpected status from HEAD request to URL: 401 Unauthorized` |
/// | a port where nobody listens | `failed to do request: ... connect: connection refused` |
/// | a host that does not exist | `failed to do request: ... no such host` |
/// | a host that speaks neither TLS nor HTTP | `failed to do request: ... tls: ...` |
/// | a silent host | nothing, until the call is given up; the connection is closed then |
fn answer(reference: &str, message: &str) -> Answer {
    let words = message.strip_prefix("failed to load cache key: ").unwrap_or(message);
    let says = |phrases: &[&str]| phrases.iter().any(|phrase| words.contains(phrase));
    let shown = || words.chars().take(SHOWN).collect();
    if words.ends_with(&format!("{reference}: not found")) {
        Answer::Missing
    } else if says(&DENIED) {
        Answer::Denied(shown())
    } else if says(&UNAVAILABLE) {
        Answer::Unavailable(shown())
    } else {
        Answer::There
    }
}
