//! What refers to vertices and their outputs.

/// A vertex of a graph. Valid in the graph that returned it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VertexId(pub(crate) usize);

/// One of the file systems that a vertex produces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Output {
    /// The vertex that produces it.
    pub vertex: VertexId,
    /// The index of the output; only execs and passthroughs have others than zero.
    pub index: i64,
}

impl VertexId {
    /// One of the outputs of the vertex.
    #[must_use]
    pub fn output(self, index: i64) -> Output {
        Output { vertex: self, index }
    }
}

impl From<VertexId> for Output {
    /// The first output, which is the only one of most operations.
    fn from(vertex: VertexId) -> Self {
        vertex.output(0)
    }
}

/// The index that stands for scratch, where an input is expected.
pub(crate) const EMPTY: i64 = -1;

/// The index that stands for no output.
pub(crate) const SKIP_OUTPUT: i64 = -1;
