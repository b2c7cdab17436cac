//! From a graph to a definition.
//!
//! Vertices get their digests from the bottom up, since each names its inputs by digest. Two
//! vertices with the same bytes are one; their metadata and locations are merged.

use crate::Gather;
use std::collections::{BTreeMap, btree_map};

use strake_proto::caps::llb as cap;
use strake_proto::pb;

use crate::Definition;
use crate::caps::op_caps;
use crate::digest::{Digest, digest};
use crate::encode::encode_op;
use crate::graph::{Graph, Vertex};
use crate::metadata::Metadata;
use crate::ops::{InvalidOp, Lowering, Op};
use crate::options::MarshalOptions;
use crate::source_map::{Location, SourceId};
use crate::vertex::{Output, VertexId};

/// Why a graph is no definition.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MarshalError {
    /// An output of another graph is used.
    #[error("vertex {} is not of this graph", .0.0)]
    UnknownVertex(VertexId),
    /// A rewrite made a vertex stand on itself.
    #[error("the graph has a cycle")]
    Cycle,
    /// An operation is incomplete or contradicts itself.
    #[error("vertex {}: {reason}", .vertex.0)]
    Invalid {
        /// The vertex, as [`Graph::add`] returned it.
        vertex: VertexId,
        /// What the operation lacks, or what in it is wrong.
        reason: InvalidOp,
    },
}

impl Graph {
    /// The definition of `output`; `None`, scratch, is the empty definition.
    ///
    /// Only what `output` stands on is in it. The same graph gives the same bytes.
    ///
    /// # Errors
    ///
    /// Fails where an operation is incomplete, an input is not of this graph, or a rewrite made a
    /// cycle.
    pub fn marshal(
        &self,
        output: Option<Output>,
        options: &MarshalOptions,
    ) -> Result<Definition, MarshalError> {
        let Some(output) = output else { return Ok(Definition::default()) };
        self.marshal_with_digests(output, options).map(|(definition, _)| definition)
    }

    /// The definition of `output`, and the digest of every vertex in it.
    ///
    /// # Errors
    ///
    /// As [`Graph::marshal`].
    pub fn marshal_with_digests(
        &self,
        output: Output,
        options: &MarshalOptions,
    ) -> Result<(Definition, BTreeMap<VertexId, Digest>), MarshalError> {
        let mut marshaller = Marshaller::new(self, options);
        for vertex in self.reachable(output)? {
            marshaller.add(vertex)?;
        }
        let digests = marshaller.digests.iter().enumerate();
        let digests = digests.filter_map(|(at, digest)| Some((VertexId(at), digest.clone()?)));
        let digests = digests.gather();
        Ok((marshaller.finish(output)?, digests))
    }

    /// The digest of every vertex that `output` stands on, as [`Graph::marshal`] gives it.
    ///
    /// # Errors
    ///
    /// As [`Graph::marshal`].
    pub fn digests(
        &self,
        output: Output,
        options: &MarshalOptions,
    ) -> Result<BTreeMap<VertexId, Digest>, MarshalError> {
        self.marshal_with_digests(output, options).map(|(_, digests)| digests)
    }
}

struct Marshaller<'a> {
    graph: &'a Graph,
    options: &'a MarshalOptions,
    digests: Vec<Option<Digest>>,
    def: Vec<Vec<u8>>,
    entries: BTreeMap<Digest, Entry>,
}

/// What is known of the vertices with one digest.
struct Entry {
    metadata: Metadata,
    locations: Vec<Location>,
}

impl<'a> Marshaller<'a> {
    fn new(graph: &'a Graph, options: &'a MarshalOptions) -> Self {
        let digests = vec![None; graph.vertices.len()];
        Self { graph, options, digests, def: Vec::new(), entries: BTreeMap::new() }
    }

