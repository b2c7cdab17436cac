//! Arguments in strings.

use crate::diagnostics::Code;

/// A string or a condition names an argument that does not exist.
pub static UNKNOWN_ARGUMENT: Code = Code {
    name: "unknown-argument",
    summary: "A string or a condition names an argument that does not exist.",
    explanation: r#"Arguments are declared in `[arg]`, and an argument can use those above it. The platform's arguments
(`TARGETARCH` and so on) are there without being declared. Environment variables can be used in `env` values
only. A dollar sign that is meant as one is written `\\$` in a basic string, or `\$` in a literal one.

Wrong:

```toml
[arg]
PYTHON = "3.12"

[stage.app]
from = "python:${PYTON}"
```

Right:

```toml
[arg]
PYTHON = "3.12"

[stage.app]
from = "python:${PYTHON}"
```"#,
};

/// A `${...}` is not well formed.
pub static BAD_SUBSTITUTION: Code = Code {
    name: "bad-substitution",
    summary: "A `${...}` is not well formed.",
    explanation: r#"`${NAME}` may have an operator after the name: `:-` `-` (default), `:+` `+` (alternative), `:?` `?`
(required), `#` `##` `%` `%%` (trim), `/` `//` (replace).

Wrong:

```toml
[stage.app]
from = "debian:${TARGETARCH"
```

Right:

```toml
[stage.app]
from = "debian:${TARGETARCH}"
```"#,
};

/// A `${NAME:?message}` has no value.
pub static REQUIRED_VALUE: Code = Code {
    name: "required-value",
    summary: "A `${NAME:?message}` has no value.",
    explanation: r#"The string demands a value, and the argument is empty in this build.

Wrong:

```toml
[arg]
VERSION = ""

[stage.app]
from = "python:${VERSION:?say which Python}"
```

Right:

```toml
# docker buildx build --build-arg VERSION=3.12 .
[arg]
VERSION = ""

[stage.app]
from = "python:${VERSION:?say which Python}"
```"#,
};

/// A string is too long when its arguments are filled in.
pub static TOO_LONG: Code = Code {
    name: "too-long",
    summary: "A string is too long when its arguments are filled in.",
    explanation: r#"Arguments that use each other several times double in length with every step. One string may have 1 MiB,
all strings of a manifest together 64 MiB, and the pattern of a `${NAME#pattern}` 256 characters.

Wrong:

```toml
[arg]
A = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
B = "$A$A$A$A$A$A$A$A$A$A$A$A$A$A$A$A$A$A$A$A$A$A$A$A$A$A$A$A$A$A$A$A"
C = "$B$B$B$B$B$B$B$B$B$B$B$B$B$B$B$B$B$B$B$B$B$B$B$B$B$B$B$B$B$B$B$B"
D = "$C$C$C$C$C$C$C$C$C$C$C$C$C$C$C$C$C$C$C$C$C$C$C$C$C$C$C$C$C$C$C$C"
```

Right:

```toml
[arg]
A = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
B = "$A$A"
```"#,
};
