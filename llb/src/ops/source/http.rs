//! Files by URL.

use super::{SourceOp, octal};

/// A file by URL. Made by [`SourceOp::http`].
#[derive(Debug, Clone, PartialEq)]
pub struct HttpSource(SourceOp);

impl SourceOp {
    /// A file by its URL, `https://...` or `http://...`.
    #[must_use]
    pub fn http(url: impl Into<String>) -> HttpSource {
        HttpSource(Self::new(url))
    }
}

impl HttpSource {
    /// Sets the digest that the file must have.
    #[must_use]
    pub fn checksum(mut self, digest: impl Into<String>) -> Self {
        self.0.set_unless_empty("http.checksum", digest.into());
        self
    }

    /// Sets the name under which the file is stored.
    #[must_use]
    pub fn filename(mut self, name: impl Into<String>) -> Self {
        self.0.set_unless_empty("http.filename", name.into());
        self
    }

    /// Sets the permission bits; zero leaves them to the daemon.
    #[must_use]
    pub fn perm(mut self, mode: u32) -> Self {
        let value = if mode == 0 { String::new() } else { octal(mode) };
        self.0.set_unless_empty("http.perm", value);
        self
    }

    /// Sets the owner by number; root without this.
    #[must_use]
    pub fn uid(mut self, uid: u32) -> Self {
        self.0.set_unless_empty("http.uid", unless_zero(uid));
        self
    }

    /// Sets the group by number; root's without this.
    #[must_use]
    pub fn gid(mut self, gid: u32) -> Self {
        self.0.set_unless_empty("http.gid", unless_zero(gid));
        self
    }

    /// Sends a header with the request. Daemons honour `accept` and `user-agent`.
    #[must_use]
    pub fn header(mut self, name: impl AsRef<str>, value: impl Into<String>) -> Self {
        let key = format!("http.header.{}", name.as_ref().to_ascii_lowercase());
        self.0.set_unless_empty(&key, value.into());
        self
    }

    /// Sends the secret of this id as the header `Authorization`.
    #[must_use]
    pub fn auth_header_secret(mut self, secret: impl Into<String>) -> Self {
        self.0.set_unless_empty("http.authheadersecret", secret.into());
        self
    }
}

/// Root is what the daemon takes anyway, and BuildKit's library leaves it out.
fn unless_zero(id: u32) -> String {
    if id == 0 { String::new() } else { id.to_string() }
}

impl From<HttpSource> for SourceOp {
    fn from(source: HttpSource) -> Self {
        source.0
    }
}
