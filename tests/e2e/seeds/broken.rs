//! What breaks in the middle: a registry that dies, a client that goes away, a disk that is full. A
//! build succeeds all the same, a mount is whole or as empty as it was, and what was published stays.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::thread;
use std::time::Duration;

use super::{Case, LIST, TAG, builder, codes, names, on};
use crate::harness::relay::{Break, How};
use crate::harness::{Build, Relay, Runner, unique};

/// Makes something in the mount that has to be fetched as a blob of its own.
const SCRIPT: &str = "cd /cache; eval \"$STEP\"; find . | sort > /out/list";

/// A seed of some megabytes, behind a relay.
fn behind(relay: &Relay) -> (Case, String) {
    let case = Case::at(&relay.repository(&unique("mounts")), "", "", SCRIPT);
    let one = builder();
    case.build(&one, "head -c 8000000 /dev/urandom > a").ok();
    case.export(&one, TAG).ok();
    (case, one)
}

#[test]
fn a_registry_dies_while_a_seed_is_fetched_and_loses_a_blob() {
    let relay = Relay::start();
    let (case, one) = behind(&relay);
    // The engine has the layer: another one has to fetch it.
    let second = Runner::shared();
    let build = |step: &str| case.build(&one, step).on(&second);
    relay.breaks_at(Break { method: "GET", path: "/blobs/", how: How::Dies(2_000) });
    let files = build(&format!(": {}", unique("look"))).files();
    assert!(relay.is_dead());
    assert_eq!(codes(&files.log), ["seed-broken"], "{}", files.log);
    assert_eq!(names(&files), Vec::<String>::new());
    // It is there again, but a blob is gone.
    relay.fix();
    let how = How::Answers("404 Not Found");
    relay.breaks_at(Break { method: "GET", path: "/blobs/", how });
    let files = build(&format!(": {}", unique("look"))).files();
    assert_eq!(
        (codes(&files.log), names(&files)),
        (vec!["seed-broken"], Vec::new()),
        "{}",
        files.log
    );
    relay.fix();
    let files = build(&format!(": {}", unique("look"))).files();
    assert_eq!((codes(&files.log), names(&files)), (Vec::new(), vec!["a".to_owned()]));
}

#[test]
fn a_registry_dies_while_a_seed_is_pushed() {
    let relay = Relay::start();
    let (case, one) = behind(&relay);
    let before = case.digest(TAG);
    case.build(&one, "head -c 8000000 /dev/urandom > b").ok();
    relay.breaks_at(Break { method: "PUT", path: "/blobs/", how: How::Dies(1_000_000) });
    let failed = case.export(&one, TAG).fails();
    assert!(relay.is_dead(), "{}", failed.log);
    relay.fix();
    assert_eq!(case.digest(TAG), before);
    // And with the registry back it goes on as if nothing had been.
    case.export(&one, TAG).ok();
    let files = case.build(&builder(), &format!(": {}", unique("look"))).files();
    assert_eq!(names(&files), ["a", "b"]);
}

/// The last word is the manifest: without it, the tag is what it was.
#[test]
fn a_registry_dies_before_the_tag_moves() {
    let relay = Relay::start();
    let (case, one) = behind(&relay);
    let before = case.digest(TAG);
    case.build(&one, "echo b > b").ok();
    relay.breaks_at(Break { method: "PUT", path: "/manifests/", how: How::Dies(10) });
    case.export(&one, TAG).fails();
    assert!(relay.is_dead());
    relay.fix();
    assert_eq!(case.digest(TAG), before);
}

/// A client goes away at any time of priming: what the next build finds is whole.
#[test]
fn a_prime_that_is_cancelled_leaves_no_half_of_it() {
    let script = "cd /cache; eval \"$STEP\"; find . | wc -l > /out/list";
    let case = Case::new("", "", script);
    let one = builder();
    let make = "for d in $(seq 100); do mkdir $d; for f in $(seq 100); do : > $d/$f; done; done";
    case.build(&one, make).ok();
    case.export(&one, TAG).ok();
    for wait in [0, 50, 200, 500] {
        let two = builder();
        let mut child = started(&case.build(&two, &format!(": {}", unique("look"))));
        until(&mut child, "[seed] own: fill from");
        thread::sleep(Duration::from_millis(wait));
        child.kill().expect("it can be ended");
        child.wait().expect("it ends");
        let files = case.build(&two, &format!(": {}", unique("look"))).files();
        assert_eq!(files.text("/list"), "10101\n", "after {wait} ms: {}", files.log);
        assert!(codes(&files.log).is_empty(), "{}", files.log);
    }
}

fn started(build: &Build<'_>) -> Child {
    let mut command = build.command();
    command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("docker runs")
}

/// Waits for a text in the progress.
fn until(child: &mut Child, text: &str) {
    let progress = BufReader::new(child.stderr.as_mut().expect("standard error"));
    let found = progress.lines().map_while(Result::ok).any(|line| line.contains(text));
    assert!(found, "`{text}` was not told");
}

/// The mount needs more than is left when the seed is there.
#[test]
fn a_full_disk_leaves_the_mount_empty() {
    let case = Case::new("", "", LIST);
    let one = builder();
    let large = Case::at(&case.repository, "", "", SCRIPT);
    large.build(&one, "head -c 500000000 /dev/zero > large").ok();
    large.export(&one, TAG).ok();
    let small = Runner::with_disk("800m");
    let files = on(case.project.build(), &one).on(&small).files();
    assert_eq!(codes(&files.log), ["seed-broken"], "{}", files.log);
    assert!(files.log.contains("No space left on device"), "{}", files.log);
    assert_eq!(names(&files), Vec::<String>::new());
    // The mount is a good one: what the build puts there stays.
    let again = on(case.project.build(), &one).on(&small).arg("--build-arg=STRAKE_SEED=off");
    assert_eq!(names(&again.arg("--build-arg=STEP=b").files()), ["0"]);
}
