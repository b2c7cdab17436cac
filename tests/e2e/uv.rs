//! `uv`: packages of a real index, with a cache of its own for each test.

use crate::harness::{Build, Project, unique};

/// A stage with uv, which its image has to bring along, and one that uses it.
fn with_uv(layers: &str) -> Project {
    Project::reporting(&format!(
        "[stage.uv]\nfrom = 'debian'\nlayer = [{{ name = 'uv', run = '''\n\
         python3 -m venv /opt/uv\n/opt/uv/bin/pip install --quiet uv\n\
         ln -s /opt/uv/bin/uv /usr/local/bin/uv''' }},\n\
         {{ mkdir = {{ path = '/out', mode = '0777' }} }}]\n\
         [stage.work]\nfrom = 'uv'\nlayer = [{layers}]\n"
    ))
}

fn build<'p>(project: &'p Project, namespace: &str) -> Build<'p> {
    project.build().arg(format!("--build-arg=BUILDKIT_CACHE_MOUNT_NS={namespace}"))
}

const SEEN: &str = "{ run = 'python3 -c \"import six; print(six.__version__)\" > /out/six' }";

/// The second build has no index to ask: what it installs is in the mount.
#[test]
fn packages_come_out_of_the_mount() {
    let namespace = unique("word");
    // The id of a cache is no part of a step's own cache key: a word makes sure that the step runs.
    let online = with_uv(&format!(
        "{{ uv = ['six==1.16.0'], env = {{ WORD = '{}' }} }}, {SEEN}",
        unique("word")
    ));
    assert_eq!(build(&online, &namespace).files().text("/six"), "1.16.0\n");
    let offline = with_uv(&format!(
        "{{ uv = ['six==1.16.0'], env = {{ UV_OFFLINE = '1', WORD = '{}' }}, network = 'none' }}, {SEEN}",
        unique("word")
    ));
    assert_eq!(build(&offline, &namespace).files().text("/six"), "1.16.0\n");
    build(&offline, &unique("word"))
        .arg("--no-cache-filter=work")
        .fails()
        .says("six was not found");
}

#[test]
fn nothing_of_the_cache_is_in_the_image() {
    let project = with_uv("{ uv = ['six==1.16.0'] }");
    let layer = build(&project, &unique("word")).args(["--target", "work"]).image().last_layer();
    assert!(layer.iter().any(|line| line.ends_with("/six.py")), "{layer:#?}");
    let cache = |line: &&String| line.contains("cache/") || line.contains("strake");
    assert!(!layer.iter().filter(|line| !line.contains("__pycache__")).any(|line| cache(&line)));
}

#[test]
fn requirements_and_constraints_are_files() {
    let project = with_uv(&format!(
        "{{ inputs = ['requirements.txt', 'constraints.txt'], uv = {{ \
         requirements = ['requirements.txt'], constraints = ['constraints.txt'] }} }}, {SEEN}"
    ))
    .put("requirements.txt", "six\n")
    .put("constraints.txt", "six==1.15.0\n");
    assert_eq!(build(&project, &unique("word")).files().text("/six"), "1.15.0\n");
}

#[test]
fn packages_go_into_the_environment_that_is_named() {
    let project = with_uv(
        "{ run = 'python3 -m venv --without-pip /venv' },\n\
         { uv = { packages = ['six==1.16.0'], python = '/venv/bin/python' } },\n\
         { run = '/venv/bin/python -c \"import six; print(six.__file__)\" > /out/six' }",
    );
    let place = build(&project, &unique("word")).files().text("/six");
    assert!(place.starts_with("/venv/lib/"), "{place}");
}

/// A run that names the cache has it, too.
#[test]
fn a_command_uses_the_cache_by_its_name() {
    let namespace = unique("word");
    let project = with_uv(
        "{ uses = ['uv'], run = 'echo $UV_LINK_MODE > /out/mode; uv cache dir > /out/dir' }",
    );
    let files = build(&project, &namespace).files();
    assert_eq!(files.text("/mode"), "copy\n");
    assert_eq!(files.text("/dir"), "/var/cache/strake/uv\n");
}
