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
    /// The session that offers it: `local-sessionid:NAME`, or else the build's.
    pub session_id: String,
    /// What makes two transfers share what was sent before.
    pub shared_key_hint: String,
    /// Files that the client does not send: patterns of `.dockerignore`.
    pub excludes: Vec<String>,
    /// Its name in the progress of the build.
    pub progress: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GitRepository {
    /// The repository, with what build arguments say about it.
    pub url: GitUrl,
    pub progress: String,
}

/// The main build context.
#[derive(Debug, Clone, PartialEq)]
pub struct MainContext {
    pub files: MainFiles,
    /// The directory of it that is used; all of it where there is none.
    pub subdir: Option<String>,
}

/// The files of the main build context.
#[derive(Debug, Clone, PartialEq)]
pub enum MainFiles {
    /// A directory of the client's.
    Local(LocalDirectory),
    Git(Box<GitRepository>),
    /// A file that a web server has.
    Http {
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
    Scratch,
    Image {
        /// Reference with the digest.
        reference: String,
        /// Digest of the manifest or index.
        digest: String,
        /// Config, as JSON bytes.
        config: Vec<u8>,
        platform: Platform,
        progress: String,
    },
    /// An image of an OCI layout that the client serves.
    OciLayout {
        /// A name to show, with the digest.
        reference: String,
        session_id: String,
        /// The name of the store in that session.
        store_id: String,
        /// Digest of the manifest or index.
        digest: String,
        /// Config, as JSON bytes.
        config: Vec<u8>,
        platform: Platform,
        progress: String,
    },
    /// A directory of the client's.
    Local(LocalDirectory),
    Git(Box<GitRepository>),
    /// A file on a web server, under the name `context`.
    Http {
        url: String,
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
