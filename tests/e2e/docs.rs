//! What pages say of commands, on the real thing: builds are run as they are written, and flags are
//! flags of buildx. (What can be told without BuildKit is in `tests/docs`.)

use std::process::{Command, Output};

use strake_tests::pages::commands::{FLAGS, of, without_redirection, words};
use strake_tests::pages::{blocks, read};

use crate::harness::{Project, engine, pushed, unique, unique_image};

#[test]
fn flags_are_flags_of_buildx() {
    let help = engine().docker().args(["buildx", "build", "--help"]).output().expect("docker runs");
    let help = String::from_utf8_lossy(&help.stdout).into_owned();
    for (flag, valued) in FLAGS {
        // `  -f, --file string      Name of the Dockerfile`
        let short = flag.len() == 2;
        let line = help.lines().find_map(|line| match short {
            true => line.trim_start().strip_prefix(&format!("{flag}, --")),
            false => line.split_once(&format!("{flag} ")).map(|(_, rest)| rest),
        });
        let line = line.unwrap_or_else(|| panic!("buildx has no {flag}"));
        let rest = if short { line.split_once(' ').map_or("", |(_, rest)| rest) } else { line };
        assert_eq!(!rest.starts_with(' '), valued, "{flag}: {line}");
    }
}

const BUILD: &str = "docker buildx build ";

/// A manifest that has what the pages speak of: stages, a mount to export, layers that are
/// exportable.
const MANIFEST: &str = r#"
project = "example"

[cache.own]
target = "/own"

[stage.system]
from = "busybox"

[[stage.system.layer]]
run = "echo system > /system"

[stage.app]
from = "system"

[[stage.app.layer]]
uses = ["own"]
run  = "date > /own/date"
"#;

/// Runs a command of a page in a directory; `REF` and the registry of the examples are the
/// engine's.
fn run(project: &Project, command: &str, name: &str) -> Output {
    if !command.starts_with(BUILD) {
        let mut shell = Command::new("sh");
        shell.args(["-c", command]).current_dir(project.path());
        return shell.output().expect("a shell runs");
    }
    let here = format!("{}/{name}", engine().registry());
    let command = command.replace("REF", &format!("{here}:ref")).replace("ghcr.io/example", &here);
    let mut docker = engine().docker();
    docker.args(words(&command).iter().skip(1).filter(|word| *word != "."));
    if !command.contains(" -f ") {
        docker.args(["-f", "strake.toml"]);
    }
    let busybox = format!("--build-context=busybox=docker-image://{}", engine().busybox());
    docker.args([&*busybox, "."]).current_dir(project.path()).output().expect("docker runs")
}

/// The builds of a page with the directories that are made for them, and where each is.
fn builds(page: &str) -> Vec<(String, String)> {
    let mut builds = Vec::new();
    for block in read(page) {
        let commands = of(&block).into_iter().flatten();
        let is_run = |command: &String| [BUILD, "mkdir "].iter().any(|it| command.starts_with(it));
        let commands = commands.filter(is_run);
        let alone = |command: String| without_redirection(&command).to_owned();
        builds.extend(commands.map(|command| (block.place(), alone(command))));
    }
    builds
}

#[test]
fn builds_of_the_pages_run() {
    for page in ["README.md", "docs/ci.md", "docs/seeds.md", "docs/manifest.md", "docs/calls.md"] {
        let project = Project::new(MANIFEST);
        let name = unique("docs");
        let builds = builds(page);
        assert!(!builds.is_empty(), "{page} has no build");
        for (place, command) in builds {
            let done = run(&project, &command, &name);
            let log = String::from_utf8_lossy(&done.stderr);
            assert!(done.status.success(), "{place}: {command}\n{log}");
        }
    }
}

/// The first manifests that a newcomer sees, whole: that of the README, and that of the reference.
#[test]
fn first_manifests_build() {
    let python = "FROM debian\nRUN apt-get update && apt-get install --yes --no-install-recommends python3-pip \\\n\
                  && ln -s python3 /usr/bin/python\nENV PIP_BREAK_SYSTEM_PACKAGES=1\n";
    let python = pushed("python", python, "linux/amd64");
    for (page, image) in
        [("README.md", "python:3.13-slim"), ("docs/manifest.md", "python:3.12-slim")]
    {
        let block = read(page).into_iter().find(|block| block.text.starts_with("# syntax="));
        let (_, manifest) =
            block.as_ref().and_then(|block| block.text.split_once('\n')).expect("one");
        let project = Project::new(manifest)
            .put("requirements.txt", "six==1.16.0\n")
            .put("app/__main__.py", "import six\nprint(six.__version__)\n");
        let context = format!("--build-context={image}=docker-image://{python}");
        let made = unique_image("first");
        let output = format!("type=image,name={made},push=true");
        project.build().args([&*context, "--output", &output]).ok();
        let seen = Project::reporting(&format!(
            "[stage.work]\nfrom = '{made}'\n\
             layer = [{{ mkdir = '/out' }}, {{ run = 'python -m app > /out/printed' }}]\n"
        ));
        assert_eq!(seen.build().files().text("/printed"), "1.16.0\n", "{page}");
    }
}

/// What BuildKit finds wrong with a Dockerfile; one that names strake is checked by strake, one that names
/// the official frontend by the daemon's own. All of its images are Debian.
fn checked(dockerfile: &str) -> Result<(), String> {
    let here = format!("# syntax={}", engine().syntax());
    let mut dockerfile = dockerfile
        .replace("# syntax=docker.io/strake/strake:1", &here)
        .replace("# syntax=docker/dockerfile:1\n", "");
    // A page of a code shows the lines in question alone.
    if !dockerfile.lines().any(|line| line.starts_with("FROM ")) {
        dockerfile.insert_str(0, "FROM some:1\n");
    }
    if dockerfile.contains("# strake:") && !dockerfile.starts_with("# syntax=") {
        dockerfile.insert_str(0, &(here + "\n"));
    }
    let project = Project::without_manifest().named("Dockerfile").put("Dockerfile", &dockerfile);
    let images = dockerfile.lines().filter_map(|line| line.strip_prefix("FROM "));
    let context = |line: &str| {
        let name = line.split(' ').next().unwrap_or_default();
        format!("--build-context={name}=docker-image://{}", engine().debian())
    };
    let build = project.build().args(images.map(context)).arg("--call=check");
    let outcome = build.run();
    if outcome.success { Ok(()) } else { Err(outcome.output + &outcome.log) }
}

#[test]
fn dockerfiles_in_pages_are_good() {
    checked("FROM other:1\nRUN true\n").expect("a good one");
    assert!(checked("FROM other:1\nRUNS true\n").is_err());
    assert!(checked("FROM other:1\nWORKDIR app\n").is_err(), "warnings count");
    let blocks = blocks();
    let official = |text: &str| text.contains("dockerfile=docker/dockerfile");
    assert!(blocks.iter().any(|block| official(&block.text)), "this exception is of no use");
    // The frontend that such a block asks for comes from where tests don't go.
    let blocks = blocks.iter().filter(|block| !official(&block.text));
    for block in blocks.filter(|block| block.kind == "dockerfile") {
        // A page of a code may show what the code is about.
        let code = block.page.strip_prefix("docs/codes/").map(|page| page.replace(".md", ""));
        if let Err(problem) = checked(&block.text) {
            let is_meant = code.is_some_and(|code| problem.contains(&code));
            assert!(is_meant, "{}: {problem}", block.place());
        }
    }
}
