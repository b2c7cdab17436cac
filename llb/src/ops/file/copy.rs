//! Copy: files from another file system.

use strake_proto::pb;

use super::actions::{Chown, timestamp};
use super::path::{clean, clean_destination};
use crate::vertex::Output;

/// The mode that stands for that of the source.
const KEEP_MODE: i32 = -1;

/// Copies files from another file system. Owner, mode and time come along unless said otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copy {
    pub(super) source: Option<Output>,
    mode: Option<CopyMode>,
    owner: Option<Chown>,
    timestamp: Option<i64>,
    action: pb::FileActionCopy,
}

/// A new mode for what is copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CopyMode {
    /// Permission bits, for example `0o644`.
    Bits(u32),
    /// As `chmod` takes it, for example `u+x` (BuildKit 0.17).
    Text(String),
}

impl From<u32> for CopyMode {
    fn from(bits: u32) -> Self {
        Self::Bits(bits)
    }
}

impl From<&str> for CopyMode {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for CopyMode {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl Copy {
    /// Copies `src` of the source to `dest`. A destination with a slash at the end is a directory.
    #[must_use]
    pub fn new(
        source: impl Into<Option<Output>>,
        src: impl AsRef<str>,
        dest: impl AsRef<str>,
    ) -> Self {
        let action = pb::FileActionCopy {
            src: clean(src.as_ref()),
            dest: clean_destination(dest.as_ref()),
            ..Default::default()
        };
        Self { source: source.into(), mode: None, owner: None, timestamp: None, action }
    }

    /// Sets the owner, in place of the one that the source has.
    #[must_use]
    pub fn chown(mut self, owner: impl Into<Chown>) -> Self {
        self.owner = Some(owner.into());
        self
    }

    /// Sets the mode: bits, or a text that `chmod` would take.
    #[must_use]
    pub fn mode(mut self, mode: impl Into<CopyMode>) -> Self {
        self.mode = Some(mode.into());
        self
    }

    /// Sets the time of what is copied, in nanoseconds since 1970.
    #[must_use]
    pub fn timestamp(mut self, nanoseconds: i64) -> Self {
        self.timestamp = Some(nanoseconds);
        self
    }

    /// Takes the source path for a pattern.
    #[must_use]
    pub fn wildcard(mut self) -> Self {
        self.action.allow_wildcard = true;
        self
    }

    /// Does not mind a pattern that nothing matches.
    #[must_use]
    pub fn allow_empty_wildcard(mut self) -> Self {
        self.action.allow_empty_wildcard = true;
        self
    }

    /// Makes the directories that lead to the destination.
    #[must_use]
    pub fn create_dest_path(mut self) -> Self {
        self.action.create_dest_path = true;
        self
    }

    /// Follows a symbolic link at the source path.
    #[must_use]
    pub fn follow_symlinks(mut self) -> Self {
        self.action.follow_symlink = true;
        self
    }

    /// Copies what is in a source directory instead of the directory.
    #[must_use]
    pub fn dir_copy_contents(mut self) -> Self {
        self.action.dir_copy_contents = true;
        self
    }

    /// Unpacks a source that is an archive, as `ADD` does.
    #[must_use]
    pub fn attempt_unpack(mut self) -> Self {
        self.action.attempt_unpack_docker_compatibility = true;
        self
    }

    /// Replaces what is in the way with another type, a directory by a file for example.
    #[must_use]
    pub fn always_replace_existing_dest_paths(mut self) -> Self {
        self.action.always_replace_existing_dest_paths = true;
        self
    }

    /// Copies only what matches.
    #[must_use]
    pub fn include_patterns<S: Into<String>>(
        mut self,
        patterns: impl IntoIterator<Item = S>,
    ) -> Self {
        self.action.include_patterns.extend(patterns.into_iter().map(Into::into));
        self
    }

    /// Leaves out what matches.
    #[must_use]
    pub fn exclude_patterns<S: Into<String>>(
        mut self,
        patterns: impl IntoIterator<Item = S>,
    ) -> Self {
        self.action.exclude_patterns.extend(patterns.into_iter().map(Into::into));
        self
    }

    /// Fails unless these paths are among what is included (BuildKit 0.26).
    #[must_use]
    pub fn required_paths<S: Into<String>>(mut self, paths: impl IntoIterator<Item = S>) -> Self {
        self.action.required_paths.extend(paths.into_iter().map(Into::into));
        self
    }

    pub(super) fn to_pb(&self, base: i64) -> pb::FileActionCopy {
        let (mode, mode_str) = match &self.mode {
            None => (KEEP_MODE, String::new()),
            Some(CopyMode::Bits(bits)) => (bits.cast_signed(), String::new()),
            Some(CopyMode::Text(text)) => (0, text.clone()),
        };
        pb::FileActionCopy {
            mode,
            mode_str,
            owner: self.owner.as_ref().map(|owner| owner.to_pb(base)),
            timestamp: timestamp(self.timestamp),
            ..self.action.clone()
        }
    }
}
