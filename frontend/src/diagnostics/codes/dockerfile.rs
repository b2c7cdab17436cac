//! Problems with Dockerfiles, as far as they are not the Dockerfile frontend's to find.

use crate::diagnostics::Code;

/// All of this file.
pub static ALL: &[&Code] = &[
    &UNKNOWN_FILE,
    &UNKNOWN_DIRECTIVE,
    &INVALID_DIRECTIVE,
    &MISPLACED_DIRECTIVE,
    &UNUSABLE_CACHE,
    &IMPURE_STEP,
    &NOT_REWRITTEN,
];

/// The file is neither a manifest nor a Dockerfile.
pub static UNKNOWN_FILE: Code = Code {
    name: "unknown-file",
    summary: "The file is neither a manifest nor a Dockerfile.",
    explanation: "\
The first line that is neither empty nor a comment tells what a file is. In a manifest, it is a table or a
key:

```toml
# syntax=docker.io/strake/strake:1
[stage.app]
from = \"debian:bookworm-slim\"
```

In a Dockerfile, it is an instruction:

```dockerfile
# syntax=docker.io/strake/strake:1
FROM debian:bookworm-slim
```

A file without such a line, or one that begins with something else, can't be built. Most likely `-f` names
another file.",
};

/// There is no such directive.
pub static UNKNOWN_DIRECTIVE: Code = Code {
    name: "unknown-directive",
    summary: "There is no such `# strake:` directive.",
    explanation: "\
Wrong:

```dockerfile
FROM python:3.12
# strake: use=pip
RUN ./install.sh
```

Right:

```dockerfile
FROM python:3.12
# strake: uses=pip
RUN ./install.sh
```

`docs/dockerfiles.md` lists them.",
};

/// The value of a directive can't be understood.
pub static INVALID_DIRECTIVE: Code = Code {
    name: "invalid-directive",
    summary: "The value of a `# strake:` directive, or of `STRAKE_CACHE`, can't be understood.",
    explanation: "\
Wrong:

```dockerfile
FROM python:3.12
# strake: cache=never
RUN ./install.sh
```

Right:

```dockerfile
FROM python:3.12
# strake: cache=none
RUN ./install.sh
```

Names of caches are those of the presets (`docs/presets.md`).",
};

/// A directive stands where it means nothing.
pub static MISPLACED_DIRECTIVE: Code = Code {
    name: "misplaced-directive",
    summary: "A `# strake:` directive stands where it means nothing.",
    explanation: "\
What is about the file stands at its top, before the first instruction; what is about an instruction stands
right above it.

Wrong:

```dockerfile
# strake: uses=pip
FROM python:3.12
RUN ./install.sh
```

Right:

```dockerfile
FROM python:3.12
# strake: uses=pip
RUN ./install.sh
```",
};

/// A step can't have the cache that a directive asks for.
pub static UNUSABLE_CACHE: Code = Code {
    name: "unusable-cache",
    summary: "A step can't have the cache that a directive asks for.",
    explanation: "\
A new cache mount must belong to the user of the step. A user that is known by name alone has no number as
long as nothing is run:

```dockerfile
USER app
# strake: uses=pip
RUN ./install.sh
```

So say it:

```dockerfile
USER app
# strake: uses=pip uid=1000 gid=1000
RUN ./install.sh
```

Or the environment leads the tool to a cache elsewhere, or something is mounted at the place already. Then
leave the directive out.",
};

/// `cache=registry` where it does not hold.
pub static IMPURE_STEP: Code = Code {
    name: "impure-step",
    summary: "A step says `cache=registry`, but stands on or takes from a step that does not travel.",
    explanation: "\
What a step made goes into a registry together with everything below it. So nothing that stands on a mount
step or a `none` step can travel.

Wrong:

```dockerfile
FROM python:3.12
# strake: cache=mount
RUN pip install -r requirements.txt
# strake: cache=registry
RUN apt-get update && apt-get install --yes libpq5
```

Right:

```dockerfile
FROM python:3.12
# strake: cache=registry
RUN apt-get update && apt-get install --yes libpq5
# strake: cache=mount
RUN pip install -r requirements.txt
```",
};

/// No cache mounts were added.
pub static NOT_REWRITTEN: Code = Code {
    name: "not-rewritten",
    summary: "The Dockerfile is built as it is, without more cache mounts.",
    explanation: "\
The graph that the Dockerfile frontend made could not be changed without a risk of losing something of it:
this strake does not understand how it is written. It is built as it is. A newer strake may know more.",
};
