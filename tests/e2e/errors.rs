//! What a user reads when a build fails: the excerpt shows the lines at fault, and the message says
//! what is wrong with them, where, and what to do.

use crate::harness::{Outcome, Project, engine};

/// Stages of a base that is there.
const APP: &str = "[stage.app]\nfrom = \"busybox\"\n";

fn fails(manifest: &str, args: &[&str]) -> Outcome {
    checked(Project::new(manifest).build().args(args.iter().copied()).fails())
}

/// What no failure may look like.
#[track_caller]
fn checked(outcome: Outcome) -> Outcome {
    for text in ["panic", "InvalidArgument", "rpc error", "Unimplemented", "code = ", "Unknown:"] {
        assert!(!outcome.log.contains(text), "`{text}` is in the log:\n{}", outcome.log);
    }
    let last = outcome.log.split("ERROR: failed to build:").last().unwrap_or_default();
    for line in last.lines().filter(|line| line.len() > 20) {
        assert_eq!(last.matches(line).count(), 1, "`{line}` is said twice:\n{last}");
    }
    outcome
}

/// What a build failed with, by the last line of buildx, which asks twice how it went and puts before the message which
/// answer it had first.
fn said_last(outcome: &Outcome) -> &str {
    let said = outcome.log.split("ERROR: failed to build: ").last().unwrap_or_default();
    ["failed to solve: ", "failed to run Build function: "]
        .iter()
        .find_map(|answer| said.strip_prefix(answer))
        .unwrap_or(said)
}

/// The lines that excerpts mark, in the order in which they are printed.
fn marked(outcome: &Outcome) -> Vec<String> {
    let lines = outcome.log.lines().filter_map(|line| {
        let (number, text) = line.split_once(" | >>> ")?;
        Some(format!("{}: {text}", number.trim()))
    });
    lines.collect()
}

#[test]
fn toml_that_is_none() {
    let outcome = fails("[stage.app]\nfrom = busybox\n[stage.b\n", &[]);
    assert_eq!(marked(&outcome), ["3: from = busybox", "4: [stage.b"]);
    outcome.says("strake.toml:3:8: string values must be quoted").says("(toml-syntax)");
    outcome.says("1 more problem:").says("strake.toml:4:9: unclosed table");
}

#[test]
fn an_unknown_key() {
    let outcome = fails(&format!("{APP}wrkdir = \"/x\"\n"), &[]);
    assert_eq!(marked(&outcome), ["4: wrkdir = \"/x\""]);
    outcome.says("strake.toml:4:1: unknown key `wrkdir` in `[stage.app]` (unknown-key)");
    outcome.says("help: did you mean `workdir`?");
}

#[test]
fn a_misspelt_action_is_one_problem() {
    for layer in [
        "[[stage.app.layer]]\nrnu = \"true\"\n",
        "[[stage.app.layer]]\nsteps = [{ rnu = \"true\" }]\n",
    ] {
        let outcome = fails(&format!("{APP}{layer}"), &[]);
        outcome.says("unknown key `rnu`").says("help: did you mean `run`?");
        assert!(!outcome.log.contains("no-action"), "{}", outcome.log);
        assert!(!outcome.log.contains("more problem"), "{}", outcome.log);
    }
}

#[test]
fn an_unknown_target() {
    let outcome = fails(APP, &["--target", "nope"]);
    outcome.says("there is no stage named `nope`, which `--target` asks for (unknown-target)");
    outcome.says("help: the stages are: app");
    assert_eq!(marked(&outcome), Vec::<String>::new(), "no line of the file is to blame");
    let outcome = fails(APP, &["--target", "ap"]);
    outcome.says("strake.toml:2:8").says("help: did you mean `app`?");
    assert_eq!(marked(&outcome), ["2: [stage.app]"]);
}

#[test]
fn a_slip_in_the_name_of_a_stage() {
    let base = "[stage.base]\nfrom = \"busybox\"\n";
    let outcome = fails(&format!("{base}[stage.app]\nfrom = \"Base\"\n"), &[]);
    outcome.says("strake.toml:5:8: `Base` is not a stage, a named context or an image");
    outcome.says("(unknown-source)").says("help: there is a stage named `base`");
    assert_eq!(marked(&outcome), ["5: from = \"Base\""]);
    let copy = "[[stage.app.layer]]\ncopy = { from = \"Base\", src = \"/x\", dest = \"/\" }\n";
    let outcome = fails(&format!("{base}{APP}{copy}"), &[]);
    outcome.says("strake.toml:7:17").says("help: there is a stage named `base`");
}

