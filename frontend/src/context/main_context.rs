//! The main build context. Its `.dockerignore` is loaded only by who asks for the context: a build
//! that copies nothing from it does not wait for the client's files.

use strake_llb::Graph;

use super::entry::{Entry, read_ignores};
use super::locate::Place;
use super::source::{LocalDirectory, MainContext, MainFiles};
use super::{ContextError, DOCKERIGNORE, MAIN_CONTEXT, vertices};
use crate::gateway::{Gateway, SolveRequest};
use crate::options::Options;

/// The main build context of the build that `entry` is the file of.
///
/// # Errors
/// The client's directory can't be read.
pub async fn main_context<G: Gateway>(
    gateway: &G,
    options: &Options,
    entry: &Entry,
) -> Result<MainContext, ContextError> {
    let files = match entry.located.main.clone() {
        Place::Git(repository) => MainFiles::Git(repository),
        Place::Http { url, archive } => MainFiles::Http { url, archive },
        Place::Input(definition) => MainFiles::Input(definition),
        Place::Local => {
            let excludes = match &entry.ignores {
                Some(patterns) => patterns.clone(),
                None => dockerignore(gateway, options).await?,
            };
            let progress = "[internal] load build context";
            let files = MainFiles::Local(directory(options, MAIN_CONTEXT, excludes, progress));
            return Ok(MainContext { files, subdir: None });
        }
    };
    Ok(MainContext { files, subdir: options.context_subdir.clone() })
}

async fn dockerignore<G: Gateway>(
    gateway: &G,
    options: &Options,
) -> Result<Vec<String>, ContextError> {
    let hint = format!("{MAIN_CONTEXT}-{DOCKERIGNORE}");
    let progress = format!("[internal] load {DOCKERIGNORE}");
    let mut graph = Graph::new();
    let directory = directory(options, &hint, Vec::new(), &progress);
    let output = vertices::small_local(&mut graph, &directory, [DOCKERIGNORE.to_owned()]);
    let definition = vertices::marshal(&graph, Some(output), &gateway.capabilities().llb)?;
    let reference = gateway.solve(SolveRequest::of(definition)).await?.single_reference();
    Ok(read_ignores(gateway, &reference, DOCKERIGNORE).await?.unwrap_or_default())
}

fn directory(
    options: &Options,
    hint: &str,
    excludes: Vec<String>,
    progress: &str,
) -> LocalDirectory {
    LocalDirectory {
        name: MAIN_CONTEXT.to_owned(),
        session_id: options.session_of(MAIN_CONTEXT).to_owned(),
        shared_key_hint: hint.to_owned(),
        excludes,
        progress: progress.to_owned(),
    }
}
