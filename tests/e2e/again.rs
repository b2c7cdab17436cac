//! What runs again after a change: the table of `docs/caching.md`, made by building its manifest.

use std::fs::{File, FileTimes};
use std::time::SystemTime;

use serde_json::Value;

use crate::harness::{Build, Project, unique};

/// `x` runs again, `.` comes from the cache.
const TABLE: &str = "\
| what is changed | os packages | dependencies | source | build |
|---|---|---|---|---|
| nothing | . | . | . | . |
| a file that is no input | . | . | x | x |
| an input | . | x | x | x |
| the mode of an input | . | x | x | x |
| the time of an input | . | . | . | . |
| a new file that a wildcard of `inputs` matches | . | x | x | x |
| a new file that none matches | . | . | x | x |
| `.dockerignore`: a comment | . | . | . | . |
| `.dockerignore`: a file more | . | . | x | x |
| an argument that nothing names | . | . | . | . |
| an argument that a layer names | . | . | . | x |
| an argument that a label names | . | . | . | . |
| a build argument that is not declared | . | . | . | . |
| `image`: `entrypoint` | . | . | . | . |
| `image`: `env` | . | . | . | . |
| `--label` | . | . | . | . |
| a comment or white space in the manifest | . | . | . | . |
| the order of tables | . | . | . | . |
| the name of a layer | . | . | . | . |
| the script of a layer | . | . | . | x |
| `env` of the stage | x | x | x | x |
| `prune` of a cache | . | . | . | . |
| `epoch` of a cache | . | . | . | . |
| `sharing` of a cache | . | . | . | . |
| `env` of a cache | . | x | x | x |
| `--platform`, the one that is built anyway | . | . | . | . |
| a proxy | . | . | . | . |
| `--add-host` | x | x | x | x |
| `--ulimit` | x | x | x | x |
| `--shm-size` | x | x | x | x |
| `SOURCE_DATE_EPOCH` | x | x | x | x |
";

const PAGE: &str = include_str!("../../docs/caching.md");

/// The layers, by a text in their titles.
const LAYERS: [(&str, &str); 4] = [
    ("os packages", "apt tree"),
    ("dependencies", "run uv pip"),
    ("source", "copy . ."),
    ("build", "run echo"),
];

/// What the stage of the page starts from: with uv, and with a word that makes it another in each run
/// of the test.
const BASE: &str = "
[stage.uv]
from  = 'debian'
layer = [{ name = 'uv', run = '''
python3 -m venv /opt/uv
/opt/uv/bin/pip install --quiet uv
ln -s /opt/uv/bin/uv /usr/local/bin/uv''' }]

[stage.base]
from  = 'uv'
layer = [{ write = { path = '/word', content = 'WORD' } }]
";

