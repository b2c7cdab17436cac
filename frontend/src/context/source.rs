//! Where files come from, resolved: plain data that says what to fetch, with a display name.
//! Nothing here asks anybody; `vertices` makes LLB of it.

use strake_llb::Definition;

use crate::git_url::GitUrl;
use crate::platform::Platform;

/// A directory of the client's.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LocalDirectory {
    /// The name under which the client offers it.
    pub name: String,
    /// The client's session.
    pub session_id: String,
    /// What makes two transfers share what was sent before.
    pub shared_key_hint: String,
    /// Patterns of `.dockerignore`.
    pub excludes: Vec<String>,
    /// Its display name.
    pub progress: String,
}

/// A git repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GitRepository {
    /// The repository, with what build arguments say about it.
    pub url: GitUrl,
    /// Its display name.
    pub progress: String,
}

/// The main build context.
#[derive(Debug, Clone, PartialEq)]
pub struct MainContext {
    /// Its files.
    pub files: MainFiles,
    /// The directory of it that is used; all of it where there is none.
    pub subdir: Option<String>,
}

/// The files of the main build context.
#[derive(Debug, Clone, PartialEq)]
pub enum MainFiles {
    /// A directory of the client's.
    Local(LocalDirectory),
    /// A git repository.
    Git(Box<GitRepository>),
    /// A web server's.
    Http {
        /// Where.
        url: String,
        /// It is an archive, and the context is what is in it. Otherwise the context is the file
        /// that is built from.
        archive: bool,
    },
    /// What the client gave as an input.
    Input(Definition),
}

/// A named build context.
#[derive(Debug, Clone, PartialEq)]
pub enum NamedSource {
    /// Nothing.
    Scratch,
    /// An image.
    Image {
        /// Reference with the digest.
        reference: String,
        /// Digest of the manifest or index.
        digest: String,
        /// Config, as JSON bytes.
        config: Vec<u8>,
        /// For this platform.
        platform: Platform,
        /// Its display name.
        progress: String,
    },
    /// An image of an OCI layout that the client serves.
    OciLayout {
        /// A name to show, with the digest.
        reference: String,
        /// The client's session.
        session_id: String,
        /// The name of the store in that session.
        store_id: String,
        /// Digest of the manifest or index.
        digest: String,
        /// Config, as JSON bytes.
        config: Vec<u8>,
        /// For this platform.
        platform: Platform,
        /// Its display name.
        progress: String,
    },
    /// A directory of the client's.
    Local(LocalDirectory),
    /// A git repository.
    Git(Box<GitRepository>),
    /// A file on a web server, under the name `context`.
    Http {
        /// Where.
        url: String,
        /// Its display name.
        progress: String,
    },
    /// What the client gave as an input.
    Input {
        /// What it is made from.
        definition: Definition,
        /// The image config that came with it, as JSON bytes.
        config: Option<Vec<u8>>,
    },
}

impl NamedSource {
    /// The image config, where it has one, as JSON bytes.
    pub fn config(&self) -> Option<&[u8]> {
        match self {
            NamedSource::Image { config, .. } | NamedSource::OciLayout { config, .. } => {
                Some(config)
            }
            NamedSource::Input { config, .. } => config.as_deref(),
            NamedSource::Scratch
            | NamedSource::Local(_)
            | NamedSource::Git(_)
            | NamedSource::Http { .. } => None,
        }
    }
}
