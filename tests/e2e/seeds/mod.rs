//! Cache mounts that are exported. A namespace for the ids of mounts is a builder of its own: what
//! was exported from one fills the empty mounts of another.

mod airflow;
mod bad;
mod broken;
mod compiled;
mod export;
mod kinds;
mod passwords;
mod prime;
mod runners;
mod tools;
mod torture;

use serde_json::Value;

use crate::harness::{Build, Files, Outcome, Project, engine, unique};

/// A project with a cache mount, and where its seed is kept.
struct Case {
    project: Project,
    repository: String,
}

/// What is done in a step of a case unless it is told otherwise: the files of the mount, with all that
/// can be seen of them, then another file.
const LIST: &str = "cd /cache; find . | sort | xargs stat -c '%n %a %u:%g %y' > /out/list; \
                    echo $STEP > /cache/$STEP";

impl Case {
    /// A cache `own`, refined by `cache`, and a layer with more keys that uses it in a script.
    fn new(cache: &str, layer: &str, script: &str) -> Self {
        let repository = format!("{}/test/{}", engine().registry(), unique("mounts"));
        Case::at(&repository, cache, layer, script)
    }

    /// The same, with the seed in a repository.
    fn at(repository: &str, cache: &str, layer: &str, script: &str) -> Self {
        let project = Project::reporting(&format!(
            "project = 'tests'\n[arg]\nSTEP = '0'\n[seed]\nimage = '{repository}'\ntags = ['branch', 'main']\n\
             [cache.own]\ntarget = '/cache'\n{cache}\n\
             [stage.work]\nfrom = 'busybox'\n\
             [[stage.work.layer]]\nmkdir = {{ path = '/out', mode = '0777' }}\n\
             [[stage.work.layer]]\nname = 'step'\nuses = ['own']\nenv = {{ STEP = '${{STEP}}', CASE = '{}' }}\n\
             {layer}\nrun = '''\n{script}\n'''\n",
            // A step does not know whose mount it has: it must be no other test's step.
            unique("case")
        ));
        Case { project, repository: repository.to_owned() }
    }

    /// A build on a builder, as step `step`.
    fn build(&self, builder: &str, step: &str) -> Build<'_> {
        on(self.project.build(), builder).arg(format!("--build-arg=STEP={step}"))
    }

    /// An export from a builder, to a tag.
    fn export(&self, builder: &str, tag: &str) -> Build<'_> {
        self.export_as(builder, tag, "")
    }

    /// The same, with more attributes of the output.
    fn export_as(&self, builder: &str, tag: &str, attributes: &str) -> Build<'_> {
        let output = format!("type=image,name={}:{tag},push=true{attributes}", self.repository);
        let export = on(self.project.build(), builder);
        export.args(["--target", "@mounts", "--provenance=false", "--output", &output])
    }

    /// The digest that a tag leads to.
    fn digest(&self, tag: &str) -> String {
        let image = format!("{}:{tag}", self.repository);
        let inspect = ["buildx", "imagetools", "inspect", &image];
        let found = engine().docker().args(inspect).output().expect("docker runs");
        let text = String::from_utf8_lossy(&found.stdout).into_owned();
        let digest = text.lines().find_map(|line| line.strip_prefix("Digest:"));
        digest.unwrap_or_else(|| panic!("{image} is not there")).trim().to_owned()
    }

    /// The sizes of the layers of a tag, in bytes.
    fn layers(&self, tag: &str) -> Vec<u64> {
        let size = |layer: Value| layer["size"].as_u64().expect("a size");
        self.described(tag).into_iter().map(size).collect()
    }

    /// The layers of a tag, as its manifest describes them.
    fn described(&self, tag: &str) -> Vec<Value> {
        let image = format!("{}:{tag}", self.repository);
        let inspect = ["buildx", "imagetools", "inspect", "--raw", &image];
        let found = engine().docker().args(inspect).output().expect("docker runs");
        let manifest: Value = serde_json::from_slice(&found.stdout).expect("a manifest");
        manifest["layers"].as_array().expect("layers").clone()
    }
}

/// A builder of its own: mounts with other ids.
pub(crate) fn on<'p>(build: Build<'p>, builder: &str) -> Build<'p> {
    build.arg(format!("--build-arg=BUILDKIT_CACHE_MOUNT_NS={builder}"))
}

/// A name for a builder.
pub(crate) fn builder() -> String {
    unique("builder")
}

/// The tag of an export of the platform that is built on.
pub(crate) const TAG: &str = "main-linux-amd64";

/// The files of a mount as the step found them: names without what is told of them.
fn names(files: &Files) -> Vec<String> {
    let list = files.text("/list");
    let names = list.lines().filter_map(|line| line.split(' ').next());
    names.filter(|name| *name != ".").map(|name| name.trim_start_matches("./").to_owned()).collect()
}

/// Codes of the warnings about seeds and mounts.
fn codes(log: &str) -> Vec<&str> {
    let words = log.lines().filter_map(|line| line.split_once(" - "));
    let codes = words.filter_map(|(_, rest)| rest.split_once(": ").map(|(code, _)| code));
    codes.filter(|code| code.starts_with("seed-") || code.starts_with("mount")).collect()
}

/// Lines of the progress that tell of steps of strake's own.
fn own_steps(outcome: &Outcome) -> Vec<&str> {
    let told = |line: &&str| line.contains("[seed] own: ") || line.contains("[mounts] own: ");
    outcome.log.lines().filter(told).collect()
}
