//! Operations that came in with another definition.
//!
//! They keep their bytes. Decoding and encoding would lose what this version does not know, and
//! with it the digest under which the daemon, and the definition's source map, know the vertex. So
//! where only inputs have changed, their digests are patched in the bytes; only an operation that
//! was edited is encoded anew.

use strake_proto::pb;
use strake_proto::pb::op::Op as Body;

use super::Lowering;
use super::mount::Mount;
use crate::caps::op_caps;
use crate::encode::encode_op;
use crate::metadata::Metadata;
use crate::ops::InvalidOp;
use crate::vertex::Output;
use crate::vertex::SKIP_OUTPUT;
use crate::wire::{self, WireError};

/// An operation from another definition.
#[derive(Debug, Clone, PartialEq)]
pub struct RawOp {
    pub(crate) op: pb::Op,
    pub(crate) inputs: Vec<Output>,
    /// As they came in; `None` once the operation was edited.
    pub(crate) bytes: Option<Vec<u8>>,
}

impl RawOp {
    /// The operation as far as it is understood. The digests of its inputs are those with which it
    /// came in; [`RawOp::inputs`] says what they are now.
    #[must_use]
    pub fn op(&self) -> &pb::Op {
        &self.op
    }

    /// The inputs, in the order to which the operation's indexes refer.
    #[must_use]
    pub fn inputs(&self) -> &[Output] {
        &self.inputs
    }

    /// The input with an index of the operation; `None` for scratch.
    #[must_use]
    pub fn input(&self, index: i64) -> Option<Output> {
        self.inputs.get(usize::try_from(index).ok()?).copied()
    }

    /// The exec, if the operation is one.
    #[must_use]
    pub fn exec(&self) -> Option<&pb::ExecOp> {
        match &self.op.op {
            Some(Body::Exec(exec)) => Some(exec),
            _ => None,
        }
    }

    /// The mounts of an exec, to be mounted elsewhere; none for any other operation.
    #[must_use]
    pub fn mounts(&self) -> Vec<Mount> {
        let mounts = self.exec().into_iter().flat_map(|exec| &exec.mounts);
        mounts.map(|mount| Mount::from_pb(mount, self.input(mount.input))).collect()
    }

    pub(super) fn inputs_mut(&mut self) -> Vec<&mut Output> {
        self.inputs.iter_mut().collect()
    }

    /// The output index of the mount at `target`.
    pub(crate) fn output_of(&self, target: &str) -> Option<i64> {
        let mounts = self.exec()?.mounts.iter();
        // Secrets and sockets carry the index zero without being an output.
        let mut outputs = mounts
            .filter(|mount| mount.mount_type() == pb::MountType::Bind)
            .filter(|mount| !mount.readonly && mount.output != SKIP_OUTPUT);
        outputs.find(|mount| mount.dest == target).map(|mount| mount.output)
    }

    /// The bytes with the inputs' present digests, and the metadata to go with them.
    pub(crate) fn encode(
        &self,
        cx: &Lowering<'_>,
        mut metadata: Metadata,
    ) -> Result<(Vec<u8>, Metadata), InvalidOp> {
        let inputs = self.inputs.iter().map(|input| cx.resolve(*input));
        let inputs = inputs.collect::<Result<Vec<_>, _>>()?;
        let bytes = match &self.bytes {
            Some(bytes) if inputs == self.op.inputs => bytes.clone(),
            Some(bytes) => patch_inputs(bytes, &self.op.inputs, &inputs)?,
            None => {
                metadata.need(op_caps(&self.op));
                encode_op(&pb::Op { inputs, ..self.op.clone() }, cx.options.byte_order)
            }
        };
        Ok((bytes, metadata))
    }
}

/// The number of the field `inputs` of an operation.
const INPUTS: u32 = 1;

/// Writes new inputs over the old ones, one for one, and copies everything else.
pub(crate) fn patch_inputs(
    op: &[u8],
    old: &[pb::Input],
    new: &[pb::Input],
) -> Result<Vec<u8>, WireError> {
    let mut out = Vec::with_capacity(op.len());
    let mut inputs = old.iter().zip(new);
    for field in wire::fields(op) {
        let field = field?;
        let input = field.bytes().filter(|_| field.number == INPUTS);
        match input.and_then(|bytes| Some((bytes, inputs.next()?))) {
            Some((bytes, (old, new))) if old != new => {
                wire::put_bytes(&mut out, INPUTS, &patch_input(bytes, new)?);
            }
            _ => out.extend_from_slice(field.raw),
        }
    }
    Ok(out)
}

/// Replaces digest and index of an input, and copies what else it may hold.
fn patch_input(input: &[u8], new: &pb::Input) -> Result<Vec<u8>, WireError> {
    let mut out = Vec::with_capacity(input.len());
    wire::put_bytes(&mut out, 1, new.digest.as_bytes());
    wire::put_int64(&mut out, 2, new.index);
    for field in wire::fields(input) {
        let field = field?;
        if field.number > 2 {
            out.extend_from_slice(field.raw);
        }
    }
    Ok(out)
}