/// One thing that is changed.
enum Change {
    Nothing,
    /// This text of the manifest to that.
    Manifest(&'static str, &'static str),
    /// This text of the manifest to its end.
    Move(&'static str),
    /// This file to that content.
    Write(&'static str, &'static str),
    Mode(&'static str, u32),
    /// The time of a file, to the beginning of 1970.
    Time(&'static str),
    /// An argument more for `docker buildx build`.
    Flag(&'static str),
}

use Change::{Flag, Manifest, Mode, Move, Nothing, Time, Write};

const ROWS: [(&str, Change); 31] = [
    ("nothing", Nothing),
    ("a file that is no input", Write("main.py", "print(2)\n")),
    ("an input", Write("requirements.txt", "six==1.16.0\n# more\n")),
    ("the mode of an input", Mode("requirements.txt", 0o600)),
    ("the time of an input", Time("requirements.txt")),
    ("a new file that a wildcard of `inputs` matches", Write("constraints/b.txt", "")),
    ("a new file that none matches", Write("constraints/b.md", "")),
    ("`.dockerignore`: a comment", Write(".dockerignore", "# x\nstrake.toml\n.dockerignore\n")),
    (
        "`.dockerignore`: a file more",
        Write(".dockerignore", "strake.toml\n.dockerignore\nmain.py\n"),
    ),
    ("an argument that nothing names", Flag("--build-arg=UNUSED=1")),
    ("an argument that a layer names", Flag("--build-arg=GREETING=hi")),
    ("an argument that a label names", Flag("--build-arg=COMMIT=1111111")),
    ("a build argument that is not declared", Flag("--build-arg=OTHER=1")),
    ("`image`: `entrypoint`", Manifest("\"main.py\"]", "\"-u\", \"main.py\"]")),
    ("`image`: `env`", Manifest("entrypoint", "env = { A = \"1\" }\nentrypoint")),
    ("`--label`", Flag("--label=a=b")),
    ("a comment or white space in the manifest", Manifest("\n[arg]", "\n\n# Arguments.\n[ arg ]")),
    ("the order of tables", Move("[cache.uv]\nprune = \"uv cache prune\"\n")),
    ("the name of a layer", Manifest("\"os packages\"", "\"packages\"")),
    ("the script of a layer", Manifest("> greeting", ">greeting")),
    ("`env` of the stage", Manifest("workdir =", "env = { A = \"1\" }\nworkdir =")),
    ("`prune` of a cache", Manifest("uv cache prune", "uv cache prune --ci")),
    ("`epoch` of a cache", Manifest("[cache.uv]", "[cache.uv]\nepoch = \"2\"")),
    ("`sharing` of a cache", Manifest("[cache.uv]", "[cache.uv]\nsharing = \"locked\"")),
    (
        "`env` of a cache",
        Manifest("[cache.uv]", "[cache.uv]\nenv = { UV_LINK_MODE = \"hardlink\" }"),
    ),
    ("`--platform`, the one that is built anyway", Flag("--platform=PLATFORM")),
    ("a proxy", Flag("--build-arg=HTTP_PROXY=http://127.0.0.1:1")),
    ("`--add-host`", Flag("--add-host=example.test:127.0.0.1")),
    ("`--ulimit`", Flag("--ulimit=nofile=4096")),
    ("`--shm-size`", Flag("--shm-size=128m")),
    ("`SOURCE_DATE_EPOCH`", Flag("--build-arg=SOURCE_DATE_EPOCH=1600000000")),
];

/// The manifest of the page.
fn manifest() -> &'static str {
    let (_, block) =
        PAGE.split_once("```toml\n# syntax=docker.io/strake/strake:1\n").expect("TOML");
    block.split_once("```").expect("its end").0
}

fn project(change: &Change, word: &str) -> Project {
    let mut text = manifest().to_owned();
    if let Manifest(from, to) = change {
        assert!(text.contains(from), "{from}");
        text = text.replacen(from, to, 1);
    }
    if let Move(from) = change {
        assert!(text.contains(from), "{from}");
        text = text.replacen(from, "", 1) + "\n" + from;
    }
    let project = Project::new(&(text + &BASE.replace("WORD", word)))
        .put(".dockerignore", "strake.toml\n.dockerignore\n")
        .put("main.py", "print(1)\n")
        .put("requirements.txt", "six==1.16.0\n")
        .put("constraints/a.txt", "")
        .mode("requirements.txt", 0o644);
    match change {
        Write(path, content) => project.put(path, content),
        Mode(path, mode) => project.mode(path, *mode),
        Time(path) => {
            let file = File::options().write(true).open(project.path().join(path));
            let times = FileTimes::new().set_modified(SystemTime::UNIX_EPOCH);
            file.expect("the file").set_times(times).expect("a time is set");
            project
        }
        Nothing | Manifest(..) | Move(_) | Flag(_) => project,
    }
}

/// A build after a change.
fn build<'a>(project: &'a Project, change: &Change) -> Build<'a> {
    let build = project.build().args(["--target", "app"]);
    match change {
        Flag(flag) => build.arg(flag.replace("PLATFORM", &platform())),
        _ => build,
    }
}

/// A row of the table: which layers have a mark.
fn row(name: &str, is_marked: impl Fn(&str) -> bool) -> String {
    let mark = |(_, title)| if is_marked(title) { "x" } else { "." };
    format!("| {name} | {} |\n", LAYERS.map(mark).join(" | "))
}

/// Which layers are run after a change.
fn run(name: &str, change: &Change, word: &str) -> String {
    let project = project(change, word);
    let namespace = format!("--build-arg=BUILDKIT_CACHE_MOUNT_NS={word}");
    let trace = build(&project, change).arg(namespace).trace();
    let ran = trace.executed();
    row(name, |title| ran.iter().any(|name| name.contains(title)))
}

/// What each layer is found by in the cache, after a change.
fn digests(change: &Change, word: &str) -> [String; 4] {
    let project = project(change, word);
    let fingerprint = build(&project, change).fingerprint();
    let steps = fingerprint["steps"].as_array().expect("steps");
    LAYERS.map(|(_, title)| {
        let is_it = |step: &&Value| step["name"].as_str().is_some_and(|name| name.contains(title));
        steps.iter().find(is_it).expect("the layer")["digest"].to_string()
    })
}

fn head() -> String {
    let columns = LAYERS.map(|(name, _)| name).join(" | ");
    format!("| what is changed | {columns} |\n|---|---|---|---|---|\n")
}

/// The platform of this machine, which the engine is on.
fn platform() -> String {
    let architecture = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    format!("linux/{architecture}")
}

/// By fingerprints, which tell without a build; the next test shows that they are right.
#[test]
fn a_layer_is_found_by_what_it_is_made_of() {
    let word = unique("word");
    let before = digests(&Nothing, &word);
    let mut table = head();
    for (name, change) in &ROWS {
        let after = digests(change, &word);
        table += &row(name, |title| {
            let layer = LAYERS.iter().position(|(_, known)| *known == title).expect("a layer");
            before[layer] != after[layer]
        });
    }
    assert_eq!(table, TABLE, "{table}");
    assert!(PAGE.contains(TABLE), "docs/caching.md has another table");
}

#[test]
#[ignore = "heavy; always: again::a_layer_is_found_by_what_it_is_made_of"]
fn only_what_a_layer_is_made_of_runs_it_again() {
    let word = unique("word");
    let first = run("first", &Nothing, &word);
    assert_eq!(first, "| first | x | x | x | x |\n");
    let mut table = head();
    for (name, change) in &ROWS {
        table += &run(name, change, &word);
    }
    assert_eq!(table, TABLE, "{table}");
}
