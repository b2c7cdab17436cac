//! From a definition to its operations.
//!
//! A definition may come from anywhere, so nothing of it is taken on trust: what does not hold is
//! an error. A cycle cannot be written down, since an operation names its inputs by the digest of
//! their bytes.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use prost::Message as _;
use strake_proto::pb;

use crate::digest::{Digest, digest};
use crate::encode::round_trips;
use crate::wire::{self, WireError};

/// Why a definition cannot be read.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum DecodeError {
    /// An entry is no operation.
    #[error("operation {op} is malformed: {source}")]
    Op {
        /// The index of the entry.
        op: usize,
        /// What is wrong with it.
        source: prost::DecodeError,
    },
    /// An entry is an operation that could not be patched.
    #[error("operation {op} is malformed: {source}")]
    Wire {
        /// The index of the entry.
        op: usize,
        /// What is wrong with it.
        source: WireError,
    },
    /// An operation stands on one that is not in the definition.
    #[error("operation {op} needs {digest}, which is missing")]
    MissingInput {
        /// The index of the entry.
        op: usize,
        /// The digest that it names.
        digest: String,
    },
    /// An operation asks for an output that cannot exist.
    #[error("operation {op} asks for output {index}")]
    OutputIndex {
        /// The index of the entry.
        op: usize,
        /// The output that it names.
        index: i64,
    },
    /// The last entry does not say what the definition is about.
    #[error("the last operation has no input")]
    NoHead,
    /// A location refers to a file that is not in the source map.
    #[error("a location refers to source {index}, which is missing")]
    SourceIndex {
        /// The index that it names.
        index: i32,
    },
}

/// The operations of a definition.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Decoded {
    /// The operations in the definition's order, without its last entry and without repetitions.
    pub ops: Vec<DecodedOp>,
    /// What the definition is about: an index into the operations, and one of its outputs.
    /// `None` is scratch.
    pub head: Option<(usize, i64)>,
}

impl Decoded {
    /// The indexes of all operations, each after those of its inputs: a definition may list them in
    /// any order. Without recursion, since chains may be longer than a stack has room for.
    #[must_use]
    pub fn inputs_first(&self) -> Vec<usize> {
        let mut order = Vec::with_capacity(self.ops.len());
        let mut seen = vec![false; self.ops.len()];
        let mut way = Vec::new();
        for start in 0..self.ops.len() {
            way.push((start, 0));
            while let Some((at, next)) = way.pop() {
                if next == 0 && std::mem::replace(&mut seen[at], true) {
                    continue;
                }
                match self.ops[at].inputs.get(next) {
                    Some((input, _)) => way.extend([(at, next + 1), (*input, 0)]),
                    None => order.push(at),
                }
            }
        }
        order
    }
}

/// An operation of a definition.
#[derive(Debug, Clone, PartialEq)]
pub struct DecodedOp {
    /// The digest of the bytes.
    pub digest: Digest,
    /// The operation as it came, with what this version may not understand of it.
    pub bytes: Vec<u8>,
    /// The operation as far as it is understood.
    pub op: pb::Op,
    /// Its inputs: indexes into the operations, and outputs of these.
    pub inputs: Vec<(usize, i64)>,
}

impl DecodedOp {
    /// Whether [`DecodedOp::op`] holds all that the bytes say: a later version may know more.
    #[must_use]
    pub fn is_understood(&self) -> bool {
        round_trips(&self.op, &self.bytes)
    }
}

/// Reads the operations of a definition.
///
/// # Errors
///
/// Fails where an entry is malformed, an input is missing or impossible, or the last entry does not
/// say what the definition is about.
pub fn decode(definition: &pb::Definition) -> Result<Decoded, DecodeError> {
    let Some((last, entries)) = definition.def.split_last() else {
        return Ok(Decoded::default());
    };
    let mut known = BTreeMap::new();
    let mut ops = Vec::with_capacity(entries.len());
    for (at, bytes) in entries.iter().enumerate() {
        let op = decode_op(at, bytes)?;
        let digest = digest(bytes);
        if let Entry::Vacant(place) = known.entry(digest.to_string()) {
            place.insert(ops.len());
            ops.push((at, DecodedOp { digest, bytes: bytes.clone(), op, inputs: Vec::new() }));
        }
    }
    for (at, op) in &mut ops {
        op.inputs = resolve(*at, &op.op, &known)?;
    }
    let head = resolve(entries.len(), &decode_op(entries.len(), last)?, &known)?;
    let head = Some(*head.first().ok_or(DecodeError::NoHead)?);
    Ok(Decoded { ops: ops.into_iter().map(|(_, op)| op).collect(), head })
}

fn decode_op(at: usize, bytes: &[u8]) -> Result<pb::Op, DecodeError> {
    let op = pb::Op::decode(bytes).map_err(|source| DecodeError::Op { op: at, source })?;
    let malformed = wire::fields(bytes).find_map(Result::err);
    malformed.map_or(Ok(op), |source| Err(DecodeError::Wire { op: at, source }))
}

fn resolve(
    at: usize,
    op: &pb::Op,
    known: &BTreeMap<String, usize>,
) -> Result<Vec<(usize, i64)>, DecodeError> {
    let resolve = |input: &pb::Input| {
        let missing = || DecodeError::MissingInput { op: at, digest: input.digest.clone() };
        let vertex = *known.get(&input.digest).ok_or_else(missing)?;
        if input.index < 0 {
            return Err(DecodeError::OutputIndex { op: at, index: input.index });
        }
        Ok((vertex, input.index))
    };
    op.inputs.iter().map(resolve).collect()
}
