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
    &LINK_OWNER,
    &MOUNT_TARGET,
    &UNSUPPORTED,
    &IMAGE_TRIGGERS,
    &UNREADABLE_SCRIPT,
    &INPUT_PATTERN,
    &UNRESOLVED,
    &BASE_PLATFORM,
    &LONG_ARGUMENT,
    &IMPURE_LAYER,
    &NOTHING_TRAVELS,
];

/// `cache = "registry"` where it does not hold.
pub static IMPURE_LAYER: Code = Code {
    name: "impure-layer",
    summary: "A layer says `cache = \"registry\"`, but stands on or takes from a layer that does not travel.",
    explanation: "\
What a layer made goes into a registry together with everything below it and all that it copied or bound.
So nothing that stands on a mount layer or a `none` layer, or takes files from one, can travel.

```toml
[[stage.app.layer]]
uses = [\"uv\"]                  # a mount layer
run  = \"uv pip sync requirements.txt\"

[[stage.app.layer]]
cache = \"registry\"             # stands on it
apt   = [\"libpq5\"]
```

Put the layer above the one to blame, where it stands on nothing of it:

```toml
[[stage.app.layer]]
cache = \"registry\"
apt   = [\"libpq5\"]

[[stage.app.layer]]
uses = [\"uv\"]
run  = \"uv pip sync requirements.txt\"
```

Or make it in a stage of its own and copy its files from there. Files that come from elsewhere stand on
nothing with `copy = { ..., link = true }`: they travel whatever is below them, if the BuildKit can merge
(0.10 and later). Or leave `cache` out: then the layer travels where it can.",
};

/// `@registry` of a stage in which nothing travels.
pub static NOTHING_TRAVELS: Code = Code {
    name: "nothing-travels",
    summary: "`--target @registry` is asked for, and no layer can travel.",
    explanation: "\
Every layer that the stage needs is a mount layer or a `none` layer, or stands on one. There is nothing
to export, and the build does nothing. Layers that come before the first mount layer travel; so do stages
that use none.

`docker buildx build --target STAGE@registry` exports what another stage needs.",
};

/// An argument or variable that no Linux kernel takes.
pub static LONG_ARGUMENT: Code = Code {
    name: "long-argument",
    summary: "An argument or an environment variable of a command is too long.",
    explanation: "\
Linux starts no command with an argument or an environment variable of more than 128 KiB. A script may
be longer: it is run as a file then, if its shell takes scripts by `-c`. Put anything else that long into
a file.

```toml
[[stage.app.layer]]
steps = [
    { write = { path = \"/etc/motd\", content = \"a long text\" } },
    { run = \"wc -c /etc/motd\" },
]
```",
};

/// A name in `from` that can't be anything.
pub static UNKNOWN_SOURCE: Code = Code {
    name: "unknown-source",
    summary: "A `from` names no stage, no named context and nothing that could be an image.",
    explanation: "\
`from` takes the name of a stage, of a named context (`--build-context NAME=...`), an image reference
or `scratch`. An image reference is lower case.

```toml
[stage.app]
from = \"Debian:bookworm\"   # upper case: no image reference
```

```toml
[stage.app]
from = \"debian:bookworm\"
```",
};

/// `--target` names no stage.
pub static UNKNOWN_TARGET: Code = Code {
    name: "unknown-target",
    summary: "`--target` names a stage that the manifest does not have.",
    explanation: "\
`docker buildx build --call=targets` lists the stages that can be built. Without `--target`, the stage
with `default = true` is built, or the last one. Names with `@` are reserved targets: `@registry` and
`STAGE@registry` are what of a stage travels through a registry cache.",
};

/// Stages that lead back to themselves.
pub static STAGE_CYCLE: Code = Code {
    name: "stage-cycle",
    summary: "Stages need each other in a circle.",
    explanation: "\
A stage needs the stage that it is `from` and those that its layers copy from or bind. None of them may
need it in turn.

```toml
[stage.a]
from = \"b\"

[stage.b]
from = \"scratch\"
layer = [{ copy = { from = \"a\", src = \"/x\", dest = \"/x\" } }]
```

Move what both need into a third stage.",
};

/// The config of a base image is not readable.
pub static IMAGE_CONFIG: Code = Code {
    name: "image-config",
    summary: "The config of a base image is not what the image spec says.",
    explanation: "\
The image was found, but its config is no JSON object of the kind that the OCI and Docker image specs
describe. The image was made by a broken tool; use another, or build it anew.",
};

/// A variable in `env` that is neither an argument nor in the environment.
pub static UNKNOWN_VARIABLE: Code = Code {
    name: "unknown-variable",
    summary: "A value in `env` uses a name that is no argument and is not in the environment.",
    explanation: "\
Values in `env` see the arguments and the environment that the stage inherits from its base image or
stage. A name that is neither is most likely a slip.

```toml
[stage.app]
from = \"debian:bookworm\"
env = { PATH = \"/opt/app/bin:${PTAH}\" }
```

Where a variable may be missing, say what stands for it: `${NAME:-}` is nothing, `${NAME:-x}` is `x`.",
};

