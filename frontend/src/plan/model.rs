//! A plan: what is run and copied for one platform, with nothing left to look up. Every path is
//! absolute, every variable filled in, every id made. `lower` turns it into LLB one to one.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::cache::PlannedCacheMount;
use crate::git_url::GitUrl;
use crate::image::Image;
use crate::manifest::model::{Boundary, Mode};
use crate::options::{NetworkMode, Resources, Ulimit};
use crate::platform::Platform;
use crate::select::SourceRef;
use crate::source::Span;

/// All that is built for one platform.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    /// The target platform.
    pub platform: Platform,
    /// Stages, each after those it needs; the last is the target.
    pub stages: Vec<PlannedStage>,
    /// The image that the target makes.
    pub image: Image,
    /// Config of the image at the very bottom, where that is known.
    pub base_image: Option<Image>,
    /// What every command gets from the build's options.
    pub run: RunDefaults,
    /// Seconds since 1970 that files made here carry.
    pub epoch: Option<i64>,
    /// The scan for an SBOM, where it is of more than the image.
    pub scan: Option<PlannedScan>,
}

impl Plan {
    /// One of the layers.
    pub(crate) fn layer(&self, at: LayerAt) -> Option<(&PlannedStage, &PlannedLayer)> {
        let stage = self.stages.get(at.stage)?;
        Some((stage, stage.layers.get(at.layer)?))
    }

    /// The stage that is built.
    pub(crate) fn target(&self) -> Option<&PlannedStage> {
        self.stages.last()
    }
}

/// A layer of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LayerAt {
    /// Position of the stage in the plan.
    pub stage: usize,
    /// Position of the layer in the stage.
    pub layer: usize,
}

/// What every command gets from the build's options.
#[derive(Debug, Clone, Default)]
pub(crate) struct RunDefaults {
    /// Lines of `/etc/hosts`.
    pub extra_hosts: Vec<(String, IpAddr)>,
    /// Hostname.
    pub hostname: String,
    /// Parent control group.
    pub cgroup_parent: String,
    /// Limits.
    pub ulimits: Vec<Ulimit>,
    /// Bytes of `/dev/shm`.
    pub shm_size: Option<i64>,
    /// Limits of the control group.
    pub resources: Option<Resources>,
    /// Proxy environment, outside the cache key.
    pub proxy: BTreeMap<String, String>,
}

/// A scan for an SBOM: a command in the scanner's image that looks at file systems.
#[derive(Debug, Clone)]
pub(crate) struct PlannedScan {
    /// The scanner's image.
    pub scanner: SourceRef,
    /// Its display name.
    pub title: String,
    /// Argument vector.
    pub args: Vec<String>,
    /// `NAME=VALUE`.
    pub env: Vec<String>,
    /// Working directory.
    pub cwd: String,
    /// Where the image is.
    pub source: String,
    /// What else is looked at, by the place where it is.
    pub extras: BTreeMap<String, SourceRef>,
    /// Where the scanner leaves what it found.
    pub destination: String,
}

/// One stage.
#[derive(Debug, Clone)]
pub(crate) struct PlannedStage {
    /// Index in the manifest.
    pub index: usize,
    /// Name.
    pub name: String,
    /// Platform of its steps.
    pub platform: Platform,
    /// What it starts from.
    pub base: SourceRef,
    /// Where that is written.
    pub span: Span,
    /// Layers in order.
    pub layers: Vec<PlannedLayer>,
    /// Annotations of the manifest.
    pub annotations: BTreeMap<String, String>,
    /// Nothing of it comes from the cache.
    pub no_cache: bool,
}

/// One layer.
#[derive(Debug, Clone)]
pub(crate) struct PlannedLayer {
    /// Name to show; empty where the manifest gives none.
    pub name: String,
    /// Operations in order.
    pub ops: Vec<PlannedOp>,
    /// Whether its result is exportable, if what it stands on is.
    pub boundary: PlannedBoundary,
    /// The whole table.
    pub span: Span,
}

/// The boundary of a layer, and where it comes from.
#[derive(Debug, Clone)]
pub(crate) struct PlannedBoundary {
    /// What it is.
    pub kind: Boundary,
    /// The manifest says so; otherwise it is by what the layer uses.
    pub explicit: bool,
    /// The cache by which it is a mount layer, where it is not explicit.
    pub cache: Option<String>,
    /// Where it is written or, where it is not, what makes it so.
    pub span: Span,
}

/// One operation: one vertex, and one layer of the image.
#[derive(Debug, Clone)]
pub(crate) struct PlannedOp {
    /// What it does, in one line.
    pub title: String,
    /// Where it is written.
    pub spans: Vec<Span>,
    /// What it is.
    pub kind: OpKind,
}

