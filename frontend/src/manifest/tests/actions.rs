//! Layers: their actions and their modifiers.

use super::{action, check_layer, good, layer};
use crate::manifest::model::{Action, CommandAction, FilesAction, Mode, Run};
use crate::presets::Boundary;

#[test]
fn short_and_long_forms() {
    assert!(matches!(action("run = \"x\""), Action::Command(CommandAction::Run(Run::Script(_)))));
    assert!(matches!(action("run = [\"x\"]"), Action::Command(CommandAction::Run(Run::Argv(_)))));
    assert!(matches!(
        action("run = { file = \"x\" }"),
        Action::Command(CommandAction::Run(Run::File { .. }))
    ));
    assert!(matches!(action("mkdir = \"/x\""), Action::Files(FilesAction::Mkdir(_))));
    assert!(
        matches!(action("remove = [\"/x\", \"/y\"]"), Action::Files(FilesAction::Remove(remove)) if remove.paths.len() == 2)
    );
    assert!(
        matches!(action("apt = [\"x\"]"), Action::Command(CommandAction::Apt(apt)) if !apt.recommends)
    );
    assert!(
        matches!(action("uv = { requirements = [\"r.txt\"] }"), Action::Command(CommandAction::Uv(uv)) if uv.packages.is_empty())
    );
    assert!(
        matches!(action("pip = [\"x\"]"), Action::Command(CommandAction::Pip(pip)) if pip.python.is_none())
    );
    assert!(
        matches!(action("dnf = [\"@x\"]"), Action::Command(CommandAction::Install(dnf)) if dnf.preset == "dnf" && !dnf.recommends)
    );
    assert!(matches!(
        action("fetch = { git = \"g\", dest = \"/\" }"),
        Action::Files(FilesAction::FetchGit(_))
    ));
    assert_eq!(
        layer("copy = [{ src = \"a\", dest = \"b\" }, { src = \"c\", dest = \"d\" }]").steps.len(),
        2
    );
    assert_eq!(layer("steps = [{ mkdir = [\"/a\", \"/b\"] }, { run = \"x\" }]").steps.len(), 3);
}

#[test]
fn modes_are_octal_or_symbolic() {
    let mode = |mode: &str| match action(&format!(
        "copy = {{ src = \"a\", dest = \"b\", mode = {mode} }}"
    )) {
        Action::Files(FilesAction::Copy(copy)) => copy.mode.unwrap().value,
        other => panic!("{other:?}"),
    };
    assert_eq!(mode("\"0755\""), Mode::Bits(0o755));
    assert_eq!(mode("0o644"), Mode::Bits(0o644));
    assert_eq!(mode("\"u+x,g-w\""), Mode::Symbolic("u+x,g-w".to_owned()));
    check_layer(
        "write = { path = \"/x\", content = \"\", mode = \"u+x\" }",
        "4:45 invalid-mode `mode` must be octal here, not `u+x`",
    );
    check_layer(
        "mkdir = { path = \"/x\", mode = 0x1ff }",
        "4:31 invalid-mode `mode` is the decimal number 0x1ff, not an octal mode",
    );
}

#[test]
fn a_layer_has_one_action() {
    check_layer("name = \"x\"", "3:1 no-action this layer does nothing");
    check_layer("steps = []", "4:9 no-action `steps` is empty");
    check_layer("steps = [{}]", "4:10 no-action this step does nothing");
    check_layer(
        "run = \"x\"\nmkdir = \"/x\"",
        "5:1 several-actions a layer has one action, but this one has `run` and `mkdir`",
    );
    check_layer(
        "run = \"x\"\nsteps = []",
        "5:1 several-actions a layer has one action, but this one has `run` and `steps`",
    );
    check_layer(
        "steps = [{ run = \"x\", uses = [\"uv\"] }]",
        "4:23 unknown-key unknown key `uses` in `steps`",
    );
}

/// A preset that says how packages are installed reads them as the others do.
#[test]
fn packages_are_no_options() {
    check_layer(
        "dnf = [\"--nogpgcheck\"]",
        "4:8 invalid-package `--nogpgcheck` is an option, not a package",
    );
    check_layer("dnf = { recommends = true }", "4:7 missing-key `packages` is missing in `dnf`");
    check_layer("dnf = { packages = [\"x\"], y = 1 }", "4:27 unknown-key unknown key `y` in `dnf`");
}

#[test]
fn modifiers_must_mean_something() {
    check_layer(
        "mkdir = \"/x\"\nuser = \"x\"\nnetwork = \"none\"\nshell = [\"sh\"]\nworkdir = \"/y\"",
        "5:1 useless-modifier `user` has no effect in this layer: files get their owner from `owner`
         6:1 useless-modifier `network` has no effect in this layer: only commands (`run` and package managers) use it
         7:1 useless-modifier `shell` has no effect in this layer: only commands (`run` and package managers) use it",
    );
    check_layer(
        "apt = [\"x\"]\nshell = [\"sh\"]",
        "5:1 useless-modifier `shell` has no effect in this layer: only a script (`run = \"...\"`) uses a shell",
    );
    layer("steps = [{ mkdir = \"/x\" }, { run = \"x\" }]\nuses = [\"uv\"]\nshell = [\"sh\"]");
}

