//! Small values with a form of their own.

use crate::diagnostics::Code;

/// A text with a zero byte in it.
pub static ZERO_BYTE: Code = Code { name: "zero-byte", summary: "A string contains a zero byte." };

/// A value is not one of the words that its key takes.
pub static INVALID_CHOICE: Code =
    Code { name: "invalid-choice", summary: "A value is not one of the words that its key takes." };

/// A number is too small or too large.
pub static OUT_OF_RANGE: Code =
    Code { name: "out-of-range", summary: "A number is too small or too large." };

/// A file mode is neither octal nor symbolic.
pub static INVALID_MODE: Code =
    Code { name: "invalid-mode", summary: "A file mode is neither octal nor symbolic." };

/// A size cannot be read.
pub static INVALID_SIZE: Code = Code { name: "invalid-size", summary: "A size cannot be read." };

/// A duration cannot be read.
pub static INVALID_DURATION: Code =
    Code { name: "invalid-duration", summary: "A duration cannot be read." };

/// A port cannot be read.
pub static INVALID_PORT: Code = Code { name: "invalid-port", summary: "A port cannot be read." };

/// A path cannot be used here.
pub static INVALID_PATH: Code =
    Code { name: "invalid-path", summary: "A path cannot be used here." };

/// An owner cannot be read.
pub static INVALID_OWNER: Code =
    Code { name: "invalid-owner", summary: "An owner cannot be read." };

/// A package has a name that a package manager would misread.
pub static INVALID_PACKAGE: Code = Code {
    name: "invalid-package",
    summary: "A package has a name that a package manager would misread.",
};

/// A platform cannot be read.
pub static INVALID_PLATFORM: Code =
    Code { name: "invalid-platform", summary: "A platform cannot be read." };

/// The address of a remote source cannot be used.
pub static INVALID_URL: Code =
    Code { name: "invalid-url", summary: "The address of a remote source cannot be used." };

/// A checksum cannot be read.
pub static INVALID_CHECKSUM: Code =
    Code { name: "invalid-checksum", summary: "A checksum cannot be read." };

/// A signal cannot be read.
pub static INVALID_SIGNAL: Code =
    Code { name: "invalid-signal", summary: "A signal cannot be read." };

/// An image reference cannot be read.
pub static INVALID_REFERENCE: Code =
    Code { name: "invalid-reference", summary: "An image reference cannot be read." };

/// A package source is not one that apt accepts.
pub static INVALID_SOURCE: Code =
    Code { name: "invalid-source", summary: "A package source is not one that apt accepts." };

/// The time of a snapshot cannot be read.
pub static INVALID_SNAPSHOT: Code =
    Code { name: "invalid-snapshot", summary: "The time of a snapshot cannot be read." };

/// A command begins with a word that only a Dockerfile has.
pub static DOCKERFILE_WORD: Code = Code {
    name: "dockerfile-word",
    summary: "A command of the image begins with `CMD`, `CMD-SHELL`, `ENTRYPOINT` or `NONE`.",
};

/// A list, or what steps repeat of it, is too long.
pub static TOO_MANY: Code =
    Code { name: "too-many", summary: "A list is too long, or all steps together are too large." };
