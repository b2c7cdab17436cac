//! The calls: `--call=check`, `outline`, `targets`, `subrequests.describe`, as text and as JSON.

use serde_json::{Value, json};

use crate::harness::{Outcome, Project, engine};

const MANIFEST: &str = r#"
[arg]
RELEASE = { required = true, help = "what to install" }
MODE = "slim"

# What all others start from.
[stage.base]
from = "busybox:${RELEASE}"

[[stage.base.layer]]
run = "true"
secrets = ["token", { id = "other", required = false }]
ssh = ["default"]
uses = ["apt"]

[stage.app]
from = "base"
default = true
help = "The app"
"#;

fn call(manifest: &str, call: &str) -> Outcome {
    Project::new(manifest).build().arg(format!("--call={call}")).ok()
}

fn json(outcome: &Outcome) -> Value {
    serde_json::from_str(&outcome.output)
        .unwrap_or_else(|error| panic!("{error}: {}", outcome.output))
}

#[test]
fn check_of_a_good_manifest() {
    let outcome = call("[stage.app]\nfrom = \"busybox\"\n", "check");
    assert!(outcome.output.contains("Check complete, no warnings found."), "{}", outcome.output);
}

#[test]
fn check_shows_the_warnings_of_a_build() {
    let project = Project::new("[arg]\nMODE = \"1\"\n[stage.app]\nfrom = \"busybox\"\n");
    let build = || project.build().args(["--build-arg", "MOED=2"]);
    let outcome = build().arg("--call=check").fails();
    let text = &outcome.output;
    assert!(text.contains("Check complete, 1 warning has been found!"), "{text}");
    assert!(text.contains("WARNING: unused-build-arg - https://"), "{text}");
    assert!(text.contains("help: did you mean `MODE`?"), "{text}");
    assert!(text.contains("   3 | >>> MODE = \"1\""), "{text}");
    let outcome = build().arg("--call=check,format=json").fails();
    let warnings = json(&outcome)["warnings"].clone();
    assert_eq!(warnings.as_array().map(Vec::len), Some(1));
    assert_eq!(warnings[0]["ruleName"], "unused-build-arg");
    assert_eq!(warnings[0]["location"]["ranges"][0]["start"]["line"], 3);
    let trace = build().trace();
    assert!(trace.success);
    assert_eq!(trace.warnings.len(), 1, "{:?}", trace.warnings);
    build().args(["--output", "type=cacheonly"]).ok().says("`MOED` is not declared");
}

#[test]
fn warnings_can_fail_a_build_or_be_left_out() {
    let project = Project::new("[arg]\nMODE = \"1\"\n[stage.app]\nfrom = \"busybox\"\n");
    let build = |check: &str| {
        let build = project.build().args(["--build-arg", "MOED=2", "--output", "type=cacheonly"]);
        build.arg("--build-arg").arg(format!("BUILDKIT_DOCKERFILE_CHECK={check}"))
    };
    let outcome = build("error=true").fails();
    outcome.says("strake.toml:3:1: the build argument `MOED` is not declared (unused-build-arg)");
    outcome.says("   3 | >>> MODE = \"1\"").says("makes warnings fail this build");
    let outcome = build("skip=unused-build-arg").ok();
    assert!(!outcome.log.contains("MOED"), "{}", outcome.log);
    build("skip=all;error=true").ok();
}

#[test]
fn check_says_what_a_build_says() {
    let project = Project::new("[stage.app]\nfrom = \"busybox\"\nwrkdir = \"/\"\nusre = \"x\"\n");
    let build = project.build().fails();
    let check = project.build().arg("--call=check").fails();
    for text in ["unknown key `wrkdir`", "did you mean `workdir`?", "unknown key `usre`"] {
        build.says(text);
        check.says(text);
    }
    let check = project.build().arg("--call=check,format=json").fails();
    let error = json(&check)["buildError"].clone();
    assert!(
        error["message"].as_str().unwrap().starts_with("strake.toml:4:1: unknown key `wrkdir`")
    );
    assert_eq!(error["location"]["ranges"][0]["start"], json!({ "line": 4 }));
}

