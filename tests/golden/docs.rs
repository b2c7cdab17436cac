//! Pages that are made from the code are as the code would make them.

use std::fs;
use std::path::Path;

use strake_frontend::diagnostics::codes;

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
