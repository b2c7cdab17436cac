//! Pages that are made from the code are as the code would make them.

use std::fs;
use std::path::Path;

use strake_frontend::cache;
use strake_frontend::diagnostics::codes;

#[test]
fn the_table_of_the_presets_is_up_to_date() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/presets.md");
    let text = fs::read_to_string(file).expect("docs/presets.md");
    assert_eq!(cache::page(&text).as_ref(), Some(&text), "run `cargo xtask docs`");
}

/// `cargo xtask docs` writes the pages.
#[test]
fn pages_of_the_codes_are_up_to_date() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/codes");
    let pages = codes::pages();
    let mut names: Vec<String> = fs::read_dir(&folder)
        .expect("docs/codes")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    let expected: Vec<&String> = pages.keys().collect();
    assert_eq!(names.iter().collect::<Vec<_>>(), expected, "run `cargo xtask docs`");
    for (name, page) in &pages {
        let written = fs::read_to_string(folder.join(name)).expect("a page");
        assert!(written == *page, "{name} is out of date: run `cargo xtask docs`");
    }
}

/// A code that no snapshot shows and no test names may never be raised.
#[test]
fn every_code_is_raised_by_some_case() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let folders = ["tests/golden/cases", "tests/e2e", "tests/gateway", "frontend/src"];
    let mut texts: Vec<String> = Vec::new();
    for folder in folders {
        read_all(&root.join(folder), &mut texts);
    }
    let pages = codes::pages();
    let names = pages.keys().filter_map(|page| page.strip_suffix(".md"));
    let raised = |name: &&str| {
        let forms = [("(", ")"), ("[", "]"), (" ", " "), (" ", ": "), ("\"", ": "), ("\"", "\"")];
        let forms = forms.map(|(before, after)| format!("{before}{name}{after}"));
        texts.iter().any(|text| forms.iter().any(|form| text.contains(form)))
    };
    let never: Vec<&str> = names.filter(|name| *name != "README" && !raised(name)).collect();
    assert!(never.is_empty(), "raised by no case: {never:?}");
}

/// Snapshots and files of tests. The registry of the codes, where each has its name, is left out.
pub(crate) fn read_all(folder: &Path, texts: &mut Vec<String>) {
    let entries = fs::read_dir(folder).expect("a folder");
    for path in entries.map(|entry| entry.expect("an entry").path()) {
        if path.is_dir() && !path.ends_with("diagnostics/codes") {
            read_all(&path, texts);
        } else if path.extension().is_some_and(|end| end == "rs" || end == "snap") {
            texts.push(fs::read_to_string(&path).expect("a text"));
        }
    }
}
