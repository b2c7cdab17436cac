//! What a build did, from `docker buildx build --progress=rawjson`: one JSON object a line on stderr,
//! each with the vertices that have changed. From them: how many steps ran, how many were taken
//! from cache.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::cmd;

/// Vertices that are BuildKit's own business, not steps of the image.
const INTERNAL: [&str; 8] = [
    "[internal]",
    "[auth]",
    "[context",
    "resolve image config",
    "exporting",
    "importing cache",
    "docker-image://",
    "unpacking",
];

/// The outcome of one build.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Report {
    /// Names of the steps that ran, in the order in which they began.
    pub(crate) executed: Vec<String>,
    /// Names of the steps taken from cache.
    pub(crate) cached: Vec<String>,
    /// From start to end of the client.
    pub(crate) time: Duration,
}

/// One line of progress.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Line {
    vertexes: Vec<Vertex>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Vertex {
    digest: String,
    name: String,
    started: Option<String>,
    completed: Option<String>,
    cached: bool,
    error: String,
}

/// Runs a build that was told `--progress=rawjson`. A failed one gives the steps' errors and what
/// the client said besides.
pub(crate) fn watch(command: &mut Command) -> Result<Report> {
    let begun = Instant::now();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot run `{}`", cmd::describe(command)))?;
    let stderr = child.stderr.take().context("stderr was asked for")?;
    let lines: Vec<String> = BufReader::new(stderr).lines().map_while(Result::ok).collect();
    let status = child.wait()?;
    let (mut report, said) = read(&lines);
    report.time = begun.elapsed();
    if !status.success() {
        bail!("`{}` failed\n{}", cmd::describe(command), cmd::tail(&said.join("\n")));
    }
    Ok(report)
}

/// The report, and whatever is worth reading when the build failed.
fn read(lines: &[String]) -> (Report, Vec<String>) {
    let mut vertices: BTreeMap<String, Vertex> = BTreeMap::new();
    let mut said = Vec::new();
    for line in lines {
        let Ok(line) = serde_json::from_str::<Line>(line) else {
            said.push(line.clone());
            continue;
        };
        for vertex in line.vertexes {
            if !vertex.error.is_empty() {
                said.push(format!("{}: {}", vertex.name, vertex.error));
            }
            vertices.insert(vertex.digest.clone(), vertex);
        }
    }
    let mut steps: Vec<Vertex> = vertices
        .into_values()
        .filter(|vertex| vertex.completed.is_some())
        .filter(|vertex| !INTERNAL.iter().any(|own| vertex.name.starts_with(own)))
        .collect();
    steps.sort_by(|a, b| a.started.cmp(&b.started));
    let mut report = Report::default();
    for vertex in steps {
        let names = if vertex.cached { &mut report.cached } else { &mut report.executed };
        names.push(vertex.name);
    }
    (report, said)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_told_from_housekeeping() {
        let lines = [
            r#"{"vertexes":[{"digest":"1","name":"[internal] load build definition"}]}"#,
            r#"{"vertexes":[{"digest":"1","name":"[internal] load","completed":"t"}]}"#,
            r#"{"vertexes":[{"digest":"2","name":"[a 1/2] RUN x"},{"digest":"3","name":"[a 2/2]"}]}"#,
            r#"{"vertexes":[{"digest":"2","name":"[a 1/2] RUN x","completed":"t","cached":true}]}"#,
            r#"{"statuses":[{"id":"x"}]}"#,
            r#"{"vertexes":[{"digest":"3","name":"[a 2/2]","completed":"t"}]}"#,
        ]
        .map(str::to_owned);
        let (report, said) = read(&lines);
        assert_eq!(report.cached, ["[a 1/2] RUN x"]);
        assert_eq!(report.executed, ["[a 2/2]"]);
        assert!(said.is_empty());
    }

    #[test]
    fn errors_and_other_lines_are_kept() {
        let lines = [
            r#"{"vertexes":[{"digest":"1","name":"RUN x","completed":"t","error":"exit code: 1"}]}"#,
            "ERROR: failed to solve",
        ]
        .map(str::to_owned);
        assert_eq!(read(&lines).1, ["RUN x: exit code: 1", "ERROR: failed to solve"]);
    }
}
