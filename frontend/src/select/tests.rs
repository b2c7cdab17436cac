//! What is selected of small manifests.

use std::collections::BTreeMap;

use super::*;
use crate::manifest::{self, ReadInput};
use crate::options::{ContextSpec, NamedContext};
use crate::source::SourceFile;

fn read(text: &str) -> Manifest {
    let (build_args, platform_args) = (BTreeMap::new(), BTreeMap::new());
    let input =
        ReadInput { build_args: &build_args, platform_args: &platform_args, lenient: false };
    manifest::read(&SourceFile::new("strake.toml", text), input).expect("the manifest is good")
}

fn linux() -> Platform {
    Platform::new("linux", "amd64", "")
}

fn names<'a>(manifest: &'a Manifest, selection: &Selection) -> Vec<&'a str> {
    selection.stages.iter().map(|index| manifest.stages[*index].name.value.as_str()).collect()
}

const DIAMOND: &str = r#"
[stage.top]
from = "left"
layer = [{ copy = { from = "right", src = "/r", dest = "/r" } }]
[stage.unused]
from = "alpine"
[stage.left]
from = "bottom"
[stage.right]
from = "bottom"
[stage.bottom]
from = "scratch"
"#;

#[test]
fn stages_come_after_what_they_need_and_unused_ones_not_at_all() {
    let manifest = read(DIAMOND);
    let options = Options { target: Some("top".into()), ..Options::default() };
    let selection = select(&manifest, &options, &linux()).unwrap();
    assert_eq!(names(&manifest, &selection), ["bottom", "left", "right", "top"]);
    assert!(selection.remote.is_empty(), "{:?}", selection.remote);
}

#[test]
fn the_last_stage_is_the_target_unless_said_otherwise() {
    let manifest = read(DIAMOND);
    let selection = select(&manifest, &Options::default(), &linux()).unwrap();
    assert_eq!(names(&manifest, &selection), ["bottom"]);
    let marked = DIAMOND.replace("[stage.left]", "[stage.left]\ndefault = true");
    let manifest = read(&marked);
    let selection = select(&manifest, &Options::default(), &linux()).unwrap();
    assert_eq!(names(&manifest, &selection), ["bottom", "left"]);
}

#[test]
fn a_cycle_is_reported_with_all_its_stages() {
    let manifest = read(
        r#"
[stage.a]
from = "b"
[stage.b]
from = "c"
[stage.c]
from = "scratch"
layer = [{ copy = { from = "a", src = "/x", dest = "/x" } }]
"#,
    );
    let problems = select(&manifest, &Options::default(), &linux()).unwrap_err();
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].message, "stages depend on each other in a cycle: c -> a -> b -> c");
}

#[test]
fn a_chain_of_many_stages_needs_no_deep_stack() {
    let mut text = "[stage.s0]\nfrom = \"scratch\"\n".to_owned();
    for stage in 1..20_000 {
        text += &format!("[stage.s{stage}]\nfrom = \"s{}\"\n", stage - 1);
    }
    let manifest = read(&text);
    let selection = select(&manifest, &Options::default(), &linux()).unwrap();
    assert_eq!(selection.stages.len(), 20_000);
}

#[test]
fn a_context_stands_for_a_stage_and_all_it_needs() {
    let manifest = read(DIAMOND);
    let context = NamedContext {
        key: "left".into(),
        given: "local:left".into(),
        spec: ContextSpec::Local("left".into()),
        shared_key: String::new(),
        input_config: None,
    };
    let options =
        Options { target: Some("top".into()), contexts: vec![context], ..Options::default() };
    let selection = select(&manifest, &options, &linux()).unwrap();
    assert_eq!(names(&manifest, &selection), ["bottom", "right", "top"]);
    let remote: Vec<_> = selection.remote.keys().collect();
    assert_eq!(remote, [&SourceRef::Context { key: "left".into(), platform: linux() }]);
}

#[test]
fn a_stage_may_be_named_like_its_image() {
    let manifest = read("[stage.debian]\nfrom = \"debian\"\n");
    let selection = select(&manifest, &Options::default(), &linux()).unwrap();
    let reference = "docker.io/library/debian:latest".to_owned();
    let remote: Vec<_> = selection.remote.keys().collect();
    assert_eq!(remote, [&SourceRef::Image { reference, platform: linux() }]);
}

#[test]
fn only_what_is_used_of_a_context_is_asked_for() {
    let manifest = read(
        r#"
[stage.a]
from = "scratch"
[[stage.a.layer]]
copy = { src = ["x/*.txt", "./y/"], dest = "/" }
[[stage.a.layer]]
inputs = ["z"]
run = ["/bin/true"]
"#,
    );
    let selection = select(&manifest, &Options::default(), &linux()).unwrap();
    let expected = ["x/*.txt", "y", "z"].map(str::to_owned).into_iter().collect();
    assert_eq!(selection.paths[&SourceRef::MainContext], Paths::Some(expected));
    let all =
        read("[stage.a]\nfrom = \"scratch\"\nlayer = [{ copy = { src = \".\", dest = \"/\" } }]");
    let selection = select(&all, &Options::default(), &linux()).unwrap();
    assert_eq!(selection.paths[&SourceRef::MainContext], Paths::All);
}

#[test]
fn a_slip_in_the_target_is_answered_with_the_nearest_stage() {
    let manifest = read(DIAMOND);
    let options = Options { target: Some("rihgt".into()), ..Options::default() };
    let problems = select(&manifest, &options, &linux()).unwrap_err();
    assert_eq!(problems[0].help, ["did you mean `right`?"]);
}

#[test]
fn a_target_is_a_stage_and_what_is_made_of_it() {
    let manifest = read(DIAMOND);
    let look = |name: &str| {
        let options = Options { target: Some(name.into()), ..Options::default() };
        target(&manifest, &options)
            .map(|target| (manifest.stages[target.stage].name.value.as_str(), target.product))
            .map_err(|problem| problem.message)
    };
    assert_eq!(look(""), Ok(("bottom", Product::Image)));
    assert_eq!(look("left"), Ok(("left", Product::Image)));
    assert_eq!(look("@registry"), Ok(("bottom", Product::Registry)));
    assert_eq!(look("left@registry"), Ok(("left", Product::Registry)));
    for (name, message) in [
        ("@", "there is no target `@`: `@` is for the reserved targets"),
        ("left@", "there is no target `left@`: `@` is for the reserved targets"),
        ("@Registry", "there is no target `@Registry`: `@` is for the reserved targets"),
        ("none@registry", "there is no stage named `none`, which `--target` asks for"),
        ("a@b@registry", "there is no stage named `a@b`, which `--target` asks for"),
    ] {
        assert_eq!(look(name), Err(message.to_owned()));
    }
}
