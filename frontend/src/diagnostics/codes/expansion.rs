//! Arguments in strings.

use crate::diagnostics::Code;

/// A string or a condition names an argument that does not exist.
pub static UNKNOWN_ARGUMENT: Code = Code {
    name: "unknown-argument",
    summary: "A string or a condition names an argument that does not exist.",
};

/// A `${...}` is not well formed.
pub static BAD_SUBSTITUTION: Code =
    Code { name: "bad-substitution", summary: "A `${...}` is not well formed." };

/// A `${NAME:?message}` has no value.
pub static REQUIRED_VALUE: Code =
    Code { name: "required-value", summary: "A `${NAME:?message}` has no value." };

/// A string is too long when its arguments are filled in.
pub static TOO_LONG: Code =
    Code { name: "too-long", summary: "A string is too long when its arguments are filled in." };
