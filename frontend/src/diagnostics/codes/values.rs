//! Small values with a form of their own.

use crate::diagnostics::Code;

/// A text with a zero byte in it.
pub static ZERO_BYTE: Code = Code {
    name: "zero-byte",
    summary: "A text has a zero byte in it.",
    explanation: r#"Paths, arguments and environment variables end at a zero byte in every program that reads them: what
stands behind it would get lost without a word.

Wrong:

```toml
[stage.app]
from = "debian:bookworm-slim"
user = "app\u0000root"
```

Right:

```toml
[stage.app]
from = "debian:bookworm-slim"
user = "app"
```"#,
};

/// A value is none of the few words that the key takes.
pub static INVALID_CHOICE: Code = Code {
    name: "invalid-choice",
    summary: "A value is none of the few words that the key takes.",
    explanation: r#"The help lists them.

Wrong:

```toml
[cache.data]
target = "/data"
sharing = "lock"
```

Right:

```toml
[cache.data]
target = "/data"
sharing = "locked"
```"#,
};

/// A number is too small or too large.
pub static OUT_OF_RANGE: Code = Code {
    name: "out-of-range",
    summary: "A number is too small or too large.",
    explanation: r#"The message says from where to where it may go.

Wrong:

```toml
[cache.data]
target = "/data"
uid = -1
```

Right:

```toml
[cache.data]
target = "/data"
uid = 1000
```"#,
};

/// A mode of a file is neither octal nor symbolic.
pub static INVALID_MODE: Code = Code {
    name: "invalid-mode",
    summary: "A mode of a file is neither octal nor symbolic.",
    explanation: r#"A mode is a string, `"0755"` or `"u+x"`. TOML's octal integers (`0o755`) are fine, too; a decimal 755 is
another mode than the one that is meant, and refused. Where a file is made, the mode must be octal.

Wrong:

```toml
[[stage.app.layer]]
copy = { src = "run.sh", dest = "/run.sh", chmod = 755 }
```

Right:

```toml
[[stage.app.layer]]
copy = { src = "run.sh", dest = "/run.sh", chmod = "0755" }
```"#,
};

/// A size cannot be read.
pub static INVALID_SIZE: Code = Code {
    name: "invalid-size",
    summary: "A size cannot be read.",
    explanation: r#"A size is a number of bytes, or a string with a unit: `k`, `m`, `g`, `t`, also as `KiB` and so on; all are powers of
1024.

Wrong:

```toml
[[stage.app.layer]]
tmpfs = [{ target = "/tmp", size = "64 megs" }]
run   = "make"
```

Right:

```toml
[[stage.app.layer]]
tmpfs = [{ target = "/tmp", size = "64MiB" }]
run   = "make"
```"#,
};

/// A duration cannot be read.
pub static INVALID_DURATION: Code = Code {
    name: "invalid-duration",
    summary: "A duration cannot be read.",
    explanation: r#"A duration has numbers with units: `h`, `m`, `s`, `ms`, `us`, `ns`. The shortest is a millisecond.

Wrong:

```toml
[stage.app.image]
healthcheck = { test = "curl -f localhost", interval = "30" }
```

Right:

```toml
[stage.app.image]
healthcheck = { test = "curl -f localhost", interval = "30s" }
```"#,
};

/// A port cannot be read.
pub static INVALID_PORT: Code = Code {
    name: "invalid-port",
    summary: "A port cannot be read.",
    explanation: r#"A port is a number from 1 to 65535 or a range, with `/tcp` (the default), `/udp` or `/sctp`. Which port of the host it
is published at, is said when a container is run.

Wrong:

```toml
[stage.app.image]
ports = ["8080:80"]
```

Right:

```toml
[stage.app.image]
ports = ["80"]
```"#,
};

/// A path cannot be used here.
pub static INVALID_PATH: Code = Code {
    name: "invalid-path",
    summary: "A path cannot be used here.",
    explanation: r#"Paths of a context cannot lead out of it, since only the context is sent to the builder. Mounts need an absolute
path. A file's path does not end in `/`.

Wrong:

```toml
[[stage.app.layer]]
copy = { src = "../library", dest = "/app/" }
```

Right:

```toml
# docker buildx build --build-context library=../library .
[[stage.app.layer]]
copy = { from = "library", src = ".", dest = "/app/" }
```"#,
};

/// An owner cannot be read.
pub static INVALID_OWNER: Code = Code {
    name: "invalid-owner",
    summary: "An owner cannot be read.",
    explanation: r#"An owner is `user` or `user:group`, each a name or a number.

Wrong:

```toml
[[stage.app.layer]]
copy = { src = ".", dest = "/app/", chown = "app:" }
```

Right:

```toml
[[stage.app.layer]]
copy = { src = ".", dest = "/app/", chown = "app:app" }
```"#,
};

