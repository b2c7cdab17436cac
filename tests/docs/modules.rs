//! `docs/ARCHITECTURE.md` promises that no modules of a crate name each other in a cycle.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Which top-level modules a module names.
type Names = BTreeMap<String, BTreeSet<String>>;

#[test]
fn modules_have_no_cycles() {
    for krate in ["frontend", "llb", "proto", "xtask"] {
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(krate).join("src");
        let left = without_leaves(names(&sources));
        assert!(left.is_empty(), "{krate}: {left:#?}");
    }
}

#[test]
fn a_cycle_is_what_is_left() {
    let names = |pairs: &[(&str, &str)]| -> Names {
        pairs.iter().map(|(from, to)| ((*from).to_owned(), [(*to).to_owned()].into())).collect()
    };
    assert!(without_leaves(names(&[("a", "b"), ("b", "c")])).is_empty());
    assert_eq!(without_leaves(names(&[("a", "b"), ("b", "a"), ("c", "d")])).len(), 2);
    assert_eq!(named("use crate::{a::B, c::{d, e}};\nlet x = crate::f::g();"), ["a", "c", "f"]);
}

/// Takes away what names nothing that is there, again and again.
fn without_leaves(mut names: Names) -> Names {
    loop {
        let there: BTreeSet<String> = names.keys().cloned().collect();
        let before = names.len();
        names.retain(|_, named| named.iter().any(|name| there.contains(name)));
        if names.len() == before {
            return names;
        }
    }
}

fn names(sources: &Path) -> Names {
    let mut names = Names::new();
    for file in files(sources) {
        let path = file.strip_prefix(sources).expect("a file below the sources");
        let first = path.iter().next().unwrap_or_default().to_string_lossy();
        let module = first.trim_end_matches(".rs");
        let is_test = path.iter().any(|part| part == "tests" || part == "tests.rs");
        if is_test || ["lib", "main"].contains(&module) {
            continue;
        }
        let text = fs::read_to_string(&file).expect("a source");
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        let named = named(code).into_iter().filter(|name| name != module);
        names.entry(module.to_owned()).or_default().extend(named);
    }
    names
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).expect("a directory").map(|entry| entry.unwrap().path());
    let below = |path: PathBuf| if path.is_dir() { files(&path) } else { vec![path] };
    let all = entries.flat_map(below);
    all.filter(|path| path.extension().is_some_and(|extension| extension == "rs")).collect()
}

/// The modules behind `crate::`, of one path or of a list of them.
fn named(code: &str) -> Vec<String> {
    let lines = code.lines().map(|line| line.split("//").next().unwrap_or_default());
    let code = lines.collect::<Vec<_>>().join("\n");
    let mut named = Vec::new();
    for rest in code.split("crate::").skip(1) {
        match rest.strip_prefix('{') {
            None => named.extend(word(rest)),
            Some(list) => {
                let mut depth = 0;
                let top = |character: char| {
                    depth += i32::from(character == '{') - i32::from(character == '}');
                    depth < 0
                };
                let list = list.split(top).next().unwrap_or_default();
                named.extend(at_the_top(list).iter().filter_map(|path| word(path)));
            }
        }
    }
    named
}

/// The paths of a list, without those of the lists in it.
fn at_the_top(list: &str) -> Vec<String> {
    let (mut paths, mut depth) = (vec![String::new()], 0);
    for character in list.chars() {
        depth += i32::from(character == '{') - i32::from(character == '}');
        match (character, paths.last_mut()) {
            (',', _) if depth == 0 => paths.push(String::new()),
            (_, Some(path)) => path.push(character),
            (_, None) => {}
        }
    }
    paths
}

fn word(path: &str) -> Option<String> {
    let end = |character: char| !character.is_ascii_alphanumeric() && character != '_';
    let word = path.trim_start().split(end).next()?;
    (!word.is_empty()).then(|| word.to_owned())
}
