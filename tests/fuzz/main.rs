//! The corpus of the fuzzers, on a stable compiler: what each input promised when it was found, it promises
//! still. `fuzz/` has the targets.

// A test that can't go on says why and ends.
#![allow(clippy::expect_used, clippy::unwrap_used)]

use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

use strake_tests::fuzz::TARGETS;

/// The inputs of a target, in order.
fn corpus(target: &str) -> Vec<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus").join(target);
    let entries = fs::read_dir(directory).expect("the directory of the corpus");
    let mut inputs: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    inputs.sort();
    inputs
}

fn check(name: &str) {
    let target = TARGETS.iter().find(|target| target.name == name).expect("a target");
    let inputs = corpus(name);
    assert!(!inputs.is_empty(), "{name} has no corpus");
    let failed: Vec<&PathBuf> = inputs
        .iter()
        .filter(|path| {
            let input = fs::read(path).expect("an input");
            catch_unwind(|| (target.check)(&input)).is_err()
        })
        .collect();
    assert!(failed.is_empty(), "these fail: {failed:#?}");
}

macro_rules! targets {
    ($($name:ident)*) => {
        $(
            #[test]
            fn $name() {
                check(stringify!($name));
            }
        )*

        #[test]
        fn every_target_is_tested_and_fuzzed() {
            let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
            assert_eq!(names, [$(stringify!($name)),*]);
            let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz");
            let manifest = fs::read_to_string(fuzz.join("Cargo.toml")).expect("its manifest");
            for name in names {
                let path = format!("fuzz_targets/{name}.rs");
                assert!(fuzz.join(&path).is_file() && manifest.contains(&path), "{path}");
            }
        }
    };
}

targets! { manifest options graph shell references index registry }
