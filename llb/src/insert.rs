//! Adding mounts and variables to the execs of a definition that came from elsewhere.
//!
//! [`Graph::edit`](crate::Graph::edit) encodes an operation anew, and so refuses one that holds
//! something unknown. Here nothing is encoded but what is added: the bytes of a definition are walked
//! field by field, a mount is put between those that are there, digests are replaced where they are
//! named, and everything else is copied. So what this version does not know stays where it is, in
//! operations, mounts, metadata and source maps alike.

mod exec;

use std::collections::{BTreeMap, BTreeSet};

use prost::Message as _;
use strake_proto::pb;
use strake_proto::pb::op::Op as Body;

use crate::Definition;
use crate::caps::op_caps;
use crate::decode::{DecodeError, Decoded, decode};
use crate::digest::digest;
use crate::encode::encode_metadata;
use crate::graph::Graph;
use crate::marshal::MarshalError;
use crate::ops::mount::Mount;
use crate::ops::raw::patch_inputs;
use crate::options::MarshalOptions;
use crate::wire::{self, WireError};

/// What an exec gets.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Addition {
    /// Mounts. One that is there at the same place stays: that there is none is the caller's to see to.
    pub mounts: Vec<AddedMount>,
    /// Variables, behind those that are there.
    pub env: Vec<(String, String)>,
    /// A program that runs the command, and its arguments before those of the command.
    pub wrapper: Vec<String>,
    /// What is mounted read-only from elsewhere can be written; what is written is thrown away.
    pub writable: bool,
}

impl Addition {
    /// Whether there is nothing to add.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let Addition { mounts, env, wrapper, writable } = self;
        mounts.is_empty() && env.is_empty() && wrapper.is_empty() && !writable
    }
}

/// A mount that is added, and the vertices that it is mounted from.
#[derive(Debug, Clone, PartialEq)]
pub struct AddedMount {
    mount: Mount,
    source: Definition,
}

impl AddedMount {
    /// A mount of a graph.
    ///
    /// # Errors
    ///
    /// As [`Graph::marshal`], for what it is mounted from.
    pub fn new(
        graph: &Graph,
        mount: Mount,
        options: &MarshalOptions,
    ) -> Result<Self, MarshalError> {
        let source = graph.marshal(mount.source(), options)?;
        Ok(Self { mount, source })
    }
}

/// Why nothing was added.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum InsertError {
    /// The definition does not hold together.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// A message is not what it should be.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// An operation is no exec, or is encoded in a way that can't be added to.
    #[error("an operation is not an exec that can be extended")]
    NotExec,
    /// A mount would be an output, and the exec's other outputs get other indexes.
    #[error("an output cannot be added at {0}")]
    NewOutput(String),
}

/// A definition with additions.
#[derive(Debug, Clone, PartialEq)]
pub struct Inserted {
    /// The definition with the additions; the same one where no exec in it has any.
    pub definition: Definition,
    /// The new digest of every entry that has changed, by the old one.
    pub digests: BTreeMap<String, String>,
}

impl Definition {
    /// Adds to execs, by their digests; those that are not in this definition are passed over.
    ///
    /// # Errors
    ///
    /// Fails where the definition can't be walked, or an addition is for something else than an exec.
    pub fn insert(&self, additions: &BTreeMap<String, Addition>) -> Result<Inserted, InsertError> {
        let decoded = decode(&self.pb)?;
        let mut changed = changed(&decoded, additions)?;
        changed.extend(self.changed_last(&changed)?);
        if changed.is_empty() {
            return Ok(Inserted { definition: self.clone(), digests: BTreeMap::new() });
        }
        let digests = changed.iter().map(|(old, bytes)| (old.clone(), digest(bytes).to_string()));
        let insertion = Insertion {
            bytes: &changed,
            additions: additions.iter().filter(|(old, _)| changed.contains_key(*old)).collect(),
            digests: digests.collect(),
            there: decoded.ops.iter().map(|op| op.digest.to_string()).collect(),
        };
        let bytes = insertion.definition(&self.encode_to_vec())?;
        let digests = insertion.digests;
        let definition =
            Definition::decode(&bytes).map_err(|source| DecodeError::Op { op: 0, source })?;
        Ok(Inserted { definition, digests })
    }

    /// The last entry, which says what the definition is about, where that is another now.
    fn changed_last(
        &self,
        changed: &BTreeMap<String, Vec<u8>>,
    ) -> Result<Option<(String, Vec<u8>)>, InsertError> {
        let Some((old, others)) = self.pb.def.split_last() else { return Ok(None) };
        let inputs = pb::Op::decode(old.as_slice())
            .map_err(|source| DecodeError::Op { op: others.len(), source })?
            .inputs;
        let mut patched = inputs.clone();
        for input in &mut patched {
            if let Some(bytes) = changed.get(&input.digest) {
                input.digest = digest(bytes).into();
            }
        }
        let new = patch_inputs(old, &inputs, &patched)?;
        Ok((new != *old).then(|| (digest(old).into(), new)))
    }
}

/// The new bytes of every operation that is added to or stands on one that is, by its old digest.
fn changed(
    decoded: &Decoded,
    additions: &BTreeMap<String, Addition>,
) -> Result<BTreeMap<String, Vec<u8>>, InsertError> {
    let mut changed: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    let mut digests: BTreeMap<usize, String> = BTreeMap::new();
    for at in decoded.inputs_first() {
        let op = &decoded.ops[at];
        let mut inputs = op.op.inputs.clone();
        for (input, (below, _)) in inputs.iter_mut().zip(&op.inputs) {
            if let Some(digest) = digests.get(below) {
                input.digest.clone_from(digest);
            }
        }
        let mut bytes = patch_inputs(&op.bytes, &op.op.inputs, &inputs)?;
        let addition = additions.get(op.digest.as_str()).filter(|addition| !addition.is_empty());
        if let Some(addition) = addition {
            bytes = exec::add(&bytes, inputs, addition)?;
        }
        if bytes != op.bytes {
            digests.insert(at, digest(&bytes).to_string());
            changed.insert(op.digest.to_string(), bytes);
        }
    }
    Ok(changed)
}

