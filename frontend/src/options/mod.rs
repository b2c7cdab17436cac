//! Raw frontend options (`BUILDKIT_FRONTEND_OPT_*`) to typed ones. Every key that buildx sends and
//! every build argument with a meaning of its own is parsed here and nowhere else.

use std::collections::BTreeMap;
use std::net::IpAddr;

use strake_llb::{LinuxResources, NetMode};

use crate::diagnostics::Diagnostic;
use crate::gateway::CacheImport;
use crate::git_url::GitUrl;
use crate::platform::Platform;
use crate::reference::ImageReference;

mod attestations;
mod contexts;
mod parse;
mod platform_args;
mod resources;
mod values;

#[cfg(test)]
mod tests;

pub(crate) use contexts::parse_spec;

/// Build arguments of strake's own.
pub(crate) const OWN_ARGS: [&str; 4] =
    ["STRAKE_CACHE", "STRAKE_LOG", "STRAKE_MOUNTS", "STRAKE_SEED"];

/// What their names begin with. Any other name that begins so is a slip.
pub(crate) const OWN_ARG: &str = "STRAKE_";

/// Where a named context comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContextSpec {
    /// Written as `docker-image://scratch`: no file at all.
    Scratch,
    /// `docker-image://REF`; the reference is completed.
    Image(ImageReference),
    /// `oci-layout://STORE[:TAG]@DIGEST`: an image that the client serves.
    OciLayout {
        /// Name of the store in the client's session.
        store: String,
        /// Of the manifest or index: `sha256:...`.
        digest: String,
    },
    /// `local:NAME`: a directory of the client's.
    Local(String),
    /// `input:NAME`: a definition that the client gives.
    Input(String),
    /// `target:NAME`: what bake makes of another target, which it has not done yet.
    Target(String),
    Git(GitUrl),
    /// An http or https URL that is no git URL.
    Http(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedContext {
    /// The key as given, behind `context:`: a name, or `name::platform`.
    pub key: String,
    pub spec: ContextSpec,
    /// `spec` as the client wrote it.
    pub given: String,
    /// The option `sharedkey:localdir:KEY`; empty where it is not given.
    pub shared_key: String,
    /// The image config of `input-metadata:NAME`, as JSON bytes.
    pub input_config: Option<Vec<u8>>,
}

/// Which stages do not use the cache.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum NoCache {
    /// Every stage uses the cache.
    #[default]
    Off,
    /// No stage uses the cache.
    All,
    /// These do not (compared without case).
    Stages(Vec<String>),
}

/// A limit of a process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ulimit {
    /// Such as `nofile` or `nproc`.
    pub name: String,
    pub soft: i64,
    pub hard: i64,
}

/// Stages for which an SBOM scanner looks at more than the image.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum ScanStages {
    #[default]
    None,
    All,
    Named(Vec<String>),
}

impl ScanStages {
    /// Whether a stage is one of them.
    pub fn includes(&self, stage: &str) -> bool {
        match self {
            ScanStages::None => false,
            ScanStages::All => true,
            ScanStages::Named(names) => names.iter().any(|name| name == stage),
        }
    }
}

/// `STRAKE_SEED`: which seed a build uses, whatever its file says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum SeedOption {
    /// What the file says.
    #[default]
    File,
    Off,
    Image(ImageReference),
}

/// Where an SBOM scanner runs, and with what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SbomOptions {
    /// The scanner image, normalised.
    pub generator: String,
    pub parameters: BTreeMap<String, String>,
}

/// A main context that is no local directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RemoteContext {
    Git {
        url: Box<GitUrl>,
        /// As given, for the progress.
        given: String,
    },
    /// An archive, or a file to build from, on a web server.
    Http(String),
}

/// A capability that the client expects of a frontend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequiredCap {
    /// Its name, such as `moby.buildkit.frontend.contexts`.
    pub name: String,
    /// A frontend that lacks it may hand the build to one that has it.
    pub may_forward: bool,
}

