//! Names of the user's own.

use crate::diagnostics::Code;

/// A name has characters that it cannot have.
pub static INVALID_NAME: Code = Code {
    name: "invalid-name",
    summary: "A name has characters that it cannot have.",
    explanation: r#"Stages and caches: `a` to `z`, then also digits, `-`, `_` and `.`, since a name is a build target and a part
of image names. Arguments: letters, digits and `_`. Environment variables: no `=` and no space.

Wrong:

```toml
[stage.Build]
from = "debian:bookworm-slim"
```

Right:

```toml
[stage.build]
from = "debian:bookworm-slim"
```"#,
};

/// A name has a meaning already.
pub static RESERVED_NAME: Code = Code {
    name: "reserved-name",
    summary: "A name has a meaning already.",
    explanation: r#"`scratch` is the empty image; targets with `@` are strake's own; the platform's arguments are there in every
build; `platform` is a condition of `when`.

Wrong:

```toml
[arg]
TARGETARCH = "amd64"

[stage.app]
from = "debian:${TARGETARCH}"
```

Right:

```toml
[stage.app]
from = "debian:${TARGETARCH}"
```"#,
};
