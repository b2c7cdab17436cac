//! What fuzzing calls: a function for each kind of input from outside. Each takes any bytes, and fails a
//! test where a promise is broken; that it returns soon is for the caller to watch. The targets of `fuzz/`
//! call them with bytes that were never seen, a test with those of the corpus.

mod graph;
mod index;
mod manifest;
mod options;
mod references;
mod registry;
mod shell;

use strake_frontend::testing::diagnostics::{Diagnostic, lint, source_details, text};
use strake_frontend::testing::source::SourceFile;

/// A kind of input.
pub struct Target {
    /// Its name: a file of `fuzz/fuzz_targets` and a directory of `fuzz/corpus`.
    pub name: &'static str,
    /// Checks what is promised for one input.
    pub check: fn(&[u8]),
}

/// One for each file of `fuzz/fuzz_targets`.
pub const TARGETS: [Target; 7] = [
    Target { name: "manifest", check: manifest::check },
    Target { name: "options", check: options::check },
    Target { name: "graph", check: graph::check },
    Target { name: "shell", check: shell::check },
    Target { name: "references", check: references::check },
    Target { name: "index", check: index::check },
    Target { name: "registry", check: registry::check },
];

/// Checks an input of a target.
///
/// # Panics
/// Where a promise is broken, and where there is no such target.
pub fn check(target: &str, input: &[u8]) {
    let found = TARGETS.iter().find(|known| known.name == target);
    assert!(found.is_some(), "there is no target {target}");
    found.into_iter().for_each(|target| (target.check)(input));
}

/// The parts of an input, between zero bytes; what is no UTF-8 in them is replaced.
fn parts<const COUNT: usize>(input: &[u8]) -> [String; COUNT] {
    let mut parts = input.splitn(COUNT, |byte| *byte == 0);
    std::array::from_fn(|_| String::from_utf8_lossy(parts.next().unwrap_or_default()).into_owned())
}

/// Options or variables, one `key=value` a line.
fn pairs(text: &str) -> Vec<(&str, &str)> {
    text.lines().filter_map(|line| line.split_once('=')).collect()
}

/// Places of problems lie in the file and between characters, and every renderer gets along with them.
fn check_diagnostics(file: &SourceFile, found: &[Diagnostic]) {
    for one in found {
        for label in one.primary.iter().chain(&one.secondary) {
            let (span, text) = (label.span, file.text());
            assert!(text.get(span.start..span.end).is_some(), "{}: {span:?}", one.message);
        }
    }
    text::render(file, found);
    lint::report(file, found);
    source_details::message(file, found);
    source_details::details(file, found);
}
