//! Messages of the wire in which definitions stay bytes and maps are rows of entries.
//!
//! The generated messages would drop what they don't know of a definition, such as the resource limits
//! of steps; a field of bytes looks the same on the wire as one of a message. And `prost` leaves an
//! empty key or value out of a map entry: daemons read a nil where a message is missing, and follow it.
//! The fields of an [`Entry`] are optional, so they are written whatever they hold.

use std::collections::BTreeMap;

use strake_llb::Gather;

/// An entry of a map whose values are strings, bytes, or messages in bytes: all look the same.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub(super) struct Entry {
    #[prost(string, optional, tag = "1")]
    key: Option<String>,
    #[prost(bytes = "vec", optional, tag = "2")]
    value: Option<Vec<u8>>,
}

/// Entries in the order of their keys, so that the same map has the same bytes.
pub(super) fn entries<V: Into<Vec<u8>>>(map: BTreeMap<String, V>) -> Vec<Entry> {
    let entry = |(key, value): (String, V)| Entry { key: Some(key), value: Some(value.into()) };
    map.into_iter().map(entry).collect()
}

/// The map that entries are of. The last of those with the same key counts.
pub(super) fn map(entries: Vec<Entry>) -> BTreeMap<String, Vec<u8>> {
    let pair = |entry: Entry| (entry.key.unwrap_or_default(), entry.value.unwrap_or_default());
    entries.into_iter().map(pair).gather()
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct SolveRequest {
    #[prost(bytes = "vec", optional, tag = "1")]
    pub(super) definition: Option<Vec<u8>>,
    #[prost(string, tag = "2")]
    pub(super) frontend: String,
    #[prost(message, repeated, tag = "3")]
    pub(super) frontend_opt: Vec<Entry>,
    #[prost(bool, tag = "5")]
    pub(super) allow_result_return: bool,
    #[prost(bool, tag = "6")]
    pub(super) allow_result_array_ref: bool,
    #[prost(message, repeated, tag = "12")]
    pub(super) cache_imports: Vec<CacheOptionsEntry>,
    #[prost(message, repeated, tag = "13")]
    pub(super) frontend_inputs: Vec<Entry>,
    #[prost(bool, tag = "14")]
    pub(super) evaluate: bool,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct CacheOptionsEntry {
    #[prost(string, tag = "1")]
    pub(super) kind: String,
    #[prost(message, repeated, tag = "2")]
    pub(super) attrs: Vec<Entry>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct SolveResponse {
    #[prost(string, tag = "1")]
    pub(super) reference: String,
    #[prost(message, optional, tag = "3")]
    pub(super) result: Option<Result>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Result {
    #[prost(oneof = "References", tags = "1, 2, 3, 4")]
    pub(super) references: Option<References>,
    #[prost(message, repeated, tag = "10")]
    pub(super) metadata: Vec<Entry>,
    /// The values are encoded [`Attestations`].
    #[prost(message, repeated, tag = "12")]
    pub(super) attestations: Vec<Entry>,
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

/// BuildKit's name for it is `RefMapDeprecated`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct OldMap {
    #[prost(message, repeated, tag = "1")]
    pub(super) references: Vec<Entry>,
}

/// BuildKit's name for it is `RefMap`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Map {
    /// The values are encoded [`Reference`]s.
    #[prost(message, repeated, tag = "1")]
    pub(super) references: Vec<Entry>,
}

/// BuildKit's name for it is `Ref`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Reference {
    #[prost(string, tag = "1")]
    pub(super) id: String,
    #[prost(bytes = "vec", optional, tag = "2")]
    pub(super) definition: Option<Vec<u8>>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Attestations {
    #[prost(message, repeated, tag = "1")]
    pub(super) attestation: Vec<Attestation>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Attestation {
    #[prost(int32, tag = "1")]
    pub(super) kind: i32,
    #[prost(message, repeated, tag = "2")]
    pub(super) metadata: Vec<Entry>,
    #[prost(message, optional, tag = "3")]
    pub(super) reference: Option<Reference>,
    #[prost(string, tag = "4")]
    pub(super) path: String,
    #[prost(string, tag = "5")]
    pub(super) in_toto_predicate_type: String,
    #[prost(message, repeated, tag = "6")]
    pub(super) in_toto_subjects: Vec<strake_proto::gateway::InTotoSubject>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct ReturnRequest {
    #[prost(message, optional, tag = "1")]
    pub(super) result: Option<Result>,
    #[prost(message, optional, tag = "2")]
    pub(super) error: Option<strake_proto::rpc::Status>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct InputsResponse {
    #[prost(message, repeated, tag = "1")]
    pub(super) definitions: Vec<Entry>,
}
