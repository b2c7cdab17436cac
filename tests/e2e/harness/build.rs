//! A build through `docker buildx build`, and what came of it.

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Instant;

use serde_json::Value;
use tempfile::TempDir;

use super::engine::Engine;
use super::{Image, Project, engine, repository, times};

/// A build to be run. The base images `busybox` and `debian` are there as named contexts.
pub(crate) struct Build<'a> {
    project: &'a Project,
    engine: &'a Engine,
    args: Vec<String>,
    context: String,
    input: Option<Vec<u8>>,
    progress: &'static str,
    variables: Vec<(String, String)>,
    has_contexts: bool,
}

/// What came of a build.
pub(crate) struct Outcome {
    pub(crate) success: bool,
    /// What buildx printed on standard error.
    pub(crate) log: String,
    /// What it printed on standard output: answers of `--call`.
    pub(crate) output: String,
}

impl<'a> Build<'a> {
    pub(crate) fn new(project: &'a Project) -> Self {
        Build {
            project,
            engine: engine(),
            args: Vec::new(),
            context: project.path().display().to_string(),
            input: None,
            progress: "plain",
            variables: Vec::new(),
            has_contexts: true,
        }
    }

    /// Names no contexts, which the Dockerfile frontend of old daemons refuses.
    pub(crate) fn without_contexts(self) -> Self {
        Build { has_contexts: false, ..self }
    }

    /// Builds on another engine than that of all tests.
    pub(crate) fn on(self, engine: &'a Engine) -> Self {
        Build { engine, ..self }
    }

    pub(crate) fn arg(mut self, arg: impl Into<String>) -> Self {
        self.args.push(arg.into());
        self
    }

    pub(crate) fn args<S: Into<String>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    /// Sets a variable of buildx's environment.
    pub(crate) fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Builds another context than the project's directory.
    pub(crate) fn context(mut self, context: impl Into<String>) -> Self {
        self.context = context.into();
        self
    }

    /// Gives bytes on standard input.
    pub(crate) fn input(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.input = Some(bytes.into());
        self
    }

    /// The build as a command, for tests that start and stop it themselves.
    pub(crate) fn command(&self) -> Command {
        let mut command = self.engine.buildx();
        command.args(["build", "--progress", self.progress]);
        if !self.args.iter().any(|arg| arg == "-f" || arg == "--file") && self.has_file() {
            command.arg("-f").arg(self.project.file());
        }
        let images = [("busybox", self.engine.busybox()), ("debian", self.engine.debian())];
        for (name, image) in images.into_iter().filter(|_| self.has_contexts) {
            command.arg("--build-context").arg(format!("{name}=docker-image://{image}"));
        }
        command.args(&self.args).arg(&self.context);
        command.envs(self.variables.iter().map(|(name, value)| (OsStr::new(name), value)));
        command.stdin(if self.input.is_some() { Stdio::piped() } else { Stdio::null() });
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn has_file(&self) -> bool {
        self.project.file() != self.project.path() && self.input.is_none()
    }

    pub(crate) fn run(self) -> Outcome {
        let begun = Instant::now();
        let mut child = self.command().spawn().expect("docker runs");
        if let Some(bytes) = &self.input {
            let mut stdin = child.stdin.take().expect("standard input");
            // A build that fails early closes it: that is the test's to judge, by the outcome.
            let _ = stdin.write_all(bytes);
        }
        let done = child.wait_with_output().expect("docker ends");
        times::record(begun);
        Outcome {
            success: done.status.success(),
            log: String::from_utf8_lossy(&done.stderr).into_owned(),
            output: String::from_utf8_lossy(&done.stdout).into_owned(),
        }
    }

    /// Runs it and demands success.
    pub(crate) fn ok(self) -> Outcome {
        let outcome = self.run();
        assert!(outcome.success, "the build failed:\n{}{}", outcome.output, outcome.log);
        outcome
    }

    /// Runs it and demands failure.
    pub(crate) fn fails(self) -> Outcome {
        let outcome = self.run();
        assert!(!outcome.success, "the build did not fail:\n{}{}", outcome.output, outcome.log);
        outcome
    }

    /// Runs it and gives the files of the result.
    pub(crate) fn files(self) -> Files {
        let directory = TempDir::new().expect("a temporary directory");
        let output = format!("type=local,dest={}", directory.path().display());
        let outcome = self.args(["--output", &output]).ok();
        Files { directory, log: outcome.log }
    }

    /// Runs it and gives the image.
    pub(crate) fn image(self) -> Image {
        let directory = TempDir::new().expect("a temporary directory");
        let file = directory.path().join("image.tar");
        let output = format!("type=oci,dest={}", file.display());
        self.args(["--output", &output]).ok();
        Image::open(directory, &file)
    }

    /// Runs it without keeping the result, so that a later build finds everything done.
    pub(crate) fn warm(self) {
        self.args(["--output", "type=cacheonly"]).ok();
    }

    /// Runs it without keeping the result and tells what each vertex did.
    pub(crate) fn trace(mut self) -> Trace {
        self.progress = "rawjson";
        let outcome = self.args(["--output", "type=cacheonly"]).run();
        Trace::read(&outcome.log, outcome.success)
    }

    /// What `--call=fingerprint` says of the first platform; nothing is built.
    pub(crate) fn fingerprint(self) -> Value {
        let output = self.arg("--call=fingerprint,format=json").ok().output;
        let answer: Value = serde_json::from_str(&output).expect("JSON");
        answer["platforms"][0].clone()
    }

    /// Runs it and gives what `examples/ci/report` makes of its progress.
    pub(crate) fn report(mut self) -> String {
        self.progress = "rawjson";
        let log = tempfile::NamedTempFile::new().expect("a temporary file");
        fs::write(log.path(), self.run().log).expect("a log is written");
        let script = repository().join("examples/ci/report");
        let reported = Command::new(script).arg(log.path()).output().expect("python3 runs");
        assert!(reported.status.success(), "{}", String::from_utf8_lossy(&reported.stderr));
        String::from_utf8(reported.stdout).expect("text")
    }
}

impl Outcome {
    /// Demands a text in the log.
    #[track_caller]
    pub(crate) fn says(&self, text: &str) -> &Self {
        assert!(self.log.contains(text), "`{text}` is not in the log:\n{}", self.log);
        self
    }
}

/// The files of a result.
pub(crate) struct Files {
    directory: TempDir,
    /// What buildx printed on standard error.
    pub(crate) log: String,
}

impl Files {
    /// Where a file of the result is on this machine.
    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.directory.path().join(path.trim_start_matches('/'))
    }

