//! The whole check of the working tree, as a developer and CI run it: format, lints, dependencies,
//! then all tests against a real BuildKit. Every step runs even when one before it failed, so that
//! one run tells everything; the summary at the end says what did.

use std::env;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, bail};

use crate::failures::Failures;
use crate::images::Profile;
use crate::shard::{self, Shard};
use crate::times::{self, Times};
use crate::up::{self, Up};
use crate::workspace::Workspace;
use crate::{cmd, deny, engine, ui};

/// Programs that tests run; Debian's packages are called the same.
const TOOLS: [&str; 6] = ["bash", "curl", "dash", "gcc", "git", "python3"];

/// How many tests run at the same time, as Rust's test harness takes it.
const THREADS: &str = "RUST_TEST_THREADS";

/// In which scenarios the corpus of Dockerfiles is built.
const COMPARE: &str = "STRAKE_COMPARE";

/// A builder of the user's, on which the tests build in place of the engine itself.
const BUILDER: &str = "STRAKE_BUILDER";

/// Tests that are about Docker's own builder: they are left out where another one builds. The texts are parts of
/// tests' names, each with the reason.
const DOCKERS_OWN: [(&str, &str); 5] = [
    ("engines::", "older daemons, which are no builder of the user's"),
    ("life::a_build_is_cancelled", "looks for the frontend's process on the engine's machine"),
    ("life::a_frontend_that_waits", "looks for the frontend's process on the engine's machine"),
    (
        "options::images::pull_",
        "an image that is in Docker's store alone, which no other builder sees",
    ),
    (
        "registry::outputs_do_not_matter",
        "loads an empty image, which Docker takes from itself alone",
    ),
];

/// The test on a BuildKit without Docker.
const STANDALONE: &str = "engines::standalone";

const LINTS: [&str; 6] = ["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"];

/// How one step ended.
struct Outcome {
    name: &'static str,
    time: Duration,
    error: Option<String>,
}

/// Runs every check. An engine that was not up before is empty at first, and nothing of it is left at the end.
pub(crate) fn test(workspace: &Workspace, all: bool, shard: Option<Shard>) -> Result<()> {
    let was_up = up::is_up(workspace)?;
    let targets = shard.unwrap_or(Shard::Core).targets();
    let mut outcomes = vec![step("tools", tools)];
    let mut engine = None;
    let is_core = shard.is_none_or(|shard| shard == Shard::Core);
    // The engine waits for packages, and for a linker that has one thread: the compiler has work meanwhile.
    thread::scope(|scope| {
        let bringing_up = scope.spawn(|| {
            step("engine", || {
                if !was_up {
                    up::empty(workspace)?;
                }
                engine = Some(up::up(workspace, Profile::Release)?);
                Ok(())
            })
        });
        if is_core {
            outcomes.extend([
                step("format", || cargo(workspace, &["fmt", "--all", "--check"])),
                step("lints", || cargo(workspace, &LINTS)),
                step("dependencies", || dependencies(workspace)),
            ]);
        }
        outcomes.push(step("compilation", || {
            cmd::show(workspace.cargo().args(["test", "--no-run", "--quiet"]).args(targets))
        }));
        if is_core {
            outcomes.push(step("tests without an engine", || without_engine(workspace)));
        }
        outcomes.push(bringing_up.join().unwrap_or_else(|_| Outcome {
            name: "engine",
            time: Duration::ZERO,
            error: Some("the thread panicked".to_owned()),
        }));
    });
    // Without an engine the end-to-end tests would only repeat that it is missing.
    if let Some(up) = &engine {
        outcomes.push(step("end-to-end tests", || tests(workspace, up, all, shard)));
    }
    if !was_up {
        // CI hands the target directory on from run to run.
        outcomes.push(step("end of the engine", || up::empty(workspace)));
    }
    summary(&outcomes)
}

fn step(name: &'static str, work: impl FnOnce() -> Result<()>) -> Outcome {
    ui::step(format!("[{name}]"));
    let begun = Instant::now();
    let error = work().err().map(|error| format!("{error:#}"));
    let time = begun.elapsed();
    match &error {
        None => ui::note(format!("{name}: passed after {}", ui::seconds(time))),
        Some(error) => ui::note(format!("{name}: FAILED after {}\n{error}", ui::seconds(time))),
    }
    Outcome { name, time, error }
}

/// No test may be left out because a program is missing.
fn tools() -> Result<()> {
    let missing: Vec<&str> =
        TOOLS.iter().copied().filter(|program| !cmd::is_installed(program)).collect();
    engine::install(&missing)
}

fn cargo(workspace: &Workspace, arguments: &[&str]) -> Result<()> {
    cmd::show(workspace.cargo().args(arguments))
}

fn dependencies(workspace: &Workspace) -> Result<()> {
    let problems = deny::check(workspace)?;
    if !problems.is_empty() {
        bail!("{}", problems.join("\n"));
    }
    Ok(())
}

