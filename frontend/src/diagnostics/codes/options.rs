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
pub static BOOLEAN: Code = Code {
    name: "invalid-boolean",
    summary: "An option takes true or false.",
    explanation: "The spellings of Go are known: `1`, `t`, `T`, `true`, `TRUE`, `True`, and the same \
for false.\n\n    docker buildx build --build-arg BUILDKIT_CONTEXT_KEEP_GIT_DIR=true .\n",
};

/// An integer that is none.
pub static NUMBER: Code = Code {
    name: "invalid-number",
    summary: "An option takes a whole number.",
    explanation: "Sizes are bytes, times are seconds since 1970, all in decimal digits.\n\n    docker \
buildx build --build-arg SOURCE_DATE_EPOCH=$(git log -1 --format=%ct) .\n",
};

/// A platform that is none.
pub static PLATFORM: Code = Code {
    name: "invalid-target-platform",
    summary: "A platform is os/architecture or os/architecture/variant.",
    explanation: "Architectures have Go's names; the usual other ones (`x86_64`, `aarch64`, `armhf`) \
are understood, too.\n\n    docker buildx build --platform linux/amd64,linux/arm64 .\n",
};

/// Several platforms, and the result may be only one.
pub static PLATFORM_CONFLICT: Code = Code {
    name: "platform-conflict",
    summary: "Several platforms are built, and the result was asked for as one image.",
    explanation: "`multi-platform=false` (or `BUILDKIT_MULTI_PLATFORM=false`) asks for a result \
without an index, and that can hold one platform only. Leave it away, or build one platform.\n",
};

/// A context that can't be understood.
pub static CONTEXT: Code = Code {
    name: "invalid-context",
    summary: "A build context has an address that BuildKit does not know.",
    explanation: "A named context is one of these:\n\n    --build-context \
NAME=docker-image://alpine:3.22\n    --build-context NAME=oci-layout://path@sha256:...\n    \
--build-context NAME=https://github.com/owner/repository.git#v1:folder\n    --build-context \
NAME=https://example.com/file.tar.gz\n    --build-context NAME=./folder\n",
};

/// Cache imports that are no JSON.
pub static CACHE_IMPORTS: Code = Code {
    name: "invalid-cache-imports",
    summary: "The list of caches to import can't be read.",
    explanation: "The client sends it as a JSON list of `{\"Type\": ..., \"Attrs\": {...}}`; with \
`docker buildx build --cache-from type=registry,ref=...` that is done for you.\n",
};

/// An additional host that is no `host=address`.
pub static HOST: Code = Code {
    name: "invalid-host",
    summary: "An additional host needs a name and an IP address.",
    explanation: "    docker buildx build --add-host mirror=192.0.2.10 .\n",
};

/// A limit that is none.
pub static ULIMIT: Code = Code {
    name: "invalid-ulimit",
    summary: "A limit is name=soft or name=soft:hard.",
    explanation: "The soft limit can't be above the hard one; -1 is unlimited.\n\n    docker buildx \
build --ulimit nofile=1024:4096 .\n",
};

/// A limit of the control group that is none.
pub static RESOURCES: Code = Code {
    name: "invalid-resources",
    summary: "A limit for memory or processors is out of its range.",
    explanation: "Memory is bytes above zero, swap may be -1 for unlimited, sets of processors are \
written `0-3,5`.\n",
};

/// A network that is none.
pub static NETWORK: Code = Code {
    name: "invalid-network-mode",
    summary: "The network of the steps is none, host or sandbox.",
    explanation: "`host` also needs an entitlement.\n\n    docker buildx build --network=none .\n",
};

/// A resolve mode that is none.
pub static RESOLVE_MODE: Code = Code {
    name: "invalid-resolve-mode",
    summary: "Images are resolved by default, pull or local.",
    explanation: "`pull` asks the registry even where the image is there (`--pull`), `local` takes \
what is there.\n",
};

/// An attestation that is none.
pub static ATTESTATION: Code = Code {
    name: "invalid-attestation",
    summary: "An attestation or its parameters are unknown.",
    explanation: "    docker buildx build --sbom=true --provenance=mode=max .\n    docker buildx build \
--attest type=sbom,generator=docker/buildkit-syft-scanner:stable-1 .\n",
};

/// `BUILDKIT_DOCKERFILE_CHECK` that can't be read.
pub static CHECK: Code = Code {
    name: "invalid-check",
    summary: "The checks are set up with skip, experimental and error.",
    explanation: "    docker buildx build --build-arg \
'BUILDKIT_DOCKERFILE_CHECK=skip=all;error=true' .\n",
};

/// A seed that is none.
pub static SEED: Code = Code {
    name: "invalid-seed",
    summary: "`STRAKE_SEED` is no image reference.",
    explanation: "The build argument names the image that empty cache mounts are filled from, in place of \
the one in the file; `off` means none.\n\n    docker buildx build --build-arg \
STRAKE_SEED=ghcr.io/example/app/mounts:main .\n    docker buildx build --build-arg STRAKE_SEED=off .\n",
};