/// A cache mount whose owner is not known.
pub static CACHE_OWNER: Code = Code {
    name: "cache-owner",
    summary: "A layer runs as a user with a name and uses a cache mount whose owner is not said.",
    explanation: "\
A cache mount belongs to a number. Where a layer runs as a user that is known by name only, strake can't
tell the number without running something, so the manifest says it.

```toml
[cache.uv]
uid = 50000
```

Or name the user of the layer by number: `user = \"50000\"`.",
};

/// A cache in a home that nobody knows.
pub static CACHE_HOME: Code = Code {
    name: "cache-home",
    summary: "A cache is in the home directory of a user, and it is not known where that is.",
    explanation: "\
Some tools keep their cache below the home directory and have no variable that moves it alone. Where a
layer does not run as root, strake can't tell the home directory without running something, so the
manifest says it:

```toml
[[stage.app.layer]]
user = \"1000\"
env  = { HOME = \"/home/app\" }
uses = [\"cargo\"]
run  = \"cargo build --release\"
```

The environment of the stage will do as well, and so will `target` in a table of the cache's name.",
};

/// `link` with an owner by name.
pub static LINK_OWNER: Code = Code {
    name: "link-owner",
    summary: "A linked copy stands on nothing, so its owner can't be looked up by name.",
    explanation: "\
With `link = true` the files are laid down on their own, without the files of the stage and so without
its `/etc/passwd`. Name the owner by number, or leave `link` out.

```toml
[[stage.app.layer]]
copy = { src = \"app\", dest = \"/app\", chown = \"1000:1000\", link = true }
```",
};

/// A mount at the root or twice at one place.
pub static MOUNT_TARGET: Code = Code {
    name: "mount-target",
    summary: "Two mounts of a step are at the same place, or one is at the root.",
    explanation: "\
Each mount of a step (`uses`, `inputs`, `secrets`, `ssh`, `tmpfs`, `binds`) needs a place of its own that
is not `/`. Change the `target` of one of them.",
};

/// The daemon can't.
pub static UNSUPPORTED: Code = Code {
    name: "unsupported",
    summary: "The BuildKit that builds does not know something that the manifest or a flag asks for.",
    explanation: "\
The message names what is missing and the BuildKit release that brought it. Update the builder
(`docker buildx create --use` starts a current one), or do without.",
};

/// The base image has triggers, which a manifest does not run.
pub static IMAGE_TRIGGERS: Code = Code {
    name: "image-triggers",
    summary: "The base image has `ONBUILD` triggers, and a manifest does not run them.",
    explanation: "\
Triggers are Dockerfile instructions that an image wants run in builds that start from it. A manifest
says what it does itself: write the steps as layers, or build the stage from a Dockerfile with
`dockerfile = { file = \"Dockerfile\" }`.",
};

/// A script file that is not there or is no text.
pub static UNREADABLE_SCRIPT: Code = Code {
    name: "unreadable-script",
    summary: "A script named by `run = { file = ... }` can't be read.",
    explanation: "\
The file is looked up in the main build context, by its path from the top, after `.dockerignore` is
applied. It must be UTF-8 text.",
};

/// An input with wildcards that picks nothing, or too much.
pub static INPUT_PATTERN: Code = Code {
    name: "input-pattern",
    summary: "Wildcards in `inputs` match nothing in the build context, or too much.",
    explanation: "\
Each file and folder that wildcards in `inputs` match becomes a mount of the step: `*` is any part of a
name, `?` one character, `[a-z]` one of some, `**` any number of folders. The build context is looked at
after `.dockerignore` is applied.

```toml
[[stage.app.layer]]
inputs = [\"packages/*/package.json\", \"package-lock.json\"]
run    = \"npm ci\"
```

A pattern that matches nothing is most likely a slip. One that matches hundreds of files is better said
as the folder that they are in.",
};

/// An image or context that can't be had.
pub static UNRESOLVED: Code = Code {
    name: "unresolved",
    summary: "An image, a context or a Dockerfile that the build needs can't be had.",
    explanation: "\
The message is the daemon's: the image is not there, the registry wants a login (`docker login`), the
network is down, or a named context is not what it says. Where the name is near that of a stage, the help
line says so.",
};

/// The base image is for another platform.
pub static BASE_PLATFORM: Code = Code {
    name: "base-platform",
    summary: "The base image is for another platform than the one that is built.",
    explanation: "\
The registry gave an image of another platform than was asked for, as it does for images that have only
one. Steps will run by emulation or not at all. Use an image for the platform, or say which platform the
stage is for: `platform = \"linux/amd64\"`.",
};
