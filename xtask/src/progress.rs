//! What a build did, from `docker buildx build --progress=rawjson`: one JSON object a line on stderr,
//! each with the vertices that have changed. From them: how many steps ran, how many were taken
//! from cache.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Write};
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
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Report {
    /// Names of the steps that ran, in the order in which they began.
    pub(crate) executed: Vec<String>,
    /// Names of the steps taken from cache.
    pub(crate) cached: Vec<String>,
    /// Seconds in each vertex that was not taken from a cache, BuildKit's own business included.
    pub(crate) spent: Vec<(String, f64)>,
    /// Seconds from the start of the first vertex that reads the build's file to the end of the last
    /// vertex: what the frontend does and has done. Nothing where no vertex reads it.
    pub(crate) own: Option<f64>,
    /// From start to end of the client.
    pub(crate) time: Duration,
}

/// How BuildKit's frontends name the vertex that reads the build's file.
const FILE_IS_READ: &str = "load build definition";

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

impl Report {
    /// Seconds in the vertices whose name has one of these texts in it.
    pub(crate) fn seconds_in(&self, texts: &[&str]) -> f64 {
        let named = |name: &str| texts.iter().any(|text| name.contains(text));
        let spent = self.spent.iter().filter(|(name, _)| named(name));
        spent.fold(0.0, |all, (_, seconds)| all + seconds)
    }
}

impl Vertex {
    /// From start to end; nothing where one of them is not known.
    fn seconds(&self) -> f64 {
        self.seconds_to(self).unwrap_or(0.0)
    }

    /// From the start of this one to the end of another.
    fn seconds_to(&self, last: &Self) -> Option<f64> {
        let from = seconds_of_day(self.started.as_deref()?)?;
        let to = seconds_of_day(last.completed.as_deref()?)?;
        // No step takes a day, but one may run over midnight.
        Some((to - from).rem_euclid(86_400.0))
    }
}

/// Of vertices in the order in which they began.
fn own_seconds(vertices: &[Vertex]) -> Option<f64> {
    let first = vertices.iter().find(|vertex| vertex.name.contains(FILE_IS_READ))?;
    let last = vertices.iter().max_by(|a, b| a.completed.cmp(&b.completed))?;
    first.seconds_to(last)
}

/// Seconds since midnight of a time such as `2026-01-02T03:04:05.678Z`.
fn seconds_of_day(time: &str) -> Option<f64> {
    let (_, clock) = time.trim_end_matches('Z').split_once('T')?;
    let mut parts = clock.split(':').map(|part| part.parse::<f64>().ok());
    Some(parts.next()?? * 3600.0 + parts.next()?? * 60.0 + parts.next()??)
}

/// Runs a build that was told `--progress=rawjson`. A failed one gives the steps' errors and what
/// the client said besides.
pub(crate) fn watch(command: &mut Command) -> Result<Report> {
    watch_and_keep(command, &mut io::sink())
}

/// The same; what the client said is written to `log`, after the command.
pub(crate) fn watch_and_keep(command: &mut Command, log: &mut impl Write) -> Result<Report> {
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
    writeln!(log, "{}\n{}", cmd::describe(command), lines.join("\n"))?;
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
    let mut vertices: Vec<Vertex> =
        vertices.into_values().filter(|vertex| vertex.completed.is_some()).collect();
    vertices.sort_by(|a, b| a.started.cmp(&b.started));
    let mut report = Report { own: own_seconds(&vertices), ..Report::default() };
    for vertex in vertices {
        if !vertex.cached {
            report.spent.push((vertex.name.clone(), vertex.seconds()));
        }
        match (INTERNAL.iter().any(|own| vertex.name.starts_with(own)), vertex.cached) {
            (true, _) => {}
            (false, true) => report.cached.push(vertex.name),
            (false, false) => report.executed.push(vertex.name),
        }
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
    fn the_time_in_a_step_is_reported() {
        let line =
            r#"{"vertexes":[{"digest":"1","name":"[a] RUN x","started":"2026-01-01T23:59:59.5Z",
            "completed":"2026-01-02T00:00:01.75Z"}]}"#
                .replace('\n', "");
        let (report, _) = read(&[line]);
        assert!((report.seconds_in(&["RUN x"]) - 2.25).abs() < 1e-6, "{report:?}");
        assert!(report.seconds_in(&["RUN y"]).abs() < 1e-6);
    }

    #[test]
    fn what_the_frontend_does_begins_with_its_file() {
        let vertex = |digest: u8, name: &str, from: &str, to: &str| {
            format!(
                r#"{{"vertexes":[{{"digest":"{digest}","name":"{name}","started":"2026-01-01T00:00:{from}Z","completed":"2026-01-01T00:00:{to}Z"}}]}}"#
            )
        };
        let frontend = vertex(1, "docker-image://frontend", "01", "02");
        let steps = [
            frontend.clone(),
            vertex(2, "[internal] load build definition from Dockerfile", "03.5", "04"),
            vertex(3, "RUN x", "05", "07"),
        ];
        assert_eq!(read(&steps).0.own, Some(3.5));
        assert_eq!(read(&[frontend]).0.own, None);
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
