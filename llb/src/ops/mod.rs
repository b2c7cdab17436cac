//! Operations: what vertices do. One file for each.
//!
//! An operation knows its inputs, and lowers itself to BuildKit's message once these have digests.
//! Which capabilities it needs is read off the message, in `caps`.

use strake_proto::pb;

use crate::digest::Digest;
use crate::options::MarshalOptions;
use crate::platform::Platform;
use crate::vertex::{EMPTY, Output};

pub(crate) mod exec;
pub(crate) mod file;
pub(crate) mod invalid;
pub(crate) mod merge;
pub(crate) mod mount;
pub(crate) mod passthrough;
pub(crate) mod raw;
pub(crate) mod source;

pub(crate) use file::{any_cache_directory, cache_directory, open_cache_directory};
pub use invalid::InvalidOp;

/// What a vertex does.
#[derive(Debug, Clone, PartialEq)]
pub enum Op {
    /// Fetches an image, a local directory, a repository or a file.
    Source(source::SourceOp),
    /// Runs a command in a file system made of mounts.
    Exec(Box<exec::ExecOp>),
    /// Copies, makes and removes files.
    File(file::FileOp),
    /// Lays file systems over each other.
    Merge(merge::MergeOp),
    /// What one file system has over another.
    Diff(merge::DiffOp),
    /// Hands its inputs on once all of them are there.
    Passthrough(passthrough::PassthroughOp),
    /// Came in with another definition.
    Raw(Box<raw::RawOp>),
}

impl Op {
    /// The outputs that this operation stands on, scratch left out. One that is used twice may be
    /// there twice.
    #[must_use]
    pub fn inputs(&self) -> Vec<Output> {
        match self {
            Self::Source(_) => Vec::new(),
            Self::Exec(op) => op.inputs(),
            Self::File(op) => op.inputs(),
            Self::Merge(op) => op.inputs(),
            Self::Diff(op) => op.inputs(),
            Self::Passthrough(op) => op.inputs(),
            Self::Raw(op) => op.inputs().to_vec(),
        }
    }

    /// The mounts of an exec, built here or grafted; none for any other operation.
    #[must_use]
    pub fn mounts(&self) -> Vec<mount::Mount> {
        match self {
            Self::Exec(op) => op.mounts().to_vec(),
            Self::Raw(op) => op.mounts(),
            _ => Vec::new(),
        }
    }

    /// The inputs, to change them.
    pub(crate) fn inputs_mut(&mut self) -> Vec<&mut Output> {
        match self {
            Self::Source(_) => Vec::new(),
            Self::Exec(op) => op.inputs_mut(),
            Self::File(op) => op.inputs_mut(),
            Self::Merge(op) => op.inputs_mut(),
            Self::Diff(op) => op.inputs_mut(),
            Self::Passthrough(op) => op.inputs_mut(),
            Self::Raw(op) => op.inputs_mut(),
        }
    }
}

macro_rules! op_from {
    ($($variant:ident: $op:ty;)*) => {
        $(
            impl From<$op> for Op {
                fn from(op: $op) -> Self {
                    Self::$variant(From::from(op))
                }
            }
        )*
    };
}

op_from! {
    Source: source::SourceOp;
    Source: source::image::ImageSource;
    Source: source::local::LocalSource;
    Source: source::git::GitSource;
    Source: source::http::HttpSource;
    Source: source::oci_layout::OciLayoutSource;
    Exec: exec::ExecOp;
    File: file::FileOp;
    Merge: merge::MergeOp;
    Diff: merge::DiffOp;
    Passthrough: passthrough::PassthroughOp;
}

/// What an operation needs to become a message, and what it has collected so far.
pub(crate) struct Lowering<'a> {
    pub(crate) options: &'a MarshalOptions,
    digests: &'a [Option<Digest>],
    inputs: Vec<pb::Input>,
    platform: Option<pb::Platform>,
}

impl<'a> Lowering<'a> {
    pub(crate) fn new(options: &'a MarshalOptions, digests: &'a [Option<Digest>]) -> Self {
        Self { options, digests, inputs: Vec::new(), platform: None }
    }

    /// The message that refers to an output.
    pub(crate) fn resolve(&self, output: Output) -> Result<pb::Input, InvalidOp> {
        let digest = self.digests.get(output.vertex.0).and_then(Option::as_ref);
        let digest = digest.ok_or(InvalidOp::UnknownInput)?.to_string();
        Ok(pb::Input { digest, index: output.index })
    }

    /// Adds an input and returns its index, even where it is there already.
    pub(crate) fn push_input(&mut self, output: Output) -> Result<i64, InvalidOp> {
        self.inputs.push(self.resolve(output)?);
        Ok(self.inputs.len() as i64 - 1)
    }

    /// Adds an input unless it is there, and returns its index.
    pub(crate) fn input(&mut self, output: Option<Output>) -> Result<i64, InvalidOp> {
        let Some(output) = output else { return Ok(EMPTY) };
        let input = self.resolve(output)?;
        match self.inputs.iter().position(|known| *known == input) {
            Some(known) => Ok(known as i64),
            None => self.push_input(output),
        }
    }

    /// The number of inputs so far.
    pub(crate) fn input_count(&self) -> i64 {
        self.inputs.len() as i64
    }

    /// Sets the platform, that of the options where the operation has none.
    pub(crate) fn platform(&mut self, platform: Option<&Platform>) {
        self.platform = platform.or(self.options.platform.as_ref()).map(Into::into);
    }

    pub(crate) fn finish(self, body: pb::op::Op) -> pb::Op {
        pb::Op {
            inputs: self.inputs,
            platform: self.platform,
            constraints: Some(pb::WorkerConstraints {
                filter: self.options.worker_constraints.clone(),
            }),
            op: Some(body),
        }
    }
}
