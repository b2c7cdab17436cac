//! Advice: what is said of a Dockerfile besides what the Dockerfile frontend says.

use std::collections::BTreeSet;

use serde_json::Value;
use strake_frontend::testing::diagnostics::codes::advice as codes;
use strake_tests::pages;

use crate::harness::{Build, Project, engine};

fn project(file: &str) -> Project {
    Project::without_manifest()
        .put("Dockerfile", file)
        .put("package.json", "{}")
        .put("package-lock.json", "{}")
        .named("Dockerfile")
}

fn through_strake(project: &Project) -> Build<'_> {
    let base = format!("debian:bookworm-slim=docker-image://{}", engine().debian());
    let build = project.build().args(["--build-context", &base]);
    build.args(["--build-arg", &format!("BUILDKIT_SYNTAX={}", engine().syntax())])
}

/// The warnings of strake's own in an answer: names and lines.
pub(super) fn advised(answer: &Value) -> BTreeSet<(String, u64)> {
    let warnings = answer["warnings"].as_array().into_iter().flatten();
    let ours = warnings.filter(|warning| is_advice(warning)).map(|warning| {
        let line = warning["location"]["ranges"][0]["start"]["line"].as_u64();
        let name = warning["ruleName"].as_str().unwrap_or_default();
        (name.to_owned(), line.unwrap_or_default())
    });
    ours.collect()
}

/// Whether a warning is strake's own.
pub(super) fn is_advice(warning: &Value) -> bool {
    codes::ALL.iter().any(|code| warning["ruleName"] == code.name)
}

fn check(file: &str, args: &[&str]) -> BTreeSet<(String, u64)> {
    let project = project(file);
    let answer =
        through_strake(&project).args(args.iter().copied()).arg("--call=check,format=json");
    let answer = answer.run();
    let json = serde_json::from_str(&answer.output);
    advised(&json.unwrap_or_else(|_| panic!("no answer:\n{}{}", answer.output, answer.log)))
}

fn is(found: &BTreeSet<(String, u64)>, expected: &[(&str, u64)]) -> bool {
    found.iter().map(|(name, line)| (name.as_str(), *line)).eq(expected.iter().copied())
}

/// Of the examples on each page, the first is advised against and the second is not.
#[test]
fn the_examples_of_the_pages_are_true() {
    let commit = ["--build-arg", "GIT_COMMIT=0123abc"];
    for code in codes::ALL {
        let blocks = pages::examples(code.name, "dockerfile");
        let [wrong, right] = &blocks[..] else { panic!("{}: two examples", code.name) };
        let found = check(wrong, &commit);
        let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, [code.name], "{wrong}");
        let found = check(right, &commit);
        assert!(found.is_empty(), "{found:?}\n{right}");
    }
}

/// The lines are those that are to be changed.
#[test]
fn each_advice_has_its_line() {
    let file = "FROM debian\n\
                ENV PIP_NO_CACHE_DIR=1\n\
                ARG GIT_COMMIT\n\
                RUN echo a \\\n && pip install flask \\\n && npm ci \\\n && npm cache clean --force\n\
                RUN <<EOF\n\
                apt-get update && apt-get install -y curl\n\
                apt-get clean\n\
                EOF\n\
                ADD https://example.org/latest/a /a\n";
    let found = check(file, &["--build-arg", "GIT_COMMIT=0123abc"]);
    let expected = [
        ("cache-emptied", 7),
        ("cache-emptied", 10),
        ("cache-switched-off", 5),
        ("changing-argument", 3),
        ("moving-url", 12),
    ];
    assert!(is(&found, &expected), "{found:?}");
}

