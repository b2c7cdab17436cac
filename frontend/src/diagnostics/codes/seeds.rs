//! What became of the seed of a build, and of the export of its mounts. Nothing about a seed fails a
//! build: it only decides how fast that is.

use crate::diagnostics::Code;

/// All of this file.
pub static ALL: &[&Code] = &[
    &MISSING,
    &DENIED,
    &UNAVAILABLE,
    &SILENT,
    &FOREIGN,
    &PLATFORM,
    &BROKEN,
    &NO_PROGRAM,
    &MOUNT_EMPTY,
    &NOTHING_TO_EXPORT,
    &EXPORT_FAILED,
    &UNKNOWN_MOUNT,
    &LEFT_OUT,
    &SQUASHED,
];

pub static MISSING: Code = Code { name: "seed-missing", summary: "There is no seed yet." };

/// The registry wants a login, or another one.
pub static DENIED: Code =
    Code { name: "seed-denied", summary: "A registry does not let the build read the seed." };

/// No registry, or one that fails.
pub static UNAVAILABLE: Code = Code {
    name: "seed-unavailable",
    summary: "The registry of the seed cannot be reached, or fails.",
};

/// A host that takes the connection and says nothing.
pub static SILENT: Code =
    Code { name: "seed-silent", summary: "The registry of the seed did not answer in time." };

pub static FOREIGN: Code =
    Code { name: "seed-foreign", summary: "The seed was not made by strake." };

/// A seed of another platform.
pub static PLATFORM: Code =
    Code { name: "seed-platform", summary: "The seed is for another platform." };

/// It can't be read.
pub static BROKEN: Code = Code {
    name: "seed-broken",
    summary: "The seed is broken, or a mount can't be filled from it.",
};

/// strake does not know its own image.
pub static NO_PROGRAM: Code = Code {
    name: "seed-no-program",
    summary: "This BuildKit does not tell strake which image it runs in.",
};

/// A mount that is empty, and was not.
pub static MOUNT_EMPTY: Code =
    Code { name: "mount-empty", summary: "A cache mount is empty, but its published copy is not." };

/// All mounts are empty.
pub static NOTHING_TO_EXPORT: Code = Code {
    name: "nothing-to-export",
    summary: "There are no cache mounts to export, or all of them are empty.",
};

/// A step that exports failed.
pub static EXPORT_FAILED: Code =
    Code { name: "export-failed", summary: "A cache mount can't be exported." };

/// `STRAKE_MOUNTS` names what is not there.
pub static UNKNOWN_MOUNT: Code = Code {
    name: "unknown-mount",
    summary: "`STRAKE_MOUNTS` names a cache mount that the target does not use.",
};

/// Something of a mount is not in the export.
pub static LEFT_OUT: Code =
    Code { name: "mount-left-out", summary: "Something in a cache mount is not exported." };

/// Layers were put together.
pub static SQUASHED: Code =
    Code { name: "mounts-squashed", summary: "The layers of an export were merged into one." };
