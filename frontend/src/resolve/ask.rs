//! Asking registries whether they have something, with a time limit of our own.
//!
//! Asked by a solve of the reference as if it were an image, which fetches what an import fetches
//! first. A call that resolves an image would do, too, but a cache is no image: that call fails for
//! each cache that is there, and clients show every failure in red. Of an index it also downloads a
//! layer. A vertex can be alone in a weak progress group, which clients do not show.
//!
//! An image with a cache in it is asked for with more layers than it has, which fails when its config
//! has come. Were it solved, the daemon would have records of its layers that are younger than those
//! of the cache, and prefer them: the times in the config, and with them the digest of the image that
//! is built, would be others in each build.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;
use strake_llb::{Definition, Graph, ProgressGroup, ResolveMode, SourceOp};
use strake_proto::caps::llb as cap;

use super::patience::Patience;
use crate::context::{self, ContextError};
use crate::gateway::{Gateway, GatewayError, SolveRequest};
use crate::options::Options;
use crate::reference::ImageReference;

/// So many are asked at the same time: far more than anybody names.
const AT_ONCE: usize = 64;
/// More layers than any image has.
const TOO_MANY_LAYERS: u32 = 1 << 20;
/// As much of the daemon's words is shown, in characters.
const LONGEST_EXCERPT: usize = 200;

/// What a registry says when it is asked for something.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    There,
    /// It has no such thing.
    Missing,
    /// It does not let us have it: the daemon's words.
    Denied(String),
    /// It can't be reached, or fails: the daemon's words.
    Unavailable(String),
    /// It did not answer in time.
    Silent,
}

/// Asks for each of them, once, as many at a time as a daemon takes well. The time limit is for all.
/// `what` is what they are wanted as, for the progress.
pub(crate) async fn ask_all<G: Gateway>(
    gateway: &G,
    options: &Options,
    references: BTreeSet<&ImageReference>,
    what: &str,
) -> BTreeMap<ImageReference, Answer> {
    let patience = Patience::new(gateway, options, what);
    let references: Vec<&ImageReference> = references.into_iter().collect();
    let mut answers = BTreeMap::new();
    for some in references.chunks(AT_ONCE) {
        let asked = some.iter().map(|reference| async {
            let answer = ask(gateway, options, reference, what);
            patience.wait_for(answer).await.unwrap_or(Answer::Silent)
        });
        let asked = join_all(asked).await;
        answers.extend(some.iter().map(|reference| (*reference).clone()).zip(asked));
    }
    answers
}

async fn ask<G: Gateway>(
    gateway: &G,
    options: &Options,
    reference: &ImageReference,
    what: &str,
) -> Answer {
    let reference = reference.to_string();
    // A graph of one source can always be written.
    let Ok(definition) = question(gateway, options, &reference, what) else { return Answer::There };
    let request = SolveRequest { evaluate: true, ..SolveRequest::of(definition) };
    match gateway.solve(request).await {
        Err(GatewayError::Rpc(status)) => answer(&reference, status.message()),
        _ => Answer::There,
    }
}

/// A vertex that no other build has: an answer is kept as long as any build wants to know it.
fn question<G: Gateway>(
    gateway: &G,
    options: &Options,
    reference: &str,
    what: &str,
) -> Result<Definition, ContextError> {
    let source = SourceOp::image(reference).resolve_mode(ResolveMode::ForcePull).internal();
    let source = match gateway.capabilities().llb.contains(cap::SOURCE_IMAGE_LAYER_LIMIT) {
        true => source.layer_limit(TOO_MANY_LAYERS),
        false => source,
    };
    let source = SourceOp::from(source).attr("strake.session", &options.session_id);
    let mut graph = Graph::new();
    let vertex = graph.add(source);
    let name = format!("[internal] look for the {what} {reference}");
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
/// | an image with a cache in it | `layer limit 1048576 is greater than the number of layers in the image 3`; no error where layers can't be limited |
/// | a missing tag or repository | `REFERENCE: not found` |
/// | 401, 403, 500, 503 | `unexpected status from HEAD request to URL: 401 Unauthorized` |
/// | a port where nobody listens | `failed to do request: ... connect: connection refused` |
/// | a host that does not exist | `failed to do request: ... no such host` |
/// | a host that speaks neither TLS nor HTTP | `failed to do request: ... tls: ...` |
/// | a silent host | nothing, until the call is given up; the connection is closed then |
fn answer(reference: &str, message: &str) -> Answer {
    let words = message.strip_prefix("failed to load cache key: ").unwrap_or(message);
    let says = |phrases: &[&str]| phrases.iter().any(|phrase| words.contains(phrase));
    let excerpt = || words.chars().take(LONGEST_EXCERPT).collect();
    if words.ends_with(&format!("{reference}: not found")) {
        Answer::Missing
    } else if says(&DENIED) {
        Answer::Denied(excerpt())
    } else if says(&UNAVAILABLE) {
        Answer::Unavailable(excerpt())
    } else {
        Answer::There
    }
}
