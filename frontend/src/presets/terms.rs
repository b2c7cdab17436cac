//! What presets and manifests say in one word.

/// What the ids begin with that strake makes.
pub(crate) const OWN_IDS: &str = "strake/";

/// Whether the result of a layer is exportable to a registry cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Boundary {
    /// It may.
    Registry,
    /// It does not: it is rebuilt from cache mounts.
    Mount,
    /// It does not: the layer always runs.
    None,
}

impl Boundary {
    /// As a manifest says it.
    pub fn name(self) -> &'static str {
        match self {
            Boundary::Registry => "registry",
            Boundary::Mount => "mount",
            Boundary::None => "none",
        }
    }
}

/// `shared`, `private` or `locked`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sharing {
    /// Several builds at once.
    #[default]
    Shared,
    /// Each build that runs at once its own.
    Private,
    /// One build at a time.
    Locked,
}

impl Sharing {
    /// As a manifest says it.
    pub fn name(self) -> &'static str {
        match self {
            Sharing::Shared => "shared",
            Sharing::Private => "private",
            Sharing::Locked => "locked",
        }
    }
}

/// A file that names archives by their digests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lock {
    /// `go.sum`: <https://go.dev/ref/mod#go-sum-files>
    Go,
    /// `Cargo.lock`: <https://doc.rust-lang.org/cargo/guide/cargo-toml-vs-cargo-lock.html>
    Cargo,
}

impl Lock {
    /// Its name in a project.
    pub fn name(self) -> &'static str {
        match self {
            Lock::Go => "go.sum",
            Lock::Cargo => "Cargo.lock",
        }
    }
}