/// All of a build's options, typed.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// File to build from, `Dockerfile` unless given.
    pub filename: String,
    /// The stage to build; none leaves the choice to the file.
    pub target: Option<String>,
    /// The main context where it is no local directory.
    pub remote_context: Option<RemoteContext>,
    /// `contextsubdir`: the directory of the main context that is used.
    pub context_subdir: Option<String>,
    /// Name of the local directory with the file, `dockerfile` unless given.
    pub dockerfile_name: String,
    /// The file is taken from the local directory even where the context is remote.
    pub force_local_dockerfile: bool,
    /// `local-sessionid:NAME`: the sessions of local directories, by their names.
    pub local_sessions: BTreeMap<String, String>,
    pub session_id: String,
    /// Build arguments, all of them.
    pub build_args: BTreeMap<String, String>,
    pub labels: BTreeMap<String, String>,
    /// Build platform (the first worker's).
    pub build_platform: Platform,
    /// Target platforms; never empty.
    pub platforms: Vec<Platform>,
    /// The result is one of several platforms, even if it is one.
    pub multi_platform: bool,
    pub no_cache: NoCache,
    /// Caches to import, passed on in every solve.
    pub cache_imports: Vec<CacheImport>,
    pub contexts: Vec<NamedContext>,
    /// Additional lines of `/etc/hosts`.
    pub extra_hosts: Vec<(String, IpAddr)>,
    /// Network of steps that name none.
    pub network: NetMode,
    /// Size of `/dev/shm` in bytes.
    pub shm_size: Option<i64>,
    pub ulimits: Vec<Ulimit>,
    pub cgroup_parent: String,
    /// Hostname of the steps.
    pub hostname: String,
    /// Limits of the control group.
    pub resources: Option<LinuxResources>,
    /// `default`, `pull` or `local`.
    pub resolve_mode: String,
    /// Prefix of cache ids.
    pub cache_namespace: String,
    /// Which seed is used.
    pub seed: SeedOption,
    /// `STRAKE_MOUNTS`: names of the cache mounts that are exported; all where it is empty.
    pub exported_mounts: Vec<String>,
    /// Keep `.git` in a git context.
    pub keep_git_dir: Option<bool>,
    /// `SOURCE_DATE_EPOCH`, in seconds since 1970.
    pub source_date_epoch: Option<i64>,
    /// What the build does without, though an option says it.
    pub warnings: Vec<Diagnostic>,
    /// What the date is to be taken from, where `SOURCE_DATE_EPOCH` is no number: `context`.
    pub epoch_of: Option<String>,
    /// Proxy environment of the steps, outside the cache key; names in lowercase.
    pub proxy: BTreeMap<String, String>,
    /// Warnings of `BUILDKIT_DOCKERFILE_CHECK`: skipped codes, and whether warnings are errors.
    pub check: CheckOptions,
    /// SBOM scan by the frontend.
    pub sbom: Option<SbomOptions>,
    /// The scanner looks at the main context, too, where one of these is the target.
    pub sbom_scan_context: ScanStages,
    /// The scanner looks at these stages, too, where the target needs them.
    pub sbom_scan_stages: ScanStages,
    /// Which subrequest instead of a build.
    pub request: Option<String>,
    /// `frontend.caps`: what the client expects of a frontend.
    pub required_caps: Vec<RequiredCap>,
    /// The options as they came, for passing on.
    pub raw: BTreeMap<String, String>,
}

/// `BUILDKIT_DOCKERFILE_CHECK`, such as `skip=a,b;error=true`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CheckOptions {
    /// Codes that are not reported.
    pub skip: Vec<String>,
    /// No warning is reported.
    pub skip_all: bool,
    /// Experimental codes that are reported, too.
    pub experimental: Vec<String>,
    /// All experimental codes are reported.
    pub experimental_all: bool,
    /// A warning fails the build.
    pub error: bool,
}

impl CheckOptions {
    /// Reads `skip=a,b;error=true`.
    ///
    /// # Errors
    /// Why it can't be understood.
    pub fn parse(text: &str) -> Result<Self, String> {
        parse::check(text)
    }
}
