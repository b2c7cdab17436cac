//! Each Dockerfile of `tests/corpus/dockerfiles`, built by the daemon's own frontend and through strake:
//! the same image, the same files, the same errors, the same answers to calls.
//!
//! A case is a folder: the `Dockerfile`, its context, and a file `case` that says how it is built, a
//! line for each argument of buildx. Other lines: `fails TEXT` where the build fails with a text,
//! `ignore PATH` for files that no two builds have the same (logs) and for those of a cache; `advises
//! CODE LINE` for what strake says besides.
//! `{NAME}` stands for what the tests offer.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread;

use serde_json::Value;
use tempfile::TempDir;

use crate::dockerfile::advice::{advised, is_advice};
use crate::dockerfile::tree;
use crate::harness::{Agent, Build, Image, Project, Repository, Server, engine, pushed};

/// At the same time; each build is more waiting than work.
const WORKERS: usize = 8;

#[test]
fn every_dockerfile_builds_the_same() {
    let offered = Offered::new();
    let cases = Mutex::new(cases());
    let count = cases.lock().unwrap().len();
    assert!(count >= 40, "only {count} Dockerfiles");
    let problems = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                loop {
                    let Some(case) = cases.lock().unwrap().pop() else { break };
                    problems.lock().unwrap().extend(Case::read(&case, &offered).compare());
                }
            });
        }
    });
    let problems = problems.into_inner().unwrap();
    assert!(problems.is_empty(), "{}", problems.join("\n\n"));
}

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/dockerfiles");
    let mut cases: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    cases
}

/// What cases may ask for.
struct Offered {
    names: BTreeMap<&'static str, String>,
    /// They are there as long as this is.
    _alive: (Server, Repository, Agent),
}

impl Offered {
    fn new() -> Self {
        let server =
            Server::of([("/file.txt", b"from the web\n".to_vec()), ("/archive.tar", archive())]);
        let repository = Repository::of(&[("file", "from git\n"), ("sub/other", "deeper\n")]);
        let agent = Agent::start("the key");
        let names = BTreeMap::from([
            ("server", server.url("")),
            ("git", repository.url()),
            ("commit", repository.git(&["rev-parse", "HEAD"])),
            ("agent", agent.socket().display().to_string()),
            ("busybox", engine().busybox().to_owned()),
            ("debian", engine().debian().to_owned()),
            ("scanner", pushed("scanner", SCANNER, "linux/amd64")),
            ("onbuild", pushed("onbuild", ONBUILD, "linux/amd64")),
            ("registry", engine().registry().to_owned()),
        ]);
        Offered { names, _alive: (server, repository, agent) }
    }

    fn fill(&self, text: &str, here: &Path) -> String {
        let text = text.replace("{here}", &here.display().to_string());
        self.names
            .iter()
            .fold(text, |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
    }
}

fn archive() -> Vec<u8> {
    Project::without_manifest().put("packed", "from an archive\n").archive("-cf-")
}

/// Names what it sees.
const SCANNER: &str = r#"
FROM busybox
COPY --chmod=755 <<"EOT" /scan
#!/bin/sh -e
cat > "$BUILDKIT_SCAN_DESTINATION/it.spdx.json" <<JSON
{ "_type": "https://in-toto.io/Statement/v0.1", "predicateType": "https://spdx.dev/Document",
  "predicate": { "name": "it", "packages": [ { "name": "$(ls "$BUILDKIT_SCAN_SOURCE" | tr '\n' ' ')" } ] } }
JSON
EOT
ENTRYPOINT ["/scan"]
"#;

const ONBUILD: &str = "FROM busybox\nONBUILD COPY file /copied\nONBUILD RUN echo triggered > /trigger\n\
                       ONBUILD ENV TRIGGERED=yes\n";

#[derive(Default)]
struct Case {
    name: String,
    folder: PathBuf,
    args: Vec<String>,
    fails: Option<String>,
    ignored: Vec<String>,
    advised: BTreeSet<(String, u64)>,
}

impl Case {
    fn read(folder: &Path, offered: &Offered) -> Self {
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let text = fs::read_to_string(folder.join("case")).unwrap_or_default();
        let mut case = Case { name, folder: folder.to_owned(), ..Case::default() };
        for line in offered.fill(&text, folder).lines() {
            match line.split_once(' ') {
                Some(("fails", text)) => case.fails = Some(text.to_owned()),
                Some(("ignore", path)) => case.ignored.push(path.trim_matches('/').to_owned()),
                Some(("advises", advice)) => {
                    let (code, line) = advice.split_once(' ').expect("a code and a line");
                    case.advised.insert((code.to_owned(), line.parse().expect("a line")));
                }
                _ => case.args.push(line.to_owned()),
            }
        }
        case
    }

