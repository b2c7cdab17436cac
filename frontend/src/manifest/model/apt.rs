//! What `apt` says: packages, and from where they come.

use crate::source::Spanned;

/// Installs packages with apt.
#[derive(Debug, Clone)]
pub struct Apt {
    /// Each is `name` or `name=version`.
    pub packages: Vec<Spanned<String>>,
    /// Install recommended packages, too.
    pub recommends: bool,
    /// Archives besides those of the image.
    pub sources: Vec<AptSource>,
    /// The distribution's archives as they were at a time.
    pub snapshot: Option<AptSnapshot>,
}

/// An archive of packages, as sources.list(5) has it.
#[derive(Debug, Clone)]
pub struct AptSource {
    pub uri: Spanned<String>,
    /// Suites; one that ends in `/` is a directory without components.
    pub suites: Vec<String>,
    /// Such as `main`; empty where a suite is a directory.
    pub components: Vec<String>,
    /// What it is signed with; a key that the image has where none is given.
    pub key: Option<AptKey>,
    /// The image knows the archive afterwards, too.
    pub keep: bool,
}

/// An OpenPGP key, in either form.
#[derive(Debug, Clone)]
pub enum AptKey {
    /// The key itself, armoured.
    Inline(Spanned<String>),
    /// A file of the main context.
    Context(Spanned<String>),
    /// A file by http or https.
    Url {
        url: Spanned<String>,
        /// The digest that the file must have, `sha256:...`.
        checksum: String,
    },
}

/// A time, and who has the archives as they were then.
#[derive(Debug, Clone)]
pub struct AptSnapshot {
    /// In UTC, as in `20260801T000000Z`.
    pub time: String,
    /// What stands before `/debian/TIME`; the distribution's own service where none is given.
    pub mirror: Option<String>,
}
