//! Other daemons, older ones and one without Docker: what works there, works through strake, and nothing that
//! strake sends ends one.

mod caches;

use std::path::Path;

use crate::harness::{Build, Host, Project, Runner, engine, unique, unique_image};

/// A daemon, by the process that it was at first.
struct Daemon {
    runner: Runner,
    /// Whether it hands on warnings and the excerpts of steps that fail; BuildKit 0.8 does neither, whatever
    /// the frontend.
    tells: bool,
    /// Whether it keeps images where caches can be exported from.
    exports_caches: bool,
    pid: Option<String>,
}

impl Daemon {
    fn start(docker: &str) -> Self {
        let runner = Runner::of(docker);
        let pid = pid(&runner);
        let exports_caches = ["trixie-containerd", "standalone"].contains(&docker);
        Daemon { runner, tells: docker != "bookworm", exports_caches, pid }
    }

    fn is_of_0_8(&self) -> bool {
        !self.tells
    }

    /// Runs a build, and has a look at the daemon after it.
    #[track_caller]
    fn lives_through<'p, T>(&'p self, build: Build<'p>, run: impl FnOnce(Build<'p>) -> T) -> T {
        let outcome = run(build.on(&self.runner));
        // `inspect` succeeds without a daemon, too.
        let answer = self.runner.buildx().arg("du").output().expect("buildx runs");
        let said = String::from_utf8_lossy(&answer.stderr).into_owned();
        assert!(answer.status.success(), "the daemon does not answer: {said}");
        assert_eq!(pid(&self.runner), self.pid, "it is another process");
        outcome
    }
}

/// Where the daemon is one of ours, its pid is beside its socket, or beside buildx's settings; a builder in a
/// container has none.
fn pid(runner: &Runner) -> Option<String> {
    let beside = |variable, name| {
        let value = runner.variables.get(variable)?;
        let file = Path::new(value.strip_prefix("unix://").unwrap_or(value)).with_file_name(name);
        std::fs::read_to_string(file).ok()
    };
    beside("BUILDX_CONFIG", "buildkitd.pid").or_else(|| beside("DOCKER_HOST", "dockerd.pid"))
}

/// Each of these on a daemon, one after the other.
fn everything(docker: &str) {
    let daemon = Daemon::start(docker);
    manifests(&daemon);
    dockerfiles(&daemon);
    missing_caches(&daemon);
    contexts(&daemon);
    errors(&daemon);
    caches::seeds(&daemon);
    caches::compiled(&daemon);
    caches::exportable(&daemon);
    caches::named_contexts(&daemon);
}

fn manifests(daemon: &Daemon) {
    let project = Project::reporting(
        "project = 'tests'\n[arg]\nNAME = 'one'\n[cache.own]\ntarget = '/cache'\n[stage.work]\nfrom = 'busybox'\n\
         [[stage.work.layer]]\ncopy = { src = 'a.txt', dest = '/' }\n\
         [[stage.work.layer]]\nuses = ['own']\ninputs = ['b.txt']\nenv = { NAME = '${NAME}' }\n\
         run = 'mkdir /out; cat /a.txt b.txt > /out/all; echo $NAME >> /out/all; touch /cache/x'\n",
    );
    project.write("a.txt", "a\n");
    project.write("b.txt", "b\n");
    let files = daemon.lives_through(project.build(), Build::files);
    assert_eq!(files.text("/all"), "a\nb\none\n");
}

fn dockerfiles(daemon: &Daemon) {
    let text = format!(
        "# syntax={}\nFROM {}\nRUN --mount=type=cache,target=/c echo {} > /file\n",
        engine().syntax(),
        engine().busybox(),
        unique("dockerfile")
    );
    let project = Project::without_manifest().put("Dockerfile", text).named("Dockerfile");
    let files = daemon.lives_through(project.build().without_contexts(), Build::files);
    assert!(files.text("/file").starts_with("dockerfile"), "{}", files.text("/file"));
}

/// Registry caches and seeds that cannot be had, in every way.
fn missing_caches(daemon: &Daemon) {
    let (refusing, silent) = (Host::refusing(), Host::silent());
    let caches = [unique_image("missing"), refusing.image(), silent.image()];
    let seed = format!("{}/test/{}", engine().registry(), unique("no-seed"));
    let project = Project::reporting(&format!(
        "project = 'tests'\n[registry]\ncache = {caches:?}\n[seed]\nimage = '{seed}'\ntags = ['main']\n\
         [cache.own]\ntarget = '/cache'\n[stage.work]\nfrom = 'busybox'\n\
         [[stage.work.layer]]\nuses = ['own']\nrun = 'mkdir /out; echo {} > /out/id'\n",
        unique("missing")
    ));
    let outcome = daemon.lives_through(project.build(), Build::ok);
    for code in ["registry-cache-missing", "registry-cache-unavailable", "registry-cache-silent"] {
        if daemon.tells {
            outcome.says(code);
        }
    }
    // The client's own flag goes another way.
    let from = format!("type=registry,ref={}", unique_image("none"));
    daemon.lives_through(project.build().args(["--cache-from", &from]), Build::ok);
}

/// What fails in the daemon, where it puts a step's place into the error.
fn contexts(daemon: &Daemon) {
    let copy = "[stage.app]\nfrom = 'scratch'\nlayer = [{ copy = { src = 'x', dest = '/' } }]\n";
    let project = Project::new(copy);
    let url = "http://127.0.0.1:1/none.git";
    daemon.lives_through(project.build().context(url), Build::fails);
}

fn errors(daemon: &Daemon) {
    let script = format!("run = 'exit 7 # {}'", unique("fails"));
    let text = format!("[stage.app]\nfrom = 'busybox'\n[[stage.app.layer]]\n{script}\n");
    let project = Project::new(&text);
    let outcome = daemon.lives_through(project.build(), Build::fails);
    outcome.says("[app 2/2] run exit 7");
    if daemon.tells {
        outcome.says(&format!(">>> {script}"));
    }
}

#[test]
fn docker_20_10() {
    everything("bookworm");
}

#[test]
fn docker_26_1() {
    everything("trixie");
}

#[test]
fn docker_26_1_with_containerds_store() {
    everything("trixie-containerd");
}

/// Where the machine has neither a `buildkitd` nor a Docker that runs one, `cargo xtask test` says so.
#[test]
fn standalone() {
    everything("standalone");
}
