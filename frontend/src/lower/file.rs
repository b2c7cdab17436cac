//! File operations.

use strake_llb::{
    Copy, FileOp, MergeOp, Mkdir, Mkfile, Output, ProgressGroup, Rm, SourceOp, Symlink,
};
use strake_proto::caps::llb as cap;

use super::{Lowering, Place, Purpose};
use crate::context;
use crate::manifest::model::Mode;
use crate::paths;
use crate::plan::{CopyAction, CopySource, FileAction, needs_chmod};
use crate::source::Span;

/// Nanoseconds in a second.
const SECOND: i64 = 1_000_000_000;

impl Lowering<'_> {
    /// All actions in one op, on top of a state.
    pub(super) fn files(&mut self, state: Option<Output>, actions: &[FileAction]) -> FileOp {
        let mut op = FileOp::new(state);
        for action in actions {
            op = self.action(op, action);
        }
        op
    }

    /// Files laid down on nothing and merged over a state, so that they stay cached whatever the
    /// state is. A daemon that can't merge lays them in line: the files are the same.
    pub(super) fn linked(
        &mut self,
        state: Option<Output>,
        actions: &[FileAction],
        place: &Place<'_>,
    ) -> Output {
        let (true, Some(below)) = (self.input.caps.contains(cap::MERGE_OP), state) else {
            let files = self.files(state, actions);
            if state.is_some() {
                self.in_line.insert(place.layer);
            }
            return self.add(files, place).into();
        };
        let files = self.files(None, actions);
        let linked = self.add(files, place);
        let merged = self.add_named(MergeOp::new([below, linked.output(0)]), place);
        let name = place.name.clone();
        let group = ProgressGroup { id: format!("link-{}", self.graph.len()), name, weak: false };
        self.graph.metadata_mut(merged).group(group.clone());
        self.graph.metadata_mut(linked).group(ProgressGroup { weak: true, ..group });
        merged.into()
    }

    fn action(&mut self, op: FileOp, action: &FileAction) -> FileOp {
        let time = self.input.plan.epoch.map(|seconds| seconds.saturating_mul(SECOND));
        match action {
            FileAction::Copy(copy) => self.copy(op, copy, time),
            FileAction::Write { path, content, mode, owner } => {
                let name = format!("/{}", paths::file_name(path).unwrap_or("file"));
                let file = Mkfile::new(name.clone(), *mode & 0o777, content.clone());
                let file = FileOp::new(None).mkfile(file);
                let source = self.named(file, format!("[internal] prepare {path}"));
                let copy = Copy::new(Some(source), name, path);
                let copy = if needs_chmod(*mode) { copy.mode(*mode) } else { copy };
                op.copy(made(copy, owner.as_deref(), time))
            }
            FileAction::Mkdir { path, mode, owner, exact: true } => {
                let name = paths::file_name(path).unwrap_or_default();
                let directory = Mkdir::new(format!("/directory/{name}"), 0o755).parents();
                let directory = FileOp::new(None).mkdir(directory);
                let source = self.named(directory, format!("[internal] prepare {path}"));
                let parent = paths::parent(path).unwrap_or("/");
                let copy = Copy::new(Some(source), "/directory", parent).dir_copy_contents();
                op.copy(made(copy.mode(*mode), owner.as_deref(), time))
            }
            FileAction::Mkdir { path, mode, owner, exact: false } => {
                let mut directory = Mkdir::new(path.clone(), *mode).parents();
                directory = match owner {
                    Some(owner) => directory.chown(owner.as_str()),
                    None => directory,
                };
                op.mkdir(match time {
                    Some(time) => directory.timestamp(time),
                    None => directory,
                })
            }
            FileAction::Symlink { path, to } => {
                let link = Symlink::new(to.clone(), path.clone());
                op.symlink(match time {
                    Some(time) => link.timestamp(time),
                    None => link,
                })
            }
            FileAction::Remove { path, allow_missing } => {
                let rm = Rm::new(path.clone()).wildcard();
                op.rm(if *allow_missing { rm.allow_not_found() } else { rm })
            }
        }
    }

    fn copy(&mut self, op: FileOp, copy: &CopyAction, time: Option<i64>) -> FileOp {
        let source = self.copied(copy);
        let mut action = with_owner_and_mode(
            Copy::new(source, copy.src.clone(), copy.dest.clone()).create_dest_path(),
            copy,
            time,
        );
        if matches!(copy.from, CopySource::Ref(_)) {
            action = action.wildcard().allow_empty_wildcard().follow_symlinks().dir_copy_contents();
        }
        action = action
            .include_patterns(copy.include.iter().cloned())
            .exclude_patterns(copy.exclude.iter().cloned());
        if copy.unpack {
            action = action.attempt_unpack();
        }
        if self.input.caps.contains(cap::FILE_COPY_REQUIRED_PATHS) {
            return op.copy(action.required_paths(copy.required.iter().cloned()));
        }
        // An older daemon misses nothing, so the paths are copied once more by their names. Not with
        // patterns of what is left out: they hold for the directory that the first copy starts
        // from.
        let again = copy.required.iter().filter(|_| copy.exclude.is_empty());
        again.fold(op.copy(action), |op, path| {
            let below = path.strip_prefix(&copy.src).unwrap_or(path);
            let again =
                Copy::new(source, path.clone(), paths::join(&copy.dest, &format!("./{below}")));
            op.copy(with_owner_and_mode(again.dir_copy_contents(), copy, time))
        })
    }

    fn copied(&mut self, copy: &CopyAction) -> Option<Output> {
        match &copy.from {
            CopySource::Ref(from) => {
                self.source(from, &Purpose { base_of: None, span: Some(copy.span) })
            }
            CopySource::Url { url, checksum, filename } => {
                let source = SourceOp::http(url.clone()).filename(filename.clone());
                let source = match checksum {
                    Some(checksum) => source.checksum(checksum.clone()),
                    None => source,
                };
                Some(self.fetched(source, url, copy.span))
            }
            CopySource::Git(url) => {
                let source = SourceOp::from(context::git_source(url));
                Some(self.fetched(source, &url.remote, copy.span))
            }
        }
    }

    /// What is fetched fails on its own, so it has the place of the layer.
    pub(super) fn fetched(
        &mut self,
        source: impl Into<strake_llb::Op>,
        url: &str,
        span: Span,
    ) -> Output {
        let output = self.named(source, format!("[internal] fetch {url}"));
        self.locate(output.vertex, &[span]);
        output
    }

    fn named(&mut self, source: impl Into<strake_llb::Op>, name: String) -> Output {
        let vertex = self.graph.add(source);
        self.graph.metadata_mut(vertex).custom_name(name);
        vertex.into()
    }
}

/// A copy of something that was made for it.
fn made(copy: Copy, owner: Option<&str>, time: Option<i64>) -> Copy {
    let copy = copy.create_dest_path();
    let copy = match owner {
        Some(owner) => copy.chown(owner),
        None => copy,
    };
    match time {
        Some(time) => copy.timestamp(time),
        None => copy,
    }
}

fn with_owner_and_mode(mut action: Copy, copy: &CopyAction, time: Option<i64>) -> Copy {
    if let Some(owner) = &copy.owner {
        action = action.chown(owner.as_str());
    }
    action = match &copy.mode {
        Some(Mode::Bits(bits)) => action.mode(*bits),
        Some(Mode::Symbolic(mode)) => action.mode(mode.as_str()),
        None => action,
    };
    match time {
        Some(time) => action.timestamp(time),
        None => action,
    }
}