    fn add(&mut self, id: VertexId) -> Result<(), MarshalError> {
        let vertex = &self.graph.vertices[id.0];
        let invalid = |reason| MarshalError::Invalid { vertex: id, reason };
        let (bytes, metadata) = self.lower(vertex).map_err(invalid)?;
        let digest = digest(&bytes);
        self.digests[id.0] = Some(digest.clone());
        let entry = match self.entries.entry(digest) {
            btree_map::Entry::Vacant(place) => {
                self.def.push(bytes);
                place.insert(Entry { metadata, locations: Vec::new() })
            }
            btree_map::Entry::Occupied(known) => {
                let known = known.into_mut();
                known.metadata.merge(metadata);
                known
            }
        };
        for location in &vertex.locations {
            if !entry.locations.contains(location) {
                entry.locations.push(location.clone());
            }
        }
        Ok(())
    }

    fn lower(&self, vertex: &Vertex) -> Result<(Vec<u8>, Metadata), InvalidOp> {
        let mut cx = Lowering::new(self.options, &self.digests);
        let mut metadata = vertex.metadata.clone();
        let mut hidden = None;
        let body = match &vertex.op {
            Op::Raw(raw) => return raw.encode(&cx, metadata),
            Op::Source(op) => {
                hidden = Some(&op.caps);
                op.lower(&mut cx)?
            }
            Op::Exec(op) => op.lower(&mut cx)?,
            Op::File(op) => op.lower(&mut cx)?,
            Op::Merge(op) => op.lower(&mut cx)?,
            Op::Diff(op) => op.lower(&mut cx)?,
            Op::Passthrough(op) => op.lower(&mut cx)?,
        };
        let op = cx.finish(body);
        metadata.need(op_caps(&op));
        metadata.need(hidden.into_iter().flatten().copied());
        if metadata.linux_resources.is_some() {
            metadata.need([cap::EXEC_META_LINUX_RESOURCES]);
        }
        Ok((encode_op(&op, self.options.byte_order), metadata))
    }

    fn finish(self, output: Output) -> Result<Definition, MarshalError> {
        let mut definition = Definition::default();
        let unknown = MarshalError::UnknownVertex(output.vertex);
        let head = self.digests[output.vertex.0].as_ref().ok_or(unknown)?.to_string();
        let last = pb::Op {
            inputs: vec![pb::Input { digest: head, index: output.index }],
            ..Default::default()
        };
        let last = encode_op(&last, self.options.byte_order);
        let mut metadata = Metadata::default();
        metadata.need([cap::CONSTRAINTS, cap::PLATFORM]);
        for entry in self.entries.values() {
            metadata.need(entry.metadata.own_caps());
        }
        definition.pb.source = Some(self.source_map());
        definition.pb.metadata.insert(digest(&last).into(), metadata.into_pb().0);
        for (digest, Entry { metadata, .. }) in self.entries {
            let (metadata, resources) = metadata.into_pb();
            if let Some(resources) = resources {
                definition.linux_resources.insert(digest.to_string(), resources);
            }
            definition.pb.metadata.insert(digest.into(), metadata);
        }
        definition.pb.def = self.def;
        definition.pb.def.push(last);
        Ok(definition)
    }

    /// Files that no vertex comes from are left out, so indexes are given anew.
    fn source_map(&self) -> pb::Source {
        let locations = self.entries.values().flat_map(|entry| &entry.locations);
        let mut indexes: BTreeMap<SourceId, i32> = locations.map(|l| (l.source, 0)).gather();
        for (index, at) in (0..).zip(indexes.values_mut()) {
            *at = index;
        }
        let infos = indexes.keys().map(|source| self.graph.source_info(*source).into()).collect();
        let to_pb = |location: &Location| pb::Location {
            source_index: indexes[&location.source],
            ranges: location.ranges.iter().copied().map(Into::into).collect(),
        };
        // BuildKit's library has an entry for every vertex, with or without locations.
        let locations = self.entries.iter().map(|(digest, entry)| {
            let locations = entry.locations.iter().map(to_pb).collect();
            (digest.to_string(), pb::Locations { locations })
        });
        pb::Source { locations: locations.gather(), infos }
    }
}
