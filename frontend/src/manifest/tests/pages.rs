//! The examples in the pages of the codes, and the keys in the reference. (What the reference shows
//! is checked with all other pages, by `tests/docs`.)

use std::fmt::Write as _;
use std::fs;

use super::{file, read_with};
use crate::diagnostics::{Code, Diagnostic, codes, text};

/// The `toml` blocks of a code's page.
fn blocks(code: &Code) -> Vec<String> {
    let page = format!("{}/../docs/codes/{}.md", env!("CARGO_MANIFEST_DIR"), code.name);
    let page = fs::read_to_string(&page).unwrap_or_else(|error| panic!("{page}: {error}"));
    let parts = page.split("```toml\n").skip(1);
    parts.map(|part| part.split("```").next().unwrap_or_default().to_owned()).collect()
}

/// Makes a whole manifest of a block.
fn whole(block: &str) -> String {
    if block.starts_with("# syntax=") || block.contains("[stage.app]\n") {
        return block.to_owned();
    }
    format!("{block}\n[stage.app]\nfrom = \"debian:bookworm-slim\"\n")
}

/// The build arguments of a block's first line.
fn build_args(block: &str) -> Vec<(&str, &str)> {
    let line = block.lines().next().unwrap_or_default();
    if !line.starts_with("# docker buildx build ") {
        return Vec::new();
    }
    let words: Vec<&str> = line.split(' ').collect();
    let args = words.windows(2).filter(|pair| pair[0] == "--build-arg");
    args.filter_map(|pair| pair[1].split_once('=')).collect()
}

/// What is found in a block, warnings too.
fn found(block: &str) -> (String, Vec<Diagnostic>) {
    let manifest = whole(block);
    let found = match read_with(&manifest, &build_args(block), false) {
        Ok(manifest) => manifest.warnings,
        Err(found) => found,
    };
    (manifest, found)
}

fn snapshot(block: &str) -> String {
    let (manifest, found) = found(block);
    format!("{manifest}\n────────\n{}\n", text::render(&file(&manifest), &found))
}

/// Codes whose page has no example: it would be megabytes of TOML.
const WITHOUT_EXAMPLE: [&Code; 2] = [&codes::TOO_LARGE, &codes::MORE_PROBLEMS];

#[test]
fn each_example_has_its_problem_and_its_remedy() {
    for code in codes::ALL.iter().filter(|code| !WITHOUT_EXAMPLE.contains(code)) {
        let blocks = blocks(code);
        let [wrong, right] = blocks.as_slice() else { panic!("{}: two examples", code.name) };
        let (manifest, problems) = found(wrong);
        let kinds: Vec<&str> = problems.iter().map(|found| found.code.name).collect();
        assert_eq!(kinds, [code.name], "{manifest}");
        let (manifest, problems) = found(right);
        assert!(problems.is_empty(), "{}", text::render(&file(&manifest), &problems));
    }
}

#[test]
fn each_code_is_rendered() {
    let mut all = String::new();
    for code in codes::ALL.iter().filter(|code| !WITHOUT_EXAMPLE.contains(code)) {
        let block = blocks(code).swap_remove(0);
        _ = write!(all, "════════ {}\n{}\n", code.name, snapshot(&block));
    }
    insta::assert_snapshot!(all);
}

/// A key or table that is read and not described would be found by nobody.
#[test]
fn the_reference_names_every_key() {
    let page = include_str!("../../../../docs/manifest.md");
    let sources = [
        include_str!("../actions/apt.rs"),
        include_str!("../actions/copy.rs"),
        include_str!("../actions/fetch.rs"),
        include_str!("../actions/files.rs"),
        include_str!("../actions/packages.rs"),
        include_str!("../actions/run.rs"),
        include_str!("../args.rs"),
        include_str!("../caches.rs"),
        include_str!("../image.rs"),
        include_str!("../layers.rs"),
        include_str!("../mounts.rs"),
        include_str!("../registry.rs"),
        include_str!("../seed.rs"),
        include_str!("../stages.rs"),
    ];
    let takers = ["optional(\"", "required(\"", "list(\"", "flag(\"", "take(\""];
    for source in sources {
        for taker in takers {
            for part in source.split(taker).skip(1) {
                let key = part.split('"').next().unwrap_or_default();
                assert!(page.contains(&format!("`{key}`")), "`{key}` is not described");
            }
        }
    }
}
