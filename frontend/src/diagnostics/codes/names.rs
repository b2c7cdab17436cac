//! Names of the user's own.

use crate::diagnostics::Code;

/// A name has characters that it cannot have.
pub static INVALID_NAME: Code =
    Code { name: "invalid-name", summary: "A name has characters that it cannot have." };

/// A name has a meaning already.
pub static RESERVED_NAME: Code =
    Code { name: "reserved-name", summary: "A name has a meaning already." };