#[test]
fn an_image_that_does_not_exist() {
    let image = format!("{}/strake/nope:1", engine().registry());
    let outcome = fails(&format!("[stage.app]\nfrom = \"{image}\"\n"), &[]);
    outcome.says(&format!("strake.toml:3:8: the image `{image}` can't be loaded"));
    outcome.says(&format!("{image}: not found (unresolved)"));
    assert_eq!(marked(&outcome), [format!("3: from = \"{image}\"")]);
}

#[test]
fn a_named_context_that_does_not_exist() {
    let image = format!("{}/strake/nope:2", engine().registry());
    let copy = "[[stage.app.layer]]\ncopy = { from = \"tools\", src = \"/x\", dest = \"/\" }\n";
    let context = format!("tools=docker-image://{image}");
    let outcome = fails(&format!("{APP}{copy}"), &["--build-context", &context]);
    outcome.says("strake.toml:5:17: the named context `tools` can't be loaded");
    outcome.says(&format!("{image}: not found (unresolved)"));
    assert_eq!(marked(&outcome), ["5: copy = { from = \"tools\", src = \"/x\", dest = \"/\" }"]);
}

#[test]
fn stages_in_a_cycle() {
    let outcome = fails("[stage.a]\nfrom = \"b\"\n[stage.b]\nfrom = \"a\"\n", &[]);
    outcome.says("stages depend on each other in a cycle: b -> a -> b (stage-cycle)");
    outcome.says("line 4: this stage needs itself").says("help: move the common part");
    // Both places, each in an excerpt of its own.
    assert_eq!(marked(&outcome), ["3: from = \"b\"", "4: [stage.b]"]);
}

#[test]
fn bad_arguments_are_all_listed() {
    let manifest = format!(
        "[arg]\nMODE = {{ default = \"slim\", choices = [\"slim\", \"full\"] }}\n\
         V = {{ default = \"1\", pattern = '\\d+' }}\nR = {{ required = true }}\n{APP}"
    );
    let outcome = fails(&manifest, &["--build-arg", "MODE=slm", "--build-arg", "V=x"]);
    let numbers: Vec<String> =
        marked(&outcome).iter().map(|line| line.split(':').next().unwrap().into()).collect();
    assert_eq!(numbers, ["3", "4", "5"]);
    outcome.says("strake.toml:3:1: the value of `MODE`, `slm`, is not one of its choices");
    outcome.says("note: set by `--build-arg MODE=slm`").says("help: did you mean `slim`?");
    outcome.says("2 more problems:").says("`V`, `x`, does not match its pattern");
    outcome.says("help: the pattern is `\\d+`").says("the argument `R` is required");
    outcome.says("help: give it: `--build-arg R=...`");
}

#[test]
fn problems_of_all_sorts_in_one_go() {
    let manifest = format!(
        "{APP}wrkdir = \"/x\"\n[[stage.app.layer]]\nrun = 1\n[[stage.app.layer]]\n\
         copy = {{ src = \"x\" }}\n[stages]\n"
    );
    let outcome = fails(&manifest, &[]);
    let starts: Vec<String> = marked(&outcome);
    assert_eq!(
        starts,
        ["4: wrkdir = \"/x\"", "6: run = 1", "8: copy = { src = \"x\" }", "9: [stages]"]
    );
    outcome.says("3 more problems:").says("(wrong-type)").says("(missing-key)");
}

#[test]
fn a_file_that_is_not_in_the_context() {
    let layers = "\n[[stage.app.layer]]\nname = \"first\"\nrun = \"true\"\n\n[[stage.app.layer]]\n\
                  name = \"second\"\ncopy = { src = \"nope.txt\", dest = \"/\" }\n";
    let outcome = fails(&format!("{APP}{layers}"), &[]);
    assert_eq!(marked(&outcome), ["11: copy = { src = \"nope.txt\", dest = \"/\" }"]);
    outcome.says("strake.toml:11").says("\"/nope.txt\": not found").says("second: copy nope.txt /");
}