#[test]
fn paths_are_checked() {
    check_layer(
        "copy = { src = [\"a/../b\", \"https://x/y\"], dest = \"\" }",
        "4:17 invalid-path `a/../b` leads out of the context with `..`
         4:27 invalid-path `https://x/y` is a URL, not a path
         4:50 empty-value `dest` is empty",
    );
    check_layer(
        "run = \"x\"\ninputs = [\"/a\", \"..\", \"b\", \"b\", \"*\"]\ntmpfs = [\"tmp\", \"/\"]\nbinds = [{ target = \"/t\" }, { src = \"..\", target = \"/t/\" }]",
        "5:11 invalid-path `/a` must be relative to the context
         5:17 invalid-path `..` leads out of the context with `..`
         5:28 duplicate the input `b` appears twice
         6:10 invalid-path `tmpfs` must be an absolute path, not `tmp`
         6:17 invalid-path `tmpfs` cannot be the root
         7:37 invalid-path `..` leads out of the context with `..`
         7:52 duplicate a mount at `/t` appears twice",
    );
    check_layer(
        "write = { path = \"/x/\", content = \"\" }",
        "4:18 invalid-path `path` names a directory: `/x/`",
    );
}

#[test]
fn fetches_are_checked() {
    check_layer(
        "fetch = { url = \"ftp://x\", checksum = \"abc\", dest = \"/\", ref = \"x\" }",
        "4:17 invalid-url `ftp://x` is not an http or https URL
         4:39 invalid-checksum `checksum` is not a checksum: `abc`
         4:58 unknown-key unknown key `ref` in `fetch`",
    );
    check_layer(
        "fetch = { url = \"https://x\", git = \"x\", dest = \"/\" }",
        "4:30 conflicting-keys `url` and `git` cannot both be in `fetch`",
    );
    check_layer("fetch = { dest = \"/\" }", "4:9 missing-key `url` is missing in `fetch`");
    check_layer(
        "fetch = { git = \"x#main:sub\", dest = \"/\", checksum = \"xyz\" }",
        "4:17 invalid-url name the repository without `#`
         4:54 invalid-checksum `checksum` is not a commit: `xyz`",
    );
}

#[test]
fn packages_are_checked() {
    check_layer("apt = []", "4:7 empty-value `apt` is empty");
    check_layer(
        "apt = [\"a; b\", \"$X\", \"a b\", \"a-\", \"g++\", \"a:arm64=1:2~3.*\"]",
        "
        4:8 invalid-package `a; b` is not a package
        4:17 unknown-argument there is no argument `X`
        4:22 invalid-package `a b` is not a package
        4:29 invalid-package `a-` is not a package",
    );
    check_layer("apt = {}", "4:7 missing-key `packages` is missing in `apt`");
    check_layer("uv = { python = \"3\" }", "4:6 missing-key `packages` is missing in `uv`");
    check_layer(
        "uv = [\"-r x\", \"a\\nb\", \"\"]",
        "
        4:7 invalid-package `-r x` is an option, not a package
        4:15 invalid-package a package has control characters in its name
        4:23 empty-value `uv` is empty",
    );
}

#[test]
fn sources_of_packages_are_checked() {
    let check = |source: &str, expected: &str| {
        check_layer(&format!("apt = {{ packages = [\"x\"], sources = [\n{source}] }}"), expected);
    };
    let more = "suites = [\"a\"], components = [\"b\"]";
    check(
        "{}",
        "5:1 missing-key `uri` is missing in `sources`
         5:1 missing-key `suites` is missing in `sources`",
    );
    check(
        &format!("{{ uri = \"file:/x\", {more} }}, {{ uri = \"http://x y\", {more} }}"),
        "5:9 invalid-url `file:/x` is not an http or https URL of an archive
         5:66 invalid-url `http://x y` is not an http or https URL of an archive",
    );
    for (rest, message) in [
        ("suites = [\"a\"]", "a suite has `components`"),
        (
            "suites = [\"a/\"], components = [\"b\"]",
            "a suite that ends in `/` is a directory, and has no `components`",
        ),
        ("suites = [\"a\", \"./\"]", "suites and directories can't share a source"),
    ] {
        let source = format!("{{ uri = \"http://x\", {rest} }}");
        check(&source, &format!("5:1 invalid-source {message}"));
    }
    check(
        "{ uri = \"http://x\", suites = [\"a Trusted\", \"-o\"], components = [\"b c\"] }",
        "5:31 invalid-source `suites` cannot contain `a Trusted`
         5:44 invalid-source `suites` cannot contain `-o`
         5:65 invalid-source `components` cannot contain `b c`",
    );
    for (key, problem) in [
        (
            "key = \"https://x/k\"",
            "5:63 invalid-source a fetched key needs a `checksum`: whoever changes it can change every package",
        ),
        (
            "key = \"https://x/k\", checksum = \"md5\"",
            "5:89 invalid-checksum `checksum` is not a checksum: `md5`",
        ),
        (
            "key = \"k.asc\", checksum = \"md5\"",
            "5:83 invalid-source `checksum` has no effect here: only a fetched `key` has one",
        ),
        ("key = \"../k\"", "5:63 invalid-path `../k` leads out of the context with `..`"),
        ("key = \"a\\nb\"", "5:63 invalid-source `key` is neither a path nor an armoured key"),
    ] {
        check(&format!("{{ uri = \"http://x\", {more}, {key} }}"), problem);
    }
}

