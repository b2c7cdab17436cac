//! `[arg]` and `--build-arg`.

use crate::diagnostics::Code;

/// An argument has no default and is not required.
pub static ARGUMENT_WITHOUT_DEFAULT: Code = Code {
    name: "argument-without-default",
    summary: "An argument has no default and is not required.",
    explanation: r#"It would have no value unless one is given, and nothing says what then. An empty default is one, too.

Wrong:

```toml
[arg]
COMMIT = { help = "Commit that is built" }
```

Right:

```toml
[arg]
COMMIT = { default = "", help = "Commit that is built" }
```"#,
};

/// A required argument was not given.
pub static MISSING_ARGUMENT: Code = Code {
    name: "missing-argument",
    summary: "A required argument was not given.",
    explanation: "The argument has no default, so that every build must say what it wants.

Wrong:

```toml
[arg]
VERSION = { required = true }
```

Right:

```toml
# docker buildx build --build-arg VERSION=2.10.4 .
[arg]
VERSION = { required = true }
```",
};

/// The value of an argument is none of its choices.
pub static ARGUMENT_CHOICE: Code = Code {
    name: "argument-choice",
    summary: "The value of an argument is none of its choices.",
    explanation: r#"`choices` lists all values that an argument can have; its default is one of them.

Wrong:

```toml
# docker buildx build --build-arg FLAVOUR=slmi .
[arg]
FLAVOUR = { default = "full", choices = ["full", "slim"] }
```

Right:

```toml
# docker buildx build --build-arg FLAVOUR=slim .
[arg]
FLAVOUR = { default = "full", choices = ["full", "slim"] }
```"#,
};

/// The value of an argument does not match its pattern.
pub static ARGUMENT_PATTERN: Code = Code {
    name: "argument-pattern",
    summary: "The value of an argument does not match its pattern.",
    explanation: r#"`pattern` is a regular expression that the whole value must match, and the default, too.

Wrong:

```toml
# docker buildx build --build-arg PYTHON=latest .
[arg]
PYTHON = { default = "3.12", pattern = '\d+\.\d+' }
```

Right:

```toml
# docker buildx build --build-arg PYTHON=3.13 .
[arg]
PYTHON = { default = "3.12", pattern = '\d+\.\d+' }
```"#,
};

/// The pattern of an argument is no regular expression.
pub static INVALID_PATTERN: Code = Code {
    name: "invalid-pattern",
    summary: "The pattern of an argument is no regular expression.",
    explanation: r#"The syntax is that of Rust's `regex-lite`: no look-around, no back-references. A pattern is best written in a
literal string (`'...'`), where a backslash is a backslash.

Wrong:

```toml
[arg]
PYTHON = { default = "3.12", pattern = '(\d+' }
```

Right:

```toml
[arg]
PYTHON = { default = "3.12", pattern = '\d+\.\d+' }
```"#,
};

/// A build argument was given that the manifest does not declare.
pub static UNUSED_BUILD_ARG: Code = Code {
    name: "unused-build-arg",
    summary: "A build argument was given that the manifest does not declare.",
    explanation: r#"It changes nothing. The platform's arguments, the proxy arguments, `SOURCE_DATE_EPOCH`, names that start with
`BUILDKIT_`, and strake's own (`STRAKE_CACHE`, `STRAKE_LOG`, `STRAKE_MOUNTS`, `STRAKE_SEED`) have a meaning without being
declared. Of a Dockerfile's arguments, only those that start with `STRAKE_` are looked at.

Wrong:

```toml
# docker buildx build --build-arg PYTON=3.13 .
[arg]
PYTHON = "3.12"
```

Right:

```toml
# docker buildx build --build-arg PYTHON=3.13 .
[arg]
PYTHON = "3.12"
```"#,
};
