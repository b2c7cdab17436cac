//! A local directory as a seed: the mounts are directories in it, or in archives that lie in it.

use std::collections::{BTreeMap, BTreeSet};

use strake_llb::{Copy, Definition, FileOp, Gather, Graph, Output};

use super::{Content, Contents};
use crate::context::{self, ContextError, NamedSource};
use crate::gateway::{Gateway, GatewayError, Reference, SolveRequest};
use crate::mounts::agent::INDEX;

/// How the names of archives end. The daemon looks into them to tell how they are compressed.
const ARCHIVES: [&str; 4] = [".tar", ".tar.gz", ".tgz", ".tar.zst"];

/// What a local directory is as a seed.
pub(super) struct Opened {
    /// The directory, or what its archives unpack to.
    pub(super) source: NamedSource,
    /// The mounts in it.
    pub(super) contents: Contents,
    /// The names of the archives that are unpacked, as they are shown.
    pub(super) archives: Option<String>,
}

/// Looks for the mounts of a directory. Where there are none, its archives are unpacked, one over
/// the other.
///
/// # Errors
/// The directory can't be read, or an archive is broken.
pub(super) async fn open<G: Gateway>(
    gateway: &G,
    directory: NamedSource,
) -> Result<Opened, ContextError> {
    let mut graph = Graph::new();
    let archives = ARCHIVES.map(|end| format!("*{end}"));
    let sent = archives.into_iter().chain([format!("*/{INDEX}")]).gather();
    let files = context::named_vertex(&mut graph, &directory, &sent)?;
    let seen = look(gateway, &graph, files).await?;
    if !seen.mounts.is_empty() || seen.archives.is_empty() {
        let contents = Contents::new(seen.mounts);
        return Ok(Opened { source: directory, contents, archives: None });
    }
    let names: Vec<String> = seen.archives.into_iter().collect();
    let unpacked = names.iter().fold(FileOp::new(None), |unpacked, archive| {
        unpacked.copy(Copy::new(files, format!("/{archive}"), "/").attempt_unpack())
    });
    let vertex = graph.add(unpacked);
    let archives = names.join(", ");
    graph.metadata_mut(vertex).custom_name(format!("[seed] unpack {archives}"));
    let seen = look(gateway, &graph, Some(vertex.into())).await?;
    let source = NamedSource::Input { definition: seen.definition, config: None };
    Ok(Opened { source, contents: Contents::new(seen.mounts), archives: Some(archives) })
}

/// What is to be seen in a tree of files.
struct Seen {
    definition: Definition,
    /// Directories with an index.
    mounts: BTreeMap<String, Content>,
    /// Files that are called like archives.
    archives: BTreeSet<String>,
}

async fn look<G: Gateway>(
    gateway: &G,
    graph: &Graph,
    output: Option<Output>,
) -> Result<Seen, ContextError> {
    let definition = context::marshal(graph, output, &gateway.capabilities().llb)?;
    let request = SolveRequest::of(definition.clone());
    let reference = gateway.solve(request).await?.single_reference();
    let mut seen = Seen { definition, mounts: BTreeMap::new(), archives: BTreeSet::new() };
    for entry in gateway.read_dir(&reference, "/", "").await? {
        if entry.is_directory() {
            if has_index(gateway, &reference, &entry.path).await? {
                // It does not say what is in it.
                let unknown = Content { id: String::new(), entries: 0, bytes: 0 };
                seen.mounts.insert(entry.path, unknown);
            }
        } else if ARCHIVES.iter().any(|end| entry.path.ends_with(end)) {
            seen.archives.insert(entry.path);
        }
    }
    Ok(seen)
}

async fn has_index<G: Gateway>(
    gateway: &G,
    reference: &Reference,
    directory: &str,
) -> Result<bool, GatewayError> {
    let files = gateway.read_dir(reference, directory, INDEX).await?;
    Ok(files.iter().any(|file| file.path == INDEX))
}