    /// What differs, in words.
    fn compare(&self) -> Vec<String> {
        let (plain, strake) = (Built::new(self, false), Built::new(self, true));
        let mut problems = plain.differences(&strake);
        let advised = &strake.calls["check"].advised;
        if *advised != self.advised {
            problems.push(format!("advised: {advised:?}"));
        }
        if plain.success != self.fails.is_none() {
            problems.push(format!("the plain build went otherwise than said:\n{}", plain.log));
        }
        if let Some(text) = &self.fails
            && !plain.error.contains(text)
        {
            problems.push(format!("`{text}` is not in the error:\n{}", plain.error));
        }
        problems.into_iter().map(|problem| format!("{}: {problem}", self.name)).collect()
    }

    fn build<'p>(&self, project: &'p Project, through_strake: bool) -> Build<'p> {
        let folder = self.folder.display().to_string();
        let build = project.build().context(folder.clone()).args(&self.args);
        let build = match self.args.iter().any(|arg| arg.starts_with("--file=")) {
            true => build,
            false => build.args(["-f", &format!("{folder}/Dockerfile")]),
        };
        match through_strake {
            true => build.args(["--build-arg", &format!("BUILDKIT_SYNTAX={}", engine().syntax())]),
            false => build,
        }
    }
}

/// What became of a case.
struct Built {
    success: bool,
    log: String,
    /// What a user is shown at the end of a failed build, source excerpt included.
    error: String,
    configs: BTreeMap<String, Value>,
    documents: Vec<String>,
    files: BTreeMap<String, tree::Entry>,
    /// Exit and answer, by call.
    calls: BTreeMap<&'static str, Answer>,
}