/// What looks like a fault and is none.
#[test]
fn what_is_right_is_not_advised_against() {
    for file in [
        // A project that is installed, not only what it depends on.
        "FROM debian\nCOPY . /app\nRUN cd /app && pip install .\n",
        "FROM debian\nCOPY . /app\nRUN cd /app && pip install -e .[dev] -r requirements.txt\n",
        "FROM debian\nCOPY . /app\nRUN cd /app && poetry install\n",
        "FROM debian\nCOPY . /app\nRUN cd /app && go build ./... && cargo build\n",
        "FROM debian\nCOPY . /app\nRUN pip install $(cat /app/list) /app/a.whl\n",
        // Installed before, and taken away what only the build needed.
        "FROM debian\nCOPY package.json /app/\nRUN npm ci\nCOPY . /app\nRUN npm ci --omit=dev\n",
        // Not all of the context.
        "FROM debian\nCOPY package*.json /app/\nRUN npm ci\n",
        "FROM debian AS sources\nCOPY . /app\nFROM debian\n\
         COPY --from=sources /app/package.json /app/\nRUN npm ci\n",
        // Caches that are deleted where no mount is, and directories that are none.
        "FROM debian\nRUN apt-get update && apt-get install -y curl && rm -rf /var/lib/apt/lists/* /var/cache/*\n",
        "FROM debian\nRUN pip install flask && rm -rf /root/.cache /tmp/*\n",
        // Lists for a program that nobody knows.
        "FROM debian\nCOPY package.json /\nRUN apt-get update && /install-all\n",
        // The value of an option, or of a variable that says no.
        "FROM debian\nENV PIP_NO_CACHE_DIR=0\nRUN pip install flask\n",
        // An argument that the step looks at, that pins something, or that nobody gives.
        "FROM debian\nARG GIT_COMMIT\nRUN pip install git+https://example.org/a@$GIT_COMMIT\n",
        "FROM debian\nARG TOOL_REVISION=7\nRUN pip install flask\n",
        // A release, or what a digest names.
        "FROM debian\nADD https://example.org/v1/latest.tar.gz /a\n",
        // Switched off.
        "# strake: off\nFROM debian\nRUN pip install --no-cache-dir flask\n",
        "FROM debian\n# strake: off=pip\nRUN pip install --no-cache-dir flask\n",
        "# check=skip=cache-switched-off\nFROM debian\nRUN pip install --no-cache-dir flask\n",
    ] {
        let found = check(file, &["--build-arg", "GIT_COMMIT=0123abc"]);
        assert!(found.is_empty(), "{found:?}\n{file}");
    }
}

/// An ignore file that leaves out all but the lists makes `COPY . .` as good as naming them.
#[test]
fn a_context_of_lists_alone_is_copied_whole() {
    let file = "FROM debian\nCOPY . /app\nRUN cd /app && npm ci\n";
    assert!(is(&check(file, &[]), &[("context-first", 3)]));
    let linked = "FROM debian\nCOPY --link . /app\nRUN cd /app && npm ci\n";
    assert!(is(&check(linked, &[]), &[("context-first", 3)]));
    let project = project(file).put(".dockerignore", "*\n!package*.json\n");
    let answer = through_strake(&project).arg("--call=check,format=json").run();
    assert!(
        advised(&serde_json::from_str(&answer.output).unwrap()).is_empty(),
        "{}",
        answer.output
    );
}

/// Both frontends' warnings are in one answer, and in the progress of a build; a build fails for none
/// of strake's own.
#[test]
fn advice_stands_beside_the_other_warnings() {
    let file = "FROM debian as base\nRUN apt-get update || true\n";
    let project = project(file);
    let answer = through_strake(&project).arg("--call=check").run();
    assert!(!answer.success, "warnings are told by the exit, too");
    for name in ["FromAsCasing", "update-alone", "Dockerfile:2"] {
        assert!(answer.output.contains(name), "{name}:\n{}", answer.output);
    }
    let strict = "# check=error=true\nFROM debian\nRUN --network=none apt-get update || true\n";
    let strict = Project::without_manifest().put("Dockerfile", strict).named("Dockerfile");
    let built = through_strake(&strict).ok();
    assert!(built.log.contains("update-alone: package lists for apt"), "{}", built.log);
}
