//! pip and Poetry with an index of the test's own, which says of files what caches want to know; uv
//! with packages of the real one.

use std::process::Command;

use tempfile::TempDir;

use super::{afterwards, build, files, project, prune, unique, using};
use crate::harness::Server;

/// An index with the packages `alpha` and `beta`.
fn index() -> Server {
    let directory = TempDir::new().expect("a temporary directory");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/e2e/presets/index.py");
    let made =
        Command::new("python3").arg(script).arg(directory.path()).status().expect("python3 runs");
    assert!(made.success());
    let server = Server::start();
    server.put_directory("", directory.path());
    server
}

/// The images of Python set the first variable for the sake of their size.
const PIP: &str = "env = { PIP_NO_CACHE_DIR = '1' }\nlayer = [{ apt = ['python3-pip'] }]";

/// pip asks whether a file has changed and tells whether it got it anew.
fn downloaded(log: &str, name: &str) -> bool {
    log.lines().any(|line| line.contains(" Downloading ") && line.contains(&format!("{name}-1.0-")))
}

#[test]
fn pip() {
    let server = index();
    let namespace = unique("word");
    let install = |packages: &str| {
        // pip keeps what comes without TLS only where it is told to trust the host.
        let (url, host) = (server.url("/"), server.address());
        let env = format!(
            "{{ STEP = '${{STEP}}', PIP_INDEX_URL = '{url}', PIP_TRUSTED_HOST = '{host}', \
             PIP_CONFIG_FILE = '/dev/null' }}"
        );
        let seen = afterwards("python3 -c 'import alpha; print(alpha.NAME)' > /out/alpha");
        let layers = format!("{{ pip = [{packages}], network = 'host', env = {env} }}, {seen}");
        let project = project(PIP, &layers);
        let files = build(&project, &namespace).arg("--allow=network.host").files();
        assert_eq!(files.text("/alpha"), "alpha\n");
        files.log
    };
    let first = install("'alpha==1.0'");
    assert!(downloaded(&first, "alpha"), "{first}");
    let second = install("'alpha==1.0', 'beta>=1'");
    assert!(downloaded(&second, "beta"), "{second}");
    assert!(!downloaded(&second, "alpha"), "{second}");
}

/// Requirement files, constraint files and an interpreter, as with uv.
#[test]
fn pip_takes_files_and_an_environment() {
    let layers = "{ run = 'python3 -m venv /venv' },\n\
         { inputs = ['r.txt', 'c.txt'], pip = { requirements = ['r.txt'], constraints = ['c.txt'], \
         python = '/venv/bin/python' } },\n\
         { run = '/venv/bin/python -c \"import six; print(six.__version__)\" > /out/six' }";
    let project = project(PIP, layers).put("r.txt", "six\n").put("c.txt", "six==1.15.0\n");
    assert_eq!(build(&project, &unique("word")).files().text("/six"), "1.15.0\n");
}

/// The image does not want a cache, and the mount is used all the same.
#[test]
fn uv() {
    let tools = "env = { UV_NO_CACHE = '1' }\nlayer = [{ run = '''\n\
                 python3 -m venv /opt/uv\n/opt/uv/bin/pip install --quiet uv\n\
                 ln -s /opt/uv/bin/uv /usr/local/bin/uv''' }]";
    let namespace = unique("word");
    let install = "uv pip install --system --break-system-packages";
    let six = "python3 -c 'import six; print(six.__version__)' > /out/six";
    let first = format!("{install} six==1.16.0 idna==3.7");
    assert_eq!(files(tools, &namespace, ("uv", &first), six).text("/six"), "1.16.0\n");
    let second = format!("{}\n{install} --offline six==1.16.0", prune("uv"));
    assert_eq!(files(tools, &namespace, ("uv", &second), six).text("/six"), "1.16.0\n");
}

const POETRY: &str = "env = { PATH = '/opt/poetry/bin:$PATH' }\n\
     layer = [{ run = '''\npython3 -m venv /opt/poetry\n\
     /opt/poetry/bin/pip install --quiet poetry==2.5.1''' }]";

/// A project, for Poetry, whose packages come from a server.
fn poetry_project(server: &Server) -> String {
    format!(
        "[project]\nname = \"app\"\nversion = \"1.0\"\nrequires-python = \">=3.9\"\n\
         [tool.poetry]\npackage-mode = false\n\
         [[tool.poetry.source]]\nname = \"own\"\nurl = \"{}\"\n",
        server.url("/")
    )
}

/// The environments of the project are where they would be without the mounts, and work.
#[test]
#[ignore = "heavy; always: presets::python::pip"]
fn poetry() {
    let server = index();
    let namespace = unique("word");
    let own = poetry_project(&server);
    let add = |packages: &str| {
        let before = server.requests().len();
        let script = format!("cat > pyproject.toml <<END\n{own}END\npoetry add {packages}");
        let layer = using("poetry", &script).replacen('{', "{ network = 'host',", 1);
        let seen = "poetry run python -c 'import alpha; print(alpha.NAME)' > /out/alpha\n\
                    ls /root/.cache/pypoetry > /out/directories";
        let project = project(POETRY, &format!("{layer}, {}", afterwards(seen)));
        let files = build(&project, &namespace).arg("--allow=network.host").files();
        assert_eq!(files.text("/alpha"), "alpha\n");
        assert_eq!(files.text("/directories"), "virtualenvs\n");
        server.requests().split_off(before)
    };
    let fetched = |requests: &[String], name: &str| {
        requests.contains(&format!("GET /{name}/{name}-1.0-py3-none-any.whl"))
    };
    let first = add("alpha");
    assert!(fetched(&first, "alpha"), "{first:?}");
    let second = add("alpha beta");
    assert!(fetched(&second, "beta"), "{second:?}");
    assert!(!fetched(&second, "alpha"), "{second:?}");
}
