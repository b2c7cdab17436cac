//! The pages of `docs/codes/`, made from the registry: one for each code, and an index. `cargo xtask
//! docs` writes them, and a test compares.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{ALL, advice, caches, dockerfile, graph, options, seeds};
use crate::diagnostics::Code;

/// Sections of the index, in the order of the phases that find the problems.
fn sections() -> [(&'static str, &'static [&'static Code]); 7] {
    [
        ("What a manifest says", ALL),
        ("How stages, contexts and images lead to each other", graph::ALL),
        ("What a Dockerfile says", dockerfile::ALL),
        ("What makes a Dockerfile's builds slow", advice::ALL),
        ("What the command line says", options::ALL),
        ("What registries answer", caches::ALL),
        ("What becomes of seeds", seeds::ALL),
    ]
}

/// Every page as Markdown, by its file's name.
pub fn pages() -> BTreeMap<String, String> {
    let codes = sections().into_iter().flat_map(|(_, codes)| codes);
    let mut pages: BTreeMap<String, String> =
        codes.map(|code| (format!("{}.md", code.name), page(code))).collect();
    pages.insert("README.md".to_owned(), index());
    pages
}

fn page(code: &Code) -> String {
    format!("# {}\n\n{}\n\n{}\n", code.name, code.summary, code.explanation.trim_end())
}

fn index() -> String {
    let mut text =
        "# Diagnostics\n\nEvery error and warning ends with its code in parentheses. The \
page of a code says why it is a\nproblem and how it is mended.\n"
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_page_of_its_own() {
        let codes: usize = sections().iter().map(|(_, codes)| codes.len()).sum();
        assert_eq!(pages().len(), codes + 1);
    }
}