#[test]
fn a_file_that_is_not_in_a_stage() {
    let copy =
        "[[stage.app.layer]]\ncopy = { from = \"base\", src = \"/no/such\", dest = \"/\" }\n";
    let outcome = fails(&format!("[stage.base]\nfrom = \"busybox\"\n{APP}{copy}"), &[]);
    assert_eq!(
        marked(&outcome),
        ["7: copy = { from = \"base\", src = \"/no/such\", dest = \"/\" }"]
    );
    outcome.says("/no/such");
}

#[test]
fn a_script_file_that_is_not_there() {
    let outcome =
        fails(&format!("{APP}[[stage.app.layer]]\nrun = {{ file = \"nope.sh\" }}\n"), &[]);
    outcome.says("strake.toml:5:16: `nope.sh` can't be read: it is not in the build context");
    outcome.says("(unreadable-script)");
}

#[test]
fn a_script_that_fails() {
    let script = "run = \"\"\"\necho one\nfalse\necho two\n\"\"\"\n";
    let outcome = fails(&format!("{APP}[[stage.app.layer]]\nname = \"it\"\n{script}"), &[]);
    let expected = ["6: run = \"\"\"", "7: echo one", "8: false", "9: echo two", "10: \"\"\""];
    assert_eq!(marked(&outcome), expected);
    outcome.says("strake.toml:6").says("exit code: 1").says("[app 2/2] it: run echo one ...");
    assert!(!outcome.log.lines().any(|line| line.ends_with(" two") && line.starts_with("#")));
}

#[test]
fn a_step_of_another_stage_that_fails() {
    let manifest = "[stage.app]\nfrom = \"base\"\n\n[stage.base]\nfrom = \"busybox\"\n\
                    [[stage.base.layer]]\nrun = [\"/bin/false\"]\n";
    let outcome = fails(manifest, &["--target", "app"]);
    assert_eq!(marked(&outcome), ["8: run = [\"/bin/false\"]"]);
}

#[test]
fn what_cannot_be_fetched() {
    let layer =
        |fetch: &str| format!("{APP}[[stage.app.layer]]\nfetch = {{ {fetch}, dest = \"/\" }}\n");
    let outcome = fails(&layer("url = \"http://127.0.0.1:1/x.tar\""), &[]);
    outcome.says("[internal] fetch http://127.0.0.1:1/x.tar").says("connection refused");
    assert_eq!(marked(&outcome).len(), 1);
    outcome.says("5 | >>> fetch = {");
    let outcome = fails(&layer("git = \"http://127.0.0.1:1/x.git\""), &[]);
    outcome.says("5 | >>> fetch = {").says("http://127.0.0.1:1/x.git");
}

#[test]
fn a_checksum_that_is_wrong() {
    let zeros = "0".repeat(64);
    // The registry answers at its top, and it is a web server that is always there.
    let url = format!("http://{}/v2/", engine().registry());
    let outcome = fails(
        &format!(
            "{APP}[[stage.app.layer]]\n\
             fetch = {{ url = \"{url}\", checksum = \"sha256:{zeros}\", dest = \"/x\" }}\n"
        ),
        &[],
    );
    outcome.says("digest mismatch").says(&zeros).says("5 | >>> fetch = {");
    let url = format!("http://{}/nothing", engine().registry());
    let fetch = format!("fetch = {{ url = \"{url}\", dest = \"/x\" }}\n");
    let outcome = fails(&format!("{APP}[[stage.app.layer]]\n{fetch}"), &[]);
    outcome.says("404").says("5 | >>> fetch = {");
}

#[test]
fn an_option_that_is_none() {
    let outcome = fails(APP, &["--build-arg", "BUILDKIT_CONTEXT_KEEP_GIT_DIR=perhaps"]);
    let message = "build argument `BUILDKIT_CONTEXT_KEEP_GIT_DIR`: `perhaps`";
    assert!(said_last(&outcome).starts_with(message), "{}", outcome.log);
    outcome.says("(invalid-boolean)");
    assert_eq!(marked(&outcome), Vec::<String>::new());
}

#[test]
fn a_large_manifest_shows_its_lines() {
    let lines = "# a comment that fills\n".repeat(50_000);
    let outcome = fails(&format!("{lines}{APP}wrkdir = \"/x\"\n"), &[]);
    assert_eq!(marked(&outcome), ["50004: wrkdir = \"/x\""]);
    outcome.says("50003 |     from = \"busybox\"");
}