#[test]
fn check_looks_at_every_stage() {
    let manifest =
        "[stage.a]\nfrom = \"b\"\n[stage.b]\nfrom = \"a\"\n[stage.app]\nfrom = \"busybox\"\n";
    let outcome = Project::new(manifest).build().arg("--call=check").fails();
    outcome.says("stages depend on each other in a cycle: a -> b -> a (stage-cycle)");
}

#[test]
fn triggers_of_the_base_are_warned_of() {
    let image = format!("{}/strake-tests/calls-onbuild:1", engine().registry());
    let base = Project::new(
        "[stage.app]\nfrom = \"busybox\"\n[stage.app.image]\nonbuild = [\"RUN true\"]\n",
    );
    base.build().args(["--push", "-t", &image]).ok();
    let project = Project::new(&format!("[stage.app]\nfrom = \"{image}\"\n"));
    let trace = project.build().trace();
    assert!(trace.success);
    assert!(trace.warnings[0].contains("ONBUILD") || trace.warnings[0].contains("image-triggers"));
    let outcome = project.build().arg("--call=check").fails();
    assert!(outcome.output.contains("ONBUILD triggers"), "{}", outcome.output);
}

#[test]
fn outline_needs_no_arguments() {
    let outcome = call(MANIFEST, "outline");
    let lines: Vec<&str> = outcome.output.lines().map(str::trim_end).collect();
    for line in ["DESCRIPTION: The app", "RELEASE             what to install", "MODE        slim"]
    {
        assert!(lines.contains(&line), "`{line}` is not in\n{}", outcome.output);
    }
    let outline = json(&call(MANIFEST, "outline,format=json"));
    assert_eq!(outline["name"], "app");
    assert_eq!(outline["args"][0]["name"], "RELEASE");
    assert_eq!(outline["secrets"][1]["name"], "token");
    assert_eq!(outline["secrets"][1]["required"], true);
    assert_eq!(outline["secrets"][0]["required"], Value::Null);
    assert_eq!(outline["ssh"][0]["name"], "default");
    assert_eq!(outline["cache"][0]["ID"], "apt");
}

#[test]
fn an_outline_has_the_caches_of_package_managers() {
    let manifest = "[stage.app]\nfrom = \"debian\"\n[[stage.app.layer]]\napt = [\"curl\"]\n\
                    [[stage.app.layer]]\nuses = [\"ccache\"]\nsteps = [{ uv = [\"ruff\"] }, { run = \"make\" }]\n";
    let outline = json(&call(manifest, "outline,format=json"));
    let caches = outline["cache"].as_array().expect("caches");
    let ids: Vec<&Value> = caches.iter().map(|cache| &cache["ID"]).collect();
    assert_eq!(ids, ["apt", "ccache", "uv"]);
}

#[test]
fn targets_need_no_arguments() {
    let outcome = call(MANIFEST, "targets");
    assert!(outcome.output.contains("app (default) The app"), "{}", outcome.output);
    assert!(outcome.output.contains("What all others start from."), "{}", outcome.output);
    let targets = json(&call(MANIFEST, "targets,format=json"));
    let names: Vec<&str> = targets["targets"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|one| one["name"].as_str())
        .collect();
    assert_eq!(names, ["base", "app"]);
    assert_eq!(targets["targets"][1]["default"], true);
    assert_eq!(targets["targets"][0]["location"]["ranges"][0]["start"]["line"], 8);
}

#[test]
fn the_calls_are_described() {
    let outcome = call(MANIFEST, "subrequests.describe");
    for name in
        ["lint", "outline", "targets", "plan", "graph", "fingerprint", "subrequests.describe"]
    {
        assert!(outcome.output.contains(name), "{}", outcome.output);
    }
    let described = json(&call(MANIFEST, "subrequests.describe,format=json"));
    assert_eq!(described[0]["name"], "frontend.lint");
}

