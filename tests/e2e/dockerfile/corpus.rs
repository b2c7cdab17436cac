//! Each Dockerfile of `tests/corpus/dockerfiles`, built by the daemon's own frontend and through strake:
//! the same image, the same files, the same errors, the same answers to calls.
//!
//! A case is a directory: the `Dockerfile`, its context, and a file `case` that says how it is
//! built, a line for each argument of buildx. Other lines: `fails TEXT` where the build fails with
//! a text, `ignore PATH` for files that no two builds have the same (logs) and for those of a
//! cache; `advises CODE LINE` for what strake says besides; `mounts` where steps have cache mounts,
//! so that it is built in further scenarios; `always` for those that are built without
//! `STRAKE_COMPARE=all`: some that show that a file goes to the daemon's own frontend as it is, and
//! all that once were built otherwise. `{NAME}` stands for what the tests offer.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread;

use serde_json::Value;
use strake_compare::{Builder, Built, Lab, Scenario, Subject, first_of, in_scenarios};

use crate::dockerfile::advice::{advised, is_advice};
use crate::harness::{Agent, Engine, Project, Repository, Runner, Server, engine, pushed};

/// At the same time; each build is more waiting than work.
const WORKERS: usize = 8;

#[test]
fn every_dockerfile_builds_the_same() {
    let offered = Offered::new();
    let (all, mut cases) = (is_all_wanted(), cases(&offered));
    cases.retain(|case| all || case.is_always_built);
    assert!(cases.len() >= if all { 40 } else { 15 }, "only {} Dockerfiles", cases.len());
    let cases = Mutex::new(cases);
    let problems = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                loop {
                    let Some(case) = cases.lock().unwrap().pop() else { break };
                    // Not in one line: the lock would be held while the case is built.
                    let found = case.compare();
                    problems.lock().unwrap().extend(found);
                }
            });
        }
    });
    let problems = problems.into_inner().unwrap();
    assert!(problems.is_empty(), "{}", problems.join("\n\n"));
}

/// On a builder that is made to forget, one file after the other.
#[test]
#[ignore = "heavy; always: dockerfile::corpus::every_dockerfile_builds_the_same"]
fn dockerfiles_with_mounts_build_the_same_in_every_way() {
    let offered = Offered::new();
    let runner = Runner::start();
    let lab = Lab {
        built_in: builder(engine()),
        strake: builder(&runner),
        syntax: engine().syntax().to_owned(),
        registry: engine().registry().to_owned(),
    };
    let all = is_all_wanted();
    let scenarios: &[Scenario] = if all { &Scenario::ALL } else { &Scenario::USUAL };
    let cases = cases(&offered).into_iter().filter(|case| all || case.has_mounts);
    let problems: Vec<String> = cases.flat_map(|case| case.compare_in(scenarios, &lab)).collect();
    assert!(problems.is_empty(), "{}", problems.join("\n\n"));
}

fn is_all_wanted() -> bool {
    std::env::var("STRAKE_COMPARE").is_ok_and(|wanted| wanted == "all")
}

fn builder(engine: &Engine) -> Builder {
    Builder::new(&engine.variables)
}

fn cases(offered: &Offered) -> Vec<Case> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/dockerfiles");
    let mut cases: Vec<PathBuf> =
        fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    cases.iter().map(|case| Case::read(case, offered)).collect()
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

struct Case {
    name: String,
    subject: Subject,
    fails: Option<String>,
    advised: BTreeSet<(String, u64)>,
    has_mounts: bool,
    is_always_built: bool,
}

impl Case {
    fn read(directory: &Path, offered: &Offered) -> Self {
        let name = directory.file_name().unwrap().to_string_lossy().into_owned();
        let images = [("busybox", engine().busybox()), ("debian", engine().debian())];
        let contexts =
            images.map(|(name, of)| format!("--build-context={name}=docker-image://{of}"));
        let subject = Subject::at(directory, &contexts).unwrap();
        let (fails, advised, has_mounts, is_always_built) = Default::default();
        let mut case = Case { name, subject, fails, advised, has_mounts, is_always_built };
        let text = fs::read_to_string(directory.join("case")).unwrap_or_default();
        for line in offered.fill(&text, directory).lines() {
            case.add(line);
        }
        case
    }

    fn add(&mut self, line: &str) {
        match line.split_once(' ').unwrap_or((line, "")) {
            ("fails", text) => self.fails = Some(text.to_owned()),
            ("ignore", path) => self.subject.ignored.push(path.trim_matches('/').to_owned()),
            ("advises", advice) => {
                let (code, line) = advice.split_once(' ').expect("a code and a line");
                self.advised.insert((code.to_owned(), line.parse().expect("a line")));
            }
            ("mounts", "") => self.has_mounts = true,
            ("always", "") => self.is_always_built = true,
            _ => match line.strip_prefix("--file=") {
                Some(file) => self.subject.file = file.into(),
                None => self.subject.args.push(line.to_owned()),
            },
        }
    }

    /// What differs, in words.
    fn compare(&self) -> Vec<String> {
        let here = builder(engine());
        let plain = self.subject.build(&here, None, &[]).unwrap();
        let strake = self.subject.build(&here, Some(engine().syntax()), &[]).unwrap();
        let differences = plain.differences(&strake);
        let mut problems = Vec::new();
        if !differences.is_empty() {
            problems.push(first_of(&differences));
        }
        problems.extend(self.as_said(&plain));
        problems.extend(self.call_differences());
        problems.into_iter().map(|problem| format!("{}: {problem}", self.name)).collect()
    }

    /// What else differs, on an empty builder and so on.
    fn compare_in(&self, scenarios: &[Scenario], lab: &Lab) -> Vec<String> {
        let plain = self.subject.build(&lab.built_in, None, &[]).unwrap();
        let mut problems = self.as_said(&plain);
        let results = in_scenarios(&self.subject, lab, scenarios, &plain, &mut |_| ()).unwrap();
        let differing = results.iter().filter(|(_, differences)| !differences.is_empty());
        problems.extend(differing.map(|(scenario, found)| {
            format!("{}, {}: {}", self.name, scenario.name(), first_of(found))
        }));
        problems
    }

    /// How the plain build differs from what its case says.
    fn as_said(&self, plain: &Built) -> Vec<String> {
        let mut problems = Vec::new();
        if plain.success != self.fails.is_none() {
            problems.push(format!("the plain build went otherwise than said:\n{}", plain.log));
        }
        if let Some(text) = &self.fails
            && !plain.error.contains(text)
        {
            problems.push(format!("`{text}` is not in the error:\n{}", plain.error));
        }
        problems
    }

    fn call_differences(&self) -> Vec<String> {
        let mut found = Vec::new();
        // Of a file with mistakes, all calls say the same.
        let calls: &[&str] =
            if self.fails.is_none() { &["outline", "targets", "check"] } else { &["check"] };
        for call in calls {
            let (plain, strake) = (self.call(call, None), self.call(call, Some(engine().syntax())));
            if plain != strake {
                found.push(format!("--call={call}:\n{plain:?}\n{strake:?}"));
            }
            if *call == "check" && strake.advised != self.advised {
                found.push(format!("advised: {:?}", strake.advised));
            }
        }
        found
    }

    fn call(&self, call: &str, strake: Option<&str>) -> Answer {
        let arg = format!("--call={call},format=json");
        let mut command = self.subject.command(&builder(engine()), strake, &[arg]);
        let answer = command.arg(&self.subject.context).output().expect("docker runs");
        Answer::of(answer.status.success(), &String::from_utf8_lossy(&answer.stdout))
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
