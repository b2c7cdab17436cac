//! Names of the user's own.

use crate::diagnostics::Code;

/// A name has characters that are not allowed.
pub static INVALID_NAME: Code =
    Code { name: "invalid-name", summary: "A name has characters that are not allowed." };

/// A name already has a meaning.
pub static RESERVED_NAME: Code =
    Code { name: "reserved-name", summary: "A name already has a meaning." };
