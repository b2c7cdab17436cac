//! File operations: a chain of actions on one file system, without running anything.

use strake_proto::pb;
use strake_proto::pb::file_action::Action as PbAction;
use strake_proto::pb::op::Op as Body;

use self::copy::Copy;
use super::Lowering;
use crate::ops::InvalidOp;
use crate::vertex::Output;
use crate::vertex::{EMPTY, SKIP_OUTPUT};

mod actions;
pub(crate) mod copy;
mod path;

pub use path::clean_path;

pub use actions::{Chown, Mkdir, Mkfile, Rm, Symlink, User};

/// The directory that [`cache_directory`] makes.
pub(crate) const CACHE_DIRECTORY: &str = "/cache";
const ANY: &str = "/any";

/// Copies, makes and removes files on top of a file system. The last action's result is the output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileOp {
    base: Option<Output>,
    actions: Vec<Action>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Action {
    Copy(Box<Copy>),
    Mkdir(Mkdir),
    Mkfile(Mkfile),
    Rm(Rm),
    Symlink(Symlink),
}

/// A directory with an owner, as the Dockerfile frontend makes it for cache mounts.
pub(crate) fn cache_directory(from: Option<Output>, uid: u32, gid: u32, mode: u32) -> FileOp {
    FileOp::new(from).mkdir(Mkdir::new(CACHE_DIRECTORY, mode).chown((uid, gid)))
}

/// The directory that [`open_cache_directory`] copies, in a directory of its own.
pub(crate) fn any_cache_directory() -> FileOp {
    FileOp::new(None).mkdir(Mkdir::new(format!("{ANY}{CACHE_DIRECTORY}"), 0o755).parents())
}

/// A directory into which others than the owner may write. The daemon's umask, which takes that
/// away from a directory that is made, does not touch the mode of one that is copied.
pub(crate) fn open_cache_directory(
    from: Option<Output>,
    any: Output,
    (uid, gid): (u32, u32),
    mode: u32,
) -> FileOp {
    let copy = Copy::new(Some(any), ANY, "/").dir_copy_contents();
    FileOp::new(from).copy(copy.mode(mode).chown((uid, gid)))
}

impl FileOp {
    /// No action yet, on top of `base`; `None` is scratch.
    #[must_use]
    pub fn new(base: Option<Output>) -> Self {
        Self { base, actions: Vec::new() }
    }

    /// Copies files from another file system.
    #[must_use]
    pub fn copy(self, copy: Copy) -> Self {
        self.action(Action::Copy(Box::new(copy)))
    }

    /// Adds an action that makes a directory.
    #[must_use]
    pub fn mkdir(self, mkdir: Mkdir) -> Self {
        self.action(Action::Mkdir(mkdir))
    }

    /// Adds an action that writes a file.
    #[must_use]
    pub fn mkfile(self, mkfile: Mkfile) -> Self {
        self.action(Action::Mkfile(mkfile))
    }

    /// Removes a file or a directory.
    #[must_use]
    pub fn rm(self, rm: Rm) -> Self {
        self.action(Action::Rm(rm))
    }

    /// Makes a symbolic link.
    #[must_use]
    pub fn symlink(self, symlink: Symlink) -> Self {
        self.action(Action::Symlink(symlink))
    }

    fn action(mut self, action: Action) -> Self {
        self.actions.push(action);
        self
    }

    pub(super) fn inputs(&self) -> Vec<Output> {
        let copied = self.actions.iter().filter_map(|action| match action {
            Action::Copy(copy) => copy.source,
            _ => None,
        });
        self.base.into_iter().chain(copied).collect()
    }

    pub(super) fn inputs_mut(&mut self) -> Vec<&mut Output> {
        let copied = self.actions.iter_mut().filter_map(|action| match action {
            Action::Copy(copy) => copy.source.as_mut(),
            _ => None,
        });
        self.base.iter_mut().chain(copied).collect()
    }

    pub(crate) fn lower(&self, cx: &mut Lowering<'_>) -> Result<Body, InvalidOp> {
        if self.actions.is_empty() {
            return Err(InvalidOp::NoActions);
        }
        let base = cx.input(self.base)?;
        let lower = |action: &Action| Ok((action.secondary(cx)?, action.to_pb(base)));
        let lowered = self.actions.iter().map(lower).collect::<Result<Vec<_>, InvalidOp>>()?;
        // Results of earlier actions are counted on from the inputs of the whole operation.
        let (inputs, last) = (cx.input_count(), lowered.len() - 1);
        let actions =
            lowered.into_iter().enumerate().map(|(at, (secondary_input, action))| pb::FileAction {
                input: if at == 0 { base } else { inputs + at as i64 - 1 },
                secondary_input,
                output: if at == last { 0 } else { SKIP_OUTPUT },
                action: Some(action),
            });
        Ok(Body::File(pb::FileOp { actions: actions.collect() }))
    }
}

impl Action {
    fn secondary(&self, cx: &mut Lowering<'_>) -> Result<i64, InvalidOp> {
        match self {
            Self::Copy(copy) => cx.input(copy.source),
            _ => Ok(EMPTY),
        }
    }

    fn to_pb(&self, base: i64) -> PbAction {
        match self {
            Self::Copy(copy) => PbAction::Copy(copy.to_pb(base)),
            Self::Mkdir(mkdir) => PbAction::Mkdir(mkdir.to_pb(base)),
            Self::Mkfile(mkfile) => PbAction::Mkfile(mkfile.to_pb(base)),
            Self::Rm(rm) => PbAction::Rm(rm.to_pb()),
            Self::Symlink(symlink) => PbAction::Symlink(symlink.to_pb(base)),
        }
    }
}