/// What an operation is.
#[derive(Debug, Clone)]
pub(crate) enum OpKind {
    /// A command.
    Exec(Box<Exec>),
    /// File operations on top of what is there.
    Files(Vec<FileAction>),
    /// File operations on nothing, merged over what is there.
    Linked(Vec<FileAction>),
}

/// A command.
#[derive(Debug, Clone)]
pub(crate) struct Exec {
    /// Argument vector.
    pub args: Vec<String>,
    /// `NAME=VALUE`.
    pub env: Vec<String>,
    /// Working directory.
    pub cwd: String,
    /// User; empty is root.
    pub user: String,
    /// Network.
    pub network: NetworkMode,
    /// All privileges.
    pub insecure: bool,
    /// Mounts, besides the root.
    pub mounts: Vec<Mount>,
    /// Secrets in the environment.
    pub secret_env: Vec<SecretEnv>,
}

/// A secret in the environment.
#[derive(Debug, Clone)]
pub(crate) struct SecretEnv {
    /// Its id.
    pub id: String,
    /// The variable.
    pub name: String,
    /// The build goes on without it.
    pub optional: bool,
}

/// A mount and its place.
#[derive(Debug, Clone)]
pub(crate) struct Mount {
    /// Absolute path.
    pub target: String,
    /// What is there.
    pub kind: MountKind,
}

/// What a mount is.
#[derive(Debug, Clone)]
pub(crate) enum MountKind {
    /// Files of somewhere else.
    Bind {
        /// Of where.
        from: SourceRef,
        /// Path there.
        source: String,
        /// Writable; what is written is thrown away.
        writable: bool,
    },
    /// A file that the plan brings along, read-only.
    Inline {
        /// Its content.
        content: Vec<u8>,
        /// Its mode.
        mode: u32,
    },
    /// A file by http or https, read-only.
    Download {
        /// Where.
        url: String,
        /// `sha256:...`.
        checksum: String,
        /// Where it is named: what can't be had is shown there.
        span: Span,
    },
    /// A cache mount.
    Cache(PlannedCacheMount),
    /// A directory in memory, of at most so many bytes; zero is no limit.
    Tmpfs(u64),
    /// A secret as a file.
    Secret(SecretFile),
    /// The socket of an SSH agent.
    Ssh(SecretFile),
}

/// A secret or socket that appears as a file.
#[derive(Debug, Clone)]
pub(crate) struct SecretFile {
    /// Its id.
    pub id: String,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Mode.
    pub mode: u32,
    /// The build goes on without it.
    pub optional: bool,
}

/// A file operation; paths are absolute, owners and modes as written.
#[derive(Debug, Clone)]
pub(crate) enum FileAction {
    /// Copies files.
    Copy(Box<CopyAction>),
    /// Writes a file.
    Write {
        /// Where.
        path: String,
        /// What.
        content: Vec<u8>,
        /// Mode.
        mode: u32,
        /// Owner.
        owner: Option<String>,
    },
    /// Makes a directory and its parents.
    Mkdir {
        /// Where.
        path: String,
        /// Mode.
        mode: u32,
        /// Owner.
        owner: Option<String>,
        /// A directory that is there gets the mode and the owner, too.
        exact: bool,
    },
    /// Makes a symbolic link.
    Symlink {
        /// Where.
        path: String,
        /// What it points to.
        to: String,
    },
    /// Removes files.
    Remove {
        /// Path, with wildcards.
        path: String,
        /// It may be missing.
        allow_missing: bool,
    },
}

/// Copies files.
#[derive(Debug, Clone)]
pub(crate) struct CopyAction {
    /// From where.
    pub from: CopySource,
    /// Path there, with wildcards.
    pub src: String,
    /// Absolute path; a directory where it ends in `/`.
    pub dest: String,
    /// Owner.
    pub owner: Option<String>,
    /// Mode.
    pub mode: Option<Mode>,
    /// Patterns of what is left out.
    pub exclude: Vec<String>,
    /// Patterns of what is taken, for copies that keep parent directories.
    pub include: Vec<String>,
    /// Paths that must be there although patterns pick the files.
    pub required: Vec<String>,
    /// Archives are unpacked.
    pub unpack: bool,
    /// Where the files are named: what can't be had is shown there.
    pub span: Span,
}

/// From where files are copied.
#[derive(Debug, Clone)]
pub(crate) enum CopySource {
    /// A context, image or stage.
    Ref(SourceRef),
    /// A URL, as a file.
    Url {
        /// http or https.
        url: String,
        /// `sha256:...`.
        checksum: Option<String>,
        /// Name of the file.
        filename: String,
    },
    /// A git repository.
    Git(Box<GitUrl>),
}
