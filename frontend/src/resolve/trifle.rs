//! A solve that needs nobody but the daemon: an empty file, which no other build has. It looks in no
//! cache, is forced, and clients do not show it.

use strake_llb::{FileOp, Graph, Mkfile, ProgressGroup};

use crate::context::{self, ContextError};
use crate::gateway::{CacheImport, Gateway, GatewayError, SolveRequest};
use crate::options::Options;

/// Solves a vertex of this name; no two of a build have the same.
///
/// # Errors
/// What the daemon says.
pub(super) async fn solve<G: Gateway>(
    gateway: &G,
    options: &Options,
    name: &str,
    cache_imports: Vec<CacheImport>,
) -> Result<(), Error> {
    let mut graph = Graph::new();
    let text = format!("{} {name}", options.session_id);
    let vertex = graph.add(FileOp::new(None).mkfile(Mkfile::new("/trifle", 0o444, text.as_str())));
    let name = format!("[internal] {name}");
    let group = ProgressGroup { id: name.clone(), name: name.clone(), weak: true };
    graph.metadata_mut(vertex).custom_name(name).group(group).ignore_cache = true;
    let definition = context::marshal(&graph, Some(vertex.into()), &gateway.capabilities().llb)?;
    let request = SolveRequest { evaluate: true, cache_imports, ..SolveRequest::of(definition) };
    gateway.solve(request).await?;
    Ok(())
}

/// Why it could not be solved.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    #[error(transparent)]
    Graph(#[from] ContextError),
    #[error(transparent)]
    Daemon(#[from] GatewayError),
}
