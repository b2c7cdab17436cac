//! `[arg]` and `--build-arg`.

use crate::diagnostics::Code;

/// An argument has no default and is not required.
pub static ARGUMENT_WITHOUT_DEFAULT: Code = Code {
    name: "argument-without-default",
    summary: "An argument has no default and is not required.",
};

/// A required argument was not given.
pub static MISSING_ARGUMENT: Code =
    Code { name: "missing-argument", summary: "A required argument was not given." };

/// The value of an argument is not one of its choices.
pub static ARGUMENT_CHOICE: Code = Code {
    name: "argument-choice",
    summary: "The value of an argument is not one of its choices.",
};

/// The value of an argument does not match its pattern.
pub static ARGUMENT_PATTERN: Code = Code {
    name: "argument-pattern",
    summary: "The value of an argument does not match its pattern.",
};

/// The pattern of an argument is not a regular expression.
pub static INVALID_PATTERN: Code = Code {
    name: "invalid-pattern",
    summary: "The pattern of an argument is not a regular expression.",
};

/// A build argument was given that the manifest does not declare.
pub static UNUSED_BUILD_ARG: Code = Code {
    name: "unused-build-arg",
    summary: "A build argument was given that the manifest does not declare.",
};
