//! What makes a Dockerfile's builds slow. Warnings: the build is what it would have been.

use crate::diagnostics::Code;

/// All of this file.
pub static ALL: &[&Code] =
    &[&SWITCHED_OFF, &EMPTIED, &UPDATE_ALONE, &CONTEXT_FIRST, &CHANGING_ARGUMENT, &MOVING_URL];

/// An option or a variable switches the cache off.
pub static SWITCHED_OFF: Code = Code {
    name: "cache-switched-off",
    summary: "A package manager is told not to use its cache.",
    explanation: "\
Without cache mounts, that keeps the cache out of the image. A cache mount is no part of the image, and without
it everything is fetched again in every build that changes anything.

Wrong:

```dockerfile
FROM debian:bookworm-slim
RUN pip install --no-cache-dir flask
```

Right:

```dockerfile
FROM debian:bookworm-slim
RUN pip install flask
```

The same holds for a variable: `ENV PIP_NO_CACHE_DIR=1`.",
};

/// A command empties the cache.
pub static EMPTIED: Code = Code {
    name: "cache-emptied",
    summary: "A step empties the cache of the package manager that it runs.",
    explanation: "\
Without cache mounts, that keeps the cache out of the image. A cache mount is no part of the image, and the next
build finds it empty.

Wrong:

```dockerfile
FROM debian:bookworm-slim
RUN npm ci && npm cache clean --force
```

Right:

```dockerfile
FROM debian:bookworm-slim
RUN npm ci
```

Debian's images remove packages after each `apt-get install` by themselves; `apt-get clean` removes them from
the mount, too. `rm -rf /var/lib/apt/lists/*` does no harm: the mount is elsewhere.",
};

/// Package lists are fetched in a step of their own.
pub static UPDATE_ALONE: Code = Code {
    name: "update-alone",
    summary: "Package lists are fetched in one step, and used in another.",
    explanation: "\
The step that fetches comes from the cache of layers for as long as nothing above it changes, and the one that
installs asks for packages that are no longer there.

Wrong:

```dockerfile
FROM debian:bookworm-slim
RUN apt-get update
RUN apt-get install --yes curl
```

Right:

```dockerfile
FROM debian:bookworm-slim
RUN apt-get update && apt-get install --yes curl
```",
};

/// All of the context is copied before dependencies are installed.
pub static CONTEXT_FIRST: Code = Code {
    name: "context-first",
    summary: "All of the context is copied before dependencies are installed, which so happens after every change.",
    explanation: "\
Wrong:

```dockerfile
FROM debian:bookworm-slim
COPY . /app
RUN cd /app && npm ci
```

Right:

```dockerfile
FROM debian:bookworm-slim
COPY package.json package-lock.json /app/
RUN cd /app && npm ci
COPY . /app
```

A tool that builds the project itself (`pip install .`, `go build`) wants its files, and nothing is said of it.",
};

/// An argument is another in every build.
pub static CHANGING_ARGUMENT: Code = Code {
    name: "changing-argument",
    summary: "A build argument that changes in every build is in the environment of steps that do not look at it.",
    explanation: "\
An argument is in the environment, and so in the cache key, of every `RUN` below its `ARG`.

Wrong:

```dockerfile
FROM debian:bookworm-slim
ARG GIT_COMMIT
RUN pip install flask
LABEL revision=$GIT_COMMIT
```

Right:

```dockerfile
FROM debian:bookworm-slim
RUN pip install flask
ARG GIT_COMMIT
LABEL revision=$GIT_COMMIT
```

This is said of arguments that the command line gives, and whose names speak of a commit, a date or the number
of a build.",
};

/// An address whose content moves.
pub static MOVING_URL: Code = Code {
    name: "moving-url",
    summary: "`ADD` fetches what is the newest today.",
    explanation: "\
Whenever there is a newer one, this and everything below it in the file is made anew; and a build of last week
can't be repeated.

Wrong:

```dockerfile
FROM debian:bookworm-slim
ADD https://example.org/tool/latest/tool.tar.gz /opt/
```

Right:

```dockerfile
FROM debian:bookworm-slim
ADD --checksum=sha256:24454f830cdb571e2c4ad15481119c43b3cafd48dd869a9b2945d1036d1dc68d \\
    https://example.org/tool/v1.2.3/tool.tar.gz /opt/
```",
};
