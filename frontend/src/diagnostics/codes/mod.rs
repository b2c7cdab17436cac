//! The registry of codes: one for each kind of problem. The page that explains it is `docs/codes/NAME.md`; each
//! example there is checked by a test: the first has the problem, the second has none.

pub mod advice;
mod arguments;
pub mod caches;
pub mod dockerfile;
mod expansion;
pub mod graph;
mod index;
mod keys;
mod layers;
mod names;
pub mod options;
pub mod seeds;
mod stages;
mod syntax;
mod values;

pub use arguments::*;
pub use expansion::*;
pub use index::{all, index};
pub use keys::*;
pub use layers::*;
pub use names::*;
pub use stages::*;
pub use syntax::*;
pub use values::*;

use crate::diagnostics::Code;

/// Every code, in the order of the documentation.
pub static ALL: &[&Code] = &[
    &TOML_SYNTAX,
    &TOO_LARGE,
    &MORE_PROBLEMS,
    &UNKNOWN_KEY,
    &MISSING_KEY,
    &CONFLICTING_KEYS,
    &WRONG_TYPE,
    &DUPLICATE,
    &EMPTY_VALUE,
    &ZERO_BYTE,
    &UNKNOWN_ARGUMENT,
    &BAD_SUBSTITUTION,
    &REQUIRED_VALUE,
    &TOO_LONG,
    &TOO_MANY,
    &ARGUMENT_WITHOUT_DEFAULT,
    &MISSING_ARGUMENT,
    &ARGUMENT_CHOICE,
    &ARGUMENT_PATTERN,
    &INVALID_PATTERN,
    &UNUSED_BUILD_ARG,
    &INVALID_NAME,
    &RESERVED_NAME,
    &INVALID_CHOICE,
    &OUT_OF_RANGE,
    &INVALID_MODE,
    &INVALID_SIZE,
    &INVALID_DURATION,
    &INVALID_PORT,
    &INVALID_PATH,
    &INVALID_OWNER,
    &INVALID_PACKAGE,
    &INVALID_PLATFORM,
    &INVALID_REFERENCE,
    &INVALID_URL,
    &INVALID_CHECKSUM,
    &INVALID_SOURCE,
    &INVALID_SNAPSHOT,
    &INVALID_SIGNAL,
    &DOCKERFILE_WORD,
    &NO_ACTION,
    &SEVERAL_ACTIONS,
    &USELESS_MODIFIER,
    &IMPOSSIBLE_CONDITION,
    &UNKNOWN_CACHE,
    &NO_STAGE,
    &SEVERAL_DEFAULTS,
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const FILES: [&str; 8] = [
        include_str!("arguments.rs"),
        include_str!("expansion.rs"),
        include_str!("keys.rs"),
        include_str!("layers.rs"),
        include_str!("names.rs"),
        include_str!("stages.rs"),
        include_str!("syntax.rs"),
        include_str!("values.rs"),
    ];

    #[test]
    fn every_code_is_registered_once() {
        let names: BTreeSet<&str> = ALL.iter().map(|code| code.name).collect();
        assert_eq!(names.len(), ALL.len());
        let declared: usize = FILES.iter().map(|file| file.matches("pub static").count()).sum();
        assert_eq!(declared, ALL.len());
    }

    #[test]
    fn every_code_reads_well() {
        for code in ALL {
            assert!(code.summary.ends_with('.'), "{}", code.name);
            assert!(code.name.bytes().all(|byte| byte == b'-' || byte.is_ascii_lowercase()));
            assert!(code.url().ends_with(".md"), "{}", code.name);
        }
    }
}