/// A package has a name that a package manager would misread.
pub static INVALID_PACKAGE: Code = Code {
    name: "invalid-package",
    summary: "A package has a name that a package manager would misread.",
    explanation: r#"What starts with a dash is an option. The presets set the options that a build needs; for others, use `run`.

Wrong:

```toml
[[stage.app.layer]]
apt = ["--no-install-recommends", "curl"]
```

Right:

```toml
[[stage.app.layer]]
apt = ["curl"]
```"#,
};

/// A platform cannot be read.
pub static INVALID_PLATFORM: Code = Code {
    name: "invalid-platform",
    summary: "A platform cannot be read.",
    explanation: r#"A platform is an operating system and an architecture, and for some architectures a variant.

Wrong:

```toml
[stage.tools]
from = "debian:bookworm-slim"
platform = "amd64"
```

Right:

```toml
[stage.tools]
from = "debian:bookworm-slim"
platform = "linux/amd64"
```"#,
};

/// The address of a remote source cannot be used.
pub static INVALID_URL: Code = Code {
    name: "invalid-url",
    summary: "The address of a remote source cannot be used.",
    explanation: r#"A file is fetched by http or https. A git repository is named without a fragment; branch and folder are keys.

Wrong:

```toml
[[stage.app.layer]]
fetch = { git = "https://example.com/app.git#main", dest = "/src" }
```

Right:

```toml
[[stage.app.layer]]
fetch = { git = "https://example.com/app.git", ref = "main", dest = "/src" }
```"#,
};

/// A checksum cannot be read.
pub static INVALID_CHECKSUM: Code = Code {
    name: "invalid-checksum",
    summary: "A checksum cannot be read.",
    explanation: r#"A file has the checksum `sha256:` and 64 hexadecimal digits; a git repository has a commit.

Wrong:

```toml
[[stage.app.layer]]
fetch = { url = "https://example.com/tool", dest = "/bin/", checksum = "d0ba" }
```

Right:

```toml
[[stage.app.layer]]
fetch = { url = "https://example.com/tool", dest = "/bin/", checksum = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08" }
```"#,
};

/// A signal cannot be read.
pub static INVALID_SIGNAL: Code = Code {
    name: "invalid-signal",
    summary: "A signal cannot be read.",
    explanation: r#"A signal is a name with `SIG`, or a number from 1 to 64.

Wrong:

```toml
[stage.app.image]
stop-signal = "TERM"
```

Right:

```toml
[stage.app.image]
stop-signal = "SIGTERM"
```"#,
};

/// An image reference cannot be read.
pub static INVALID_REFERENCE: Code = Code {
    name: "invalid-reference",
    summary: "An image reference cannot be read.",
    explanation: r#"A reference is a registry with its port, a repository in lower case, and a tag of letters, digits, `_`, `.` and `-`.
Arguments are filled in first: one that is empty, or a branch with `/` in its name, makes no tag.

Wrong:

```toml
[arg]
BRANCH = ""

[registry]
cache = ["ghcr.io/example/app/cache:${BRANCH}"]
```

Right:

```toml
[arg]
BRANCH = ""

[registry]
cache = ["ghcr.io/example/app/cache:${BRANCH:-main}"]
```"#,
};

/// A source of packages is not as apt takes it.
pub static INVALID_SOURCE: Code = Code {
    name: "invalid-source",
    summary: "A source of packages is not as apt takes it.",
    explanation: r#"A source has a `uri`, `suites` with `components` (or a suite that ends in `/`, a folder without components), and mostly
a `key`: a file of the build context, the armoured key itself, or a URL. What is fetched by URL needs a `checksum`,
since whoever holds the key can change every package.

Wrong:

```toml
[[stage.app.layer]]
apt = { packages = ["tool"], sources = [
    { uri = "https://example.com/debian", suites = ["stable"], components = ["main"], key = "https://example.com/key.asc" },
] }
```

Right:

```toml
[[stage.app.layer]]
apt = { packages = ["tool"], sources = [
    { uri = "https://example.com/debian", suites = ["stable"], components = ["main"], key = "docker/example.asc" },
] }
```"#,
};

/// The time of a snapshot cannot be read.
pub static INVALID_SNAPSHOT: Code = Code {
    name: "invalid-snapshot",
    summary: "The time of a snapshot cannot be read.",
    explanation: r#"It is written as the snapshot services of Debian and Ubuntu have it in their paths: year, month, day, `T`, hour, minute,
second, `Z`.

Wrong:

```toml
[[stage.app.layer]]
apt = { packages = ["curl"], snapshot = "2026-08-01" }
```

Right:

```toml
[[stage.app.layer]]
apt = { packages = ["curl"], snapshot = "20260801T000000Z" }
```"#,
};
