//! Bytes of a definition. Every entry of a map has its key and its value: see the module above.

use std::collections::BTreeMap;

use prost::Message as _;
use strake_proto::{limits, pb};

use super::{put_entry, put_message};
use crate::wire::{put_bytes, put_int64};

/// The bytes of a definition, with the resource limits of its vertices by their digests.
pub(crate) fn encode_definition(
    definition: &pb::Definition,
    limits: &BTreeMap<String, pb::LinuxResources>,
) -> Vec<u8> {
    let mut out = Vec::new();
    for op in &definition.def {
        put_bytes(&mut out, 1, op);
    }
    for (digest, metadata) in &definition.metadata {
        put_entry(&mut out, 2, digest, &encode_metadata(metadata, limits.get(digest)));
    }
    if let Some(source) = &definition.source {
        put_bytes(&mut out, 3, &encode_source(source));
    }
    out
}

/// The bytes of a vertex's metadata, with its resource limits.
pub(crate) fn encode_metadata(
    metadata: &pb::OpMetadata,
    limits: Option<&pb::LinuxResources>,
) -> Vec<u8> {
    let mut out = Vec::new();
    put_int64(&mut out, 1, metadata.ignore_cache.into());
    for (key, value) in &metadata.description {
        put_entry(&mut out, 2, key, value.as_bytes());
    }
    if let Some(export_cache) = &metadata.export_cache {
        put_message(&mut out, 4, export_cache);
    }
    for (cap, is_needed) in &metadata.caps {
        put_bytes(&mut out, 5, &encode_cap(cap, *is_needed));
    }
    if let Some(group) = &metadata.progress_group {
        put_message(&mut out, 6, group);
    }
    if let Some(limits) = limits {
        let limits = limits::OpMetadata { linux_resources: Some(limits.clone()) };
        out.extend(limits.encode_to_vec());
    }
    out
}

/// An entry of the capabilities, whose value is a number even where it is false.
fn encode_cap(cap: &str, is_needed: bool) -> Vec<u8> {
    let mut entry = Vec::new();
    put_bytes(&mut entry, 1, cap.as_bytes());
    entry.extend([2 << 3, u8::from(is_needed)]);
    entry
}

fn encode_source(source: &pb::Source) -> Vec<u8> {
    let mut out = Vec::new();
    for (digest, locations) in &source.locations {
        put_entry(&mut out, 1, digest, &locations.encode_to_vec());
    }
    for info in &source.infos {
        put_bytes(&mut out, 2, &encode_info(info));
    }
    out
}

fn encode_info(info: &pb::SourceInfo) -> Vec<u8> {
    let mut out = Vec::new();
    for (number, bytes) in [(1, info.filename.as_bytes()), (2, info.data.as_slice())] {
        if !bytes.is_empty() {
            put_bytes(&mut out, number, bytes);
        }
    }
    if let Some(definition) = &info.definition {
        put_bytes(&mut out, 3, &encode_definition(definition, &BTreeMap::new()));
    }
    if !info.language.is_empty() {
        put_bytes(&mut out, 4, info.language.as_bytes());
    }
    out
}