#[test]
fn an_unknown_call_is_refused() {
    let outcome = Project::new(MANIFEST).build().arg("--call=nope").fails();
    outcome.says("there is no call `nope`: strake answers `check`, `outline`, `targets`");
    assert!(!outcome.log.contains("Unimplemented"), "{}", outcome.log);
    assert!(!outcome.log.contains(">>>"), "{}", outcome.log);
}

const PLANNED: &str = r#"
[stage.system]
from = "busybox"

[[stage.system.layer]]
name = "tools"
run = "true"

[stage.app]
from = "system"

[[stage.app.layer]]
name = "dependencies"
uses = ["uv"]
inputs = ["lock"]
run = "true"

[[stage.app.layer]]
copy = { src = "src", dest = "/src/" }
"#;

#[test]
fn plan_shows_layers_and_what_keeps_them_from_export() {
    let project = Project::new(PLANNED).put("lock", "").put("src/file", "");
    let text = project.build().arg("--call=plan").ok().output;
    for row in [
        "STAGE system, from the context busybox@sha256:",
        "6     registry  yes         tools: run true\n",
        "13    mount     no                                  dependencies: run true\n",
        "cache uv at /var/cache/strake/uv, shared, ",
        "input lock of the context\n",
        "19    registry  no: `dependencies` of app, line 13  copy src /src/\n",
    ] {
        assert!(text.contains(row), "`{row}` is not in:\n{text}");
    }
    let plan = json(&project.build().arg("--call=plan,format=json").ok());
    let stages = &plan["platforms"][0]["stages"];
    assert!(stages[0]["from"]["digest"].as_str().unwrap().starts_with("sha256:"));
    assert_eq!(stages[0]["layers"][0]["exportable"], true);
    assert_eq!(
        stages[1]["layers"][0]["inputs"][0],
        json!({
            "from": { "kind": "context" }, "path": "lock",
        })
    );
    let because = json!({ "layer": { "stage": "app", "layer": "dependencies", "line": 13 } });
    assert_eq!(stages[1]["layers"][1]["because"], because);
}

#[test]
fn graph_draws_what_plan_says() {
    let project = Project::new(PLANNED).put("lock", "").put("src/file", "");
    let text = project.build().arg("--call=graph").ok().output;
    for part in [
        "flowchart TD\n",
        "subgraph s1[\"app (target)\"]\n",
        "[\"tools<br>registry, exportable\"]:::exportable\n",
        "[\"dependencies<br>mount\"]:::mount\n",
        "[\"copy src /src/<br>not exportable\"]:::local\n",
        "[(\"cache uv<br>shared\")]:::cache\n",
        " -. \"lock\" .-> ",
    ] {
        assert!(text.contains(part), "`{part}` is not in:\n{text}");
    }
    let graph = json(&project.build().arg("--call=graph,format=json").ok());
    let plan = json(&project.build().arg("--call=plan,format=json").ok());
    let planned = plan["platforms"][0]["stages"].as_array().unwrap().iter();
    let layers = planned.flat_map(|stage| stage["layers"].as_array().unwrap());
    let planned: Vec<_> = layers.map(|layer| (&layer["line"], &layer["exportable"])).collect();
    let nodes = graph["nodes"].as_array().unwrap().iter().filter(|node| node["kind"] == "layer");
    let drawn: Vec<_> = nodes.map(|node| (&node["line"], &node["exportable"])).collect();
    assert_eq!(drawn, planned);
}

/// Nothing is run or pulled, and mistakes are shown as a build shows them.
#[test]
fn plan_runs_nothing() {
    let failing = PLANNED.replace("run = \"true\"", "run = \"exit 1\"");
    let project = Project::new(&failing).put("lock", "").put("src/file", "");
    let text = project.build().args(["--target", "system", "--call=plan"]).ok().output;
    assert!(text.contains("TARGET:   system"), "{text}");
    assert!(!text.contains("STAGE app"), "{text}");
    let mistaken = failing.replace("from = \"system\"", "from = \"sytem\"");
    let failed = Project::new(&mistaken).build().arg("--call=plan").fails();
    failed.says("there is a stage named `system`").says(">>> from = \"sytem\"");
}
