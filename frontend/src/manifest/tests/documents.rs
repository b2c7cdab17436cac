//! Whole manifests, and what concerns the text as such.

use super::{check, good, problems, read_with};
use crate::manifest::model::StageBase;

#[test]
fn everything_is_read() {
    let manifest = good(include_str!("everything.toml"));
    insta::assert_debug_snapshot!(manifest);
}

#[test]
fn line_ends_and_marks_change_nothing() {
    let unix = include_str!("everything.toml");
    let windows = format!("\u{feff}{}", unix.replace('\n', "\r\n"));
    let [unix, windows] = [good(unix), good(&windows)];
    assert_eq!(unix.description, "Everything that a manifest can say.\nIn two lines.");
    assert_eq!(unix.description, windows.description);
    assert_eq!(windows.stages[0].help.as_deref(), Some("Tools that others take."));
    assert_eq!(unix.stages.len(), windows.stages.len());
    check(
        "\u{feff}[stage.app]\r\nfrom = \"a\"\r\nx = 1\r\n",
        "3:1 unknown-key unknown key `x` in `[stage.app]`",
    );
}

#[test]
fn lists_are_in_the_order_of_the_file() {
    let manifest =
        good("[stage.b]\nfrom = \"x\"\n[stage.a]\nfrom = \"b\"\n[arg]\nZ = \"1\"\nA = \"$Z\"\n");
    let stages: Vec<&str> = manifest.stages.iter().map(|stage| stage.name.value.as_str()).collect();
    assert_eq!(stages, ["b", "a"]);
    let args: Vec<&str> = manifest.args.iter().map(|arg| arg.name.value.as_str()).collect();
    assert_eq!(args, ["Z", "A"]);
}

#[test]
fn several_syntax_errors_at_once() {
    check(
        "[stage.app]\nfrom = debian\nuser =\nenv = { A = }\n",
        "2:8 toml-syntax string values must be quoted, expected literal string
         3:7 toml-syntax the value is missing
         4:13 toml-syntax invalid literal string, expected `'`",
    );
    assert_eq!(problems("a = 1\na = 2\n"), ["2:1 toml-syntax duplicate key"]);
}

#[test]
fn all_problems_at_once() {
    check(
        "[arg]\nA = 1\n[cache.x]\n[stage.app]\nform = \"x\"\n[[stage.app.layer]]\nrum = \"x\"\n[stages.b]\n",
        "2:5 wrong-type `A` must be a string or a table, but this is an integer
         3:1 missing-key `target` is missing in `[cache.x]`
         4:1 missing-key `from` is missing in `[stage.app]`
         5:1 unknown-key unknown key `form` in `[stage.app]`
         7:1 unknown-key unknown key `rum` in `[[stage.app.layer]]`
         8:2 unknown-key unknown key `stages` in the manifest",
    );
}

#[test]
fn lenient_reading_wants_no_arguments() {
    let text = "[arg]\nV = { required = true }\nW = \"$V\"\n[stage.app]\nfrom = \"debian:${V}\"\nplatform = \"$V\"\n\
        [[stage.app.layer]]\nwhen = { V = \"1\" }\nrun = \"x\"\n[stage.app.image]\nstop-signal = \"$W\"\nuser = \"x\"\n";
    let manifest = read_with(text, &[], true).unwrap();
    assert_eq!(manifest.args[0].value, None);
    let stage = &manifest.stages[0];
    assert!(matches!(&stage.base, StageBase::From(from) if from.value == "debian:${V}"));
    assert!(stage.layers[0].active);
    assert!(read_with(&text.replace("debian:${V}", "$X"), &[], true).is_err());
    let strict = read_with(text, &[], false).unwrap_err();
    assert_eq!(strict[0].code.name, "missing-argument");
    assert_eq!(strict.len(), 1, "the uses of a missing argument are no problems of their own");
}