    /// The text of a file.
    #[track_caller]
    pub(crate) fn text(&self, path: &str) -> String {
        match std::fs::read_to_string(self.path(path)) {
            Ok(text) => text,
            Err(error) => panic!("{path}: {error}\n{}", self.log),
        }
    }

    /// Whether there is something at a path.
    pub(crate) fn has(&self, path: &str) -> bool {
        self.path(path).symlink_metadata().is_ok()
    }
}

/// What each vertex of a build did.
pub(crate) struct Trace {
    pub(crate) success: bool,
    pub(crate) vertices: Vec<Vertex>,
    pub(crate) warnings: Vec<String>,
}

#[derive(Debug, Clone)]
pub(crate) struct Vertex {
    pub(crate) digest: String,
    pub(crate) name: String,
    pub(crate) cached: bool,
    error: String,
    /// When, without the time zone: the texts are in the order of the times.
    started: String,
}

impl Trace {
    fn read(log: &str, success: bool) -> Self {
        let mut trace = Trace { success, vertices: Vec::new(), warnings: Vec::new() };
        for line in log.lines() {
            let Ok(status) = serde_json::from_str::<Value>(line) else { continue };
            for vertex in status["vertexes"].as_array().into_iter().flatten() {
                trace.add(vertex);
            }
            for warning in status["warnings"].as_array().into_iter().flatten() {
                trace.warnings.push(warning.to_string());
            }
        }
        trace.forget_others();
        trace
    }

    /// Where another build holds a vertex at the moment, the daemon tells how it went there. What
    /// started before this build did is no work of this build.
    fn forget_others(&mut self) {
        let own = |vertex: &&Vertex| vertex.name.contains("load build definition");
        let begun = self.vertices.iter().filter(own).map(|vertex| vertex.started.clone()).min();
        for vertex in &mut self.vertices {
            let earlier = begun.as_ref().is_some_and(|begun| vertex.started < *begun);
            vertex.cached |= earlier && !vertex.started.is_empty();
        }
    }

    /// The last word on a vertex counts; but what was found in a cache was not run, although fetching
    /// it from a registry is told as work of the vertex afterwards.
    fn add(&mut self, value: &Value) {
        let text = |key: &str| value[key].as_str().unwrap_or_default().to_owned();
        let vertex = Vertex {
            digest: text("digest"),
            name: text("name"),
            error: text("error"),
            cached: value["cached"].as_bool().unwrap_or(false),
            started: text("started").trim_end_matches('Z').to_owned(),
        };
        match self.vertices.iter_mut().find(|known| known.digest == vertex.digest) {
            Some(known) => *known = Vertex { cached: known.cached || vertex.cached, ..vertex },
            None => self.vertices.push(vertex),
        }
    }

    /// The vertex whose name has a text in it.
    #[track_caller]
    pub(crate) fn vertex(&self, text: &str) -> &Vertex {
        let names: Vec<&str> = self.vertices.iter().map(|vertex| vertex.name.as_str()).collect();
        let found = self.vertices.iter().find(|vertex| vertex.name.contains(text));
        found.unwrap_or_else(|| panic!("no vertex has `{text}` in its name: {names:#?}"))
    }

    /// What failed, and why.
    fn errors(&self) -> Vec<(&str, &str)> {
        let failed = self.vertices.iter().filter(|vertex| !vertex.error.is_empty());
        failed.map(|vertex| (vertex.name.as_str(), vertex.error.as_str())).collect()
    }

    /// Steps of the manifest (not `[internal]`, contexts or base images) that were run, not cached.
    #[track_caller]
    pub(crate) fn executed(&self) -> Vec<&str> {
        assert!(self.success, "the build failed: {:#?}", self.errors());
        let steps = self.vertices.iter().filter(|vertex| is_step(&vertex.name) && !vertex.cached);
        steps.map(|vertex| vertex.name.as_str()).collect()
    }
}

fn is_step(name: &str) -> bool {
    let label = name.strip_prefix('[').and_then(|rest| rest.split(']').next()).unwrap_or_default();
    let number = label.rsplit(' ').next().unwrap_or_default();
    number.split_once('/').is_some_and(|(step, _)| step.parse::<u32>().is_ok_and(|step| step > 1))
}
