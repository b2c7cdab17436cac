//! Resource limits, where the generated messages have no place for them.
//!
//! BuildKit 0.31 added `linux_resources` to the metadata of vertices, deep inside messages that are
//! generated at 0.29. Each message here is BuildKit's message of the same name with nothing in it
//! but the way to that field: decoded from the same bytes as the generated one, it gives the limits
//! and passes over everything else.

use std::collections::BTreeMap;

use crate::pb::LinuxResources;

/// `pb.OpMetadata`. Its bytes may be appended to those of the generated message: protobuf merges
/// what is concatenated.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct OpMetadata {
    /// The limits, if the vertex has any.
    #[prost(message, optional, tag = "7")]
    pub linux_resources: Option<LinuxResources>,
}

/// `pb.Definition`, with the metadata of its vertices alone.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct Definition {
    /// By the digest of the vertex.
    #[prost(btree_map = "string, message", tag = "2")]
    pub metadata: BTreeMap<String, OpMetadata>,
}

impl Definition {
    /// The limits by the digest of the vertex, without the vertices that have none.
    #[must_use]
    pub fn into_map(self) -> BTreeMap<String, LinuxResources> {
        let entries = self.metadata.into_iter();
        entries.filter_map(|(digest, of)| Some((digest, of.linux_resources?))).collect()
    }
}
