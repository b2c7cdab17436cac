//! What became of the registry caches that a build wanted to read. None of these fails a build: a cache
//! only decides how fast it is.

use crate::diagnostics::Code;

/// All of this file.
pub static ALL: &[&Code] = &[&MISSING, &DENIED, &UNAVAILABLE, &SILENT];

/// There is no such tag.
pub static MISSING: Code =
    Code { name: "registry-cache-missing", summary: "A registry cache does not exist." };

/// The registry wants a login, or another one.
pub static DENIED: Code = Code {
    name: "registry-cache-denied",
    summary: "A registry does not let the build read a cache.",
};

/// No registry, or one that fails.
pub static UNAVAILABLE: Code =
    Code { name: "registry-cache-unavailable", summary: "A registry cannot be reached, or fails." };

/// A host that takes the connection and says nothing.
pub static SILENT: Code =
    Code { name: "registry-cache-silent", summary: "A registry did not answer in time." };
