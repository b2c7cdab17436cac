//! The arena of vertices.
//!
//! Operations hold [`Output`]s of other vertices, and an id exists only once its vertex was added,
//! so a graph of typed operations has no cycles. Ids are valid in the graph that returned them.

use crate::metadata::Metadata;
use crate::ops::{Op, any_cache_directory, cache_directory, open_cache_directory};
use crate::source_map::{Location, Range, SourceId, SourceInfo};
use crate::vertex::{Output, VertexId};

/// Vertices and the source files that they come from.
#[derive(Debug, Clone, Default)]
pub struct Graph {
    pub(crate) vertices: Vec<Vertex>,
    pub(crate) sources: Vec<SourceInfo>,
}

#[derive(Debug, Clone)]
pub(crate) struct Vertex {
    pub(crate) op: Op,
    pub(crate) metadata: Metadata,
    pub(crate) locations: Vec<Location>,
}

impl Graph {
    /// A graph without any vertex.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a vertex, with empty metadata and no locations.
    pub fn add(&mut self, op: impl Into<Op>) -> VertexId {
        let id = VertexId(self.vertices.len());
        let (metadata, locations) = (Metadata::default(), Vec::new());
        self.vertices.push(Vertex { op: op.into(), metadata, locations });
        id
    }

    /// Lays file systems over each other, later ones on top. What is scratch is left out; where at
    /// most one file system is left, no vertex is added.
    pub fn merge(&mut self, inputs: impl IntoIterator<Item = Option<Output>>) -> Option<Output> {
        let inputs: Vec<_> = inputs.into_iter().flatten().collect();
        match inputs[..] {
            [] => None,
            [only] => Some(only),
            _ => Some(self.add(crate::MergeOp::new(inputs)).output(0)),
        }
    }

    /// What `upper` has over `lower`. Over scratch that is `upper` itself, and no vertex is added.
    pub fn diff(&mut self, lower: Option<Output>, upper: Option<Output>) -> Option<Output> {
        if lower.is_none() {
            return upper;
        }
        Some(self.add(crate::DiffOp::new(lower, upper)).output(0))
    }

    /// A base for cache mounts that are not root's: a directory made on top of `from`, for use with
    /// [`Mount::owned_base`](crate::Mount::owned_base).
    ///
    /// The daemon has no owner of a cache mount. This is how the Dockerfile frontend sets one, with
    /// the same operation and name, so that both mean the same mount; but for a mode that lets others
    /// write, which the Dockerfile frontend loses to the daemon's umask.
    pub fn cache_base(&mut self, from: Option<Output>, uid: u32, gid: u32, mode: u32) -> Output {
        const NAME: &str = "[internal] setting cache mount permissions";
        let directory = if mode & 0o022 == 0 {
            cache_directory(from, uid, gid, mode)
        } else {
            let any = self.add(any_cache_directory());
            self.metadata_mut(any).custom_name(NAME);
            open_cache_directory(from, any.output(0), (uid, gid), mode)
        };
        let vertex = self.add(directory);
        self.metadata_mut(vertex).custom_name(NAME);
        vertex.output(0)
    }

    /// The output of an exec's mount; `None` where there is no such mount, or it has no output:
    /// what is mounted read-only comes out as it went in.
    #[must_use]
    pub fn mount_output(&self, exec: VertexId, target: &str) -> Option<Output> {
        let index = match &self.vertices.get(exec.0)?.op {
            Op::Exec(op) => op.output_of(target),
            Op::Raw(op) => op.output_of(target),
            _ => None,
        };
        index.map(|index| exec.output(index))
    }

    /// The number of vertices.
    #[must_use]
    pub fn len(&self) -> usize {
        self.vertices.len()
    }

    /// Whether nothing was added yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.vertices.is_empty()
    }

    /// All vertices, in the order in which they were added.
    pub fn vertices(&self) -> impl Iterator<Item = VertexId> + use<> {
        (0..self.vertices.len()).map(VertexId)
    }

    /// The operation of a vertex.
    ///
    /// # Panics
    ///
    /// If the id is another graph's; so do the other methods that take an id and return a
    /// reference.
    #[must_use]
    pub fn op(&self, vertex: VertexId) -> &Op {
        &self.vertices[vertex.0].op
    }

    /// The metadata of a vertex.
    #[must_use]
    pub fn metadata(&self, vertex: VertexId) -> &Metadata {
        &self.vertices[vertex.0].metadata
    }

    /// The metadata of a vertex, to change it.
    pub fn metadata_mut(&mut self, vertex: VertexId) -> &mut Metadata {
        &mut self.vertices[vertex.0].metadata
    }

    /// Adds a file that vertices come from. A file that is known already keeps its id.
    pub fn add_source_info(&mut self, info: SourceInfo) -> SourceId {
        let known = self.sources.iter().position(|known| *known == info);
        SourceId(known.unwrap_or_else(|| {
            self.sources.push(info);
            self.sources.len() - 1
        }))
    }

    /// A file that vertices come from.
    #[must_use]
    pub fn source_info(&self, source: SourceId) -> &SourceInfo {
        &self.sources[source.0]
    }

    /// Says where a vertex comes from. May be said more than once.
    pub fn locate(
        &mut self,
        vertex: VertexId,
        source: SourceId,
        ranges: impl IntoIterator<Item = Range>,
    ) {
        let ranges = ranges.into_iter().collect();
        self.vertices[vertex.0].locations.push(Location { source, ranges });
    }

    /// Where a vertex comes from.
    #[must_use]
    pub fn locations(&self, vertex: VertexId) -> &[Location] {
        &self.vertices[vertex.0].locations
    }
}
