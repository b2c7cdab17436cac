//! Grafting: another definition's vertices in a graph of one's own.

use strake_proto::pb;

use crate::Definition;
use crate::decode::{DecodeError, DecodedOp, decode};
use crate::graph::{Graph, Vertex};
use crate::metadata::Metadata;
use crate::ops::Op;
use crate::ops::raw::RawOp;
use crate::source_map::{Location, SourceId};
use crate::vertex::{Output, VertexId};

impl Graph {
    /// Takes in the vertices of a definition, with metadata and locations, and returns what it is
    /// about; `None` is scratch.
    ///
    /// They come as [`RawOp`]s, which keep their bytes: marshalled again without a change, the
    /// definition is what it was. On an error the graph is what it was.
    ///
    /// # Errors
    ///
    /// Fails where the definition does not hold together.
    pub fn graft(&mut self, definition: &Definition) -> Result<Option<Output>, DecodeError> {
        let decoded = decode(&definition.pb)?;
        let source = definition.pb.source.clone().unwrap_or_default();
        check_locations(&source)?;
        let sources: Vec<_> =
            source.infos.iter().map(|info| self.add_source_info(info.into())).collect();
        // Ids are known before their vertices are there: a definition need not be in order.
        let first = self.vertices.len();
        let output = |(op, index): (usize, i64)| VertexId(first + op).output(index);
        for op in decoded.ops {
            let key = op.digest.as_str();
            let metadata = metadata(definition, key);
            let locations = source.locations.get(key).map(|found| locations(found, &sources));
            let op = raw(op, output);
            self.vertices.push(Vertex { op, metadata, locations: locations.unwrap_or_default() });
        }
        Ok(decoded.head.map(output))
    }
}

fn raw(op: DecodedOp, output: impl Fn((usize, i64)) -> Output) -> Op {
    let inputs = op.inputs.into_iter().map(output).collect();
    Op::Raw(Box::new(RawOp { op: op.op, inputs, bytes: Some(op.bytes) }))
}

fn metadata(definition: &Definition, digest: &str) -> Metadata {
    let resources = definition.linux_resources.get(digest);
    let metadata = definition.pb.metadata.get(digest);
    metadata.map(|metadata| Metadata::from_pb(metadata, resources)).unwrap_or_default()
}

fn check_locations(source: &pb::Source) -> Result<(), DecodeError> {
    let mut locations = source.locations.values().flat_map(|found| &found.locations);
    let outside = |location: &&pb::Location| {
        usize::try_from(location.source_index).map_or(true, |index| index >= source.infos.len())
    };
    let bad = locations.find(outside);
    bad.map_or(Ok(()), |location| Err(DecodeError::SourceIndex { index: location.source_index }))
}

fn locations(found: &pb::Locations, sources: &[SourceId]) -> Vec<Location> {
    let location = |location: &pb::Location| {
        let source = *sources.get(usize::try_from(location.source_index).ok()?)?;
        let ranges = location.ranges.iter().copied().map(Into::into).collect();
        Some(Location { source, ranges })
    };
    found.locations.iter().filter_map(location).collect()
}
