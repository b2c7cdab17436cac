//! The index of `docs/codes/`, made from the registry. `cargo xtask docs` writes it, and a test compares.

use std::fmt::Write as _;

use super::{ALL, advice, caches, dockerfile, graph, options, seeds};
use crate::diagnostics::Code;

/// Sections of the index, in the order of the phases that find the problems.
fn sections() -> [(&'static str, &'static [&'static Code]); 7] {
    [
        ("Manifests", ALL),
        ("Stages, contexts and images", graph::ALL),
        ("Dockerfiles", dockerfile::ALL),
        ("Slow Dockerfiles", advice::ALL),
        ("Command line", options::ALL),
        ("Registries", caches::ALL),
        ("Seeds", seeds::ALL),
    ]
}

/// Every code of every section.
pub fn all() -> impl Iterator<Item = &'static Code> {
    sections().into_iter().flat_map(|(_, codes)| codes.iter().copied())
}

/// `docs/codes/README.md`: every code with a link to its page.
pub fn index() -> String {
    let mut text =
        "# Diagnostics\n\nEvery error and warning ends with its code in parentheses. The \
page of a code says why it is a\nproblem and how it is fixed.\n"
            .to_owned();
    for (title, codes) in sections() {
        // Writing to a string can't fail.
        _ = write!(text, "\n## {title}\n\n| code | problem |\n|---|---|\n");
        for code in codes {
            let summary = code.summary.replace('|', "\\|");
            _ = writeln!(text, "| [{0}]({0}.md) | {summary} |", code.name);
        }
    }
    text
}