#[test]
fn snapshots_are_checked() {
    for time in ["2026-08-01", "20260801T000000", "20260801t000000Z", "２0260801T00000"] {
        check_layer(
            &format!("apt = {{ packages = [\"x\"], snapshot = \"{time}\" }}"),
            &format!("4:38 invalid-snapshot `snapshot` is not a snapshot time: `{time}`"),
        );
    }
    check_layer(
        "apt = { packages = [\"x\"], snapshot = { mirror = \"http://x/#a\" } }",
        "4:38 missing-key `time` is missing in `snapshot`
         4:49 invalid-url `http://x/#a` is not an http or https URL of an archive",
    );
    let Action::Command(CommandAction::Apt(apt)) = action(
        "apt = { packages = [\"x\"], snapshot = { time = \"20260801T000000Z\", mirror = \"http://x/\" } }",
    ) else {
        panic!("another action")
    };
    assert_eq!(apt.snapshot.unwrap().mirror.as_deref(), Some("http://x"));
}

#[test]
fn mounts_have_defaults() {
    let layer = layer(
        "run = \"x\"\nsecrets = [\"a\", { id = \"b\", env = \"B\" }]\nssh = [\"default\"]\ntmpfs = [{ target = \"/t\", size = 1024 }]",
    );
    assert_eq!((layer.secrets[0].mode, layer.secrets[0].required), (0o400, true));
    assert_eq!(layer.secrets[1].env.as_ref().unwrap().value, "B");
    assert_eq!(layer.ssh[0].mode, 0o600);
    assert_eq!(layer.tmpfs[0].size, 1024);
    check_layer(
        "run = \"x\"\nsecrets = [{ env = \"A B\" }, 1]\nssh = \"default\"\nsecurity = \"secure\"",
        "5:12 missing-key `id` is missing in `secrets`
         5:20 invalid-name `A B` cannot be the name of an environment variable
         5:29 wrong-type `secrets` must be a string or a table, but this is an integer
         6:7 wrong-type `ssh` must be an array, but this is a string
         7:12 invalid-choice `security` cannot be `secure`",
    );
}

#[test]
fn boundaries_are_read() {
    let layer = layer("boundary = \"none\"\nepoch = \"1\"\ncopy = { src = \"a\", dest = \"/\" }");
    assert_eq!(layer.boundary.map(|boundary| boundary.value), Some(Boundary::None));
    assert_eq!(layer.epoch.map(|epoch| epoch.value).as_deref(), Some("1"));
    check_layer(
        "run = \"x\"\nboundary = \"mounts\"",
        "5:12 invalid-choice `boundary` cannot be `mounts`",
    );
    check_layer(
        "run = \"x\"\nepoch = 1",
        "5:9 wrong-type `epoch` must be a string, but this is an integer",
    );
    for cache in ["\"uv\"", "[\"uv\"]"] {
        check_layer(
            &format!("run = \"x\"\nboundary = {cache}"),
            "5:12 invalid-choice `boundary` says whether the layer is exportable, and names no cache mount",
        );
    }
    check_layer(
        "steps = [{ run = \"x\", boundary = \"none\", epoch = \"1\" }]",
        "4:23 unknown-key unknown key `boundary` in `steps`
         4:42 unknown-key unknown key `epoch` in `steps`",
    );
}

/// A cache may have the name of a boundary.
#[test]
fn a_boundary_is_no_name_of_a_cache() {
    let manifest = good(
        "project = \"p\"\n[cache.mount]\ntarget = \"/c\"\n[stage.app]\nfrom = \"x\"\n\
         layer = [{ boundary = \"mount\", uses = [\"mount\"], run = \"x\" }]\n",
    );
    let layer = &manifest.stages[0].layers[0];
    assert_eq!(layer.boundary.as_ref().map(|boundary| boundary.value), Some(Boundary::Mount));
}