impl Built {
    fn new(case: &Case, through_strake: bool) -> Self {
        let project = Project::without_manifest();
        let folder = TempDir::new().unwrap();
        let (image, tar) = (folder.path().join("image.tar"), folder.path().join("files.tar"));
        let outcome = case
            .build(&project, through_strake)
            .args(["--output", &format!("type=oci,dest={}", image.display())])
            .args(["--output", &format!("type=tar,dest={}", tar.display())])
            .run();
        // Of a file with mistakes, all calls say the same.
        let calls: &[&'static str] =
            if case.fails.is_none() { &["outline", "targets", "check"] } else { &["check"] };
        let calls = calls.iter().map(|call| {
            let arg = format!("--call={call},format=json");
            let answer = case.build(&project, through_strake).arg(arg).run();
            (*call, Answer::of(answer.success, &answer.output))
        });
        let mut built = Built {
            success: outcome.success,
            error: error(&outcome.log),
            log: outcome.log,
            configs: BTreeMap::new(),
            documents: Vec::new(),
            files: BTreeMap::new(),
            calls: calls.collect(),
        };
        if built.success {
            built.files = tree::read(&fs::read(tar).unwrap());
            built.files.retain(|path, _| !case.ignored.iter().any(|it| is_below(path, it)));
            let image = Image::open(folder, &image);
            let manifests = image.manifests().into_iter();
            built.configs = manifests
                .map(|(name, of)| {
                    (name, timeless(image.blob(of["config"]["digest"].as_str().unwrap())))
                })
                .collect();
            let spdx = image.attestations("https://spdx.dev/Document");
            built.documents = spdx.iter().map(|(_, document)| document.to_string()).collect();
        }
        built
    }

    fn differences(&self, other: &Built) -> Vec<String> {
        let mut found = Vec::new();
        // What strake says more is the way out.
        let others = other.error.split("\nhelp: ").next().unwrap_or_default();
        if self.success != other.success || self.error != others {
            found.push(format!("plain:\n{}\nthrough strake:\n{}", self.error, other.error));
            if self.success && !other.success {
                found.push(other.log.clone());
            }
            return found;
        }
        if self.configs != other.configs {
            found.push(format!("configs:\n{:#?}\n{:#?}", self.configs, other.configs));
        }
        if self.documents != other.documents {
            found.push(format!("documents:\n{:#?}\n{:#?}", self.documents, other.documents));
        }
        let paths = self.files.keys().chain(other.files.keys());
        let mut differing: Vec<&String> =
            paths.filter(|path| self.files.get(*path) != other.files.get(*path)).collect();
        differing.sort();
        differing.dedup();
        for path in differing.into_iter().take(20) {
            let (one, two) = (self.files.get(path), other.files.get(path));
            found.push(format!("`{path}`:\n  {one:?}\n  {two:?}"));
        }
        for (call, answer) in &self.calls {
            if other.calls.get(call) != Some(answer) {
                let others = &other.calls[call];
                found.push(format!("--call={call}:\n{answer:?}\n{others:?}"));
            }
        }
        found
    }
}

/// The answer to a call.
#[derive(Debug)]
struct Answer {
    success: bool,
    /// Without advice, and without what a session put into it: the definition that the file was loaded by.
    json: Value,
    advised: BTreeSet<(String, u64)>,
}

impl Answer {
    fn of(success: bool, text: &str) -> Self {
        let Ok(mut json) = serde_json::from_str::<Value>(text) else {
            return Answer { success, json: text.into(), advised: BTreeSet::new() };
        };
        for source in json["sources"].as_array_mut().into_iter().flatten() {
            if let Some(source) = source.as_object_mut() {
                source.remove("definition");
            }
        }
        // The frontend sorts them by line, and those of one line come in any order.
        for key in ["args", "secrets", "ssh"] {
            if let Some(list) = json[key].as_array_mut() {
                list.sort_by_key(|entry| entry["name"].to_string());
            }
        }
        let advised = advised(&json);
        if advised.is_empty() {
            return Answer { success, json, advised };
        }
        let warnings = json["warnings"].as_array_mut().expect("warnings");
        warnings.retain(|warning| !is_advice(warning));
        // The answer is then as if nothing had been found but what is left.
        let has_none = warnings.is_empty();
        let is_clean = has_none && json["buildError"].is_null();
        if has_none {
            (json["warnings"], json["sources"]) = (Value::Null, Value::Null);
        }
        Answer { success: success || is_clean, json, advised }
    }
}

impl PartialEq for Answer {
    fn eq(&self, other: &Self) -> bool {
        self.success == other.success && self.json == other.json
    }
}

fn is_below(path: &str, folder: &str) -> bool {
    path == folder || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

/// A config without what no two builds have the same: the times of steps, and the layers' digests, in
/// which those are.
fn timeless(mut config: Value) -> Value {
    let is_set = |time: &Value| time.as_str().is_some_and(|time| time < "2015");
    if !is_set(&config["created"]) {
        config["created"] = Value::Null;
    }
    for entry in config["history"].as_array_mut().into_iter().flatten() {
        if !is_set(&entry["created"]) {
            entry["created"] = Value::Null;
        }
    }
    let layers = config["rootfs"]["diff_ids"].as_array().map_or(0, Vec::len);
    config["rootfs"]["diff_ids"] = layers.into();
    config
}

/// The end of a failed build's log: the excerpt, and the error.
fn error(log: &str) -> String {
    let lines: Vec<&str> = log.lines().collect();
    let start = lines.iter().position(|line| {
        line.starts_with("ERROR: ")
            || line.rsplit_once(':').is_some_and(|(file, number)| {
                !file.contains(' ') && file.contains("ockerfile") && number.parse::<u32>().is_ok()
            })
    });
    let shown = start.map_or(&[][..], |start| &lines[start..]);
    shown.iter().map(|line| without_reference(line)).collect::<Vec<_>>().join("\n")
}

/// References are named anew in every build.
fn without_reference(line: &str) -> String {
    match line
        .split_once("checksum of ref ")
        .map(|(before, behind)| (before, behind.split_once(": ")))
    {
        Some((before, Some((_, behind)))) => format!("{before}checksum: {behind}"),
        _ => line.to_owned(),
    }
}
