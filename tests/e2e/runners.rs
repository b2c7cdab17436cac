//! A second engine, empty, that shares nothing with the first but the registry: what one runner put
//! there is not run by the next one. Counted outside of the builds, by a server that the commands of
//! the layers call.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::harness::{CacheImage, Project, Runner, Server, engine, unique, unique_image};

/// Layers that are exported.
const PURE: [&str; 4] = ["tools-1", "system-1", "system-2", "app-1"];
/// Layers that do not: with a mount of their own, on top of one, and with files of one.
const MOUNT: [&str; 3] = ["app-2", "app-3", "last-1"];

/// A manifest whose layers each ask the server for their name.
fn manifest(id: &str, cache: &str, server: &Server) -> Project {
    let layer = |name: &str, keys: &str| {
        let url = server.url(&format!("/{name}"));
        format!(
            "{{ name = '{name}', network = 'host', {keys} run = ': {id}; wget -q -O /{name} {url}' }}"
        )
    };
    let take = |from: &str, file: &str| {
        format!("{{ copy = {{ from = '{from}', src = '/{file}', dest = '/' }} }}")
    };
    for name in PURE.iter().chain(&MOUNT) {
        server.put(&format!("/{name}"), *name);
    }
    Project::new(&format!(
        "project = 'tests'\n[registry]\ncache = ['{cache}']\n\
         [cache.own]\ntarget = '/cache'\n\
         [stage.tools]\nfrom = 'busybox'\nlayer = [{}]\n\
         [stage.system]\nfrom = 'busybox'\nlayer = [{}, {}]\n\
         [stage.app]\nfrom = 'system'\nlayer = [{}, {}, {}, {}]\n\
         [stage.last]\nfrom = 'tools'\nlayer = [{}, {}]\n",
        layer("tools-1", ""),
        layer("system-1", ""),
        layer("system-2", "boundary = 'registry', uses = ['own'],"),
        take("tools", "tools-1"),
        layer("app-1", ""),
        layer("app-2", "uses = ['own'],"),
        layer("app-3", ""),
        take("app", "app-*"),
        layer("last-1", ""),
    ))
}

/// How often each layer ran so far.
fn runs(server: &Server) -> BTreeMap<String, usize> {
    let mut runs = BTreeMap::new();
    for request in server.requests() {
        *runs.entry(request.trim_start_matches("GET /").to_owned()).or_default() += 1;
    }
    runs
}

fn each(names: &[&str]) -> BTreeMap<String, usize> {
    names.iter().map(|name| ((*name).to_owned(), 1)).collect()
}

const ALLOW: &str = "--allow=network.host";

/// Runner one exports what is exportable; runner two, which is new, builds the same manifest
/// without a flag.
#[test]
fn a_second_runner_runs_the_mount_layers_alone() {
    let (server, cache) = (Server::start(), unique_image("cache"));
    let project = manifest(&unique("runners"), &cache, &server);
    let to = format!("type=registry,ref={cache},mode=max");
    project.build().args([ALLOW, "--target", "@registry", "--cache-to", &to]).ok();
    assert_eq!(runs(&server), each(&["system-1", "system-2", "tools-1", "app-1"]));

    let second = Runner::shared();
    let trace = project.build().on(&second).arg(ALLOW).trace();
    let ran: Vec<String> = trace
        .executed()
        .iter()
        .filter_map(|name| name.split("] ").nth(1))
        .map(str::to_owned)
        .collect();
    assert_eq!(trace.warnings, Vec::<String>::new(), "{ran:?}");
    for name in PURE {
        assert!(trace.vertex(&format!("] {name}")).cached, "{name} ran: {ran:?}");
    }
    assert!(trace.vertex("] copy tools").cached, "{ran:?}");
    let all: Vec<&str> = PURE.iter().chain(&MOUNT).copied().collect();
    assert_eq!(runs(&server), each(&all), "each layer ran once, on one of both runners");
    for name in MOUNT {
        assert!(!trace.vertex(&format!("] {name}")).cached, "{name} did not run");
    }
}

/// Without the cache all of it runs: so the runner is new, and the server counts.
#[test]
fn a_second_runner_without_the_cache_runs_everything() {
    let (server, cache) = (Server::start(), unique_image("cache"));
    let project = manifest(&unique("runners"), &cache, &server);
    project.build().args([ALLOW, "--target", "last"]).warm();
    let second = Runner::shared();
    let trace = project.build().on(&second).arg(ALLOW).trace();
    assert!(trace.warnings.iter().any(|warning| warning.contains("registry-cache-missing")));
    let twice = PURE.iter().chain(&MOUNT).map(|name| ((*name).to_owned(), 2)).collect();
    assert_eq!(runs(&server), twice);
}

/// What `@registry` puts into the registry of the Airflow example, and what an ordinary export does, the
/// base image included in both. Shown with `--nocapture`.
#[test]
#[allow(clippy::print_stdout, reason = "the table is for people")]
fn less_is_pushed_of_the_airflow_example() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/airflow-pypi");
    let read =
        |file: &str| fs::read_to_string(directory.join(file)).expect("a file of the example");
    let manifest = read("strake.toml");
    let (_, manifest) = manifest.split_once('\n').expect("a syntax line");
    let mut project = Project::new(manifest);
    for file in ["requirements.txt", "dags/heartbeat.py"] {
        project = project.put(file, read(file));
    }
    let base = format!("debian:bookworm-slim=docker-image://{}", engine().debian());
    let pushed = |args: &[&str]| {
        let cache = unique_image("airflow");
        let to = format!("type=registry,ref={cache},mode=max");
        let build = project.build().args(["--build-context", &base, "--cache-to", &to]);
        build.args(args.iter().copied()).ok();
        CacheImage::fetch(&cache).size
    };
    let exported = pushed(&["--target", "@registry"]);
    let everything = pushed(&["--output", "type=cacheonly"]);
    println!("| export of examples/airflow-pypi | bytes in the registry |\n|---|---:|");
    println!("| `--target @registry` | {exported} |\n| ordinary `mode=max` | {everything} |");
    // What is left out are the Python packages: a third of it all.
    assert!(exported > 0 && exported < everything / 4 * 3, "{exported} and {everything}");
}
