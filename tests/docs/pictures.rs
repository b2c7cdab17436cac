//! Answers of calls in pages are what the calls answer.

use std::fs;

use strake_tests::dry::{self, Files};
use strake_tests::pages::{self, root};
use strake_tests::picture;

#[test]
fn the_picture_in_the_readme_is_of_the_example() {
    let readme = fs::read_to_string(root().join("README.md")).expect("the README");
    let drawn = picture::page(&readme, &root().join("examples/airflow")).expect("a picture");
    assert!(drawn == readme, "run `cargo xtask docs`");
}

/// The page of the calls shows a manifest, its plan and its picture.
#[test]
fn the_answers_in_the_page_of_the_calls_are_true() {
    let blocks = pages::read("docs/calls.md");
    let text = |start: &str| {
        let found = blocks.iter().find(|block| block.text.starts_with(start));
        found.unwrap_or_else(|| panic!("no block starts with `{start}`")).text.clone()
    };
    let manifest = text("# syntax=");
    let answered = |call: &str| dry::answer(call, &manifest, &Files::new()).expect("an answer");
    assert_eq!(text("flowchart TD\n"), answered("graph"));
    let shown = text("$ docker buildx build --call=plan");
    let (_, shown) = shown.split_once('\n').expect("an answer");
    assert_eq!(as_anywhere(shown), as_anywhere(&answered("plan")));
}

/// Without what differs from builder to builder: images move, and mounts are warm or cold.
fn as_anywhere(text: &str) -> String {
    let text = text.replace(", warm,", ",").replace(", cold,", ",");
    let mut parts = text.split("sha256:");
    let first = parts.next().unwrap_or_default().to_owned();
    let hex = |c: char| c.is_ascii_hexdigit();
    parts.fold(first, |text, part| text + "sha256:..." + part.trim_start_matches(hex))
}
