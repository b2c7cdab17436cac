//! `examples/ci`: the commands of the README, the workflow and the bake file say the same, and do what
//! they say: a second engine starts where the first one ended.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use yaml_rust2::{Yaml, YamlLoader};

use crate::harness::{Project, Runner, engine, unique};

/// The image of the example.
const IMAGE: &str = "ghcr.io/example/app";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(file: &str) -> String {
    fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// The commands of a page, a line each.
fn commands(page: &str) -> Vec<String> {
    let text = read(page);
    let lines = text.lines().map(|line| line.trim().trim_start_matches("$ "));
    let builds = lines.filter(|line| line.starts_with("docker buildx build -f strake.toml"));
    let of_image = builds.filter(|line| line.contains(IMAGE));
    of_image.map(str::to_owned).collect()
}

/// The example with the engine's base image and syntax image, as arguments of bake and build.
fn example() -> Project {
    let directory = root().join("examples/ci");
    let mut project = Project::without_manifest().named("strake.toml");
    for entry in fs::read_dir(directory).expect("a directory") {
        let entry = entry.expect("an entry");
        let name = entry.file_name().to_string_lossy().into_owned();
        project = project.put(&name, fs::read(entry.path()).expect("a file"));
    }
    project
}

/// The jobs of the workflow and their commands.
fn jobs() -> Vec<(String, Vec<String>)> {
    let workflow = YamlLoader::load_from_str(&read("examples/ci/workflow.yml")).expect("YAML");
    assert_eq!(workflow.len(), 1);
    let jobs = workflow[0]["jobs"].as_hash().expect("jobs");
    let commands = |job: &Yaml| -> Vec<String> {
        let steps = job["steps"].as_vec().expect("steps");
        for step in steps {
            assert!(step["uses"].as_str().is_some() != step["run"].as_str().is_some(), "{step:?}");
        }
        steps.iter().filter_map(|step| step["run"].as_str()).map(str::to_owned).collect()
    };
    jobs.iter()
        .map(|(name, job)| (name.as_str().expect("a name").to_owned(), commands(job)))
        .collect()
}

#[test]
fn the_workflow_runs_the_commands_of_the_readme() {
    let told = commands("README.md");
    assert_eq!(told.len(), 3, "{told:?}");
    assert_eq!(commands("examples/ci/README.md"), told);
    let jobs = jobs();
    let job = |name: &str| &jobs.iter().find(|(known, _)| known == name).expect("a job").1;
    assert_eq!(*job("publish"), told);
    let build = "docker buildx build -f strake.toml --progress=rawjson . 2> build.jsonl";
    assert_eq!(*job("build"), [build, "./report build.jsonl | tee -a \"$GITHUB_STEP_SUMMARY\""]);
    let workflow = YamlLoader::load_from_str(&read("examples/ci/workflow.yml")).expect("YAML");
    let permissions = |job: &str| workflow[0]["jobs"][job]["permissions"]["packages"].as_str();
    assert_eq!((permissions("build"), permissions("publish")), (Some("read"), Some("write")));
}

/// `bake --print` tells what bake makes of the file.
#[test]
fn bake_means_the_same() {
    let mut bake = engine().docker();
    bake.args(["buildx", "bake", "--print", "default", "registry", "mounts"]);
    let printed = bake.current_dir(root().join("examples/ci")).output().expect("docker runs");
    let log = String::from_utf8_lossy(&printed.stderr).into_owned();
    assert!(printed.status.success(), "{log}");
    let printed: Value = serde_json::from_slice(&printed.stdout).expect("JSON");
    let told = commands("README.md");
    for (command, name) in told.iter().zip(["default", "registry", "mounts"]) {
        let target = &printed["target"][name];
        assert_eq!(target["dockerfile"], "strake.toml", "{target}");
        let words: Vec<&str> = command.split(' ').collect();
        let option = |flag: &str| {
            let at = words.iter().position(|word| *word == flag)?;
            words.get(at + 1).copied()
        };
        assert_eq!(target["target"].as_str(), option("--target"), "{target}");
        for (flag, key) in [("--cache-to", "cache-to"), ("--output", "output")] {
            let Some(value) = option(flag) else { continue };
            let said = target[key][0].as_object().expect("an object");
            for pair in value.split(',') {
                let (key, value) = pair.split_once('=').expect("a pair");
                assert_eq!(said[key], value, "{target}");
            }
        }
    }
    assert_eq!(printed["target"]["default"]["tags"][0], IMAGE);
    assert_eq!(printed["target"]["default"]["output"][0]["type"], "registry");
}

/// The three commands as they are on one engine; the same by bake on another, which is empty, and
/// finds all of it there.
#[test]
fn a_second_engine_starts_where_the_first_ended() {
    let project = example();
    let image = format!("{}/test/{}", engine().registry(), unique("app"));
    let base = format!("docker-image://{}", engine().debian());
    for command in commands("README.md") {
        let command = command.replace(IMAGE, &image);
        let mut words = command.split(' ');
        assert_eq!(words.next(), Some("docker"));
        let mut docker = engine().docker();
        docker.args(words).args(["--progress=plain", "--build-context"]);
        docker.arg(format!("debian:bookworm-slim={base}"));
        docker.args(["--build-arg", &format!("BUILDKIT_SYNTAX={}", engine().syntax())]);
        docker.args(["--build-arg", &format!("IMAGE={image}")]);
        let output = docker.current_dir(project.path()).output().expect("docker runs");
        assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
    }
    let second = Runner::start();
    let mut logs = Vec::new();
    for target in ["default", "registry", "mounts"] {
        let mut docker = second.docker();
        docker.args(["buildx", "bake", "--progress=plain", "--allow=fs=*", target]);
        docker.args(["--set", &format!("*.contexts.debian:bookworm-slim={base}")]);
        docker.args(["--set", &format!("*.args.BUILDKIT_SYNTAX={}", engine().syntax())]);
        docker.env("IMAGE", &image).current_dir(project.path());
        let output = docker.output().expect("docker runs");
        let log = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{target}: {log}");
        logs.push(log);
    }
    let (built, exported) = (&logs[0], &logs[2]);
    assert!(built.contains("uv primed ("), "{built}");
    // uv tells what it has to fetch or unpack.
    assert!(built.contains("Installed 1 package") && !built.contains("Prepared"), "{built}");
    let layer = built.lines().find(|line| line.contains("os packages: apt")).expect("a layer");
    let number = layer.split(' ').next().expect("a number");
    assert!(built.contains(&format!("{number} CACHED")), "{built}");
    assert!(exported.contains("unchanged: "), "{exported}");
}
