//! What the operations of a definition stand on and take from, as far as it tells. A Dockerfile has
//! only its graph: which image a stage starts from, and what is copied from where, is read off
//! that.

use strake_llb::{Decoded, DecodedOp};
use strake_proto::pb::file_action::Action;
use strake_proto::pb::{self, MountType, op::Op};

use super::{Input, SourceAnswer, each_once, in_context};
use crate::context::MAIN_CONTEXT;

/// Who knows which operations are steps of a stage, and of which.
pub(super) type StageOf<'a> = dyn Fn(usize) -> Option<String> + 'a;

/// The operations of a definition, and which stage each is of.
pub(super) struct GraphSources<'a> {
    pub(super) decoded: &'a Decoded,
    pub(super) stage_of: &'a StageOf<'a>,
}

impl GraphSources<'_> {
    /// What the stage that an operation begins starts from: nothing where that is scratch.
    pub(super) fn base(&self, at: usize) -> Option<SourceAnswer> {
        self.source(base(&self.decoded.ops[at])?)
    }

    /// What an operation takes besides what it stands on, each once, in the order of its use.
    pub(super) fn inputs(&self, at: usize) -> Vec<Input> {
        let op = &self.decoded.ops[at];
        let taken = match &op.op.op {
            Some(Op::Exec(exec)) => mounted(exec),
            Some(Op::File(file)) => copied(file),
            _ => Vec::new(),
        };
        each_once(taken.into_iter().filter_map(|(input, path)| {
            let (from, _) = op.inputs.get(usize::try_from(input).ok()?)?;
            let from = self.source(*from)?;
            Some(Input { path: display_path(&from, path), from })
        }))
    }

    /// Where the files of an operation come from; nothing where they are made of nothing.
    fn source(&self, mut at: usize) -> Option<SourceAnswer> {
        loop {
            let op = &self.decoded.ops[at];
            if let Some(Op::Source(source)) = &op.op.op {
                return Some(of_source(&source.identifier));
            }
            if let Some(name) = (self.stage_of)(at) {
                return Some(SourceAnswer { kind: "stage", name, digest: None });
            }
            at = base(op)?;
        }
    }
}

/// The operation that another one stands on.
fn base(op: &DecodedOp) -> Option<usize> {
    let input = match op.op.op.as_ref()? {
        Op::Exec(exec) => exec.mounts.iter().find(|mount| mount.dest == "/")?.input,
        Op::File(file) => file.actions.first()?.input,
        Op::Merge(_) | Op::Diff(_) | Op::Passthrough(_) => 0,
        Op::Source(_) | Op::Build(_) => return None,
    };
    let (base, _) = op.inputs.get(usize::try_from(input).ok()?)?;
    Some(*base)
}

/// Inputs of an exec and paths in them. A cache mount's is what the mount begins with.
fn mounted(exec: &pb::ExecOp) -> Vec<(i64, &str)> {
    let bound = |mount: &&pb::Mount| {
        let is_bind = mount.mount_type() == MountType::Bind;
        is_bind && mount.dest != "/" && mount.input >= 0
    };
    let bound = exec.mounts.iter().filter(bound);
    bound.map(|mount| (mount.input, mount.selector.as_str())).collect()
}

fn copied(file: &pb::FileOp) -> Vec<(i64, &str)> {
    let copied = file.actions.iter().filter_map(|action| match &action.action {
        Some(Action::Copy(copy)) => Some((action.secondary_input, copy.src.as_str())),
        _ => None,
    });
    copied.collect()
}

/// A path as files have it: relative in a context, and none where a URL has it in its name.
fn display_path(from: &SourceAnswer, path: &str) -> String {
    match from.kind {
        "url" => "",
        "context" => in_context(path),
        _ if path.is_empty() => "/",
        _ => path,
    }
    .to_owned()
}

fn of_source(identifier: &str) -> SourceAnswer {
    let (scheme, rest) = identifier.split_once("://").unwrap_or(("", identifier));
    let (kind, name) = match scheme {
        "docker-image" | "oci-layout" => ("image", rest),
        "local" if rest == MAIN_CONTEXT => ("context", ""),
        "local" => ("named-context", rest),
        "git" => ("git", rest),
        _ => ("url", identifier),
    };
    let (name, digest) = match name.split_once('@') {
        Some((name, digest)) if kind == "image" => (name, Some(digest.to_owned())),
        _ => (name, None),
    };
    SourceAnswer { kind, name: name.to_owned(), digest }
}
