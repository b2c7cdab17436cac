//! Git repositories.

use strake_proto::caps::llb as cap;

use super::SourceOp;

pub(crate) const SCHEME: &str = "git://";

const AUTH_TOKEN_SECRET: &str = "git.authtokensecret";
const AUTH_HEADER_SECRET: &str = "git.authheadersecret";

/// A git repository. Made by [`SourceOp::git`].
#[derive(Debug, Clone, PartialEq)]
pub struct GitSource(SourceOp);

impl SourceOp {
    /// A repository by `host/path[#ref[:subdir]]`, with or without `git://` before it.
    ///
    /// This is what names the vertex; the protocol to use is in [`GitSource::full_url`]. As
    /// BuildKit's own library does, the secrets `GIT_AUTH_TOKEN` and `GIT_AUTH_HEADER` are used
    /// where the client has them.
    #[must_use]
    pub fn git(identifier: impl AsRef<str>) -> GitSource {
        let identifier = identifier.as_ref();
        let bare = identifier.strip_prefix(SCHEME).unwrap_or(identifier);
        let source = Self::new(format!("{SCHEME}{bare}"))
            .attr(AUTH_TOKEN_SECRET, "GIT_AUTH_TOKEN")
            .attr(AUTH_HEADER_SECRET, "GIT_AUTH_HEADER");
        GitSource(source)
    }
}

impl GitSource {
    /// Keeps the directory `.git`.
    #[must_use]
    pub fn keep_git_dir(self) -> Self {
        self.flag("git.keepgitdir")
    }

    /// Sets the URL to fetch from.
    #[must_use]
    pub fn full_url(self, url: impl Into<String>) -> Self {
        self.text("git.fullurl", url)
    }

    /// Sets the secret that holds a token; empty for none.
    #[must_use]
    pub fn auth_token_secret(mut self, secret: impl Into<String>) -> Self {
        self.0.caps.insert(cap::SOURCE_GIT_HTTP_AUTH);
        self.text(AUTH_TOKEN_SECRET, secret)
    }

    /// Sets the secret that holds a header; empty for none.
    #[must_use]
    pub fn auth_header_secret(mut self, secret: impl Into<String>) -> Self {
        self.0.caps.insert(cap::SOURCE_GIT_HTTP_AUTH);
        self.text(AUTH_HEADER_SECRET, secret)
    }

    /// Sets the keys of known hosts, in the format of `known_hosts`.
    #[must_use]
    pub fn known_ssh_hosts(self, keys: impl Into<String>) -> Self {
        self.text("git.knownsshhosts", keys)
    }

    /// Sets the SSH agent to use, by the name that the client knows it by.
    #[must_use]
    pub fn mount_ssh_sock(self, id: impl Into<String>) -> Self {
        self.text("git.mountsshsock", id)
    }

    /// Sets the commit that the reference must lead to.
    #[must_use]
    pub fn checksum(self, commit: impl Into<String>) -> Self {
        self.text("git.checksum", commit)
    }

    /// Leaves submodules out, which the daemon fetches without this.
    #[must_use]
    pub fn skip_submodules(self) -> Self {
        self.flag("git.skipsubmodules")
    }

    /// Sets the time of files: `checkout`, as is the default, or `commit`.
    #[must_use]
    pub fn mtime(self, policy: impl Into<String>) -> Self {
        self.text("git.mtime", policy)
    }

    /// Fetches the commit of [`GitSource::checksum`] and does not ask where the reference leads.
    #[must_use]
    pub fn fetch_by_commit(self) -> Self {
        self.flag("git.fetchbycommit")
    }

    fn flag(self, key: &str) -> Self {
        self.text(key, "true")
    }

    fn text(mut self, key: &str, value: impl Into<String>) -> Self {
        self.0.set_unless_empty(key, value.into());
        self
    }
}

impl From<GitSource> for SourceOp {
    fn from(source: GitSource) -> Self {
        source.0
    }
}
