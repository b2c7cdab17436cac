//! Codes of problems with what the command line says: options and build arguments with a meaning of
//! their own. None of them has a place in a file.

use crate::diagnostics::Code;

/// All of them, for the documentation.
pub static ALL: &[&Code] = &[
    &BOOLEAN,
    &NUMBER,
    &PLATFORM,
    &PLATFORM_CONFLICT,
    &CONTEXT,
    &CACHE_IMPORTS,
    &HOST,
    &ULIMIT,
    &RESOURCES,
    &NETWORK,
    &RESOLVE_MODE,
    &ATTESTATION,
    &CHECK,
    &SEED,
];

/// A boolean that is none.
pub static BOOLEAN: Code =
    Code { name: "invalid-boolean", summary: "An option takes true or false." };

/// An integer that is none.
pub static NUMBER: Code =
    Code { name: "invalid-number", summary: "An option takes a whole number." };

/// A platform that is none.
pub static PLATFORM: Code = Code {
    name: "invalid-target-platform",
    summary: "A platform must be os/architecture or os/architecture/variant.",
};

/// Several platforms, and the result may be only one.
pub static PLATFORM_CONFLICT: Code = Code {
    name: "platform-conflict",
    summary: "Several platforms are built, but the result must be one image.",
};

/// A context that can't be understood.
pub static CONTEXT: Code = Code {
    name: "invalid-context",
    summary: "A build context has an address that BuildKit does not know.",
};

/// Cache imports that are no JSON.
pub static CACHE_IMPORTS: Code =
    Code { name: "invalid-cache-imports", summary: "The list of caches to import can't be read." };

/// An additional host that is no `host=address`.
pub static HOST: Code =
    Code { name: "invalid-host", summary: "An additional host needs a name and an IP address." };

/// A limit that is none.
pub static ULIMIT: Code =
    Code { name: "invalid-ulimit", summary: "A limit must be name=soft or name=soft:hard." };

/// A limit of the control group that is none.
pub static RESOURCES: Code = Code {
    name: "invalid-resources",
    summary: "A limit for memory or processors is out of its range.",
};

/// A network that is none.
pub static NETWORK: Code = Code {
    name: "invalid-network-mode",
    summary: "The network of the steps must be none, host or sandbox.",
};

/// A resolve mode that is none.
pub static RESOLVE_MODE: Code = Code {
    name: "invalid-resolve-mode",
    summary: "The resolve mode must be default, pull or local.",
};

/// An attestation that is none.
pub static ATTESTATION: Code =
    Code { name: "invalid-attestation", summary: "An attestation or its parameters are unknown." };

/// `BUILDKIT_DOCKERFILE_CHECK` that can't be read.
pub static CHECK: Code = Code {
    name: "invalid-check",
    summary: "`BUILDKIT_DOCKERFILE_CHECK` takes skip, experimental and error.",
};

/// A seed that is none.
pub static SEED: Code =
    Code { name: "invalid-seed", summary: "`STRAKE_SEED` is not an image reference." };
