//! Argument vectors.

use super::render;
use crate::shell::{Exec, read};

fn check(args: &[&str], expected: &str) {
    check_with(args, &[], expected);
}

fn check_with(args: &[&str], files: &[(&str, &str)], expected: &str) {
    let vector: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
    let files: Vec<(String, String)> =
        files.iter().map(|(path, content)| ((*path).to_owned(), (*content).to_owned())).collect();
    let exec = Exec { args: &vector, env: &[], directory: "/app", files: &files };
    let found = match read(&exec) {
        Ok(script) => render::commands(&script, "/app"),
        Err(error) => error.to_string(),
    };
    let lines: Vec<&str> = found.lines().map(str::trim).collect();
    assert_eq!(lines.join("; "), expected, "{args:?}");
}

#[test]
fn shells_are_told_by_their_options() {
    check(&["/bin/sh", "-c", "a; b"], "a; b");
    check(&["sh", "-e", "-c", "a"], "a");
    check(&["/bin/bash", "-euxc", "a"], "a");
    check(&["/bin/bash", "-o", "pipefail", "-c", "a | b"], "a; b");
    check(&["/bin/bash", "-euxo", "pipefail", "-c", "a"], "a");
    check(&["bash", "-c", "-e", "a"], "a");
    check(&["bash", "-ceo", "pipefail", "a"], "a");
    check(&["bash", "--login", "-c", "a", "name"], "a");
    check(&["bash", "--rcfile", "-c", "-c", "a"], "a");
    check(&["ash", "+x", "-c", "--", "a"], "a");
    check(&["sh", "-c", ""], "");
    check(&["sh", "-c"], "sh -c");
    check(&["sh", "script.sh", "-c", "a"], "sh script.sh -c a");
    check(&["bash", "-o"], "bash -o");
    check(&[], "");
}

#[test]
fn other_shells_have_no_script() {
    check(&["cmd", "/S", "/C", "pip install x"], "cmd /S /C pip install x");
    check(&["powershell", "-Command", "pip install x"], "powershell -Command pip install x");
    check(&["python3", "-c", "import pip"], "python3 -c import pip");
    check(&["/usr/bin/zsh", "-c", "a"], "zsh -c a");
}

#[test]
fn vectors_are_commands() {
    check(&["pip", "install", "x y", "$A", "*"], "pip install x y $A *");
    check(&["/usr/bin/env", "A=1", "npm", "ci"], "npm ci  A=1");
    check(&["sudo", "-E", "sh", "-c", "a; b"], "a  as root; b  as root");
    check(&[""], "");
    let args: Vec<String> = ["sudo", "sh", "-c", "a;b"].map(str::to_owned).to_vec();
    let read = read(&Exec { args: &args, env: &[], directory: "/", files: &[] }).unwrap();
    let span = read.commands[1].span;
    assert_eq!(&read.text[span.start..span.end], "b");
}

/// As BuildKit passes the here documents of a Dockerfile.
#[test]
fn documents_of_dockerfiles() {
    check(&["/bin/sh", "-c", "a\nb\n"], "a; b");
    check(&["/bin/sh", "-c", "sh -e <<EOF\na\nb\nEOF"], "a; b");
    check(&["/bin/sh", "-c", "cat <<A <<B\na\nA\n$(b)\nB"], "? b; cat");
    let path = "/dev/pipes/EOF";
    for (content, expected) in [
        ("#!/bin/sh\na\nb", "a; b"),
        ("#!/usr/bin/env bash\na\n", "a"),
        ("#!/usr/bin/env -S bash -eu\na\n", "a"),
        ("#!/bin/bash -e\na && (", "a command is missing"),
        ("#!/usr/bin/env python3\nimport os", ""),
        ("#! /usr/bin/perl\na", ""),
        ("#!", ""),
    ] {
        check_with(&["/bin/sh", "-c", path], &[(path, content)], expected);
    }
    check_with(&["/bin/sh", "-c", "/dev/pipes/EOF x"], &[(path, "#!/bin/sh\na")], "EOF x");
}

#[test]
fn long_scripts_are_not_read() {
    check(&["sh", "-c", &"a\n".repeat(1 << 20)], "the script is too long");
    check(&["a", &"b".repeat(2 << 20)], "the script is too long");
}
