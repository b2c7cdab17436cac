//! The demo: what is reused when an image of Airflow's kind is built again. A copy of the example is
//! built three times: cold, with a source file changed, with a dependency added.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, ensure};

use crate::images::Profile;
use crate::progress::{self, Report};
use crate::up::{self, Up};
use crate::workspace::Workspace;
use crate::{cmd, ui};

const EXAMPLE: &str = "examples/airflow-pypi";
const MANIFEST: &str = "strake.toml";
/// The named context that the manifest takes its base image from.
const BASE_CONTEXT: &str = "debian:bookworm-slim";

/// A line that is appended to a file of the example.
struct Change {
    file: &'static str,
    line: &'static str,
}

/// The builds: what is said of each, and the change that is made before it.
const BUILDS: [(&str, Option<Change>); 3] = [
    ("cold", None),
    (
        "a source file changed",
        Some(Change { file: "dags/heartbeat.py", line: "# A word from the demo." }),
    ),
    ("a dependency added", Some(Change { file: "requirements.txt", line: "pyfiglet==1.0.4" })),
];

/// Builds the example three times and prints what was reused.
pub(crate) fn demo(workspace: &Workspace) -> Result<()> {
    let example = workspace.root.join(EXAMPLE);
    let manifest = example.join(MANIFEST);
    ensure!(manifest.exists(), "the demo builds {}, which is not there", manifest.display());
    let up = up::up(workspace, Profile::Release)?;
    let directory = workspace.target.join("demo");
    let copy = fresh_copy(&example, &directory)?;
    set_syntax(&copy.join(MANIFEST), &up.syntax.reference)?;
    let run = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis().to_string();
    let base = cold_base(&up, &directory, &run)?;
    let mut reports = Vec::new();
    for (title, change) in BUILDS {
        if let Some(Change { file, line }) = change {
            let mut file = OpenOptions::new().append(true).open(copy.join(file))?;
            writeln!(file, "{line}")?;
        }
        ui::step(format!("building {EXAMPLE}: {title}"));
        let report = progress::watch(&mut build(&up, &copy, &base, &run))?;
        ui::note(format!("took {}", ui::seconds(report.time)));
        reports.push((title, report));
    }
    print!("{}", table(&reports));
    print!("{}", by_hand());
    Ok(())
}

/// The one place that says how the example is built.
fn arguments(directory: &str, base: &str) -> Vec<String> {
    vec![
        format!("--build-context={BASE_CONTEXT}=docker-image://{base}"),
        format!("--file={directory}/{MANIFEST}"),
        "--tag=strake-demo/airflow".to_owned(),
        directory.to_owned(),
    ]
}

fn build(up: &Up, copy: &Path, base: &str, run: &str) -> Command {
    let mut command = up.engine.client.docker();
    command.args(["buildx", "build", "--progress=rawjson"]);
    // Cache mounts of this run alone: the first build finds them empty.
    command.arg(format!("--build-arg=BUILDKIT_CACHE_MOUNT_NS=demo-{run}"));
    command.args(arguments(&copy.to_string_lossy(), base));
    command
}

/// The example, in a directory where it may be changed.
fn fresh_copy(example: &Path, directory: &Path) -> Result<PathBuf> {
    let copy = directory.join("airflow");
    if copy.exists() {
        fs::remove_dir_all(&copy)?;
    }
    fs::create_dir_all(&copy)?;
    // The dot: what is in the directory, not the directory.
    let mut command = Command::new("cp");
    cmd::output(command.arg("-R").arg(example.join(".")).arg(&copy))?;
    Ok(copy)
}

/// Lets the manifest's first line name the image of this checkout.
fn set_syntax(manifest: &Path, reference: &str) -> Result<()> {
    let text = fs::read_to_string(manifest)?;
    let (first, rest) = text.split_once('\n').unwrap_or((&text, ""));
    ensure!(first.starts_with("# syntax="), "the manifest's first line is no syntax line");
    fs::write(manifest, format!("# syntax={reference}\n{rest}"))?;
    Ok(())
}

/// A base image that no builder has seen: it differs in one file, so nothing built on it is in a
/// cache, and nothing that others have in theirs need be pruned.
fn cold_base(up: &Up, directory: &Path, run: &str) -> Result<String> {
    let context = directory.join("base");
    fs::create_dir_all(&context)?;
    fs::write(context.join("strake-demo"), run)?;
    let dockerfile = format!("FROM {}\nCOPY strake-demo /etc/\n", up.base);
    fs::write(context.join("Dockerfile"), dockerfile)?;
    let reference = up.engine.reference("strake/demo-base", run);
    let mut command = up.engine.client.build();
    command.arg("--output").arg(format!("type=image,name={reference},push=true")).arg(&context);
    cmd::output(&mut command).context("cannot make the demo's base image")?;
    Ok(reference)
}

fn table(reports: &[(&str, Report)]) -> String {
    let mut text = format!("\n{:<24}{:>8}{:>8}{:>14}\n", "build", "ran", "reused", "time");
    for (title, report) in reports {
        text.push_str(&format!(
            "{title:<24}{:>8}{:>8}{:>14}\n",
            report.executed.len(),
            report.cached.len(),
            ui::seconds(report.time)
        ));
    }
    for (title, report) in reports.iter().skip(1) {
        text.push_str(&format!("\n{title}: these steps ran, all others were reused\n"));
        for name in &report.executed {
            let name: String = name.chars().take(90).collect();
            text.push_str(&format!("  {name}\n"));
        }
    }
    text
}

fn by_hand() -> String {
    let mut lines = vec!["--build-arg=BUILDKIT_SYNTAX=$STRAKE_SYNTAX".to_owned()];
    lines.extend(arguments(EXAMPLE, "$STRAKE_BASE"));
    let lines = lines.join(" \\\n    ");
    format!(
        "\nBy hand:\n  eval \"$(cargo xtask up --env)\"\n  docker buildx build \\\n    {lines}\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn the_table_counts_and_names() {
        let report = |executed: &[&str], cached: &[&str]| Report {
            executed: executed.iter().map(|&name| name.to_owned()).collect(),
            cached: cached.iter().map(|&name| name.to_owned()).collect(),
            time: Duration::from_millis(1500),
            ..Report::default()
        };
        let text = table(&[("cold", report(&["a", "b"], &[])), ("again", report(&["b"], &["a"]))]);
        assert!(
            text.contains("cold                           2       0         1.5 s\n"),
            "{text}"
        );
        assert!(text.ends_with("again: these steps ran, all others were reused\n  b\n"), "{text}");
    }
}
