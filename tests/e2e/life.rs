//! The life of a build: cancelled, repeated, several at once, empty, and where its result goes.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::harness::{Project, engine};

/// A step that is never cached: each run of the test is a new one.
fn unique() -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    format!("{}-{}", std::process::id(), now.expect("a time").as_nanos())
}

fn interrupt(id: u32) {
    let done = Command::new("kill").args(["-INT", &id.to_string()]).status().expect("kill runs");
    assert!(done.success());
}

/// Far more than ending takes, also on a busy machine, and less than what would be waited for.
const SOON: Duration = Duration::from_secs(60);

/// Frontends that run, by a text of their environment. They are looked for from a container that sees
/// all processes: the engine's may be those of another user, or of another machine.
fn frontends_of(text: &str) -> usize {
    let script = format!(
        "for p in /proc/[0-9]*; do tr '\\0' '\\n' < $p/environ 2>/dev/null \
         | grep '^BUILDKIT_FRONTEND_OPT_' | grep -q '{text}' && echo $p; done; true"
    );
    let mut docker = engine().docker();
    docker.args(["run", "--rm", "--privileged", "--pid=host", "--network=none"]);
    docker.args([engine().busybox(), "sh", "-c", &script]);
    let found = docker.output().expect("docker runs");
    assert!(found.status.success(), "{}", String::from_utf8_lossy(&found.stderr));
    String::from_utf8_lossy(&found.stdout).lines().count()
}

#[test]
fn a_build_is_cancelled_in_the_middle() {
    let token = unique();
    let project = Project::new(&format!(
        "[arg]\nTOKEN = \"\"\n[stage.app]\nfrom = \"busybox\"\n[[stage.app.layer]]\n\
         run = \"echo started-{token}; sleep 300\"\n"
    ));
    let build = project.build().args(["--build-arg", &format!("TOKEN={token}")]);
    let mut child = build.command().stdout(Stdio::null()).spawn().expect("docker runs");
    let log = BufReader::new(child.stderr.take().expect("standard error"));
    let mut lines = log.lines().map_while(Result::ok);
    assert!(lines.any(|line| line.contains(&format!(" started-{token}"))), "the step never ran");
    let begun = Instant::now();
    interrupt(child.id());
    // What is left of the log is read, so that nobody waits for a full pipe.
    let rest: Vec<String> = lines.collect();
    let status = child.wait().expect("docker ends");
    assert!(!status.success());
    assert!(begun.elapsed() < SOON, "{:?}: {rest:#?}", begun.elapsed());
    wait_for_end(&token, begun);
    Project::new("[stage.app]\nfrom = \"busybox\"\n").build().ok();
}

/// A registry that takes a connection and never answers keeps the frontend waiting.
#[test]
fn a_frontend_that_waits_is_cancelled() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = silent.local_addr().expect("an address");
    let token = unique();
    let project =
        Project::new(&format!("[arg]\nTOKEN = \"\"\n[stage.app]\nfrom = \"{address}/x/y:1\"\n"));
    let build = project.build().args(["--build-arg", &format!("TOKEN={token}")]);
    let mut command = build.command();
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("docker");
    let _connection = silent.accept().expect("the daemon asks the registry");
    assert_eq!(frontends_of(&token), 1, "the frontend waits");
    let begun = Instant::now();
    interrupt(child.id());
    assert!(!child.wait().expect("docker ends").success());
    wait_for_end(&token, begun);
}

