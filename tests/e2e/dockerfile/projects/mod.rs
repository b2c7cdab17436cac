//! Projects as they are, one for every package manager that a preset knows: what is built with the mounts is
//! what is built without, and after a change of the list only what is new is fetched.
//!
//! Packages come from a server of the test's own, which counts; nothing of it is on the network. With
//! `--nocapture`, each test prints a row of the table in `docs/dockerfiles.md`.

mod compiled;
mod node;
mod python;
mod system;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::BufReader;
use std::process::Command;
use std::time::{Duration, Instant};

use strake_compare::tree::{self, Entry};
use tempfile::TempDir;

use super::builds::through_strake;
use crate::harness::{Project, Server, unique, unique_image};
use crate::presets;

/// Packages of a first list; another list has one more.
const FIRST: usize = 12;

/// A project for a package manager.
struct Shape<'a> {
    name: &'a str,
    /// The image that its Dockerfile calls `tools`.
    tools: String,
    /// All files, the Dockerfile among them, where this many packages are wanted.
    files: &'a dyn Fn(usize) -> Vec<(&'static str, String)>,
    /// How many packages of the first list.
    first: usize,
    /// How many packages a build fetched, by its log and what the server was asked for.
    fetched: &'a dyn Fn(&str, &[String]) -> usize,
    /// Paths of caches, and of what no two builds have the same.
    ignored: &'a [&'a str],
}

/// An index of all kinds of packages.
pub(crate) fn index() -> Server {
    let (server, directory) = (Server::start(), TempDir::new().expect("a temporary directory"));
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/e2e/dockerfile/projects/indexes.py");
    let mut python = Command::new("python3");
    python.arg(script).arg(server.url("")).arg(directory.path()).arg((FIRST + 1).to_string());
    assert!(python.status().expect("python3 runs").success());
    server.put_directory("", directory.path());
    server
}

/// The first packages, each in a form.
fn each(count: usize, form: impl Fn(&str) -> String) -> String {
    (1..=count).map(|number| form(&format!("p{number:02}"))).collect()
}

/// How many paths with an end were asked for.
fn asked(requests: &[String], end: &str) -> usize {
    let paths = requests.iter().filter_map(|request| request.strip_prefix("GET "));
    paths.filter(|path| path.ends_with(end)).collect::<BTreeSet<_>>().len()
}

/// The stage of tools that the presets' own tests have, as an image.
fn tools_of_presets(stage: &str) -> String {
    let image = unique_image("tools");
    let output = format!("type=image,name={image},push=true,compression=uncompressed");
    let project = presets::project(stage, "{ run = 'true' }");
    project.build().args(["--target", "tools", "--output", &output]).ok();
    image
}

/// What came of a build.
struct Built {
    took: Duration,
    fetched: usize,
    requests: Vec<String>,
    files: BTreeMap<String, Entry>,
}

impl Shape<'_> {
    fn write(&self, project: &Project, count: usize) {
        for (path, content) in (self.files)(count) {
            project.write(path, content);
        }
    }

    fn build(&self, project: &Project, server: &Server, more: &[String]) -> Built {
        let directory = TempDir::new().expect("a temporary directory");
        let tar = directory.path().join("files.tar");
        let (before, start) = (server.requests().len(), Instant::now());
        let build = project.build().args(["--network=host", "--allow=network.host"]).args(more);
        let build =
            build.args(["--build-context", &format!("tools=docker-image://{}", self.tools)]);
        let log = build.args(["--output", &format!("type=tar,dest={}", tar.display())]).ok().log;

        let took = start.elapsed();
        let requests = server.requests().split_off(before);
        let fetched = (self.fetched)(&log, &requests);
        let archive = File::open(tar).expect("an archive");
        let mut files = tree::read(BufReader::new(archive)).expect("files");
        // A directory that is there for a cache alone is a part of it.
        let is_of_cache = |path: &String, cache: &&str| {
            path.starts_with(cache) || cache.starts_with(&format!("{path}/"))
        };
        files.retain(|path, _| !self.ignored.iter().any(|cache| is_of_cache(path, cache)));
        Built { took, fetched, requests, files }
    }

    /// Builds both lists both ways.
    #[expect(clippy::print_stdout, reason = "the rows of the documentation's table")]
    fn check(&self, server: &Server) {
        let project = Project::without_manifest().named("Dockerfile");
        let namespace =
            ["--build-arg".to_owned(), format!("BUILDKIT_CACHE_MOUNT_NS={}", unique("word"))];
        let strake = [namespace, through_strake()].concat();
        self.write(&project, self.first);
        let cold = self.build(&project, server, &[]);
        let filling = self.build(&project, server, &strake);
        self.same(&cold, &filling);
        self.write(&project, self.first + 1);
        let plain = self.build(&project, server, &[]);
        let warm = self.build(&project, server, &strake);
        self.same(&plain, &warm);
        let fetched = [&cold, &filling, &plain, &warm].map(|built| built.fetched);
        let expected = [self.first, self.first, self.first + 1, 1];
        assert_eq!(fetched, expected, "{}, at last: {:#?}", self.name, warm.requests);
        let row = [&cold, &plain, &warm]
            .map(|built| format!("{:.1} s | {}", built.took.as_secs_f32(), built.fetched));
        println!("| {} | {} |", self.name, row.join(" | "));
    }

    fn same(&self, plain: &Built, strake: &Built) {
        let paths = plain.files.keys().chain(strake.files.keys());
        let differ: BTreeSet<&String> =
            paths.filter(|path| plain.files.get(*path) != strake.files.get(*path)).collect();
        let shown = differ.iter().take(10);
        let shown: Vec<String> = shown
            .map(|path| {
                format!("{path}: {:?} {:?}", plain.files.get(*path), strake.files.get(*path))
            })
            .collect();
        assert!(differ.is_empty(), "{}: {} differ:\n{}", self.name, differ.len(), shown.join("\n"));
    }
}
