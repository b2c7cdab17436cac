//! Bytes of an operation, in the order of BuildKit's own, and of the definition around it.
//!
//! Two differences from what `prost` writes decide about digests:
//!
//! - Go puts the members of a oneof after all other fields, so the operation of an [`pb::Op`] comes
//!   after its platform and constraints. BuildKit up to 0.16 used another library, and tag order.
//!   (The other oneofs of LLB stand last in tag order, too.)
//! - Go writes map entries with key and value even where those are empty; prost leaves them out. In a
//!   definition a daemon then reads a nil where a message is missing, and dies of it.

mod definition;

use std::collections::BTreeMap;

use prost::Message;
use prost::encoding::WireType;
use strake_proto::pb;
use strake_proto::pb::op::Op as Body;

pub(crate) use definition::{encode_definition, encode_metadata};

use crate::wire::{put_bytes, put_int64};

/// The order of the fields of an operation.
///
/// The daemon encodes operations anew; choose what it would write, or locations and names may be
/// lost. A daemon that lists `exec.validexitcode` (0.17) uses the canonical order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ByteOrder {
    /// The oneof last, as daemons since 0.17 do.
    #[default]
    Canonical,
    /// All fields by their tag, as daemons before 0.17 did.
    TagOrder,
}

/// The bytes of an operation.
#[must_use]
pub fn encode_op(op: &pb::Op, order: ByteOrder) -> Vec<u8> {
    let mut out = Vec::new();
    for input in &op.inputs {
        put_message(&mut out, 1, input);
    }
    if order == ByteOrder::TagOrder {
        put_body(&mut out, op.op.as_ref());
    }
    if let Some(platform) = &op.platform {
        put_message(&mut out, 10, platform);
    }
    if let Some(constraints) = &op.constraints {
        put_message(&mut out, 11, constraints);
    }
    if order == ByteOrder::Canonical {
        put_body(&mut out, op.op.as_ref());
    }
    out
}

/// Whether an operation that was read from these bytes round-trips: it holds all that they say.
pub(crate) fn round_trips(op: &pb::Op, bytes: &[u8]) -> bool {
    [ByteOrder::Canonical, ByteOrder::TagOrder].iter().any(|order| encode_op(op, *order) == bytes)
}

fn put_message(out: &mut Vec<u8>, number: u32, message: &impl Message) {
    prost::encoding::encode_key(number, WireType::LengthDelimited, out);
    // Only a buffer without room makes this fail.
    let _ = message.encode_length_delimited(out);
}

fn put_body(out: &mut Vec<u8>, body: Option<&Body>) {
    match body {
        None => {}
        Some(Body::Exec(exec)) => put_message(out, 2, exec),
        Some(Body::Source(source)) => put_bytes(out, 3, &encode_source(source)),
        Some(Body::File(file)) => put_message(out, 4, file),
        Some(Body::Build(build)) => put_bytes(out, 5, &encode_build(build)),
        Some(Body::Merge(merge)) => put_message(out, 6, merge),
        Some(Body::Diff(diff)) => put_message(out, 7, diff),
        Some(Body::Passthrough(passthrough)) => put_message(out, 8, passthrough),
    }
}

fn encode_source(source: &pb::SourceOp) -> Vec<u8> {
    let mut out = Vec::new();
    if !source.identifier.is_empty() {
        put_bytes(&mut out, 1, source.identifier.as_bytes());
    }
    for (key, value) in &source.attrs {
        put_entry(&mut out, 2, key, value.as_bytes());
    }
    out
}

fn encode_build(build: &pb::BuildOp) -> Vec<u8> {
    let mut out = Vec::new();
    put_int64(&mut out, 1, build.builder);
    for (key, input) in &build.inputs {
        put_entry(&mut out, 2, key, &input.encode_to_vec());
    }
    if let Some(definition) = &build.def {
        put_bytes(&mut out, 3, &encode_definition(definition, &BTreeMap::new()));
    }
    for (key, value) in &build.attrs {
        put_entry(&mut out, 4, key, value.as_bytes());
    }
    out
}

fn put_entry(out: &mut Vec<u8>, number: u32, key: &str, value: &[u8]) {
    let mut entry = Vec::with_capacity(key.len() + value.len() + 4);
    put_bytes(&mut entry, 1, key.as_bytes());
    put_bytes(&mut entry, 2, value);
    put_bytes(out, number, &entry);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(attrs: &[(&str, &str)]) -> pb::Op {
        let attrs = attrs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        pb::Op {
            platform: Some(pb::Platform { os: "linux".into(), ..Default::default() }),
            op: Some(Body::Source(pb::SourceOp { identifier: "local://a".into(), attrs })),
            ..Default::default()
        }
    }

    #[test]
    fn tag_order_is_prosts_where_no_map_value_is_empty() {
        let op = source(&[("k", "v")]);
        assert_eq!(encode_op(&op, ByteOrder::TagOrder), op.encode_to_vec());
        assert_ne!(encode_op(&op, ByteOrder::Canonical), op.encode_to_vec());
    }

    #[test]
    fn empty_map_values_are_written() {
        let bytes = encode_op(&source(&[("k", "")]), ByteOrder::Canonical);
        assert!(bytes.ends_with(&[0x12, 5, 0x0a, 1, b'k', 0x12, 0]));
        assert_eq!(pb::Op::decode(bytes.as_slice()), Ok(source(&[("k", "")])));
    }
}
