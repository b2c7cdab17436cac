//! The images of Airflow that no test builds are planned, at least: other Python series, other platforms, and what
//! comes from hosts that a test can't count on. And the page of Airflow's needs says what is there: its lines are those of the manifest, its tests are tests.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::outcome::definitions_with;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).expect("a file of the project")
}

/// Cells of the table's rows: number, need, how, line, test.
fn rows(page: &str) -> Vec<Vec<String>> {
    let lines = page.lines().filter(|line| {
        let first = line.trim_start_matches("| ").split(' ').next().unwrap_or_default();
        line.starts_with("| ") && first.parse::<u32>().is_ok()
    });
    let cells = |line: &str| {
        let inner = line.trim_matches('|');
        inner.split(" |").map(|cell| cell.trim().to_owned()).collect()
    };
    lines.map(cells).collect()
}

/// What stands between backticks.
fn quoted(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

#[test]
fn every_need_has_its_row() {
    let page = read("docs/airflow.md");
    let numbers: Vec<String> = rows(&page).iter().map(|row| row[0].clone()).collect();
    let expected: Vec<String> = (1..=21).map(|number| number.to_string()).collect();
    assert_eq!(numbers, expected);
}

#[test]
fn lines_are_those_of_the_manifest() {
    let manifest = read("examples/airflow/strake.toml");
    for row in rows(&read("docs/airflow.md")) {
        let Some((_, link)) = row[3].split_once("#L") else { continue };
        let (number, rest) = link.split_once(')').expect("the end of a link");
        let line = manifest.lines().nth(number.parse::<usize>().expect("a number") - 1);
        let text = quoted(rest)[0];
        assert!(line.is_some_and(|line| line.contains(text)), "{number} is {line:?}, not {text}");
    }
}

#[test]
fn tests_are_there() {
    let mut texts = Vec::new();
    crate::docs::read_all(&root().join("tests"), &mut texts);
    for row in rows(&read("docs/airflow.md")) {
        for name in quoted(&row[4]) {
            let declared = format!("fn {name}()");
            assert!(texts.iter().any(|text| text.contains(&declared)), "{name} is no test");
        }
        let says = row[2].contains("**Not met.**") || !row[4].is_empty();
        assert!(says, "no test shows {}, and nothing says that it is not met", row[1]);
    }
}

/// Every image of the matrix, and each of them is another one.
#[test]
fn the_matrix_of_airflow_is_planned() {
    let example = root().join("examples/airflow");
    let mut seen = BTreeSet::new();
    for python in ["3.10", "3.11", "3.12", "3.13", "3.14"] {
        for flavour in ["full", "slim"] {
            for mode in ["lock", "constraints", "upgrade"] {
                for (target, platform) in [("ci", "linux/amd64"), ("prod", "linux/arm64")] {
                    let options = [
                        ("build-arg:PYTHON", python),
                        ("build-arg:FLAVOUR", flavour),
                        ("build-arg:MODE", mode),
                        ("target", target),
                        ("platform", platform),
                    ];
                    assert!(seen.insert(definitions_with(&example, &options, &[])), "{options:?}");
                }
            }
        }
    }
}

/// An argument changes the layers that it is for and those above them, and no others: another uv in particular
/// runs no OS package manager again.
#[test]
fn each_argument_concerns_its_layers() {
    // Layers from the bottom to the top, and what only their steps have in them.
    const LAYERS: [(&str, &str); 7] = [
        ("os packages", "netcat-openbsd"),
        ("Python", "python3.11-venv"),
        ("clients", "default-mysql-client"),
        ("compilers", "unixodbc-dev"),
        ("headers", "python3.11-dev"),
        ("uv", "\"uv==$UV\""),
        ("dependencies", "FLAVOUR="),
    ];
    let example = root().join("examples/airflow");
    let steps = |arg: &str| {
        let definitions = definitions_with(&example, &[(arg, "7"), ("target", "ci")], &[]);
        let ops: Vec<Vec<u8>> = definitions.into_iter().flatten().collect();
        LAYERS.map(|(_, text)| {
            let mut of_layer =
                ops.iter().filter(|op| op.windows(text.len()).any(|part| part == text.as_bytes()));
            let step = of_layer.next().unwrap_or_else(|| panic!("no step has `{text}`")).clone();
            assert!(of_layer.next().is_none(), "several steps have `{text}`");
            step
        })
    };
    let before = steps("build-arg:BUILD_ID");
    for (arg, expected) in [
        ("OS_EPOCH", LAYERS.map(|(name, _)| name).as_slice()),
        ("PYTHON_EPOCH", &["Python", "clients", "compilers", "headers", "uv", "dependencies"]),
        ("CLIENTS_EPOCH", &["clients", "compilers", "headers", "uv", "dependencies"]),
        ("UV", &["uv", "dependencies"]),
        ("DEPENDENCY_EPOCH", &["dependencies"]),
        ("CACHE_EPOCH", &["dependencies"]),
    ] {
        let now = steps(&format!("build-arg:{arg}"));
        let changed = LAYERS.iter().zip(before.iter().zip(&now)).filter(|(_, (a, b))| a != b);
        let changed: Vec<&str> = changed.map(|((name, _), _)| *name).collect();
        assert_eq!(changed, expected, "{arg}");
    }
}

/// Each of them is a file of the context, or is fetched in a step: so it needs no answer of its host to be planned.
#[test]
fn what_airflow_takes_from_elsewhere_is_planned() {
    let example = root().join("examples/airflow");
    let has = |options: &[(&str, &str)], context: &[(&str, &str)], text: &str| {
        let definitions = definitions_with(&example, options, context);
        let mut ops = definitions.iter().flatten();
        ops.any(|op| op.windows(text.len()).any(|part| part == text.as_bytes()))
    };
    let keys = [("keys/pgdg.asc", "-----BEGIN PGP"), ("keys/microsoft.asc", "-----BEGIN PGP")];
    let vendors = [("build-arg:VENDORS", "on"), ("target", "ci")];
    for text in ["https://packages.microsoft.com/debian/12/prod", "https://get.helm.sh/helm-v3."] {
        assert!(has(&vendors, &keys, text), "{text}");
        assert!(!has(&[("target", "ci")], &keys, text), "{text} without being asked for");
    }
    let source = [("build-arg:PYTHON_FROM", "source"), ("target", "ci")];
    assert!(has(&source, &[], "https://www.python.org/ftp/python"));
    assert!(!has(&source, &[], "python3.11-venv"), "Debian's Python is installed as well");
}