/// Fields of `pb.Definition`, `pb.Source`, `pb.OpMetadata` and of an entry of a map.
const DEF: u32 = 1;
const METADATA: u32 = 2;
const SOURCE: u32 = 3;
const LOCATIONS: u32 = 1;
const CAPS: u32 = 5;
const KEY: u32 = 1;
const VALUE: u32 = 2;

struct Insertion<'a> {
    /// New bytes of entries, by the old digest.
    bytes: &'a BTreeMap<String, Vec<u8>>,
    additions: BTreeMap<&'a String, &'a Addition>,
    /// New digests by old ones.
    digests: BTreeMap<String, String>,
    /// Digests of what was in the definition.
    there: BTreeSet<String>,
}

impl Insertion<'_> {
    fn definition(&self, definition: &[u8]) -> Result<Vec<u8>, InsertError> {
        let bytes = wire::replace(definition, DEF, |op| {
            Ok::<_, InsertError>(self.bytes.get(digest(op).as_str()).cloned())
        })?;
        let bytes = wire::replace(&bytes, METADATA, |entry| self.metadata(entry))?;
        let bytes = wire::replace(&bytes, SOURCE, |source| {
            wire::replace(source, LOCATIONS, |entry| {
                let Some((old, new)) = self.renamed(entry)? else { return Ok(None) };
                rename(entry, &old, &new).map(Some)
            })
            .map(Some)
        })?;
        self.with_sources(bytes)
    }

    /// The vertices that the added mounts stand on, before all others.
    fn with_sources(&self, mut bytes: Vec<u8>) -> Result<Vec<u8>, InsertError> {
        let mut known = self.there.clone();
        let mounts = self.additions.values().flat_map(|addition| &addition.mounts);
        for source in mounts.map(|added| &added.source) {
            let ops = source.pb.def.split_last().map_or(&[][..], |(_, ops)| ops);
            for op in ops.iter().rev() {
                let key = digest(op).to_string();
                if known.insert(key.clone()) {
                    let field = wire::field(DEF, op);
                    bytes = wire::insert(&bytes, &field, |other| other.number >= DEF)?;
                    let metadata = source.pb.metadata.get(&key).cloned().unwrap_or_default();
                    let entry = [
                        wire::field(KEY, key.as_bytes()),
                        wire::field(VALUE, &encode_metadata(&metadata, None)),
                    ];
                    let field = wire::field(METADATA, &entry.concat());
                    bytes = wire::insert(&bytes, &field, |other| other.number > METADATA)?;
                }
            }
        }
        Ok(bytes)
    }

    /// An entry of the metadata under its new key, with the capabilities of what was added.
    fn metadata(&self, entry: &[u8]) -> Result<Option<Vec<u8>>, InsertError> {
        let Some((old, new)) = self.renamed(entry)? else { return Ok(None) };
        let entry = rename(entry, &old, &new)?;
        let Some(addition) = self.additions.get(&old) else { return Ok(Some(entry)) };
        wire::replace(&entry, VALUE, |metadata| Ok(Some(with_caps(metadata, addition)?))).map(Some)
    }

    /// The old and the new key of an entry whose operation is another now.
    fn renamed(&self, entry: &[u8]) -> Result<Option<(String, String)>, WireError> {
        let Some(key) = key(entry)? else { return Ok(None) };
        Ok(self.digests.get_key_value(&key).map(|(old, new)| (old.clone(), new.clone())))
    }
}

fn key(entry: &[u8]) -> Result<Option<String>, WireError> {
    let mut key = None;
    for field in wire::fields(entry) {
        let field = field?;
        if field.number == KEY {
            key = field.bytes().map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        }
    }
    Ok(key)
}

fn rename(entry: &[u8], old: &str, new: &str) -> Result<Vec<u8>, InsertError> {
    wire::replace(entry, KEY, |key| Ok((key == old.as_bytes()).then(|| new.as_bytes().to_vec())))
}

fn caps_of(metadata: &[u8]) -> Result<Vec<String>, WireError> {
    let mut caps = Vec::new();
    for field in wire::fields(metadata) {
        let field = field?;
        if let Some(entry) = field.bytes().filter(|_| field.number == CAPS) {
            caps.extend(key(entry)?);
        }
    }
    Ok(caps)
}

fn with_caps(metadata: &[u8], addition: &Addition) -> Result<Vec<u8>, WireError> {
    let mounts = addition.mounts.iter().map(|added| added.mount.to_message(Some(0))).collect();
    let exec = pb::ExecOp { mounts, ..pb::ExecOp::default() };
    let needed = op_caps(&pb::Op { op: Some(Body::Exec(exec)), ..pb::Op::default() });
    let there = caps_of(metadata)?;
    let missing = needed.into_iter().filter(|cap| !there.iter().any(|known| known == cap));
    missing.into_iter().try_fold(metadata.to_vec(), |metadata, cap| {
        let mut entry = wire::field(KEY, cap.as_bytes());
        wire::put_int64(&mut entry, VALUE, 1);
        wire::insert(&metadata, &wire::field(CAPS, &entry), |other| other.number > CAPS)
    })
}
