//! How a manifest says what presets say, too.

use super::{Boundary, Lock};

/// What the ids that strake makes begin with.
pub(crate) const OWN_IDS: &str = "strake/";

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

impl Lock {
    /// Its name in a project.
    pub fn name(self) -> &'static str {
        match self {
            Lock::Go => "go.sum",
            Lock::Cargo => "Cargo.lock",
        }
    }
}