/// Waits until no frontend of a build is left.
#[track_caller]
fn wait_for_end(token: &str, begun: Instant) {
    while frontends_of(token) > 0 {
        assert!(begun.elapsed() < SOON, "a frontend still runs");
        thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_second_build_does_nothing() {
    let project = Project::new(&format!(
        "[stage.base]\nfrom = \"busybox\"\nworkdir = \"/w\"\n[[stage.base.layer]]\n\
         run = \"echo {} > made\"\n[stage.app]\nfrom = \"base\"\n[[stage.app.layer]]\n\
         copy = {{ src = \"file\", dest = \"/\" }}\n[[stage.app.layer]]\nuses = [\"uv\"]\n\
         run = \"true\"\n[[stage.app.layer]]\n\
         copy = {{ from = \"base\", src = \"/w/made\", dest = \"/m\", link = true }}\n",
        unique()
    ))
    .put("file", "x");
    let first = project.build().trace();
    assert!(first.success);
    assert!(first.executed().len() >= 3, "{:?}", first.executed());
    let second = project.build().trace();
    assert!(second.success);
    assert_eq!(second.executed(), Vec::<&str>::new());
}

/// Tokio's standard input would keep a process alive that has returned its result.
#[test]
fn the_frontend_ends_with_its_result() {
    let token = unique();
    let project = Project::new("[arg]\nTOKEN = \"\"\n[stage.app]\nfrom = \"busybox\"\n");
    let token_arg = format!("TOKEN={token}");
    project.build().args(["--build-arg", &token_arg, "--output", "type=cacheonly"]).ok();
    wait_for_end(&token, Instant::now());
}

#[test]
fn two_builds_at_once() {
    let token = unique();
    let build = |number: u8| {
        let project = Project::new(&format!(
            "[stage.app]\nfrom = \"busybox\"\n[[stage.app.layer]]\n\
             run = \"echo {number}-{token} > /it; sleep 1\"\n"
        ));
        project.build().files().text("/it")
    };
    let (one, two) = thread::scope(|scope| {
        let one = scope.spawn(|| build(1));
        let two = build(2);
        (one.join().expect("a build"), two)
    });
    assert_eq!(one, format!("1-{token}\n"));
    assert_eq!(two, format!("2-{token}\n"));
}

#[test]
fn a_result_may_be_empty() {
    let project = Project::new("[stage.app]\nfrom = \"scratch\"\n");
    let image = project.build().image();
    assert_eq!(image.config()["rootfs"]["type"], "layers");
    assert_eq!(image.config()["os"], "linux");
    let files = project.build().files();
    assert_eq!(std::fs::read_dir(files.path("/")).expect("a directory").count(), 0);
    let outcome = project.build().args(["--platform", "linux/amd64,linux/arm64"]);
    outcome.args(["--output", "type=cacheonly"]).ok();
}

#[test]
fn an_image_archive() {
    let project = Project::new(
        "[stage.app]\nfrom = \"busybox\"\n[[stage.app.layer]]\nrun = \"echo hi > /hi\"\n\
         [stage.app.image]\ncmd = [\"cat\", \"/hi\"]\n",
    );
    let image = project.build().image();
    assert_eq!(image.config()["config"]["Cmd"], serde_json::json!(["cat", "/hi"]));
    assert!(
        image.last_layer().iter().any(|line| line.ends_with(" hi")),
        "{:?}",
        image.last_layer()
    );
    let history = image.config()["history"].clone();
    let last = history.as_array().and_then(|all| all.last()).cloned().unwrap_or_default();
    assert_eq!(last["comment"], "strake");
}

#[test]
fn an_image_is_loaded_and_run() {
    let tag = format!("strake-tests/life-load:{}", unique());
    let project = Project::new(
        "[stage.app]\nfrom = \"busybox\"\n[stage.app.image]\ncmd = [\"echo\", \"loaded\"]\n",
    );
    project.build().args(["--load", "-t", &tag]).ok();
    let run = engine().docker().args(["run", "--rm", &tag]).output().expect("docker runs");
    let removed = engine().docker().args(["image", "rm", &tag]).output().expect("docker runs");
    assert_eq!(String::from_utf8_lossy(&run.stdout), "loaded\n");
    assert!(removed.status.success());
}

#[test]
fn an_image_is_pushed_and_built_on() {
    let image = format!("{}/strake-tests/life-push:{}", engine().registry(), unique());
    let project = Project::new(
        "[stage.app]\nfrom = \"busybox\"\n[stage.app.image]\nlabels = { a = \"b\" }\n",
    );
    project.build().args(["--push", "-t", &image]).ok();
    let inspect = engine()
        .docker()
        .args(["buildx", "imagetools", "inspect", "--raw", &image])
        .output()
        .expect("docker runs");
    let manifest: Value = serde_json::from_slice(&inspect.stdout).expect("a manifest");
    assert_eq!(manifest["schemaVersion"], 2);
    let next = Project::new(&format!("[stage.app]\nfrom = \"{image}\"\n"));
    assert_eq!(next.build().image().config()["config"]["Labels"]["a"], "b");
}
