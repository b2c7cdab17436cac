//! Every preset with its tool: a first build fills the mount, a second one with a changed list takes
//! what it can from there. What was fetched is told by the tool itself or by the server that it asked.

mod apt;
pub(crate) mod ccache;
pub(crate) mod dnf;
pub(crate) mod go;
pub(crate) mod maven;
pub(crate) mod node;
mod python;
pub(crate) mod rust;

use crate::harness::{Build, Files, Project, unique};

/// A stage `tools` that is the same in every build, so that the daemon makes it once, and a stage
/// `work` that starts from it with empty hands. No directory of strake's own may be left in that.
pub(crate) fn project(tools: &str, layers: &str) -> Project {
    Project::reporting(&format!(
        "project = 'tests'\n[arg]\nSTEP = ''\n[stage.tools]\nfrom = 'debian'\n{tools}\n\
         [stage.work]\nfrom = 'tools'\nworkdir = '/app'\n\
         layer = [{{ mkdir = {{ path = '/out', mode = '0777' }} }},\n{layers},\n{{ run = 'test ! -e /var/cache/strake' }}]\n"
    ))
}

/// A layer that runs a script with the cache of a preset, in every build anew.
fn using(preset: &str, script: &str) -> String {
    format!("{{ uses = ['{preset}'], env = {{ STEP = '${{STEP}}' }}, run = '''\n{script}\n''' }}")
}

/// A layer without a cache: what was installed must do without it.
fn afterwards(script: &str) -> String {
    format!("{{ run = '''\n{script}\n''' }}")
}

/// A build with mounts of its own.
fn build<'p>(project: &'p Project, namespace: &str) -> Build<'p> {
    let step = format!("--build-arg=STEP={}", unique("word"));
    project.build().args([step, format!("--build-arg=BUILDKIT_CACHE_MOUNT_NS={namespace}")])
}

/// The files of a build in which a script uses a preset, and another script what came of it.
fn files(tools: &str, namespace: &str, (preset, script): (&str, &str), after: &str) -> Files {
    let layers = format!("{},\n{}", using(preset, script), afterwards(after));
    build(&project(tools, &layers), namespace).files()
}

/// The prune command of a preset.
fn prune(preset: &str) -> &'static str {
    let preset = strake_frontend::testing::presets::preset(preset).expect("a preset");
    preset.prune.expect("a prune command")
}
