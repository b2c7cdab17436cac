//! Rewriting vertices that came from elsewhere.
//!
//! An edited operation is encoded anew, so it must be understood completely: where decoding and
//! encoding does not give the bytes back, the edit is refused, and the caller can leave the build
//! as it was. All other vertices keep their bytes but for the digests of inputs.

use strake_proto::pb;
use strake_proto::pb::file_action::Action;
use strake_proto::pb::op::Op as Body;
use strake_proto::pb::user_opt::User;

use crate::encode::round_trips;
use crate::graph::Graph;
use crate::marshal::MarshalError;
use crate::ops::Op;
use crate::ops::mount::Mount;
use crate::ops::raw::RawOp;
use crate::vertex::{Output, VertexId};

/// Why a vertex cannot be edited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// The vertex was built here, or is not of this graph.
    #[error("vertex {} did not come from a definition", .0.0)]
    NotRaw(VertexId),
    /// The operation holds something that would be lost.
    #[error("vertex {} holds something that this version does not know", .0.0)]
    NotUnderstood(VertexId),
    /// A mount is added to something else than an exec.
    #[error("the operation is not an exec")]
    NotExec,
    /// The mount would be an output, and the exec's other outputs get other indexes.
    #[error("an output cannot be added to an exec that others may use")]
    NewOutput,
}

/// An operation that is being edited.
#[derive(Debug, Clone, PartialEq)]
pub struct OpEdit {
    op: pb::Op,
    inputs: Vec<Output>,
}

impl OpEdit {
    /// What the operation does.
    #[must_use]
    pub fn body(&self) -> Option<&Body> {
        self.op.op.as_ref()
    }

    /// What the operation does, to change it.
    pub fn body_mut(&mut self) -> Option<&mut Body> {
        self.op.op.as_mut()
    }

    /// The exec, if the operation is one.
    pub fn exec_mut(&mut self) -> Option<&mut pb::ExecOp> {
        match &mut self.op.op {
            Some(Body::Exec(exec)) => Some(exec),
            _ => None,
        }
    }

    /// The inputs, in the order to which the operation's indexes refer.
    #[must_use]
    pub fn inputs(&self) -> &[Output] {
        &self.inputs
    }

    /// The index of an input, which is added unless it is there.
    pub fn input(&mut self, output: Output) -> i64 {
        let known = self.inputs.iter().position(|known| *known == output);
        let index = known.unwrap_or_else(|| {
            self.inputs.push(output);
            self.inputs.len() - 1
        }) as i64;
        if known.is_none() {
            self.make_room(index);
        }
        index
    }

    /// The actions of a file operation count each other's results on from the inputs.
    fn make_room(&mut self, added: i64) {
        let Some(Body::File(file)) = &mut self.op.op else { return };
        for index in file.actions.iter_mut().flat_map(indexes).filter(|index| **index >= added) {
            *index = index.saturating_add(1);
        }
    }

    /// Adds a mount to an exec, in its place among the others. A mount that is there at the same
    /// target stays.
    ///
    /// # Errors
    ///
    /// Fails if the operation is no exec, and if the mount would be an output.
    pub fn mount(&mut self, mount: &Mount) -> Result<(), EditError> {
        if mount.has_output() {
            return Err(EditError::NewOutput);
        }
        self.exec_mut().ok_or(EditError::NotExec)?;
        let input = mount.source().map(|source| self.input(source));
        let mount = mount.to_message(input);
        let mounts = &mut self.exec_mut().ok_or(EditError::NotExec)?.mounts;
        // Secrets and sockets come after all others, in the order in which they were added.
        let unsorted = |mount: &pb::Mount| mount.secret_opt.is_some() || mount.ssh_opt.is_some();
        let sorted = mounts.iter().position(unsorted).unwrap_or(mounts.len());
        let at = if unsorted(&mount) {
            mounts.len()
        } else {
            mounts[..sorted].partition_point(|other| other.dest <= mount.dest)
        };
        mounts.insert(at, mount);
        Ok(())
    }
}

impl Graph {
    /// Edits the operation of a vertex that was grafted. Its metadata stays; capabilities that the
    /// edited operation needs are added when it is marshalled.
    ///
    /// # Errors
    ///
    /// Fails, and leaves the vertex alone, if it was not grafted or is not understood completely.
    pub fn edit<R>(
        &mut self,
        vertex: VertexId,
        edit: impl FnOnce(&mut OpEdit) -> R,
    ) -> Result<R, EditError> {
        let op = self.vertices.get_mut(vertex.0).map(|vertex| &mut vertex.op);
        let Some(Op::Raw(raw)) = op else { return Err(EditError::NotRaw(vertex)) };
        if !is_understood(raw) {
            return Err(EditError::NotUnderstood(vertex));
        }
        let mut edited = OpEdit { op: raw.op.clone(), inputs: raw.inputs.clone() };
        let result = edit(&mut edited);
        if edited.op != raw.op || edited.inputs.len() != raw.inputs.len() {
            raw.bytes = None;
        }
        (raw.op, raw.inputs) = (edited.op, edited.inputs);
        Ok(result)
    }

    /// Whether the operation of a vertex can be edited.
    #[must_use]
    pub fn is_editable(&self, vertex: VertexId) -> bool {
        let op = self.vertices.get(vertex.0).map(|vertex| &vertex.op);
        matches!(op, Some(Op::Raw(raw)) if is_understood(raw))
    }

    /// Makes everything that stands on `from` stand on `to`, but for what `to` itself stands on:
    /// so something can be put on top of `from` without a cycle. Where `from` is what is marshalled
    /// in the end, marshal `to` instead.
    ///
    /// # Errors
    ///
    /// Fails if `to` is not of this graph.
    pub fn redirect(&mut self, from: Output, to: Output) -> Result<(), MarshalError> {
        let mut below = self.reachable(to)?;
        below.sort_unstable();
        for (at, vertex) in self.vertices.iter_mut().enumerate() {
            if below.binary_search(&VertexId(at)).is_ok() {
                continue;
            }
            for input in vertex.op.inputs_mut() {
                if *input == from {
                    *input = to;
                }
            }
        }
        Ok(())
    }
}

/// Every place where an action refers to a file system.
fn indexes(action: &mut pb::FileAction) -> Vec<&mut i64> {
    let owner = match &mut action.action {
        Some(Action::Copy(copy)) => copy.owner.as_mut(),
        Some(Action::Mkfile(mkfile)) => mkfile.owner.as_mut(),
        Some(Action::Mkdir(mkdir)) => mkdir.owner.as_mut(),
        Some(Action::Symlink(symlink)) => symlink.owner.as_mut(),
        Some(Action::Rm(_)) | None => None,
    };
    let users = owner.into_iter().flat_map(|owner| [&mut owner.user, &mut owner.group]).flatten();
    let named = users.filter_map(|user| match &mut user.user {
        Some(User::ByName(name)) => Some(&mut name.input),
        Some(User::ById(_)) | None => None,
    });
    [&mut action.input, &mut action.secondary_input].into_iter().chain(named).collect()
}

fn is_understood(raw: &RawOp) -> bool {
    raw.bytes.as_ref().is_none_or(|bytes| round_trips(&raw.op, bytes))
}
