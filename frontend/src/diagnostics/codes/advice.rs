//! What makes a Dockerfile's builds slow. Warnings: the build is what it would have been.

use crate::diagnostics::Code;

/// All of this file.
pub static ALL: &[&Code] =
    &[&SWITCHED_OFF, &EMPTIED, &UPDATE_ALONE, &CONTEXT_FIRST, &CHANGING_ARGUMENT, &MOVING_URL];

/// An option or a variable switches the cache off.
pub static SWITCHED_OFF: Code =
    Code { name: "cache-switched-off", summary: "A package manager is told not to use its cache." };

/// A command empties the cache.
pub static EMPTIED: Code = Code {
    name: "cache-emptied",
    summary: "A step empties the cache of the package manager that it runs.",
};

/// Package lists are fetched in a step of their own.
pub static UPDATE_ALONE: Code = Code {
    name: "update-alone",
    summary: "Package lists are fetched in one step, and used in another.",
};

/// All of the context is copied before dependencies are installed.
pub static CONTEXT_FIRST: Code = Code {
    name: "context-first",
    summary: "The whole context is copied before dependencies are installed, so each change installs them again.",
};

/// An argument is another in every build.
pub static CHANGING_ARGUMENT: Code = Code {
    name: "changing-argument",
    summary: "A build argument that changes in every build is in the environment of steps that do not use it.",
};

/// An address whose content moves.
pub static MOVING_URL: Code =
    Code { name: "moving-url", summary: "`ADD` fetches a URL whose content changes." };
