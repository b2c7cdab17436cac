//! What keys there are and what type their values have.

use crate::diagnostics::Code;

/// A table has a key that does not belong there.
pub static UNKNOWN_KEY: Code =
    Code { name: "unknown-key", summary: "A table has a key that does not belong there." };

/// A table lacks a key that it must have.
pub static MISSING_KEY: Code =
    Code { name: "missing-key", summary: "A table lacks a key that it must have." };

/// Two keys exclude each other.
pub static CONFLICTING_KEYS: Code =
    Code { name: "conflicting-keys", summary: "Two keys exclude each other." };

/// A value has the wrong type for its key.
pub static WRONG_TYPE: Code =
    Code { name: "wrong-type", summary: "A value has the wrong type for its key." };

/// Something is named twice in one layer.
pub static DUPLICATE: Code =
    Code { name: "duplicate", summary: "Something is named twice in one layer." };

/// A value is empty, but must not be.
pub static EMPTY_VALUE: Code =
    Code { name: "empty-value", summary: "A value is empty, but must not be." };
