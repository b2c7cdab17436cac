//! Resolved sources to LLB vertices. Pure; the attributes are those that BuildKit's own Dockerfile
//! frontend sets, so that files which a client has sent once are not sent again.

use std::collections::BTreeSet;

use strake_llb::{
    ByteOrder, Copy, DecodeError, Definition, Differ, FileOp, GitSource, Graph, LocalSource,
    MarshalOptions, Op, Output, SourceOp,
};
use strake_proto::caps::llb as cap;

use super::source::{GitRepository, LocalDirectory, MainContext, MainFiles, NamedSource};
use super::{ContextError, HTTP_FILE};
use crate::git_url::GitUrl;
use crate::platform::Platform;

/// Adds the main context. Of a local directory only `follow` and what it leads to is sent;
/// everything where it is empty.
///
/// # Errors
/// The client's input is no definition.
pub fn main_vertex(
    graph: &mut Graph,
    main: &MainContext,
    follow: &BTreeSet<String>,
) -> Result<Option<Output>, DecodeError> {
    let files = match &main.files {
        MainFiles::Local(directory) => Some(local(graph, directory, follow)),
        MainFiles::Git(repository) => Some(git(graph, repository)),
        MainFiles::Http { url, archive } => Some(http_context(graph, url, *archive)),
        MainFiles::Input(definition) => graph.graft(definition)?,
    };
    let Some(subdir) = main.subdir.as_deref().filter(|_| files.is_some()) else {
        return Ok(files);
    };
    let copy = Copy::new(files, subdir, "/").dir_copy_contents();
    Ok(Some(graph.add(FileOp::new(None).copy(copy)).into()))
}

/// Adds a named context; `None` is scratch. Of a local directory only `follow` and what it leads to
/// is sent; everything where it is empty.
///
/// # Errors
/// The client's input is no definition.
pub fn named_vertex(
    graph: &mut Graph,
    source: &NamedSource,
    follow: &BTreeSet<String>,
) -> Result<Option<Output>, DecodeError> {
    Ok(match source {
        NamedSource::Scratch => None,
        NamedSource::Image { reference, platform, progress, .. } => {
            let image = SourceOp::image(reference).platform(platform.into());
            Some(named(graph, SourceOp::from(image), progress))
        }
        NamedSource::OciLayout { reference, session_id, store_id, platform, progress, .. } => {
            let layout = SourceOp::oci_layout(reference)
                .session_id(session_id)
                .store_id(store_id)
                .platform(platform.into());
            Some(named(graph, SourceOp::from(layout), progress))
        }
        NamedSource::Local(directory) => Some(local(graph, directory, follow)),
        NamedSource::Git(repository) => Some(git(graph, repository)),
        NamedSource::Http { url, progress } => {
            let file = SourceOp::http(url).filename(HTTP_FILE);
            Some(named(graph, SourceOp::from(file), progress))
        }
        NamedSource::Input { definition, .. } => graph.graft(definition)?,
    })
}

/// The source op of a repository, without a name in the progress.
pub(crate) fn git_source(url: &GitUrl) -> GitSource {
    let mut source = SourceOp::git(url.identifier()).full_url(&url.remote);
    if url.keep_git_dir == Some(true) {
        source = source.keep_git_dir();
    }
    if let Some(checksum) = &url.checksum {
        source = source.checksum(checksum);
    }
    if url.submodules == Some(false) {
        source = source.skip_submodules();
    }
    if let Some(mtime) = &url.mtime {
        source = source.mtime(mtime);
    }
    if url.fetch_by_commit {
        source = source.fetch_by_commit();
    }
    // Known hosts can't be looked up here: a frontend has no network.
    if url.scheme == "ssh" { source.mount_ssh_sock("default") } else { source }
}

/// Adds a small part of a local directory, for reading: it is sent without a comparison with what
/// was sent before.
pub(super) fn small_local(
    graph: &mut Graph,
    directory: &LocalDirectory,
    follow: impl IntoIterator<Item = String>,
) -> Output {
    let source = local_source(directory).follow_paths(follow).differ(Differ::None, false);
    named(graph, SourceOp::from(source), &directory.progress)
}

/// What a web server has at a URL, as a file named `context`; what is in it, where it is an archive.
pub(super) fn http_context(graph: &mut Graph, url: &str, archive: bool) -> Output {
    let source = SourceOp::from(SourceOp::http(url).filename(HTTP_FILE));
    let file = named(graph, source, "[internal] load remote build context");
    if !archive {
        return file;
    }
    let unpack = Copy::new(Some(file), format!("/{HTTP_FILE}"), "/").attempt_unpack();
    graph.add(FileOp::new(None).copy(unpack)).into()
}

/// The definition of an output, in the bytes that the daemon would write.
pub(crate) fn marshal(
    graph: &Graph,
    output: Option<Output>,
    caps: &BTreeSet<String>,
) -> Result<Definition, ContextError> {
    let byte_order = match caps.contains(cap::EXEC_VALID_EXIT_CODE) {
        true => ByteOrder::Canonical,
        false => ByteOrder::TagOrder,
    };
    let options = MarshalOptions { byte_order, ..MarshalOptions::default() };
    Ok(graph.marshal(output, &options)?)
}

fn local(graph: &mut Graph, directory: &LocalDirectory, follow: &BTreeSet<String>) -> Output {
    let source = local_source(directory).follow_paths(follow.iter().cloned());
    named(graph, SourceOp::from(source), &directory.progress)
}

fn local_source(directory: &LocalDirectory) -> LocalSource {
    SourceOp::local(&directory.name)
        .session_id(&directory.session_id)
        .shared_key_hint(&directory.shared_key_hint)
        .exclude_patterns(directory.excludes.iter().cloned())
}

pub(super) fn git(graph: &mut Graph, repository: &GitRepository) -> Output {
    named(graph, SourceOp::from(git_source(&repository.url)), &repository.progress)
}

fn named(graph: &mut Graph, op: impl Into<Op>, progress: &str) -> Output {
    let vertex = graph.add(op);
    graph.metadata_mut(vertex).custom_name(progress);
    vertex.into()
}

impl From<&Platform> for strake_llb::Platform {
    fn from(platform: &Platform) -> Self {
        strake_llb::Platform {
            os: platform.os.clone(),
            architecture: platform.architecture.clone(),
            variant: platform.variant.clone(),
            os_version: platform.os_version.clone(),
            os_features: platform.os_features.clone(),
        }
    }
}
