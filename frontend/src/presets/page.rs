//! The table of `docs/presets.md`, made from the presets. `cargo xtask docs` writes it, and a test
//! compares.

use std::fmt::Write as _;

use super::{PRESETS, Places, Preset, Scope};

/// Stands before the table and after it.
const MARKS: [&str; 2] = ["<!-- `cargo xtask docs` writes this table -->\n", "<!-- so far -->\n"];

/// The page with the table as the presets have it now; none where the marks are missing.
pub fn page(text: &str) -> Option<String> {
    let (before, rest) = text.split_once(MARKS[0])?;
    let (_, after) = rest.split_once(MARKS[1])?;
    Some([before, MARKS[0], &table(), MARKS[1], after].concat())
}

fn table() -> String {
    let mut text = "\n| preset | for | place | sharing | id depends on | layers are | prune |\n\
                    |---|---|---|---|---|---|---|\n"
        .to_owned();
    for preset in PRESETS {
        let sharing = preset.sharing.name();
        let scope = match preset.scope {
            Scope::Platform => "platform",
            Scope::Base => "platform, base image",
        };
        let boundary = preset.boundary.name();
        let (name, title, place) = (preset.name, preset.title, place(preset));
        let prune = preset.prune.map_or(String::new(), |prune| format!("`{prune}`"));
        // Writing to a string can't fail.
        _ = writeln!(
            text,
            "| `{name}` | {title} | {place} | {sharing} | {scope} | {boundary} | {prune} |"
        );
    }
    text.push('\n');
    text
}

fn place(preset: &Preset) -> String {
    match preset.directories(Places::Manifest) {
        [] => format!("`{}`", preset.target(Places::Manifest)),
        directories => {
            let directories: Vec<String> =
                directories.iter().map(|name| format!("`{name}`")).collect();
            format!("{} in `{}`", directories.join(", "), preset.target(Places::Manifest))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_takes_the_place_of_another() {
        let text = format!("a\n{}stale\n{}b\n", MARKS[0], MARKS[1]);
        let page = page(&text).unwrap();
        assert!(page.starts_with("a\n<!--") && page.ends_with("so far -->\nb\n"), "{page}");
        assert!(!page.contains("stale"), "{page}");
        assert!(
            page.contains("| `git`, `registry` in `${CARGO_HOME:-${HOME}/.cargo}` |"),
            "{page}"
        );
        assert_eq!(super::page("no marks"), None);
    }
}
