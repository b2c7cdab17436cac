//! What is wrong with the text, before it says anything.

use crate::diagnostics::Code;

/// The manifest is not valid TOML.
pub static TOML_SYNTAX: Code =
    Code { name: "toml-syntax", summary: "The manifest is not valid TOML." };

/// The file is too large to be a manifest.
pub static TOO_LARGE: Code =
    Code { name: "too-large", summary: "The file is too large to be a manifest." };

/// More problems were found than are shown.
pub static MORE_PROBLEMS: Code =
    Code { name: "more-problems", summary: "More problems were found than are shown." };
