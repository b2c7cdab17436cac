//! Directories of the client.

use strake_proto::caps::llb as cap;

use super::SourceOp;

pub(super) const SCHEME: &str = "local://";
pub(super) const SESSION_ID: &str = "local.session";
pub(super) const UNIQUE_ID: &str = "local.unique";

/// A directory of the client. Made by [`SourceOp::local`].
#[derive(Debug, Clone, PartialEq)]
pub struct LocalSource(SourceOp);

/// How files that were sent before are recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Differ {
    /// Not at all: everything is sent again.
    None,
    /// By size, times, mode and owner, as is the default.
    Metadata,
}

impl SourceOp {
    /// A directory by the name under which the client offers it.
    #[must_use]
    pub fn local(name: impl AsRef<str>) -> LocalSource {
        LocalSource(Self::new(format!("{SCHEME}{}", name.as_ref())))
    }
}

impl LocalSource {
    /// Sets the session of the client. Without it, the vertex is made unique by
    /// [`MarshalOptions::local_unique_id`](crate::MarshalOptions::local_unique_id).
    #[must_use]
    pub fn session_id(mut self, session: impl Into<String>) -> Self {
        self.0.set_unless_empty(SESSION_ID, session.into());
        self
    }

    /// Makes the vertex unique in place of the options' value.
    #[must_use]
    pub fn unique_id(mut self, id: impl Into<String>) -> Self {
        self.0.set_unless_empty(UNIQUE_ID, id.into());
        self
    }

    /// Sends only what matches.
    #[must_use]
    pub fn include_patterns<S: Into<String>>(
        mut self,
        patterns: impl IntoIterator<Item = S>,
    ) -> Self {
        self.0.set_list("local.includepattern", patterns);
        self
    }

    /// Leaves out what matches, in the language of `.dockerignore`.
    #[must_use]
    pub fn exclude_patterns<S: Into<String>>(
        mut self,
        patterns: impl IntoIterator<Item = S>,
    ) -> Self {
        self.0.set_list("local.excludepatterns", patterns);
        self
    }

    /// Sends these paths, and what they lead to where they are symbolic links.
    #[must_use]
    pub fn follow_paths<S: Into<String>>(mut self, paths: impl IntoIterator<Item = S>) -> Self {
        self.0.set_list("local.followpaths", paths);
        self
    }

    /// Sets what makes two transfers share what was sent before.
    #[must_use]
    pub fn shared_key_hint(mut self, hint: impl Into<String>) -> Self {
        self.0.set_unless_empty("local.sharedkeyhint", hint.into());
        self
    }

    /// Sets how files are recognised; `required` refuses a daemon that cannot be told.
    #[must_use]
    pub fn differ(mut self, differ: Differ, required: bool) -> Self {
        let value = match differ {
            Differ::None => "none",
            Differ::Metadata => "metadata",
        };
        self.0.set("local.differ", value);
        if required {
            self.0.caps.insert(cap::SOURCE_LOCAL_DIFFER);
        }
        self
    }

    /// Sends the metadata of files, and the content of those only that match `exceptions`.
    #[must_use]
    pub fn metadata_only<S: Into<String>>(
        mut self,
        exceptions: impl IntoIterator<Item = S>,
    ) -> Self {
        self.0.set("local.metadatatransfer", "true");
        self.0.set_list("local.metadatatransferexclude", exceptions);
        self
    }
}

impl From<LocalSource> for SourceOp {
    fn from(source: LocalSource) -> Self {
        source.0
    }
}
