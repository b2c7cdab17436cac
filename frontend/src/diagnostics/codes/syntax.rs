//! What is wrong with the text, before it says anything.

use crate::diagnostics::Code;

/// The manifest is not valid TOML.
pub static TOML_SYNTAX: Code = Code {
    name: "toml-syntax",
    summary: "The manifest is not valid TOML.",
    explanation: r#"The file could not be parsed. All syntax errors are shown at once; what the manifest says is only
looked at when there are none.

Wrong:

```toml
[stage.app]
from = debian:bookworm-slim
```

Right:

```toml
[stage.app]
from = "debian:bookworm-slim"
```"#,
};

/// The file is too large to be a manifest.
pub static TOO_LARGE: Code = Code {
    name: "too-large",
    summary: "The file is too large to be a manifest.",
    explanation: "A manifest is written by hand, and none is larger than 4 MiB. Most likely `-f` names another file. Large
contents belong in files of the context, which `copy` takes from there.",
};

/// More problems were found than are shown.
pub static MORE_PROBLEMS: Code = Code {
    name: "more-problems",
    summary: "More problems were found than are shown.",
    explanation: "The first 50 errors and the first 50 warnings are shown. Mend those, and the others come up.",
};
