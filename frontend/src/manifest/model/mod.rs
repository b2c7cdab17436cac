//! What a manifest says, for one target platform: arguments expanded, `when` decided, defaults of the
//! language filled in, nothing remote known yet. Lists are in the order of the file.

mod action;
mod apt;
mod image;
mod mounts;
mod stage;

pub(crate) use action::{
    Action, CommandAction, Copy, FetchGit, FetchUrl, FilesAction, Install, Mkdir, Mode, Owner,
    PythonPackages, Remove, Run, Symlink, Write,
};
pub(crate) use apt::{Apt, AptKey, AptSnapshot, AptSource};
pub(crate) use image::{Healthcheck, ImageConfig};
pub(crate) use mounts::{Bind, Secret, Ssh, Tmpfs};
pub(crate) use stage::{Layer, Stage, StageBase, Step};

use strake_llb::CacheSharing;

use crate::diagnostics::Diagnostic;
use crate::reference::ImageReference;
use crate::source::{Span, Spanned};
use crate::template::Template;

#[derive(Debug, Clone)]
pub struct Manifest {
    /// Comment lines between the syntax line and the first table, for `outline`.
    pub description: String,
    /// The project that the manifest's own caches belong to.
    pub project: Option<Spanned<String>>,
    pub args: Vec<Arg>,
    pub registry: Registry,
    pub seed: Option<Seed>,
    pub caches: Vec<Cache>,
    pub stages: Vec<Stage>,
    /// Warnings found on the way.
    pub warnings: Vec<Diagnostic>,
}

#[derive(Debug, Clone)]
pub struct Arg {
    pub name: Spanned<String>,
    /// Value where none is given (arguments above it expanded).
    pub default: Option<Spanned<String>>,
    /// The only values allowed.
    pub choices: Vec<Spanned<String>>,
    /// Regular expression that the whole value must match.
    pub pattern: Option<Spanned<String>>,
    /// A value must be given.
    pub required: bool,
    /// What `outline` says about it.
    pub help: Option<String>,
    /// The value in this build; none where required and missing in a lenient read.
    pub value: Option<String>,
}

/// `[registry]`: what every build takes from registries.
#[derive(Debug, Clone, Default)]
pub struct Registry {
    /// Caches that are read besides those of `--cache-from`.
    pub cache: Vec<Spanned<ImageReference>>,
}

/// `[seed]`: what empty cache mounts are filled from.
#[derive(Debug, Clone, PartialEq)]
pub struct Seed {
    /// The image with each of its tags, in the order in which they are looked for. Never empty.
    pub images: Vec<Spanned<ImageReference>>,
}

/// `[cache.NAME]`: a preset refined, or a cache of one's own.
#[derive(Debug, Clone)]
pub struct Cache {
    pub name: Spanned<String>,
    /// Absolute path of the mount.
    pub target: Option<Spanned<String>>,
    /// Sharing mode; the preset's where none is given.
    pub sharing: Option<CacheSharing>,
    /// Id in place of the one made from the name.
    pub id: Option<Spanned<String>>,
    /// Owner of a new mount.
    pub uid: Option<u32>,
    /// Group of a new mount.
    pub gid: Option<u32>,
    /// Mode of a new mount.
    pub mode: Option<u32>,
    /// Environment of the steps that use it.
    pub env: Vec<EnvVar>,
    /// Command that shrinks it, run before an export.
    pub prune: Option<Spanned<String>>,
    /// Token that starts an empty mount when it changes.
    pub epoch: Option<Spanned<String>>,
    /// What is in it is compiled from the sources of the steps that use it; by its place where that
    /// is not given.
    pub compiled: Option<bool>,
    /// Filled from the seed, and a part of it.
    pub seed: bool,
    /// The most of it that is exported, in bytes.
    pub keep: Option<u64>,
    /// The place of the whole table.
    pub span: Span,
}

/// One environment variable; its value may use the environment that is there.
#[derive(Debug, Clone)]
pub struct EnvVar {
    pub name: Spanned<String>,
    pub value: Spanned<Template>,
}
