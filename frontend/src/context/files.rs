//! Reads files of the main context before the build.

use futures_util::future::join_all;
use strake_llb::Graph;

use super::source::{MainContext, MainFiles};
use super::{ContextError, vertices};
use crate::gateway::{Gateway, GatewayError, Reference, SolveRequest};

/// Reads files of the main context by their paths from its top, all in one solve.
///
/// # Errors
/// The context can't be had. That one file is not there is the error of that file.
pub async fn read_files<G: Gateway>(
    gateway: &G,
    main: &MainContext,
    paths: &[&str],
) -> Result<Vec<Result<Vec<u8>, GatewayError>>, ContextError> {
    let reference = open(gateway, main, paths).await?;
    Ok(join_all(paths.iter().map(|path| gateway.read_file(&reference, path, None))).await)
}

/// The main context, solved; of a local directory only `paths`, which may have wildcards.
///
/// # Errors
/// The context can't be had.
pub(crate) async fn open<G: Gateway>(
    gateway: &G,
    main: &MainContext,
    paths: &[&str],
) -> Result<Reference, ContextError> {
    let follow = paths.iter().map(|path| path.trim_start_matches('/').to_owned()).collect();
    let mut main = main.clone();
    if let MainFiles::Local(directory) = &mut main.files {
        directory.progress = format!("[internal] load {}", paths.join(", "));
    }
    let mut graph = Graph::new();
    let output = vertices::main_vertex(&mut graph, &main, &follow)?;
    let definition = vertices::marshal(&graph, output, &gateway.capabilities().llb)?;
    Ok(gateway.solve(SolveRequest::of(definition)).await?.single_reference())
}
