//! What goes through the gateway and what comes back, in strake's own terms. Messages of the wire
//! stay in `grpc`; only a definition, an attestation and a source excerpt, which strake hands on as
//! they are, keep their wire types.

use std::collections::{BTreeMap, BTreeSet};

use strake_llb::Definition;
use strake_proto::gateway::Attestations;
use strake_proto::pb;

use crate::platform::Platform;

/// What the daemon can do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// Ids of the gateway's capabilities, as the answer to `Ping` lists them.
    pub frontend: BTreeSet<String>,
    /// Ids of LLB's capabilities, from the same answer.
    pub llb: BTreeSet<String>,
    /// Platforms of the first worker; the first is the build platform.
    pub platforms: Vec<Platform>,
}

/// A cache to import, as `--cache-from` gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CacheImport {
    /// `registry`, `local`, `gha`, ...
    pub kind: String,
    pub attrs: BTreeMap<String, String>,
}

/// What to solve: a definition, or another frontend with its options.
#[derive(Debug, Clone, Default)]
pub struct SolveRequest {
    /// The definition; an empty one is scratch; none where a frontend is named.
    pub definition: Option<Definition>,
    /// Another frontend: `dockerfile.v0` or `gateway.v0`; empty for a definition.
    pub frontend: String,
    pub frontend_opts: BTreeMap<String, String>,
    /// That frontend's inputs, by name.
    pub frontend_inputs: BTreeMap<String, Definition>,
    /// Caches to import. Left empty by who asks and filled in by [`Importing`](super::Importing).
    pub cache_imports: Vec<CacheImport>,
    /// Run everything before the answer, so that errors come now.
    pub evaluate: bool,
}

impl SolveRequest {
    /// A request for a definition, lazily.
    pub fn of(definition: Definition) -> Self {
        SolveRequest { definition: Some(definition), ..SolveRequest::default() }
    }
}

/// A solved (or still lazy) result in the daemon.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reference {
    /// The daemon's id of it; empty for scratch.
    pub id: String,
    /// What another frontend made it from, where the daemon tells; one's own definition is known.
    pub definition: Option<Definition>,
}

/// The references of a result.
#[derive(Debug, Clone, PartialEq)]
pub enum References {
    /// One, or none for scratch.
    Single(Option<Reference>),
    /// One for each platform id; an empty id is scratch.
    ByPlatform(BTreeMap<String, Reference>),
}

impl References {
    /// All of them that are something.
    pub fn iter(&self) -> impl Iterator<Item = &Reference> {
        let (single, many) = match self {
            References::Single(reference) => (reference.as_ref(), None),
            References::ByPlatform(references) => (None, Some(references.values())),
        };
        let all = single.into_iter().chain(many.into_iter().flatten());
        all.filter(|reference| !reference.id.is_empty())
    }
}

impl Default for References {
    fn default() -> Self {
        References::Single(None)
    }
}

/// What a solve gives and what `Return` takes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SolveResult {
    pub references: References,
    /// Metadata by key: image configs, platforms, a subrequest's answer.
    pub metadata: BTreeMap<String, Vec<u8>>,
    /// Attestations by platform id, passed through as they came.
    pub attestations: BTreeMap<String, Attestations>,
}

impl SolveResult {
    /// A result of one reference.
    pub fn single(reference: Reference) -> Self {
        SolveResult { references: References::Single(Some(reference)), ..SolveResult::default() }
    }

    /// The only reference: scratch where there is none. A result of several platforms has none, or
    /// its only platform's.
    pub fn single_reference(&self) -> Reference {
        match &self.references {
            References::Single(reference) => reference.clone().unwrap_or_default(),
            References::ByPlatform(references) if references.len() == 1 => {
                references.values().next().cloned().unwrap_or_default()
            }
            References::ByPlatform(_) => Reference::default(),
        }
    }
}

/// Where an image is looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImageStore {
    /// A registry, or the daemon's own store, by the resolve mode.
    Registry,
    /// An OCI layout that the client serves.
    OciLayout {
        session_id: String,
        /// The name of the store in that session.
        store_id: String,
    },
}

/// What image to resolve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolveImage {
    /// Normalised: the registry and the repository are in full.
    pub reference: String,
    /// Wanted platform; the daemon's own where none is given. The daemon may answer with an image
    /// of another platform where there is nothing else: compare it with the config.
    pub platform: Option<Platform>,
    /// `default`, `pull` or `local`.
    pub resolve_mode: String,
    /// Line to show in the progress.
    pub log_name: String,
    pub store: ImageStore,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolvedImage {
    /// The reference as the daemon (or a source policy) changed it.
    pub reference: String,
    /// Digest of the manifest or index.
    pub digest: String,
    /// The image's config, as JSON bytes.
    pub config: Vec<u8>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileStat {
    /// Path; in a listing, the name alone.
    pub path: String,
    /// The bits of Go's `fs.FileMode`, in which bit 31 means a directory.
    pub mode: u32,
    /// The size in bytes.
    pub size: i64,
    /// When it was changed, in seconds since 1970.
    pub modified: i64,
}

impl FileStat {
    /// Whether it is a directory.
    pub fn is_directory(&self) -> bool {
        self.mode & (1 << 31) != 0
    }
}

/// A warning for the client's progress output.
#[derive(Debug, Clone, PartialEq)]
pub struct Warning {
    /// Digest of the vertex it belongs to; buildx shows warnings of known vertices only.
    pub vertex: String,
    /// One line; `detail` has the rest.
    pub short: String,
    pub detail: Vec<String>,
    /// A page about it.
    pub url: String,
    /// The file, and the ranges in it.
    pub source: Option<pb::SourceInfo>,
    /// Parts of that file; lines count from 1.
    pub ranges: Vec<pb::Range>,
}
