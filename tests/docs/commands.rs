//! Commands in pages: that their words mean something. `tests/e2e/docs.rs` runs builds, and holds the
//! table of flags against buildx.

use std::fs;

use strake_frontend::testing::subrequests;

use strake_tests::pages::commands::{FLAGS, without_redirection, words};
use strake_tests::pages::root;

/// Other commands, and why nothing more is checked of them.
const OTHERS: [(&str, &str); 9] = [
    ("cd examples/airflow", "a directory, as the links say"),
    ("mkdir -p seeds", "`tests/e2e/docs.rs` runs it"),
    ("./report build.jsonl >>", "`tests/e2e/report.rs` runs it"),
    ("./reuse ghcr.io/example/app:pr-7", "`tests/e2e/fingerprint.rs` runs it"),
    ("./set-up", "of the Airflow example, which its tests run"),
    ("cargo test -p strake-tests", "the tests of this repository"),
    ("docker buildx bake", "`tests/e2e/docs.rs` bakes the example"),
    ("docker login", "speaks to a registry that is not the tests'"),
    ("uv pip compile", "the user's own tool, which needs an index"),
];

/// What is wrong with a command.
pub(crate) fn problem(page: &str, command: &str) -> Option<String> {
    if let Some(build) = command.strip_prefix("docker buildx build ") {
        return build_problem(page, build);
    }
    if let Some(task) = command.split("cargo xtask ").nth(1) {
        let task = task.split([' ', ')']).next().unwrap_or_default();
        return (!tasks().iter().any(|known| known == task)).then(|| format!("no task `{task}`"));
    }
    let known = OTHERS.iter().any(|(start, _)| command.starts_with(start));
    (!known).then(|| format!("unknown command `{command}`"))
}

fn build_problem(page: &str, build: &str) -> Option<String> {
    let words = words(without_redirection(build));
    let (options, contexts) = match parse(&words) {
        Ok(parsed) => parsed,
        Err(problem) => return Some(problem),
    };
    let mut problems = options.iter().filter_map(|(flag, value)| value_problem(page, flag, value));
    problems
        .next()
        .or_else(|| (contexts != ["."]).then(|| format!("the context is not one: {contexts:?}")))
}

/// Options with their values, and what is no option.
type Parsed<'a> = (Vec<(&'a str, &'a str)>, Vec<&'a str>);

fn parse(words: &[String]) -> Result<Parsed<'_>, String> {
    let mut words = words.iter().map(String::as_str);
    let (mut options, mut others) = (Vec::new(), Vec::new());
    while let Some(word) = words.next() {
        if !word.starts_with('-') {
            others.push(word);
            continue;
        }
        let (flag, value) = match word.split_once('=') {
            Some((flag, value)) => (flag, Some(value)),
            None => (word, None),
        };
        let known = FLAGS.iter().find(|(known, _)| *known == flag);
        let (_, takes_value) = known.ok_or_else(|| format!("unknown flag `{flag}`"))?;
        let value = if *takes_value { value.or_else(|| words.next()) } else { value };
        if *takes_value != value.is_some() {
            return Err(format!("`{flag}` wants a value, or wants none"));
        }
        options.push((flag, value.unwrap_or_default()));
    }
    Ok((options, others))
}

fn value_problem(page: &str, flag: &str, value: &str) -> Option<String> {
    match flag {
        "-f" | "--file" if manifest_of(page).is_some() && !is_there(page, value) => {
            Some(format!("there is no {value}"))
        }
        "--call" if !is_call(value) => Some(format!("no call `{value}`")),
        "--target" if !is_target(page, value) => Some(format!("no stage `{value}`")),
        "--output" | "-o" | "--cache-to" | "--cache-from" if !value.contains("type=") => {
            Some(format!("no type in `{value}`"))
        }
        _ => None,
    }
}

fn is_call(call: &str) -> bool {
    let name = call.trim_end_matches(",format=json");
    subrequests::list().contains(&format!("`{name}`"))
}

/// The manifest beside a page of an example.
fn manifest_of(page: &str) -> Option<String> {
    let directory =
        page.strip_suffix("README.md").filter(|directory| directory.starts_with("examples/"))?;
    fs::read_to_string(root().join(directory).join("strake.toml")).ok()
}

/// From the directory of the example, or from the root of the repository.
fn is_there(page: &str, file: &str) -> bool {
    let beside = page.trim_end_matches("README.md");
    root().join(beside).join(file).is_file() || root().join(file).is_file()
}

/// Where the page is an example's, its manifest has the stage.
fn is_target(page: &str, target: &str) -> bool {
    let stage = target.split('@').next().unwrap_or_default();
    let known = |manifest: String| manifest.contains(&format!("[stage.{stage}]\n"));
    let product = target.split_once('@').is_none_or(|(_, of)| ["registry", "mounts"].contains(&of));
    product && (stage.is_empty() || manifest_of(page).is_none_or(known))
}

/// The tasks of `cargo xtask`, as its source lists them.
fn tasks() -> Vec<String> {
    let source = fs::read_to_string(root().join("xtask/src/main.rs")).expect("xtask's source");
    let list = source.split("enum Task {").nth(1).expect("the list of tasks");
    let list = list.split("\n}\n").next().unwrap_or_default();
    let names = list.lines().filter_map(|line| line.strip_prefix("    "));
    let names = names.filter(|name| name.starts_with(|first: char| first.is_ascii_uppercase()));
    names.map(|name| kebab(name.trim_end_matches([' ', '{', ',', '}']))).collect()
}

fn kebab(name: &str) -> String {
    let mut text = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !text.is_empty() {
            text.push('-');
        }
        text.extend(letter.to_lowercase());
    }
    text
}

#[test]
fn commands_are_looked_into() {
    for (command, problem) in [
        ("docker buildx build -f strake.toml .", None),
        ("docker buildx build --target @registry --cache-to type=registry,ref=R .", None),
        ("docker buildx build --call=plan,format=json .", None),
        ("docker buildx build --cal=plan .", Some("unknown flag `--cal`")),
        ("docker buildx build --call=plane .", Some("no call `plane`")),
        ("docker buildx build --target @layers .", Some("no stage `@layers`")),
        ("docker buildx build -f strake.toml", Some("the context is not one: []")),
        ("docker buildx build --push=true .", Some("`--push` wants a value, or wants none")),
        ("docker buildx build --build-arg A=$(git log -1) .", None),
        ("eval \"$(cargo xtask up --env)\"", None),
        ("cargo xtask rust-base", None),
        ("cargo xtask upp", Some("no task `upp`")),
        ("rm -rf /", Some("unknown command `rm -rf /`")),
    ] {
        assert_eq!(super::commands::problem("README.md", command).as_deref(), problem, "{command}");
    }
    let page = "examples/rust/README.md";
    let wrong = "docker buildx build -f strake.yml .";
    assert_eq!(super::commands::problem(page, wrong).as_deref(), Some("there is no strake.yml"));
    let wrong = "docker buildx build --target other .";
    assert_eq!(super::commands::problem(page, wrong).as_deref(), Some("no stage `other`"));
}
