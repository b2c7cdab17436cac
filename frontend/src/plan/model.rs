//! A plan: what is run and copied for one platform, with nothing left to look up. Every path is
//! absolute, every variable filled in, every id made. `lower` turns it into LLB one to one.

use std::collections::BTreeMap;
use std::net::IpAddr;

use strake_llb::{LinuxResources, NetMode, SecretEnv, SecretOpt, SshOpt};

use crate::cache::PlannedCacheMount;
use crate::git_url::GitUrl;
use crate::image::Image;
use crate::manifest::model::Mode;
use crate::options::Ulimit;
use crate::platform::Platform;
use crate::presets::Boundary;
use crate::select::SourceRef;
use crate::source::Span;

/// All that is built for one platform.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
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
    /// Names and addresses for `/etc/hosts`.
    pub extra_hosts: Vec<(String, IpAddr)>,
    pub hostname: String,
    pub cgroup_parent: String,
    pub ulimits: Vec<Ulimit>,
    /// Size of `/dev/shm` in bytes.
    pub shm_size: Option<i64>,
    /// Limits of the control group.
    pub resources: Option<LinuxResources>,
    /// Proxy environment, outside the cache key.
    pub proxy: BTreeMap<String, String>,
}

/// A scan for an SBOM: a command in the scanner's image that looks at file systems.
#[derive(Debug, Clone)]
pub(crate) struct PlannedScan {
    pub scanner: SourceRef,
    /// Its name in the progress of the build.
    pub title: String,
    pub args: Vec<String>,
    /// Lines of the form `NAME=VALUE`.
    pub env: Vec<String>,
    pub cwd: String,
    /// Where the image is.
    pub source: String,
    /// What else is looked at, by the place where it is.
    pub extras: BTreeMap<String, SourceRef>,
    /// Where the scanner leaves what it found.
    pub destination: String,
}

#[derive(Debug, Clone)]
pub(crate) struct PlannedStage {
    /// Index in the manifest.
    pub index: usize,
    pub name: String,
    /// Platform of its steps.
    pub platform: Platform,
    /// What it starts from.
    pub base: SourceRef,
    /// Where that is written.
    pub span: Span,
    pub layers: Vec<PlannedLayer>,
    /// Annotations of the manifest.
    pub annotations: BTreeMap<String, String>,
    /// Nothing of it comes from the cache.
    pub no_cache: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct PlannedLayer {
    /// Name to show; empty where the manifest gives none.
    pub name: String,
    pub ops: Vec<PlannedOp>,
    /// Whether its result is exportable, if what it stands on is.
    pub boundary: PlannedBoundary,
    /// The place of the whole table.
    pub span: Span,
}

/// The boundary of a layer, and where it comes from.
#[derive(Debug, Clone)]
pub(crate) struct PlannedBoundary {
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
    pub kind: OpKind,
}

/// What an operation is.
#[derive(Debug, Clone)]
pub(crate) enum OpKind {
    Exec(Box<Exec>),
    /// File operations on top of what is there.
    Files(Vec<FileAction>),
    /// File operations on nothing, merged over what is there.
    Linked(Vec<FileAction>),
}

#[derive(Debug, Clone)]
pub(crate) struct Exec {
    pub args: Vec<String>,
    /// Lines of the form `NAME=VALUE`.
    pub env: Vec<String>,
    pub cwd: String,
    /// User; empty is root.
    pub user: String,
    pub network: NetMode,
    /// It runs with all privileges.
    pub insecure: bool,
    /// Mounts, besides the root.
    pub mounts: Vec<Mount>,
    /// Secrets in the environment.
    pub secret_env: Vec<SecretEnv>,
}

/// A mount and its place.
#[derive(Debug, Clone)]
pub(crate) struct Mount {
    /// Where it is mounted: an absolute path.
    pub target: String,
    pub kind: MountKind,
}

/// What a mount is.
#[derive(Debug, Clone)]
pub(crate) enum MountKind {
    /// Files of somewhere else.
    Bind {
        from: SourceRef,
        /// The path in `from` that is mounted.
        source: String,
        /// Writable; what is written is thrown away.
        writable: bool,
    },
    /// A file that the plan brings along, read-only.
    Inline {
        content: Vec<u8>,
        mode: u32,
    },
    /// A file by http or https, read-only.
    Download {
        url: String,
        /// The digest that the file must have, `sha256:...`.
        checksum: String,
        /// Where it is named: what can't be had is shown there.
        span: Span,
    },
    Cache(PlannedCacheMount),
    /// A directory in memory, of at most so many bytes; zero is no limit.
    Tmpfs(u64),
    /// A secret as a file.
    Secret(SecretOpt),
    /// The socket of an SSH agent.
    Ssh(SshOpt),
}

/// A file operation; paths are absolute, owners and modes as written.
#[derive(Debug, Clone)]
pub(crate) enum FileAction {
    Copy(Box<CopyAction>),
    Write {
        path: String,
        content: Vec<u8>,
        mode: u32,
        owner: Option<String>,
    },
    /// Makes a directory and its parents.
    Mkdir {
        path: String,
        mode: u32,
        owner: Option<String>,
        /// A directory that is there gets the mode and the owner, too.
        exact: bool,
    },
    /// Makes a symbolic link.
    Symlink {
        path: String,
        /// What it points to.
        to: String,
    },
    Remove {
        /// It may have wildcards.
        path: String,
        /// It may be missing.
        allow_missing: bool,
    },
}

#[derive(Debug, Clone)]
pub(crate) struct CopyAction {
    pub from: CopySource,
    /// Path there, with wildcards.
    pub src: String,
    /// Absolute path; a directory where it ends in `/`.
    pub dest: String,
    pub owner: Option<String>,
    pub mode: Option<Mode>,
    /// Patterns of what is left out.
    pub exclude: Vec<String>,
    /// Patterns of what is taken, for copies that keep parent directories.
    pub include: Vec<String>,
    /// Paths that must be there although patterns pick the files.
    pub required: Vec<String>,
    /// Archives among the files are unpacked.
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
        /// An `http://` or `https://` URL.
        url: String,
        /// The digest that the file must have, `sha256:...`.
        checksum: Option<String>,
        /// Name of the file.
        filename: String,
    },
    Git(Box<GitUrl>),
}
