//! Problems with Dockerfiles, as far as they are not the Dockerfile frontend's to find.

use crate::diagnostics::Code;

/// All of this file.
pub static ALL: &[&Code] = &[
    &UNKNOWN_FILE,
    &UNKNOWN_DIRECTIVE,
    &INVALID_DIRECTIVE,
    &MISPLACED_DIRECTIVE,
    &UNUSABLE_CACHE,
    &STEP_NOT_EXPORTABLE,
    &NOT_REWRITTEN,
];

/// The file is neither a manifest nor a Dockerfile.
pub static UNKNOWN_FILE: Code =
    Code { name: "unknown-file", summary: "The file is neither a manifest nor a Dockerfile." };

/// There is no such directive.
pub static UNKNOWN_DIRECTIVE: Code =
    Code { name: "unknown-directive", summary: "There is no such `# strake:` directive." };

/// The value of a directive can't be understood.
pub static INVALID_DIRECTIVE: Code = Code {
    name: "invalid-directive",
    summary: "The value of a `# strake:` directive, or of `STRAKE_CACHE`, can't be understood.",
};

/// A directive stands where it means nothing.
pub static MISPLACED_DIRECTIVE: Code = Code {
    name: "misplaced-directive",
    summary: "A `# strake:` directive stands where it has no effect.",
};

/// A step can't have the cache that a directive asks for.
pub static UNUSABLE_CACHE: Code = Code {
    name: "unusable-cache",
    summary: "A step can't have the cache that a directive asks for.",
};

/// `boundary=registry` where it does not hold.
pub static STEP_NOT_EXPORTABLE: Code = Code {
    name: "step-not-exportable",
    summary: "A step has `boundary=registry`, but builds on or copies from a step that is not exportable.",
};

/// No cache mounts were added.
pub static NOT_REWRITTEN: Code = Code {
    name: "not-rewritten",
    summary: "The Dockerfile is built unchanged, without more cache mounts.",
};
