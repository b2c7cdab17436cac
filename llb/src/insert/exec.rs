//! The bytes of an exec with more mounts and variables.

use prost::Message as _;
use strake_proto::pb;

use super::{Addition, InsertError};
use crate::wire::{self, Field, WireError};

/// The output of a mount that has none.
const NO_OUTPUT: i64 = -1;
/// Fields of `pb.Op`, `pb.ExecOp` and `pb.Meta`.
const OP_INPUTS: u32 = 1;
const OP_EXEC: u32 = 2;
const EXEC_META: u32 = 1;
const EXEC_MOUNTS: u32 = 2;
const META_ARGS: u32 = 1;
const META_ENV: u32 = 2;
/// A field of `pb.Mount`.
const MOUNT_READONLY: u32 = 5;

/// The bytes of an operation with an addition. `inputs` are those that the bytes have.
pub(super) fn add(
    op: &[u8],
    inputs: Vec<pb::Input>,
    addition: &Addition,
) -> Result<Vec<u8>, InsertError> {
    let (op, mounts) = add_inputs(op, inputs, addition)?;
    the_only(&op, OP_EXEC, |exec| {
        let mut exec = exec.to_vec();
        if !addition.env.is_empty() || !addition.wrapper.is_empty() {
            exec = the_only(&exec, EXEC_META, |meta| Ok(add_to_meta(meta, addition)?))?;
        }
        if addition.writable {
            exec = wire::replace(&exec, EXEC_MOUNTS, writable)?;
        }
        let insert = |exec: Vec<u8>, mount| insert_mount(&exec, mount);
        Ok(mounts.iter().try_fold(exec, insert)?)
    })
}

/// What the added mounts are mounted from becomes an input; the mounts have its index.
fn add_inputs(
    op: &[u8],
    mut inputs: Vec<pb::Input>,
    addition: &Addition,
) -> Result<(Vec<u8>, Vec<pb::Mount>), InsertError> {
    let (mut op, mut mounts) = (op.to_vec(), Vec::new());
    for added in &addition.mounts {
        if added.mount.has_output() {
            return Err(InsertError::NewOutput(added.mount.target().to_owned()));
        }
        let mut index = None;
        if let Some((digest, output)) = added.source.head() {
            let input = pb::Input { digest, index: output };
            let known = inputs.iter().position(|known| *known == input);
            index = i64::try_from(known.unwrap_or(inputs.len())).ok();
            if known.is_none() {
                let field = wire::field(OP_INPUTS, &input.encode_to_vec());
                op = wire::insert(&op, &field, |other| other.number > OP_INPUTS)?;
                inputs.push(input);
            }
        }
        mounts.push(added.mount.to_message(index));
    }
    Ok((op, mounts))
}

/// Changes the only field of a number. A message that comes twice is merged by who reads it; nobody
/// writes that.
fn the_only(
    message: &[u8],
    number: u32,
    change: impl Fn(&[u8]) -> Result<Vec<u8>, InsertError>,
) -> Result<Vec<u8>, InsertError> {
    let mut found = 0;
    let changed = wire::replace(message, number, |bytes| {
        found += 1;
        change(bytes).map(Some)
    })?;
    if found == 1 { Ok(changed) } else { Err(InsertError::NotExec) }
}

/// A bind mount without the mark that it is read-only: it is no output already, which is the other half.
fn writable(mount: &[u8]) -> Result<Option<Vec<u8>>, WireError> {
    let Ok(decoded) = pb::Mount::decode(mount) else { return Ok(None) };
    let is_bind = decoded.mount_type() == pb::MountType::Bind && decoded.dest != "/";
    let is_dead_end = decoded.readonly && decoded.output == NO_OUTPUT;
    match is_bind && is_dead_end {
        true => wire::without(mount, MOUNT_READONLY).map(Some),
        false => Ok(None),
    }
}

fn add_to_meta(meta: &[u8], addition: &Addition) -> Result<Vec<u8>, WireError> {
    let wrapper: Vec<u8> =
        addition.wrapper.iter().flat_map(|arg| wire::field(META_ARGS, arg.as_bytes())).collect();
    let meta = wire::insert(meta, &wrapper, |other| other.number >= META_ARGS)?;
    addition.env.iter().try_fold(meta, |meta, (name, value)| {
        let field = wire::field(META_ENV, format!("{name}={value}").as_bytes());
        wire::insert(&meta, &field, |other| other.number > META_ENV)
    })
}

/// Mounts are in the order of their places; secrets and sockets come after all others.
fn insert_mount(exec: &[u8], mount: &pb::Mount) -> Result<Vec<u8>, WireError> {
    let comes_later = |other: &Field<'_>| {
        let bytes = other.bytes().filter(|_| other.number == EXEC_MOUNTS);
        bytes.map_or(other.number > EXEC_MOUNTS, |bytes| {
            pb::Mount::decode(bytes).is_ok_and(|other| {
                other.secret_opt.is_some() || other.ssh_opt.is_some() || other.dest > mount.dest
            })
        })
    };
    wire::insert(exec, &wire::field(EXEC_MOUNTS, &mount.encode_to_vec()), comes_later)
}