/// Plain `cargo test` of all that needs no engine: unit, golden and gateway tests.
fn without_engine(workspace: &Workspace) -> Result<()> {
    let kinds = [&["--lib", "--bins", "--examples", "--test", "[!e]*"][..], &["--doc"]];
    let mut failures = Failures::default();
    let run = |kind: &&[&str]| {
        let mut cargo = workspace.cargo();
        cargo.args(["test", "--no-fail-fast", "--workspace"]).args(*kind);
        cmd::watch(&mut cargo, |line| failures.line(line))
    };
    let results: Vec<Result<()>> = kinds.iter().map(run).collect();
    let result = results.into_iter().collect::<Result<()>>();
    result.map_err(|error| anyhow!("{error:#}\n{}", failures.text))
}

/// The end-to-end tests, told where the engine is.
fn tests(workspace: &Workspace, up: &Up, all: bool, shard: Option<Shard>) -> Result<()> {
    let mut cargo = workspace.cargo();
    cargo.args(["test", "--no-fail-fast"]).args(shard::END_TO_END);
    cargo.envs(up.env());
    if all {
        cargo.env(COMPARE, "all");
    }
    if env::var_os(THREADS).is_none() {
        // Half of the time, a test waits for the network or the disk.
        let cores = thread::available_parallelism()?.get();
        cargo.env(THREADS, (2 * cores).to_string());
    }
    cargo.arg("--");
    if let Some(shard) = shard {
        shard.filter(&mut cargo);
    }
    if all {
        cargo.arg("--include-ignored");
    }
    for (name, reason) in DOCKERS_OWN.into_iter().filter(|_| env::var_os(BUILDER).is_some()) {
        ui::note(format!("left out: {name} ({reason})"));
        cargo.args(["--skip", name]);
    }
    if !engine::has_standalone(&up.engine) {
        ui::note(format!(
            "left out: {STANDALONE} (neither a buildkitd nor a Docker that runs one is here)"
        ));
        cargo.args(["--skip", STANDALONE]);
    }
    let times = Times::new(&workspace.target)?;
    cargo.env(times::VARIABLE, times.file());
    let mut failures = Failures::default();
    let result = up.sweeping(workspace, || cmd::watch(&mut cargo, |line| failures.line(line)))?;
    times.show()?;
    // Once more, where the log ends.
    result.map_err(|error| anyhow!("{error:#}\n{}", failures.text))
}

fn summary(outcomes: &[Outcome]) -> Result<()> {
    ui::step("summary");
    for Outcome { name, time, error } in outcomes {
        let result = if error.is_none() { "passed" } else { "FAILED" };
        ui::note(format!("{name:<18} {result}  {}", ui::seconds(*time)));
    }
    let failed: Vec<&str> = outcomes
        .iter()
        .filter(|outcome| outcome.error.is_some())
        .map(|outcome| outcome.name)
        .collect();
    if !failed.is_empty() {
        bail!("failed: {}", failed.join(", "));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    /// The source of a module of the end-to-end tests.
    fn source(module: &str) -> String {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../tests/e2e")
            .join(module.replace("::", "/"));
        let file = [path.with_extension("rs"), path.join("mod.rs")];
        let file = file.iter().find(|file| file.is_file()).unwrap_or_else(|| panic!("{module}"));
        fs::read_to_string(file).unwrap()
    }

    /// A name that no test has any more would leave nothing out, silently.
    #[test]
    fn what_is_left_out_is_there() {
        let names = DOCKERS_OWN.map(|(name, _)| name);
        for name in names.into_iter().chain([STANDALONE]) {
            let (module, test) = name.rsplit_once("::").unwrap();
            assert!(source(module).contains(&format!("\nfn {test}")), "{name}");
        }
    }

    /// All sources below a directory.
    fn sources(directory: &Path, all: &mut Vec<String>) {
        for entry in fs::read_dir(directory).unwrap().map(Result::unwrap) {
            match entry.path().is_dir() {
                true => sources(&entry.path(), all),
                false => all.push(fs::read_to_string(entry.path()).unwrap()),
            }
        }
    }

    /// A heavy proof says which test shows the same feature in every run.
    #[test]
    fn heavy_tests_have_lighter_ones() {
        let mut all = Vec::new();
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/e2e"), &mut all);
        let reasons = all.iter().flat_map(|source| source.split("\n#[ignore").skip(1));
        let reasons: Vec<&str> = reasons.map(|rest| rest.lines().next().unwrap()).collect();
        assert!(reasons.len() > 10, "{reasons:?}");
        for reason in reasons {
            let lighter = reason.strip_prefix(" = \"heavy; always: ");
            let lighter = lighter.and_then(|rest| rest.strip_suffix("\"]"));
            let lighter = lighter.unwrap_or_else(|| panic!("names no lighter test: {reason}"));
            let (module, test) = lighter.rsplit_once("::").unwrap();
            let always = format!("#[test]\nfn {test}()");
            assert!(source(module).contains(&always), "{lighter} does not always run");
        }
    }
}
