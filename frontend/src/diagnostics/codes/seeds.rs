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

/// There is none.
pub static MISSING: Code = Code {
    name: "seed-missing",
    summary: "There is no seed yet.",
    explanation: "\
The registry answers, and has none of the tags. Cache mounts that are empty stay so, and the build goes on.
The first build is like that, until its mounts are exported:

    docker buildx build --target @mounts --output type=image,name=*,push=true .
",
};

/// The registry wants a login, or another one.
pub static DENIED: Code = Code {
    name: "seed-denied",
    summary: "A registry does not let the build read the seed.",
    explanation: "\
The registry wants to know who asks, or that one may not read. Some say this of repositories that do not
exist, too. The build goes on without the seed. BuildKit asks with the credentials of whoever builds:

    docker login ghcr.io
",
};

/// No registry, or one that fails.
pub static UNAVAILABLE: Code = Code {
    name: "seed-unavailable",
    summary: "The registry of the seed cannot be reached, or fails.",
    explanation: "\
There is no such host, nothing listens there, its certificate is not known to the builder, or it answers
with an error of its own. The message has the daemon's words. A build goes on without the seed; an export of
cache mounts fails, since it could not tell what is new.",
};

/// A host that takes the connection and says nothing.
pub static SILENT: Code = Code {
    name: "seed-silent",
    summary: "The registry of the seed did not answer in time.",
    explanation: "\
All tags are asked for at the same time, while everything else is looked up, and have three seconds. The
build goes on without the seed.",
};

/// Something else.
pub static FOREIGN: Code = Code {
    name: "seed-foreign",
    summary: "What is named as the seed was not made by strake.",
    explanation: "\
A seed is what `--target @mounts` makes, of this strake or of one with the same form of seeds. Another image
under that name is left alone, and the build goes on without it.

    docker buildx build --target @mounts --output type=image,name=*,push=true .
",
};

/// A seed of another platform.
pub static PLATFORM: Code = Code {
    name: "seed-platform",
    summary: "The seed is for another platform.",
    explanation: "\
What a cache mount has for one platform is of no use to another. For each tag, `TAG-OS-ARCH` is looked for
before `TAG`; an export of several platforms at once has all of them under `TAG`:

    docker buildx build --platform linux/amd64,linux/arm64 --target @mounts \\
        --output type=image,name=*,push=true .
",
};

/// It can't be read.
pub static BROKEN: Code = Code {
    name: "seed-broken",
    summary: "The seed is broken, or a mount can't be filled from it.",
    explanation: "\
A blob is gone from the registry, it began to come and then did not, the index does not fit the files, the disk
is full: the message says what. The mount is as empty as it was, and the build goes on. An export that starts anew, without looking at what was
published before, replaces a broken seed:

    docker buildx build --build-arg STRAKE_SEED=off --target @mounts \\
        --output type=image,name=*,push=true .
",
};

/// strake does not know its own image.
pub static NO_PROGRAM: Code = Code {
    name: "seed-no-program",
    summary: "This BuildKit does not say what image strake runs in.",
    explanation: "\
Cache mounts are filled and read by strake's own program, in steps whose root is strake's own image. BuildKit
says in the frontend's container what that image is. One that does not builds without seeds, and can't
export cache mounts.",
};

/// A mount that is empty, and was not.
pub static MOUNT_EMPTY: Code = Code {
    name: "mount-empty",
    summary: "A cache mount is empty, and what was published of it is not.",
    explanation: "\
Nearly always the builder has lost the mount: it is another builder than the one that built, or its mounts were
pruned. To publish that would throw away what all others start from, so the export fails, and what was
published stays. Build first, on the same builder:

    docker buildx build .
    docker buildx build --target @mounts --output type=image,name=*,push=true .

To export some mounts and leave others as they were published, name them:

    docker buildx build --build-arg STRAKE_MOUNTS=uv --target @mounts \\
        --output type=image,name=*,push=true .

To publish what is there now and nothing else, leave the seed out: `--build-arg STRAKE_SEED=off`.",
};

/// All mounts are empty.
pub static NOTHING_TO_EXPORT: Code = Code {
    name: "nothing-to-export",
    summary: "There are no cache mounts to export, or all of them are empty.",
    explanation: "\
`@mounts` is what is in the cache mounts of a stage, on the builder that is used. Nothing is there before the
first build on that builder. Build first:

    docker buildx build --target app .
    docker buildx build --target app@mounts --output type=image,name=*,push=true .
",
};

/// A step that exports failed.
pub static EXPORT_FAILED: Code = Code {
    name: "export-failed",
    summary: "A cache mount can't be exported.",
    explanation: "\
The mount can't be read, or the disk is full: the message says what. Nothing is published, and what was
published before stays.",
};

/// `STRAKE_MOUNTS` names what is not there.
pub static UNKNOWN_MOUNT: Code = Code {
    name: "unknown-mount",
    summary: "`STRAKE_MOUNTS` names a cache mount that the target does not use.",
    explanation: "\
Mounts are named as in `uses`. One with `seed = false` is not exported.

    docker buildx build --build-arg STRAKE_MOUNTS=uv,apt --target @mounts \\
        --output type=image,name=*,push=true .
",
};

/// Something of a mount is not in the export.
pub static LEFT_OUT: Code = Code {
    name: "mount-left-out",
    summary: "Something in a cache mount is not exported.",
    explanation: "\
Files over the size that `keep` allows, those first that were not used for longest; devices, which no cache
needs; and what another build changed while it was read, and which would be half written.",
};

/// Layers were put together.
pub static SQUASHED: Code = Code {
    name: "mounts-squashed",
    summary: "The layers of an export were put together into one.",
    explanation: "\
Each export adds a layer for each mount that has changed. All of them are fetched by whoever fills a mount,
and what was deleted is still in them. So when there are more than eight, all is put together into one layer,
which is pushed as a whole.",
};
