//! The whole check of the working tree, as a developer and CI run it: format, lints, dependencies,
//! then all tests against a real BuildKit. Every step runs even when one before it failed, so that
//! one run tells everything; the summary at the end says what did.

use std::env;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, bail};

use crate::failures::Failures;
use crate::up::{self, Up};
use crate::workspace::Workspace;
use crate::{cmd, deny, engine, ui};

/// Programs that tests run; Debian's packages are called the same.
const TOOLS: [&str; 6] = ["bash", "curl", "dash", "gcc", "git", "python3"];

/// How many tests run at the same time, as Rust's test harness takes it.
const THREADS: &str = "RUST_TEST_THREADS";

/// In which ways the corpus of Dockerfiles is built.
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

/// Heavy proofs, which run with `--all` alone, each with the lighter test that shows the same feature always.
const HEAVY: [(&str, &str); 18] = [
    ("again::only_what_a_layer_is_made_of", "again::a_layer_is_found_by_what"),
    ("airflow::a_new_builder_starts_from", "ci::a_second_engine_starts_where"),
    ("airflow::another_series_comes_with_another_debian", "airflow::the_ci_image_has_airflow"),
    ("airflow::python_is_compiled_from_its_sources", "airflow::the_ci_image_has_airflow"),
    ("airflow::the_dockerfile_builds_the_same_images", "airflow::the_ci_image_has_airflow"),
    ("airflow::the_matrix_is_baked", "ci::a_second_engine_starts_where"),
    (
        "dockerfile::corpus::dockerfiles_with_mounts_build_the_same_in_every_way",
        "dockerfile::corpus::every_dockerfile_builds_the_same",
    ),
    ("dockerfile::projects::compiled::cargo", "dockerfile::projects::compiled::go"),
    ("dockerfile::projects::compiled::ccache", "compiled::a_dockerfile_is_built_from"),
    ("dockerfile::projects::compiled::maven", "dockerfile::projects::compiled::go"),
    ("dockerfile::projects::node::npm", "dockerfile::projects::node::yarn"),
    ("dockerfile::projects::node::pnpm", "dockerfile::projects::node::yarn"),
    ("dockerfile::projects::python::poetry", "dockerfile::projects::python::pip"),
    ("dockerfile::projects::python::uv", "dockerfile::projects::python::pip"),
    ("dockerfile::projects::system::dnf", "dockerfile::projects::system::apt"),
    ("examples::compiled::java_with_maven", "examples::compiled::go"),
    ("examples::compiled::rust", "examples::compiled::go"),
    ("seeds::torture::", "seeds::kinds::"),
];

/// How one step ended.
struct Outcome {
    name: &'static str,
    time: Duration,
    error: Option<String>,
}

/// Runs every check. An engine that was not up before is empty at first, and nothing of it is left at the end.
pub(crate) fn test(workspace: &Workspace, all: bool) -> Result<()> {
    let was_up = up::is_up(workspace)?;
    let mut outcomes = vec![
        step("tools", tools),
        step("format", || cargo(workspace, &["fmt", "--all", "--check"])),
        step("lints", || {
            cargo(workspace, &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"])
        }),
        step("dependencies", || dependencies(workspace)),
    ];
    let mut engine = None;
    outcomes.push(step("engine", || {
        if !was_up {
            up::empty(workspace)?;
        }
        engine = Some(up::up(workspace)?);
        Ok(())
    }));
    // Without an engine the end-to-end tests would only repeat that it is missing.
    if let Some(up) = &engine {
        outcomes.push(step("tests", || tests(workspace, up, all)));
    }
    if !was_up {
        // CI hands the target folder on from run to run.
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

/// Plain `cargo test`, told where the engine is: unit, golden, gateway and end-to-end tests.
fn tests(workspace: &Workspace, up: &Up, all: bool) -> Result<()> {
    let mut cargo = workspace.cargo();
    cargo.args(["test", "--workspace", "--no-fail-fast"]).envs(up.env());
    if all {
        cargo.env(COMPARE, "all");
    }
    if env::var_os(THREADS).is_none() {
        // Half of the time, a test waits for the network or the disk.
        let cores = thread::available_parallelism()?.get();
        cargo.env(THREADS, (cores + cores.div_ceil(2)).to_string());
    }
    cargo.arg("--");
    for (name, lighter) in HEAVY.into_iter().filter(|_| !all) {
        ui::note(format!("with --all: {name} (always: {lighter})"));
        cargo.args(["--skip", name]);
    }
    for (name, reason) in DOCKERS_OWN.into_iter().filter(|_| env::var_os(BUILDER).is_some()) {
        ui::note(format!("left out: {name} ({reason})"));
        cargo.args(["--skip", name]);
    }
    let mut failures = Failures::default();
    let result = up.sweeping(workspace, || cmd::watch(&mut cargo, |line| failures.line(line)))?;
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

    /// A name that no test has any more would leave nothing out, silently.
    #[test]
    fn what_is_left_out_is_there() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/e2e");
        let own = DOCKERS_OWN.map(|(name, _)| name);
        for name in HEAVY.into_iter().flat_map(|(heavy, lighter)| [heavy, lighter]).chain(own) {
            let (module, test) = name.rsplit_once("::").unwrap();
            let path = folder.join(module.replace("::", "/"));
            let file = [path.with_extension("rs"), path.join("mod.rs")];
            let file = file.iter().find(|file| file.is_file()).unwrap_or_else(|| panic!("{name}"));
            let source = fs::read_to_string(file).unwrap();
            assert!(source.contains(&format!("\nfn {test}")), "{name}");
        }
    }
}
