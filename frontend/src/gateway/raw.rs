//! Messages of the wire in which definitions stay bytes. The generated ones would drop what they
//! don't know, such as the resource limits of steps; a field of bytes looks the same on the wire as
//! one of a message. Maps are B-trees here, so that the same request has the same bytes.

use std::collections::BTreeMap;

use strake_proto::gateway::Attestations;

/// `SolveRequest`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct SolveRequest {
    #[prost(bytes = "vec", optional, tag = "1")]
    pub(super) definition: Option<Vec<u8>>,
    #[prost(string, tag = "2")]
    pub(super) frontend: String,
    #[prost(btree_map = "string, string", tag = "3")]
    pub(super) frontend_opt: BTreeMap<String, String>,
    #[prost(bool, tag = "5")]
    pub(super) allow_result_return: bool,
    #[prost(bool, tag = "6")]
    pub(super) allow_result_array_ref: bool,
    #[prost(message, repeated, tag = "12")]
    pub(super) cache_imports: Vec<CacheOptionsEntry>,
    #[prost(btree_map = "string, bytes", tag = "13")]
    pub(super) frontend_inputs: BTreeMap<String, Vec<u8>>,
    #[prost(bool, tag = "14")]
    pub(super) evaluate: bool,
}

/// `CacheOptionsEntry`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct CacheOptionsEntry {
    #[prost(string, tag = "1")]
    pub(super) kind: String,
    #[prost(btree_map = "string, string", tag = "2")]
    pub(super) attrs: BTreeMap<String, String>,
}

/// `SolveResponse`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct SolveResponse {
    #[prost(string, tag = "1")]
    pub(super) reference: String,
    #[prost(message, optional, tag = "3")]
    pub(super) result: Option<Result>,
}

/// `Result`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Result {
    #[prost(oneof = "References", tags = "1, 2, 3, 4")]
    pub(super) references: Option<References>,
    #[prost(btree_map = "string, bytes", tag = "10")]
    pub(super) metadata: BTreeMap<String, Vec<u8>>,
    #[prost(btree_map = "string, message", tag = "12")]
    pub(super) attestations: BTreeMap<String, Attestations>,
}

/// The references of a result, in the forms that daemons have used.
#[derive(Clone, PartialEq, prost::Oneof)]
pub(super) enum References {
    #[prost(string, tag = "1")]
    OldOne(String),
    #[prost(message, tag = "2")]
    OldMany(OldMap),
    #[prost(message, tag = "3")]
    One(Reference),
    #[prost(message, tag = "4")]
    Many(Map),
}

/// `RefMapDeprecated`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct OldMap {
    #[prost(btree_map = "string, string", tag = "1")]
    pub(super) references: BTreeMap<String, String>,
}

/// `RefMap`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Map {
    #[prost(btree_map = "string, message", tag = "1")]
    pub(super) references: BTreeMap<String, Reference>,
}

/// `Ref`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Reference {
    #[prost(string, tag = "1")]
    pub(super) id: String,
    #[prost(bytes = "vec", optional, tag = "2")]
    pub(super) definition: Option<Vec<u8>>,
}

/// `ReturnRequest`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct ReturnRequest {
    #[prost(message, optional, tag = "1")]
    pub(super) result: Option<Result>,
    #[prost(message, optional, tag = "2")]
    pub(super) error: Option<strake_proto::rpc::Status>,
}

/// `InputsResponse`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct InputsResponse {
    #[prost(btree_map = "string, bytes", tag = "1")]
    pub(super) definitions: BTreeMap<String, Vec<u8>>,
}
