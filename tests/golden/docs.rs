//! Pages that are made from the code are as the code would make them.

use std::fs;
use std::path::{Path, PathBuf};

use strake_frontend::testing::diagnostics::codes;
use strake_frontend::testing::presets;

#[test]
fn the_table_of_the_presets_is_up_to_date() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/presets.md");
    let text = fs::read_to_string(file).expect("docs/presets.md");
    assert_eq!(presets::page(&text).as_ref(), Some(&text), "run `cargo xtask docs`");
}

#[test]
fn the_index_of_the_codes_is_up_to_date() {
    let written =
        fs::read_to_string(directory_of_the_codes().join("README.md")).expect("the index");
    assert!(written == codes::index(), "run `cargo xtask docs`");
}

/// A page without a code is of one that was renamed or given up.
#[test]
fn every_code_has_its_page_and_every_page_its_code() {
    let mut names: Vec<String> = fs::read_dir(directory_of_the_codes())
        .expect("docs/codes")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    let mut expected: Vec<String> = codes::all().map(|code| format!("{}.md", code.name)).collect();
    expected.push("README.md".to_owned());
    expected.sort();
    assert_eq!(names, expected);
}

/// The name, the sentence that a diagnostic comes with, and something more. (That examples are what
/// they are said to be is tested where they can be read: manifests in the frontend's own tests, Dockerfiles in
/// `tests/gateway` and `tests/e2e`.)
#[test]
fn every_page_begins_as_its_code_says_and_explains_it() {
    for code in codes::all() {
        let page = fs::read_to_string(directory_of_the_codes().join(format!("{}.md", code.name)));
        let page = page.expect("a page");
        let start = format!("# {}\n\n{}\n\n", code.name, code.summary);
        let explanation = page.strip_prefix(&start);
        let explanation =
            explanation.unwrap_or_else(|| panic!("{} begins with:\n{start}", code.name));
        assert!(explanation.len() > 40, "{}: {explanation}", code.name);
        assert!(page.ends_with('\n') && !page.ends_with("\n\n"), "{}", code.name);
    }
}

fn directory_of_the_codes() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/codes")
}

/// A code that no snapshot shows and no test names may never be raised.
#[test]
fn every_code_is_raised_by_some_case() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let directories = ["tests/golden/cases", "tests/e2e", "tests/gateway", "frontend/src"];
    let mut texts: Vec<String> = Vec::new();
    for directory in directories {
        read_all(&root.join(directory), &mut texts);
    }
    let raised = |name: &&str| {
        let forms = [("(", ")"), ("[", "]"), (" ", " "), (" ", ": "), ("\"", ": "), ("\"", "\"")];
        let forms = forms.map(|(before, after)| format!("{before}{name}{after}"));
        texts.iter().any(|text| forms.iter().any(|form| text.contains(form)))
    };
    let names = codes::all().map(|code| code.name);
    let never: Vec<&str> = names.filter(|name| !raised(name)).collect();
    assert!(never.is_empty(), "raised by no case: {never:?}");
}

/// Snapshots and files of tests. The registry of the codes, where each has its name, is left out.
pub(crate) fn read_all(directory: &Path, texts: &mut Vec<String>) {
    let entries = fs::read_dir(directory).expect("a directory");
    for path in entries.map(|entry| entry.expect("an entry").path()) {
        if path.is_dir() && !path.ends_with("diagnostics/codes") {
            read_all(&path, texts);
        } else if path.extension().is_some_and(|end| end == "rs" || end == "snap") {
            texts.push(fs::read_to_string(&path).expect("a text"));
        }
    }
}
