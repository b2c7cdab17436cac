//! Mounts of an exec.

use crate::vertex::Output;

mod message;

/// A file system, a directory or a file that a command sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount {
    pub(super) target: String,
    pub(super) kind: MountKind,
    pub(super) source: Option<Output>,
    selector: String,
    readonly: bool,
    no_output: bool,
    content_cache: ContentCache,
}

/// The kinds of mount that an exec can have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MountKind {
    /// The output of another vertex, or scratch.
    Bind,
    /// A directory that the daemon keeps from build to build.
    Cache {
        /// What makes two mounts the same.
        id: String,
        /// Who may use it at the same time.
        sharing: CacheSharing,
    },
    /// A file system in memory.
    Tmpfs {
        /// Its size in bytes; zero for no limit.
        size: i64,
    },
    /// A file with a secret.
    Secret(SecretOpt),
    /// The socket of an SSH agent.
    Ssh(SshOpt),
}

/// Who may use a cache mount at the same time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CacheSharing {
    /// Any number of steps at once.
    #[default]
    Shared,
    /// Whoever finds it in use gets a new one.
    Private,
    /// Whoever finds it in use waits.
    Locked,
}

impl CacheSharing {
    /// As `RUN --mount=type=cache,sharing=` has it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Shared => "shared",
            Self::Private => "private",
            Self::Locked => "locked",
        }
    }
}

/// Whether the content of a bind mount is looked at when its definition is not in the cache.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ContentCache {
    /// It is left to the daemon.
    #[default]
    Default,
    /// It is always looked at.
    On,
    /// It is never looked at.
    Off,
}

/// A secret as a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretOpt {
    /// The name that the client knows it by.
    pub id: String,
    /// Owner of the file, by number.
    pub uid: u32,
    /// Group of the file, by number.
    pub gid: u32,
    /// Permission bits of the file.
    pub mode: u32,
    /// Leaves the file out where the client has no such secret.
    pub optional: bool,
}

impl SecretOpt {
    /// A secret that only root can read, and that must be there.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into(), uid: 0, gid: 0, mode: 0o400, optional: false }
    }
}

/// The socket of an SSH agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SshOpt {
    /// The name that the client knows it by.
    pub id: String,
    /// Owner of the socket, by number.
    pub uid: u32,
    /// Group of the socket, by number.
    pub gid: u32,
    /// Permission bits of the socket.
    pub mode: u32,
    /// Leaves the socket out where the client has none.
    pub optional: bool,
}

impl SshOpt {
    /// A socket that only root can use, and that must be there.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into(), uid: 0, gid: 0, mode: 0o600, optional: false }
    }
}

impl Mount {
    fn new(target: impl Into<String>, kind: MountKind, source: Option<Output>) -> Self {
        Self {
            target: target.into(),
            kind,
            source,
            selector: String::new(),
            readonly: false,
            no_output: false,
            content_cache: ContentCache::Default,
        }
    }

    /// The root file system; `None` is scratch.
    #[must_use]
    pub fn root(source: Option<Output>) -> Self {
        Self::new("/", MountKind::Bind, source)
    }

    /// Another vertex's output. Writable, and an output of the exec in turn, unless said otherwise.
    #[must_use]
    pub fn bind(target: impl Into<String>, source: impl Into<Option<Output>>) -> Self {
        Self::new(target, MountKind::Bind, source.into())
    }

    /// An empty directory that is an output of the exec.
    #[must_use]
    pub fn scratch(target: impl Into<String>) -> Self {
        Self::new(target, MountKind::Bind, None)
    }

    /// A directory that the daemon keeps from build to build. It starts empty.
    #[must_use]
    pub fn cache(target: impl Into<String>, id: impl Into<String>, sharing: CacheSharing) -> Self {
        Self::new(target, MountKind::Cache { id: id.into(), sharing }, None)
    }

    /// A file system in memory.
    #[must_use]
    pub fn tmpfs(target: impl Into<String>) -> Self {
        Self::new(target, MountKind::Tmpfs { size: 0 }, None)
    }

    /// A file with a secret.
    #[must_use]
    pub fn secret(target: impl Into<String>, opt: SecretOpt) -> Self {
        Self::new(target, MountKind::Secret(opt), None)
    }

    /// The socket of an SSH agent. An empty target stands for `/run/buildkit/ssh_agent.N`; the
    /// first socket is also what `SSH_AUTH_SOCK` says unless the exec sets that itself.
    #[must_use]
    pub fn ssh(target: impl Into<String>, opt: SshOpt) -> Self {
        Self::new(target, MountKind::Ssh(opt), None)
    }

    /// Starts a cache mount with the content of `base`, which becomes part of its identity.
    #[must_use]
    pub fn base(mut self, base: impl Into<Option<Output>>) -> Self {
        self.source = base.into();
        self
    }

    /// Starts a cache mount as the directory that [`Graph::cache_base`](crate::Graph::cache_base)
    /// made.
    #[must_use]
    pub fn owned_base(self, base: Output) -> Self {
        self.base(base).selector(super::file::CACHE_DIRECTORY)
    }

    /// Mounts a directory or file of the source instead of all of it.
    #[must_use]
    pub fn selector(mut self, path: impl Into<String>) -> Self {
        self.selector = path.into();
        self
    }

    /// Forbids writing. The mount is no output of the exec.
    #[must_use]
    pub fn readonly(mut self) -> Self {
        self.readonly = true;
        self
    }

    /// Allows writing and throws away what was written. The mount is no output of the exec.
    #[must_use]
    pub fn no_output(mut self) -> Self {
        self.no_output = true;
        self
    }

    /// Allows writing, where it was forbidden, and throws away what was written.
    #[must_use]
    pub fn discarded(mut self) -> Self {
        self.readonly = false;
        self.no_output()
    }

    /// Limits the size of a tmpfs, in bytes. Other mounts have no size.
    #[must_use]
    pub fn size(mut self, bytes: i64) -> Self {
        if let MountKind::Tmpfs { size } = &mut self.kind {
            *size = bytes;
        }
        self
    }

    /// Says when the content of a bind mount counts.
    #[must_use]
    pub fn content_cache(mut self, content_cache: ContentCache) -> Self {
        self.content_cache = content_cache;
        self
    }

    /// Mounts the same thing at another place.
    #[must_use]
    pub fn at(mut self, target: impl Into<String>) -> Self {
        self.target = target.into();
        self
    }

    /// Where it is mounted.
    #[must_use]
    pub fn target(&self) -> &str {
        &self.target
    }

    /// Its kind, with the settings that only this kind has.
    #[must_use]
    pub fn kind(&self) -> &MountKind {
        &self.kind
    }

    /// What it is mounted from; `None` is scratch.
    #[must_use]
    pub fn source(&self) -> Option<Output> {
        self.source
    }

    /// The directory or file of the source that is mounted; empty for all of it.
    #[must_use]
    pub fn selected(&self) -> &str {
        &self.selector
    }

    /// Whether the mount is an output of its exec.
    #[must_use]
    pub fn has_output(&self) -> bool {
        matches!(self.kind, MountKind::Bind) && !self.readonly && !self.no_output
    }
}
