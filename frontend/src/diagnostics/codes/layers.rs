//! Layers: what they do, and what they do it with.

use crate::diagnostics::Code;

/// A layer does nothing.
pub static NO_ACTION: Code = Code {
    name: "no-action",
    summary: "A layer does nothing.",
    explanation: r#"A layer has one action, or `steps` with several.

Wrong:

```toml
[[stage.app.layer]]
name = "tools"
```

Right:

```toml
[[stage.app.layer]]
name = "tools"
apt  = ["curl"]
```"#,
};

/// A layer has more than one action.
pub static SEVERAL_ACTIONS: Code = Code {
    name: "several-actions",
    summary: "A layer has more than one action.",
    explanation: r#"The keys of a table have no order, so two actions in one layer would have none either. Write two layers, or
`steps` where several actions are to be one.

Wrong:

```toml
[[stage.app.layer]]
mkdir = "/data"
run   = "touch /data/ready"
```

Right:

```toml
[[stage.app.layer]]
steps = [{ mkdir = "/data" }, { run = "touch /data/ready" }]
```"#,
};

/// A key of a layer has no effect on what the layer does.
pub static USELESS_MODIFIER: Code = Code {
    name: "useless-modifier",
    summary: "A key of a layer has no effect on what the layer does.",
    explanation: r#"Cache mounts, secrets, networks and so on belong to commands; file operations are done by the builder itself. The
shell is for scripts alone.

Wrong:

```toml
[[stage.app.layer]]
uses  = ["uv"]
mkdir = "/data"
```

Right:

```toml
[[stage.app.layer]]
mkdir = "/data"
```"#,
};

/// A condition can never hold.
pub static IMPOSSIBLE_CONDITION: Code = Code {
    name: "impossible-condition",
    summary: "A condition can never hold.",
    explanation: r#"The argument has `choices`, and this value is none of them.

Wrong:

```toml
[arg]
FLAVOUR = { default = "full", choices = ["full", "slim"] }

[[stage.app.layer]]
when = { FLAVOUR = "fulll" }
run  = "make all"
```

Right:

```toml
[arg]
FLAVOUR = { default = "full", choices = ["full", "slim"] }

[[stage.app.layer]]
when = { FLAVOUR = "full" }
run  = "make all"
```"#,
};

/// A layer uses a cache that does not exist.
pub static UNKNOWN_CACHE: Code = Code {
    name: "unknown-cache",
    summary: "A layer uses a cache that does not exist.",
    explanation: r#"Caches are declared as `[cache.NAME]`; the presets are there without that.

Wrong:

```toml
[cache.models]
target = "/models"

[[stage.app.layer]]
uses = ["modles"]
run  = "fetch-models"
```

Right:

```toml
[cache.models]
target = "/models"

[[stage.app.layer]]
uses = ["models"]
run  = "fetch-models"
```"#,
};
