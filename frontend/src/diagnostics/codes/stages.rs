//! Stages.

use crate::diagnostics::Code;

/// The manifest has no stage.
pub static NO_STAGE: Code = Code {
    name: "no-stage",
    summary: "The manifest has no stage.",
    explanation: r#"A stage is what is built; a manifest has at least one.

Wrong:

```toml
# syntax=docker.io/strake/strake:1
[arg]
PYTHON = "3.12"
```

Right:

```toml
# syntax=docker.io/strake/strake:1
[arg]
PYTHON = "3.12"

[stage.app]
from = "python:${PYTHON}"
```"#,
};

/// More than one stage is the default.
pub static SEVERAL_DEFAULTS: Code = Code {
    name: "several-defaults",
    summary: "More than one stage is the default.",
    explanation: r#"One stage is built when no target is named: the one with `default = true`, or else the last.

Wrong:

```toml
[stage.app]
from = "debian:bookworm-slim"
default = true

[stage.tests]
from = "app"
default = true
```

Right:

```toml
[stage.app]
from = "debian:bookworm-slim"
default = true

[stage.tests]
from = "app"
```"#,
};
