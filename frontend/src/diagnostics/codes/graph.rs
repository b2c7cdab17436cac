//! Problems with how stages, contexts and images lead to each other.

use crate::diagnostics::Code;

/// All of this file.
pub static ALL: &[&Code] = &[
    &UNKNOWN_SOURCE,
    &UNKNOWN_TARGET,
    &STAGE_CYCLE,
    &IMAGE_CONFIG,
    &UNKNOWN_VARIABLE,
    &CACHE_OWNER,
    &CACHE_HOME,
    &CACHE_LINKS,
    &LINK_OWNER,
    &MOUNT_TARGET,
    &UNSUPPORTED,
    &IMAGE_TRIGGERS,
    &UNREADABLE_SCRIPT,
    &INPUT_PATTERN,
    &UNRESOLVED,
    &BASE_PLATFORM,
    &LONG_ARGUMENT,
    &LAYER_NOT_EXPORTABLE,
    &NO_EXPORTABLE_LAYER,
];

/// `boundary = "registry"` where it does not hold.
pub static LAYER_NOT_EXPORTABLE: Code = Code {
    name: "layer-not-exportable",
    summary: "A layer has `boundary = \"registry\"`, but builds on or copies from a layer that is not exportable.",
};

/// `@registry` of a stage in which nothing is exportable.
pub static NO_EXPORTABLE_LAYER: Code = Code {
    name: "no-exportable-layer",
    summary: "`--target @registry` was given, but no layer is exportable.",
};

/// An argument or variable that no Linux kernel takes.
pub static LONG_ARGUMENT: Code = Code {
    name: "long-argument",
    summary: "An argument or an environment variable of a command is too long.",
};

/// A name in `from` that can't be anything.
pub static UNKNOWN_SOURCE: Code = Code {
    name: "unknown-source",
    summary: "A `from` is neither a stage, a named context nor a valid image.",
};

/// `--target` names no stage.
pub static UNKNOWN_TARGET: Code = Code {
    name: "unknown-target",
    summary: "`--target` names a stage that the manifest does not have.",
};

/// Stages that lead back to themselves.
pub static STAGE_CYCLE: Code =
    Code { name: "stage-cycle", summary: "Stages depend on each other in a cycle." };

/// The config of a base image is not readable.
pub static IMAGE_CONFIG: Code = Code {
    name: "image-config",
    summary: "The config of a base image does not follow the image spec.",
};

/// A variable in `env` that is neither an argument nor in the environment.
pub static UNKNOWN_VARIABLE: Code = Code {
    name: "unknown-variable",
    summary: "A value in `env` uses a name that is neither an argument nor in the environment.",
};

/// A cache mount whose owner is not known.
pub static CACHE_OWNER: Code = Code {
    name: "cache-owner",
    summary: "A layer runs as a user given by name, and its cache mount has no owner.",
};

/// A tool that links into its cache mount.
pub static CACHE_LINKS: Code = Code {
    name: "cache-links",
    summary: "A tool is set to install links into its cache, but the cache is a mount.",
};

/// A cache in a home directory whose place is not known.
pub static CACHE_HOME: Code = Code {
    name: "cache-home",
    summary: "A cache is in a user's home directory, and strake does not know where that is.",
};

/// `link` with an owner by name.
pub static LINK_OWNER: Code = Code {
    name: "link-owner",
    summary: "A linked copy has no base image to look up an owner's name in.",
};

/// A mount at the root or twice at one place.
pub static MOUNT_TARGET: Code = Code {
    name: "mount-target",
    summary: "Two mounts of a step are at the same place, or one is at the root.",
};

pub static UNSUPPORTED: Code = Code {
    name: "unsupported",
    summary: "This BuildKit does not support something that the manifest or a flag asks for.",
};

/// The base image has triggers, which a manifest does not run.
pub static IMAGE_TRIGGERS: Code = Code {
    name: "image-triggers",
    summary: "The base image has `ONBUILD` triggers, and a manifest does not run them.",
};

/// A script file that is not there or is no text.
pub static UNREADABLE_SCRIPT: Code = Code {
    name: "unreadable-script",
    summary: "A script named by `run = { file = ... }` can't be read.",
};

/// An input with wildcards that picks nothing, or too much.
pub static INPUT_PATTERN: Code = Code {
    name: "input-pattern",
    summary: "Wildcards in `inputs` match nothing in the build context, or too much.",
};

/// An image or context that can't be had.
pub static UNRESOLVED: Code = Code {
    name: "unresolved",
    summary: "An image, a context or a Dockerfile that the build needs can't be loaded.",
};

/// The base image is for another platform.
pub static BASE_PLATFORM: Code = Code {
    name: "base-platform",
    summary: "The base image is for a different platform than the build.",
};
