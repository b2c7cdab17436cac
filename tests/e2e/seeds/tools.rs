//! Real tools, and steps that no manifest has written.

use super::{TAG, builder, on};
use crate::harness::{Project, Runner, engine, unique};

/// The seed of a test, as lines of a manifest, and the output that exports it.
fn seed() -> (String, String) {
    let repository = format!("{}/test/{}", engine().registry(), unique("mounts"));
    let lines = format!("[seed]\nimage = '{repository}'\ntags = ['main']\n");
    (lines, format!("type=image,name={repository}:{TAG},push=true"))
}

/// A second builder installs without network what the first one had to fetch. The mount is pruned
/// before, as the preset says.
#[test]
fn uv_installs_from_the_seed_alone() {
    let (seed, output) = seed();
    let project = |keys: &str| {
        Project::reporting(&format!(
            "{seed}[stage.uv]\nfrom = 'debian'\nlayer = [{{ name = 'uv', run = '''\n\
             python3 -m venv /opt/uv\n/opt/uv/bin/pip install --quiet uv\n\
             ln -s /opt/uv/bin/uv /usr/local/bin/uv''' }},\n\
             {{ mkdir = {{ path = '/out', mode = '0777' }} }}]\n\
             [stage.work]\nfrom = 'uv'\nlayer = [\n\
             {{ uv = ['six==1.16.0'], {keys} }},\n\
             {{ run = 'python3 -c \"import six; print(six.__version__)\" > /out/six' }}]\n"
        ))
    };
    let (one, two) = (builder(), builder());
    let online = project(&format!("env = {{ WORD = '{}' }}", unique("word")));
    on(online.build(), &one).ok();
    let export = on(online.build(), &one).args(["--target", "@mounts", "--output", &output]);
    export.ok().says("[mounts] uv: uv cache prune");
    let word = unique("word");
    let offline =
        project(&format!("network = 'none', env = {{ UV_OFFLINE = '1', WORD = '{word}' }}"));
    assert_eq!(on(offline.build(), &two).files().text("/six"), "1.16.0\n");
    let without = on(offline.build(), &builder()).args(["--no-cache-filter=work"]);
    without.arg("--build-arg=STRAKE_SEED=off").fails().says("six was not found");
}

/// A mount of a Dockerfile, for a user of its own, on a second engine.
#[test]
fn mounts_of_a_dockerfile_are_exported() {
    let (seed, output) = seed();
    let dockerfile = format!(
        "FROM busybox\nUSER 50000:50000\nARG WHAT\n\
         RUN --mount=type=cache,id={0},target=/cache,uid=50000,gid=50000 : {0}; \
         ls -n /cache | grep -v total > /tmp/list; echo $WHAT > /cache/$WHAT\n",
        unique("step")
    );
    let project = |what: &str| {
        Project::new(&format!(
            "{seed}[stage.old]\ndockerfile = {{ file = 'docker/Dockerfile', args = {{ WHAT = '{what}' }} }}\n\
             [stage.seen]\nfrom = 'scratch'\n\
             layer = [{{ copy = {{ from = 'old', src = '/tmp/list', dest = '/' }} }}]\n"
        ))
        .put("docker/Dockerfile", &dockerfile)
    };
    let (one, two) = (builder(), builder());
    let first = project("first");
    on(first.build(), &one).ok();
    on(first.build(), &one).args(["--target", "@mounts", "--output", &output]).ok();
    let second = Runner::shared();
    let files = on(project("second").build(), &two).on(&second).files();
    let list = files.text("/list");
    assert!(list.contains("50000") && list.trim_end().ends_with(" first"), "{list}\n{}", files.log);
    // It was this builder's mount that was filled, and it is the step's.
    let files = on(project("third").build(), &two).on(&second).files();
    assert_eq!(files.text("/list").lines().count(), 2, "{}", files.log);
}
