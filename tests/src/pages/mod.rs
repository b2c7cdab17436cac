//! The pages of this repository and the blocks of code in them: fenced ones, and indented ones outside
//! of lists.

// A test that can't go on says why and ends.
#![allow(clippy::expect_used)]

pub mod commands;

use std::fs;
use std::path::{Path, PathBuf};

/// A block of code.
pub struct Block {
    /// Path of the page in the repository.
    pub page: String,
    /// Where it begins, from 1.
    pub line: usize,
    /// What the fence says it is; nothing where it is indented.
    pub kind: String,
    /// Without indentation and fences.
    pub text: String,
}

impl Block {
    /// Where it is: `docs/calls.md:12`
    pub fn place(&self) -> String {
        format!("{}:{}", self.page, self.line)
    }
}

/// The directory of the repository, below which all pages are.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// All pages of the repository, in order.
pub fn pages() -> Vec<String> {
    let mut pages = Vec::new();
    find(&root(), "", &mut pages);
    pages.sort();
    assert!(pages.iter().any(|page| page == "docs/manifest.md"), "{pages:?}");
    pages
}

/// The blocks of all pages.
pub fn blocks() -> Vec<Block> {
    pages().iter().flat_map(|page| read(page)).collect()
}

fn find(directory: &Path, below: &str, pages: &mut Vec<String>) {
    for entry in fs::read_dir(directory).expect("a directory").map(|entry| entry.expect("an entry"))
    {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{below}{name}");
        // The last is Airflow's, fetched by the set-up of its example.
        let skipped = ["target", "node_modules", "source"].contains(&name.as_str());
        if entry.file_type().expect("a type").is_dir() {
            if !skipped && !name.starts_with('.') {
                find(&entry.path(), &format!("{path}/"), pages);
            }
        } else if name.ends_with(".md") {
            pages.push(path);
        }
    }
}

/// The blocks of a kind in the page of a code.
pub fn examples(code: &str, kind: &str) -> Vec<String> {
    let blocks = read(&format!("docs/codes/{code}.md")).into_iter();
    blocks.filter(|block| block.kind == kind).map(|block| block.text).collect()
}

/// The blocks of a page.
pub fn read(page: &str) -> Vec<Block> {
    parse(page, &fs::read_to_string(root().join(page)).expect("a page"))
}

fn parse(page: &str, text: &str) -> Vec<Block> {
    let lines: Vec<&str> = text.lines().collect();
    let (mut blocks, mut at, mut in_list) = (Vec::new(), 0, false);
    while let Some(line) = lines.get(at) {
        let start = at;
        at += 1;
        let kind = line.trim_start().strip_prefix("```");
        let after_blank = start == 0 || lines[start - 1].trim().is_empty();
        if let Some(kind) = kind {
            let body = lines[at..].iter().take_while(|line| line.trim_start() != "```");
            let body: Vec<&str> = body.copied().collect();
            at += body.len() + 1;
            let indent = line.len() - line.trim_start().len();
            blocks.push(block(page, start, kind, &body, indent));
        } else if line.starts_with("    ") && after_blank && !in_list {
            let inside = |line: &&&str| line.starts_with("    ") || line.trim().is_empty();
            let mut body: Vec<&str> = lines[start..].iter().take_while(inside).copied().collect();
            at = start + body.len();
            while body.last().is_some_and(|line| line.trim().is_empty()) {
                body.pop();
            }
            blocks.push(block(page, start, "", &body, 4));
        } else if !line.is_empty() && !line.starts_with(' ') {
            let numbered = line.trim_start_matches(|c: char| c.is_ascii_digit());
            in_list = line.starts_with("- ")
                || (numbered.len() < line.len() && numbered.starts_with(". "));
        }
    }
    blocks
}

fn block(page: &str, start: usize, kind: &str, body: &[&str], indent: usize) -> Block {
    let lines = body.iter().map(|line| format!("{}\n", line.get(indent..).unwrap_or_default()));
    Block { page: page.to_owned(), line: start + 1, kind: kind.to_owned(), text: lines.collect() }
}

#[test]
fn blocks_are_found() {
    let page = "# Page\n\n```toml\na = 1\n\nb = 2\n```\ntext\n\n    $ one\n    two\n\n- item\n\n      no code\n\n  ```json\n  {}\n  ```\n\nend\n\n    last\n";
    let found = parse("p", page);
    let shown: Vec<_> =
        found.iter().map(|block| (block.line, block.kind.as_str(), block.text.as_str())).collect();
    let expected = [
        (3, "toml", "a = 1\n\nb = 2\n"),
        (10, "", "$ one\ntwo\n"),
        (17, "json", "{}\n"),
        (23, "", "last\n"),
    ];
    assert_eq!(shown, expected);
}
