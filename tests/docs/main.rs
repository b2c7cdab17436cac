//! Every block of code in every page is checked by its kind: a manifest by the frontend, a command by
//! its words, a flowchart by its form. A block that can't be checked is in a list that says why.

// A test that can't go on says why and ends.
#![allow(clippy::expect_used, clippy::unwrap_used)]

mod commands;
mod flowcharts;
mod links;
mod manifests;
mod modules;
mod pictures;

use strake_tests::pages::{Block, blocks, commands::of};

/// Blocks of which nothing can be checked here: how they begin, and why.
const UNCHECKED: [(&str, &str); 2] = [
    ("[seed] uv: look", "a progress; tests/e2e/seeds shows the names of the steps"),
    ("STAGE ", "an excerpt of a plan; the golden test of the example has the whole graph"),
];

/// What is wrong with a block, if anything is.
fn problem(block: &Block) -> Option<String> {
    if let Some(commands) = of(block) {
        let mut problems = commands.iter().filter_map(|one| commands::problem(&block.page, one));
        return problems.next();
    }
    match block.kind.as_str() {
        "toml" => manifests::problems(block),
        "mermaid" => flowcharts::problem(&block.text),
        "json" => serde_json::from_str::<serde_json::Value>(&block.text)
            .err()
            .map(|error| error.to_string()),
        // tests/e2e/docs.rs has BuildKit check it.
        "dockerfile" => None,
        kind => Some(format!("nobody knows how to check `{kind}`: see tests/docs")),
    }
}

fn is_listed(block: &Block, (start, _): &(&str, &str)) -> bool {
    block.text.starts_with(start)
}

#[test]
fn every_block_is_true() {
    let blocks = blocks();
    let checked = blocks.iter().filter(|block| !UNCHECKED.iter().any(|one| is_listed(block, one)));
    let problems =
        checked.filter_map(|block| Some(format!("{}: {}", block.place(), problem(block)?)));
    let problems: Vec<String> = problems.collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// What is gone from the pages must go from the list.
#[test]
fn every_exception_is_of_use() {
    let blocks = blocks();
    for exception in &UNCHECKED {
        assert!(blocks.iter().any(|block| is_listed(block, exception)), "{}", exception.0);
    }
}
