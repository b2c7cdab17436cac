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
    assert_eq!(problems("a = 1\na = 2\n"), ["2:1 toml-syntax `a` appears a second time"]);
}

/// What follows from a slip is no problem of its own, unless nothing tells what was meant.
#[test]
fn one_slip_is_one_problem() {
    check("[stages.a]\nfrom = \"x\"\n", "1:2 unknown-key unknown key `stages` in the manifest");
    check("[stage.a]\nform = \"x\"\n", "2:1 unknown-key unknown key `form` in `[stage.a]`");
    check(
        "[stage.a]\nimg = \"x\"\n",
        "1:1 missing-key `from` is missing in `[stage.a]`\n         \
          2:1 unknown-key unknown key `img` in `[stage.a]`",
    );
    let layer = |keys: &str| format!("[stage.a]\nfrom = \"x\"\n[[stage.a.layer]]\n{keys}\n");
    assert_eq!(
        problems(&layer("copy = { source = \"x\", to = \"/\" }")),
        [
            "4:10 unknown-key unknown key `source` in `copy`",
            "4:24 unknown-key unknown key `to` in `copy`"
        ]
    );
    assert_eq!(
        problems(&layer("secrets = [{ uid = 7 }]\nrun = \"x\"")),
        ["4:12 missing-key `id` is missing in `secrets`"]
    );
}

/// What the way out says to write must be right itself.
#[test]
fn ways_out() {
    let layer = |keys: &str| format!("[stage.a]\nfrom = \"x\"\n[[stage.a.layer]]\n{keys}\n");
    let image = |keys: &str| format!("[stage.a]\nfrom = \"x\"\n[stage.a.image]\n{keys}\n");
    for (manifest, help) in [
        (image("cmd = \"python app.py\""), "write `[\"python\", \"app.py\"]`"),
        (image("cmd = \"run\""), "write `[\"run\"]`"),
        (image("cmd = \"a && b\""), "write `[\"/bin/sh\", \"-c\", \"...\"]` to use a shell"),
        (layer("apt = \"curl wget\""), "write `[\"curl\", \"wget\"]`"),
        (layer("npm = [\"x\"]"), "write `run = \"npm ...\"` and `uses = [\"npm\"]`"),
        (
            layer("apk = [\"x\"]"),
            "write `run = \"apk add ...\"`; there is no preset: declare a cache of your own",
        ),
        (
            "[stage.a]\nfrom = \u{201c}x\u{201d}\n".to_owned(),
            "use `\"` or `'`: these quotation marks come from a word processor",
        ),
    ] {
        let found = read_with(&manifest, &[], false).expect_err("a problem");
        assert_eq!(found[0].help, [help], "{manifest}");
    }
}

#[test]
fn all_problems_at_once() {
    check(
        "project = 1\n[arg]\nA = 1\n[cache.x]\n[stage.app]\nform = \"x\"\n[[stage.app.layer]]\nrum = \"x\"\n[stages.b]\n",
        "1:11 wrong-type `project` must be a string, but this is an integer
         3:5 wrong-type `A` must be a string or a table, but this is an integer
         4:1 missing-key `target` is missing in `[cache.x]`
         6:1 unknown-key unknown key `form` in `[stage.app]`
         8:1 unknown-key unknown key `rum` in `[[stage.app.layer]]`
         9:2 unknown-key unknown key `stages` in the manifest",
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
