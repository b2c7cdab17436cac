//! The script's arguments and files, and what it makes of sources, run by a real shell.

use std::io::Write;
use std::process::{Command, Stdio};

use super::*;
use crate::manifest::model::AptSnapshot;
use crate::source::Spanned;

const SPAN: Span = Span { start: 0, end: 0 };

fn text(text: &str) -> Spanned<String> {
    Spanned::new(text.to_owned(), SPAN)
}

fn source(uri: &str, suite: &str, components: &[&str]) -> AptSource {
    let components = components.iter().map(|name| (*name).to_owned()).collect();
    let suites = vec![suite.to_owned()];
    AptSource { uri: text(uri), suites, components, key: None, keep: true }
}

fn apt() -> Apt {
    let packages = vec![text("jq=1.*"), text("curl")];
    Apt { packages, recommends: false, sources: Vec::new(), snapshot: None }
}

fn args(apt: &Apt, epoch: Option<i64>) -> String {
    step(apt, epoch, SPAN).args.join(" ")
}

#[test]
fn what_is_asked_for_is_in_the_arguments() {
    assert_eq!(args(&apt(), None), "/bin/sh /dev/strake/apt.sh -- jq=1.* curl");
    let snapshot = AptSnapshot { time: "20260801T000000Z".to_owned(), mirror: None };
    let all = Apt { recommends: true, snapshot: Some(snapshot), ..apt() };
    assert_eq!(
        args(&all, Some(-5)),
        "/bin/sh /dev/strake/apt.sh --epoch -5 --recommends --snapshot 20260801T000000Z  -- jq=1.* curl"
    );
}

#[test]
fn sources_are_files_of_the_step() {
    let mut kept = source("https://user:word@a.example:8443/deb", "stable", &["main", "extra"]);
    kept.key = Some(AptKey::Inline(text("KEY")));
    let mut passing = source("http://b.example", "/", &[]);
    passing.keep = false;
    let step = step(&Apt { sources: vec![kept, passing], ..apt() }, None, SPAN);
    let shown: Vec<String> = step
        .files
        .iter()
        .skip(1)
        .map(|(place, kind, _)| match kind {
            MountKind::Inline { content, .. } => {
                format!("{place}\n{}", String::from_utf8_lossy(content))
            }
            other => format!("{place} {other:?}"),
        })
        .collect();
    insta::assert_snapshot!(format!("{}\n\n{}", step.args.join(" "), shown.join("\n")));
}

#[test]
fn sources_of_one_host_have_names_of_their_own() {
    let names = [
        source("http://a.example/x", "stable", &["main"]),
        source("http://a.example/y", "stable", &["main"]),
        source("http://a.example/x", "testing", &["main"]),
        source("http://a.example/x", "stable", &["contrib"]),
    ]
    .map(|source| name(&source));
    let distinct: std::collections::BTreeSet<_> = names.iter().collect();
    assert_eq!(distinct.len(), names.len(), "{names:?}");
}

/// What the script's function makes of a text, run by the machine's shell.
fn at_snapshot(mirror: &str, sources: &str) -> String {
    let (_, rest) = INSTALL.1.split_once("\nat_snapshot() {").expect("the function");
    let (body, _) = rest.split_once("\n}\n").expect("its end");
    let script =
        format!("set -eu; snapshot=20260801T000000Z mirror='{mirror}'\nf() {{{body}\n}}\nf");
    let mut shell = Command::new("sh")
        .args(["-c", &script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("sh runs");
    let mut stdin = shell.stdin.take().expect("standard input");
    stdin.write_all(sources.as_bytes()).expect("it reads");
    drop(stdin);
    let done = shell.wait_with_output().expect("it ends");
    assert!(done.status.success());
    String::from_utf8(done.stdout).expect("text")
}

#[test]
fn archives_of_the_distribution_are_taken_from_the_snapshot() {
    let debian = "http://snapshot.debian.org/archive";
    for (mirror, before, after) in [
        (
            "",
            "deb http://archive.example/debian bookworm main\n",
            format!("deb {debian}/debian/20260801T000000Z/ bookworm main\n"),
        ),
        (
            "",
            "URIs: http://archive.example/debian-security/\nSuites: bookworm-security\n",
            format!(
                "URIs: {debian}/debian-security/20260801T000000Z/\nSuites: bookworm-security\n"
            ),
        ),
        (
            "",
            "deb [arch=amd64 signed-by=/usr/share/k/debian/k.gpg] https://mirror.example/a/debian sid main",
            format!(
                "deb [arch=amd64 signed-by=/usr/share/k/debian/k.gpg] {debian}/debian/20260801T000000Z/ sid main"
            ),
        ),
        (
            "",
            "URIs: http://archive.ubuntu.com/ubuntu/ http://ports.ubuntu.com/ubuntu-ports\n",
            "URIs: http://snapshot.ubuntu.com/ubuntu/20260801T000000Z/ http://snapshot.ubuntu.com/ubuntu/20260801T000000Z/\n"
                .to_owned(),
        ),
        (
            "https://own.example/s",
            "deb http://archive.example/debian sid main\ndeb http://a.example/ubuntu noble main\n",
            "deb https://own.example/s/debian/20260801T000000Z/ sid main\n\
             deb https://own.example/s/ubuntu/20260801T000000Z/ noble main\n"
                .to_owned(),
        ),
        // Of these there is none.
        (
            "",
            "deb https://apt.example/debian/x stable main\ndeb https://a.example/mydebian x main\n",
            "deb https://apt.example/debian/x stable main\ndeb https://a.example/mydebian x main\n"
                .to_owned(),
        ),
    ] {
        assert_eq!(at_snapshot(mirror, before), after);
    }
}
