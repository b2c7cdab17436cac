//! Resource limits, where the generated messages have no place for them.
//!
//! BuildKit 0.31 added `linux_resources` to the metadata of vertices, deep inside messages that are
//! generated at 0.29. Each message here is BuildKit's message of the same name with nothing in it
//! but the way to that field: decoded from the same bytes as the generated one, it gives the limits
//! and passes over everything else. A client that wants them has to keep the bytes of a response.

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

/// `pb.Definition`.
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

/// `moby.buildkit.v1.frontend.SolveRequest`.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct SolveRequest {
    /// What is to be solved.
    #[prost(message, optional, tag = "1")]
    pub definition: Option<Definition>,
}

/// `moby.buildkit.v1.frontend.SolveResponse`.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct SolveResponse {
    /// The result.
    #[prost(message, optional, tag = "3")]
    pub result: Option<SolveResult>,
}

/// `moby.buildkit.v1.frontend.Result`.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct SolveResult {
    /// The result of one platform.
    #[prost(message, optional, tag = "3")]
    pub single: Option<Ref>,
    /// The results of several platforms.
    #[prost(message, optional, tag = "4")]
    pub refs: Option<RefMap>,
}

/// `moby.buildkit.v1.frontend.RefMap`.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct RefMap {
    /// By the id of the platform.
    #[prost(btree_map = "string, message", tag = "1")]
    pub refs: BTreeMap<String, Ref>,
}

/// `moby.buildkit.v1.frontend.Ref`.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct Ref {
    /// The id of the reference.
    #[prost(string, tag = "1")]
    pub id: String,
    /// What it stands for.
    #[prost(message, optional, tag = "2")]
    pub def: Option<Definition>,
}

impl SolveResponse {
    /// The limits in the response, by the id of the reference and the digest of the vertex.
    #[must_use]
    pub fn into_map(self) -> BTreeMap<String, BTreeMap<String, LinuxResources>> {
        let result = self.result.unwrap_or_default();
        let refs = result.refs.unwrap_or_default().refs.into_values();
        let refs = result.single.into_iter().chain(refs);
        refs.map(|of| (of.id, of.def.unwrap_or_default().into_map())).collect()
    }
}

/// `moby.buildkit.v1.frontend.InputsResponse`.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct InputsResponse {
    /// By the name of the input.
    #[prost(btree_map = "string, message", tag = "1")]
    pub definitions: BTreeMap<String, Definition>,
}

#[cfg(test)]
mod tests {
    use prost::Message as _;

    use super::*;
    use crate::gateway;

    #[test]
    fn limits_are_read_from_a_response_of_the_generated_type() {
        let limits = LinuxResources { memory: 7, ..LinuxResources::default() };
        let metadata = OpMetadata { linux_resources: Some(limits.clone()) };
        let def = Definition { metadata: [("sha256:00".to_owned(), metadata)].into() };
        let reference = Ref { id: "r".into(), def: Some(def) };
        let refs = RefMap { refs: [("linux/amd64".to_owned(), reference)].into() };
        let result = SolveResult { single: None, refs: Some(refs) };
        let bytes = SolveResponse { result: Some(result) }.encode_to_vec();

        let generated = gateway::SolveResponse::decode(bytes.as_slice()).unwrap();
        let Some(gateway::result::Result::Refs(refs)) = generated.result.unwrap().result else {
            panic!("not where the generated message has it");
        };
        assert_eq!(refs.refs["linux/amd64"].id, "r");
        let read = SolveResponse::decode(bytes.as_slice()).unwrap().into_map();
        assert_eq!(read["r"]["sha256:00"], limits);
    }
}
