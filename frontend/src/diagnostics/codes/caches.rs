//! What became of the registry caches that a build wanted to read. None of these fails a build: a cache
//! only decides how fast it is.

use crate::diagnostics::Code;

/// All of this file.
pub static ALL: &[&Code] = &[&MISSING, &DENIED, &UNAVAILABLE, &SILENT];

/// There is no such tag.
pub static MISSING: Code = Code {
    name: "registry-cache-missing",
    summary: "A registry cache is not there.",
    explanation: "\
The registry answers, and has no such repository or tag. The build goes on without that cache. The first
build of a new branch is like that, until something is exported to it:

    docker buildx build --target @registry \\
        --cache-to type=registry,ref=ghcr.io/example/app/cache:new,mode=max .

Name a second cache that is there in any case:

```toml
[arg]
BRANCH = \"main\"

[registry]
cache = [\"ghcr.io/example/app/cache:${BRANCH}\", \"ghcr.io/example/app/cache:main\"]
```",
};

/// The registry wants a login, or another one.
pub static DENIED: Code = Code {
    name: "registry-cache-denied",
    summary: "A registry does not let the build read a cache.",
    explanation: "\
The registry wants to know who asks, or that one may not read. Some say this of repositories that do not
exist, too. The build goes on without that cache. BuildKit asks with the credentials of whoever builds:

    docker login ghcr.io
",
};

/// No registry, or one that fails.
pub static UNAVAILABLE: Code = Code {
    name: "registry-cache-unavailable",
    summary: "A registry cannot be reached, or fails.",
    explanation: "\
There is no such host, nothing listens there, its certificate is not known to the builder, or it answers
with an error of its own. The message has the daemon's words. The build goes on without that cache.",
};

/// A host that takes the connection and says nothing.
pub static SILENT: Code = Code {
    name: "registry-cache-silent",
    summary: "A registry did not answer in time.",
    explanation: "\
All registry caches are asked for at the same time, before the build, and have three seconds; longer while the
builder is busy with other builds. One that has not answered then, for the cache's manifest and for its
content, is left out, also where it was named by `--cache-from`: BuildKit has no time limit of its own, and
while it waits for a cache to import, all builds of that daemon stand still.",
};
