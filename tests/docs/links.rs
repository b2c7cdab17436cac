//! Links from page to page lead somewhere: to a file, a heading or a line.

use std::fs;
use std::path::Path;

use strake_tests::pages::{pages, root};

#[test]
fn links_lead_to_files_and_headings() {
    let mut lost = Vec::new();
    for page in pages() {
        let text = fs::read_to_string(root().join(&page)).expect("a page");
        let directory = Path::new(&page).parent().unwrap_or(Path::new(""));
        for link in targets(&text) {
            let (path, heading) = link.split_once('#').unwrap_or((link, ""));
            let target = match path {
                "" => root().join(&page),
                path => root().join(directory).join(path),
            };
            let has = |heading: &str| {
                let text = fs::read_to_string(&target).unwrap_or_default();
                if let Some(line) = heading.strip_prefix('L') {
                    return line.parse().is_ok_and(|line: usize| line <= text.lines().count());
                }
                text.lines().any(|line| line.starts_with('#') && anchor(line) == heading)
            };
            if !target.exists() || !(heading.is_empty() || has(heading)) {
                lost.push(format!("{page}: {link}"));
            }
        }
    }
    assert!(lost.is_empty(), "{lost:#?}");
}

/// Targets of links that are no URLs.
fn targets(text: &str) -> impl Iterator<Item = &str> {
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    targets.filter(|target| !target.contains("://"))
}

/// The anchor that GitHub makes of a heading.
fn anchor(heading: &str) -> String {
    let text = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = text.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

#[test]
fn anchors_are_as_on_github() {
    for (heading, expected) in [
        ("## `[cache.NAME]`", "cachename"),
        ("### `--target @registry`", "--target-registry"),
        ("### `apt`, `dnf`, `pip`, `uv`", "apt-dnf-pip-uv"),
    ] {
        assert_eq!(anchor(heading), expected);
    }
}
