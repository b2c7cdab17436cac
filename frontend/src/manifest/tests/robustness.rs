//! Input that no person writes: it must give problems, and soon, never a panic.

use std::time::Duration;

use super::{file, read_with};
use crate::diagnostics::{Diagnostic, lint, source_details, text};
use crate::time::worked;

/// Far above what is needed on any machine, far below what would not be noticed.
const LONGEST: Duration = Duration::from_secs(10);

/// Reads and renders; gives the problems.
fn survive(manifest: &str) -> Vec<Diagnostic> {
    let start = worked();
    let found = read_with(manifest, &[], false).map_or_else(|found| found, |good| good.warnings);
    let file = file(manifest);
    for one in found.iter().take(3) {
        text::render_one(&file, one);
    }
    lint::report(&file, &found);
    source_details::message(&file, &found);
    assert!(worked().saturating_sub(start) < LONGEST, "{:?}", manifest.get(..60));
    assert!(found.len() <= 101, "{} problems", found.len());
    found
}

fn last_message(manifest: &str) -> String {
    survive(manifest).pop().map(|found| found.message).unwrap_or_default()
}

#[test]
fn nothing_and_nonsense() {
    for text in
        ["", "\u{feff}", "\n", "\r\n", "#", "\0", "\u{feff}#\r", "=", "[", "[[", "\"", "'''", "ä"]
    {
        assert!(!survive(text).is_empty(), "{text:?}");
    }
    survive(&"\u{0}\u{1}\"'\u{fffd}".repeat(100_000));
    survive(&"\u{7f}ELF\u{2}\n".repeat(50_000));
}

#[test]
fn deep_nesting() {
    for open in ["[", "{a=", "a=[", "[[", "[a.", "a.", "\"\"\"", "a={b=["] {
        survive(&open.repeat(100_000));
        survive(&format!("a = {}", open.repeat(100_000)));
    }
    survive(&format!("[stage.app]\nfrom = \"{}\"", "${A:-".repeat(100_000)));
    let nested = format!("{}{}", "[".repeat(70), "]".repeat(70));
    survive(&format!("[[stage.app.layer]]\ncopy = {nested}\nx.a.b.c.d.e = {nested}\n"));
}

#[test]
fn many_keys() {
    let keys: String = (0..100_000).map(|key| format!("k{key} = 1\n")).collect();
    assert_eq!(last_message(&keys), "and 99951 more problems");
    let stages: String = (0..20_000).map(|key| format!("[stage.S{key}]\n")).collect();
    assert_eq!(last_message(&stages), "and 39950 more problems");
    let args: String = (0..20_000).map(|key| format!("A{key} = \"$B{key}\"\n")).collect();
    assert_eq!(last_message(&format!("[arg]\n{args}")), "and 19951 more problems");
    assert_eq!(last_message(&"a b\n".repeat(10_000)), "and 9950 more problems");
}

#[test]
fn many_layers_are_quick() {
    let layer = "[[stage.app.layer]]\nrun = \"make\"\nuses = [\"uv\"]\nenv = { A = \"$PATH\" }\n";
    let manifest = format!("[stage.app]\nfrom = \"x\"\n{}", layer.repeat(10_000));
    assert!(survive(&manifest).is_empty());
}

#[test]
fn large_values() {
    assert_eq!(last_message(&"#".repeat(5 << 20)), "the manifest is larger than 4 MiB");
    let name = "n".repeat(1 << 20);
    survive(&format!("[stage.{name}]\nfrom = \"{name}\"\n{name} = 1\n"));
    survive(&format!("[cache.{name}]\n[[stage.app.layer]]\nuses = [\"{name}x\"]\nrun = \"x\"\n"));
}

#[test]
fn arguments_that_double() {
    let mut manifest = "[arg]\nA0 = \"aaaaaaaa\"\n".to_owned();
    for step in 1..60 {
        manifest.push_str(&format!("A{step} = \"$A{0}$A{0}\"\n", step - 1));
    }
    survive(&manifest);
    let big = format!("[arg]\nA = \"{}\"\n", "a".repeat(1 << 19));
    let uses: String = (0..1_000).map(|key| format!("B{key} = \"$A\"\n")).collect();
    assert!(survive(&format!("{big}{uses}")).iter().any(|found| found.code.name == "too-long"));
}

#[test]
fn patterns_that_backtrack() {
    let arg = |pattern: &str| {
        let value = "a".repeat(5_000);
        survive(&format!("[arg]\nA = {{ default = \"{value}b\", pattern = '{pattern}' }}\n"));
    };
    arg("(a*)*c");
    arg("(a|aa)+c");
    arg(&"(".repeat(10_000));
    arg("a{1000}{1000}");
    arg(&"(a?)*".repeat(199));
    let found =
        survive(&format!("[arg]\nA = {{ default = 'a', pattern = '{}' }}\n", "a".repeat(1001)));
    assert!(found.iter().any(|found| found.code.name == "invalid-pattern"));
    let trim = format!("[stage.app]\nfrom = \"${{A%%{}b}}\"\n", "*a".repeat(100));
    survive(&format!("[arg]\nA = \"{}\"\n{trim}", "a".repeat(10_000)));
}

/// Each is a question to a registry in every build.
#[test]
fn registries_are_not_asked_for_much() {
    let list =
        |most: usize| (0..most).map(|at| format!("\"t{at}\"")).collect::<Vec<_>>().join(", ");
    for (most, codes) in [(32, &[][..]), (33, &["too-many"; 2])] {
        let list = list(most);
        let manifest = format!(
            "[registry]\ncache = [{list}]\n[seed]\nimage = \"x\"\ntags = [{list}]\n[stage.a]\nfrom = \"x\"\n"
        );
        let found: Vec<&str> = survive(&manifest).iter().map(|found| found.code.name).collect();
        assert_eq!(found, codes);
    }
}

/// Every prefix of a manifest, and the manifest with each byte changed.
#[test]
fn cut_and_broken_manifests() {
    let manifest = include_str!("everything.toml");
    for end in (0..manifest.len()).step_by(7).filter(|end| manifest.is_char_boundary(*end)) {
        survive(&manifest[..end]);
    }
    for (at, with) in (0..manifest.len()).step_by(11).zip("[]{}\"'=,.#$\n0ä\\".chars().cycle()) {
        if manifest.is_char_boundary(at) && manifest.is_char_boundary(at + 1) {
            survive(&format!("{}{with}{}", &manifest[..at], &manifest[at + 1..]));
        }
    }
}
