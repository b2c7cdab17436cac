//! Reads the file that is built from, and the ignore file that belongs to it.

use strake_llb::{Definition, Graph, Output};

use super::locate::{FilePlace, Located, Place, locate};
use super::source::LocalDirectory;
use super::{ContextError, HTTP_FILE, ignore, vertices};
use crate::gateway::{Gateway, GatewayError, Reference, SolveRequest};
use crate::options::Options;

/// Only this name is also looked for in lowercase.
const DOCKERFILE: &str = "Dockerfile";

/// The file that is built from.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its name, as the client gave it.
    pub filename: String,
    /// As it was read: it may be no UTF-8.
    pub text: Vec<u8>,
    /// What it was read from; the client finds it there again.
    pub definition: Definition,
    /// The digest of the vertex that loaded it, for warnings.
    pub vertex: String,
    /// Patterns of the ignore file that belongs to it, `<filename>.dockerignore`.
    pub(super) ignores: Option<Vec<String>>,
    pub(super) located: Located,
}

/// Finds and reads the file that is built from.
///
/// # Errors
/// The file is not there, or its source can't be fetched.
pub async fn read_entry<G: Gateway>(gateway: &G, options: &Options) -> Result<Entry, ContextError> {
    let located = locate(gateway, options).await?;
    let filename = match &located.main {
        Place::Http { archive: false, .. } => HTTP_FILE.to_owned(),
        _ => options.filename.clone(),
    };
    let definition = definition(gateway, options, &located, &filename)?;
    let vertex = definition.head().map(|(digest, _)| digest).unwrap_or_default();
    let reference = gateway.solve(SolveRequest::of(definition.clone())).await?.single_reference();
    let ignore_name = format!("{filename}.dockerignore");
    let (text, ignores) = tokio::join!(
        read_file(gateway, &reference, &filename),
        read_ignores(gateway, &reference, &ignore_name),
    );
    let text = text.map_err(|source| ContextError::Entry { filename: filename.clone(), source })?;
    Ok(Entry { filename, text, definition, vertex, ignores: ignores?, located })
}

fn definition<G: Gateway>(
    gateway: &G,
    options: &Options,
    located: &Located,
    filename: &str,
) -> Result<Definition, ContextError> {
    let mut graph = Graph::new();
    let output = match (&located.file, &located.main) {
        (FilePlace::Input(definition), _) | (FilePlace::Main, Place::Input(definition)) => {
            graph.graft(definition)?
        }
        (FilePlace::Main, Place::Git(repository)) => Some(vertices::git(&mut graph, repository)),
        (FilePlace::Main, Place::Http { url, archive }) => {
            Some(vertices::http_context(&mut graph, url, *archive))
        }
        (FilePlace::Local, _) | (FilePlace::Main, Place::Local) => {
            Some(local_file(&mut graph, options, filename))
        }
    };
    vertices::marshal(&graph, output, &gateway.capabilities().llb)
}

fn local_file(graph: &mut Graph, options: &Options, filename: &str) -> Output {
    let name = &options.dockerfile_name;
    let directory = LocalDirectory {
        name: name.clone(),
        session_id: options.session_of(name).to_owned(),
        shared_key_hint: name.clone(),
        excludes: Vec::new(),
        progress: format!("[internal] load build definition from {filename}"),
    };
    let mut follow = vec![filename.to_owned(), format!("{filename}.dockerignore")];
    follow.extend(lowercase(filename));
    vertices::small_local(graph, &directory, follow)
}

/// The other name of a `Dockerfile`.
fn lowercase(filename: &str) -> Option<String> {
    match filename.rsplit_once('/') {
        None => (filename == DOCKERFILE).then(|| DOCKERFILE.to_ascii_lowercase()),
        Some((directory, base)) => {
            (base == DOCKERFILE).then(|| format!("{directory}/{}", DOCKERFILE.to_ascii_lowercase()))
        }
    }
}

/// The error is that of the name the client gave.
async fn read_file<G: Gateway>(
    gateway: &G,
    reference: &Reference,
    filename: &str,
) -> Result<Vec<u8>, GatewayError> {
    let error = match gateway.read_file(reference, filename, None).await {
        Ok(text) => return Ok(text),
        Err(error) => error,
    };
    match lowercase(filename) {
        Some(other) => gateway.read_file(reference, &other, None).await.map_err(|_| error),
        None => Err(error),
    }
}

/// The patterns of an ignore file. One that is not there, or can't be read, is none.
pub(super) async fn read_ignores<G: Gateway>(
    gateway: &G,
    reference: &Reference,
    path: &str,
) -> Result<Option<Vec<String>>, ContextError> {
    match gateway.read_file(reference, path, None).await {
        Ok(file) => Ok(Some(ignore::parse(&file))),
        Err(GatewayError::Rpc(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
