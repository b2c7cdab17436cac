//! What keys there are and what type their values have.

use crate::diagnostics::Code;

/// A table has a key that means nothing there.
pub static UNKNOWN_KEY: Code = Code {
    name: "unknown-key",
    summary: "A table has a key that means nothing there.",
    explanation: r#"Unknown keys are errors, so that a slip of the pen does not silently change the build. The help names
the key that was probably meant, or the place where this one belongs.

Wrong:

```toml
[stage.app]
from = "debian:bookworm-slim"
work-dir = "/app"
```

Right:

```toml
[stage.app]
from = "debian:bookworm-slim"
workdir = "/app"
```"#,
};

/// A table lacks a key that it must have.
pub static MISSING_KEY: Code = Code {
    name: "missing-key",
    summary: "A table lacks a key that it must have.",
    explanation: r#"Some keys have no sensible default: what a stage starts from, where a copy goes.

Wrong:

```toml
[[stage.app.layer]]
copy = { src = "." }
```

Right:

```toml
[[stage.app.layer]]
copy = { src = ".", dest = "/app/" }
```"#,
};

/// Two keys exclude each other.
pub static CONFLICTING_KEYS: Code = Code {
    name: "conflicting-keys",
    summary: "Two keys exclude each other.",
    explanation: r#"Each of the two keys says something about the same thing, and only one of them can hold.

Wrong:

```toml
[stage.app]
from = "debian:bookworm-slim"
dockerfile = "Dockerfile"
```

Right:

```toml
[stage.app]
dockerfile = "Dockerfile"
```"#,
};

/// A value has another type than the key wants.
pub static WRONG_TYPE: Code = Code {
    name: "wrong-type",
    summary: "A value has another type than the key wants.",
    explanation: r#"The message says what was expected and what was found. Numbers and lists are never made from strings,
or the other way round.

Wrong:

```toml
[[stage.app.layer]]
apt = "curl"
```

Right:

```toml
[[stage.app.layer]]
apt = ["curl"]
```"#,
};

/// Something is named twice in one layer.
pub static DUPLICATE: Code = Code {
    name: "duplicate",
    summary: "Something is named twice in one layer.",
    explanation: r#"A second mount at the same place hides the first; a second cache of the same name adds nothing.

Wrong:

```toml
[[stage.app.layer]]
uses = ["uv", "uv"]
run  = "uv sync"
```

Right:

```toml
[[stage.app.layer]]
uses = ["uv"]
run  = "uv sync"
```"#,
};

/// A value is empty where it must say something.
pub static EMPTY_VALUE: Code = Code {
    name: "empty-value",
    summary: "A value is empty where it must say something.",
    explanation: r#"Often an argument in the string is empty in this build. Where nothing is meant, leave the key out.

Wrong:

```toml
[arg]
USER_NAME = ""

[stage.app]
from = "debian:bookworm-slim"
user = "${USER_NAME}"
```

Right:

```toml
[arg]
USER_NAME = "app"

[stage.app]
from = "debian:bookworm-slim"
user = "${USER_NAME}"
```"#,
};
