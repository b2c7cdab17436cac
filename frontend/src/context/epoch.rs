//! `SOURCE_DATE_EPOCH=context`: the date of what is built. As for a Dockerfile since BuildKit 0.30, it is
//! the commit of a git context, the `Last-Modified` of a download, and none of a local directory.

use strake_llb::{Graph, Output};
use strake_proto::caps::llb as cap;

use super::entry::Entry;
use super::locate::Place;
use super::source::GitRepository;
use super::{ContextError, HTTP_FILE, vertices};
use crate::gateway::{Gateway, SolveRequest};

/// The date of the main context, in seconds since 1970; `None` where it has none.
///
/// # Errors
/// The context can't be fetched, or the daemon does not know the date of a commit.
pub async fn context_date<G: Gateway>(
    gateway: &G,
    entry: &Entry,
) -> Result<Option<i64>, ContextError> {
    match &entry.located.main {
        Place::Git(_) if !gateway.capabilities().llb.contains(cap::SOURCE_GIT_MTIME) => {
            Err(ContextError::NoCommitDate)
        }
        Place::Git(repository) => {
            let mut repository: GitRepository = repository.as_ref().clone();
            repository.url.mtime = Some("commit".to_owned());
            date(gateway, "/", |graph| vertices::git(graph, &repository)).await
        }
        Place::Http { url, .. } => {
            date(gateway, HTTP_FILE, |graph| vertices::http_context(graph, url, false)).await
        }
        Place::Input(_) | Place::Local => Ok(None),
    }
}

/// When a file was changed. A download without a date is from 1970.
async fn date<G: Gateway>(
    gateway: &G,
    path: &str,
    vertex: impl FnOnce(&mut Graph) -> Output,
) -> Result<Option<i64>, ContextError> {
    let mut graph = Graph::new();
    let output = vertex(&mut graph);
    let definition = vertices::marshal(&graph, Some(output), &gateway.capabilities().llb)?;
    let reference = gateway.solve(SolveRequest::of(definition)).await?.single_reference();
    let changed = gateway.stat_file(&reference, path).await?.modified;
    Ok((changed > 0).then_some(changed))
}
