//! What becomes of a case, as text: the whole pipeline over a daemon in memory.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use serde_json::Value;
use strake_frontend::testing::gateway::fake::{Call, FakeGateway};
use strake_frontend::testing::gateway::{CacheImport, Failure, SolveResult};
use strake_llb::{Definition, dump};
use strake_proto::errdefs::{self, Detail};
use strake_tests::dry;

/// An image with ONBUILD triggers.
const TRIGGERS: &str = "docker.io/library/triggers:1";
/// An image whose config is none.
const BROKEN: &str = "docker.io/library/broken:1";
/// An image for another platform than the one it is said to be for.
const FOREIGN: &str = "docker.io/library/foreign:1";

/// How examples are built.
const WITHOUT_SEED: [(&str, &str); 1] = [("build-arg:STRAKE_SEED", "off")];

/// Images that every case may use; each says its platforms.
const IMAGES: [(&str, &[&str]); 7] = [
    (TRIGGERS, &["linux/amd64"]),
    (BROKEN, &["linux/amd64"]),
    (FOREIGN, &["linux/amd64"]),
    ("docker.io/library/debian:bookworm-slim", &["linux/amd64", "linux/arm64"]),
    ("docker.io/library/alpine:3.22", &["linux/amd64", "linux/arm64"]),
    ("docker.io/library/busybox:latest", &["linux/amd64", "linux/arm64"]),
    ("docker.io/library/rust:1-slim-bookworm", &["linux/amd64"]),
];

/// What becomes of a case.
pub(crate) fn outcome(case: &Path) -> String {
    outcome_of(case, manifest(case))
}

/// What becomes of a case whose manifest has these bytes.
pub(crate) fn outcome_of(case: &Path, manifest: Vec<u8>) -> String {
    let gateway = daemon(case, manifest);
    let result = run(&gateway, case);
    render(&gateway, result)
}

/// The manifest of a case.
pub(crate) fn manifest(case: &Path) -> Vec<u8> {
    fs::read(case.join("strake.toml")).expect("a manifest")
}

/// What becomes of an example, a directory that is its own context; every image is there, but no
/// seed: one is made by strake alone.
pub(crate) fn outcome_of_example(directory: &Path) -> String {
    let gateway = daemon_of_example(directory);
    let result = dry::run(&gateway, &WITHOUT_SEED).expect("an example builds");
    assert_eq!(warnings(&gateway), Vec::<String>::new(), "{}", directory.display());
    render(&gateway, Ok(result))
}

fn render(gateway: &FakeGateway, result: Result<SolveResult, Failure>) -> String {
    let mut text = String::new();
    for warning in warnings(gateway) {
        let _ = writeln!(text, "warning: {warning}\n");
    }
    match result {
        Ok(result) => {
            for (key, value) in &result.metadata {
                let json: Result<Value, _> = serde_json::from_slice(value);
                let pretty = json.map_or_else(
                    |_| String::from_utf8_lossy(value).into_owned(),
                    |json| serde_json::to_string_pretty(&json).expect("JSON"),
                );
                let _ = writeln!(text, "## {key}\n{pretty}\n");
            }
            for (definition, imports) in solved(gateway) {
                let llb = dump(&definition).expect("a definition");
                let _ = writeln!(text, "## LLB\n{llb}");
                for CacheImport { kind, attrs } in imports {
                    let _ = writeln!(text, "imports {kind} {attrs:?}");
                }
            }
        }
        Err(failure) => {
            let _ = writeln!(text, "error: {failure}");
            text += &excerpts(&failure);
        }
    }
    text
}

/// Bytes of all ops that an example solves.
pub(crate) fn definitions(example: &Path) -> Vec<Vec<Vec<u8>>> {
    definitions_with(example, &[], &[])
}

/// The same, with more options and more files of the context.
pub(crate) fn definitions_with(
    example: &Path,
    options: &[(&str, &str)],
    context: &[(&str, &str)],
) -> Vec<Vec<Vec<u8>>> {
    let mut gateway = daemon_of_example(example);
    for (path, content) in context {
        gateway = gateway.file("local://context", path, *content);
    }
    let options = [&WITHOUT_SEED, options].concat();
    dry::run(&gateway, &options).expect("the example builds");
    solved(&gateway).into_iter().map(|(definition, _)| definition.pb.def).collect()
}

fn daemon(case: &Path, manifest: Vec<u8>) -> FakeGateway {
    let mut gateway = FakeGateway::new();
    for capability in fs::read_to_string(case.join("without")).unwrap_or_default().lines() {
        gateway = gateway.without(capability);
    }
    gateway = gateway.file("local://dockerfile", "strake.toml", manifest);
    for (reference, platforms) in IMAGES {
        for platform in platforms {
            gateway = gateway.image(reference, platform, config(reference, platform));
        }
    }
    for (path, content) in files(&case.join("context")) {
        gateway = gateway.file("local://context", &path, content);
    }
    gateway
}

fn daemon_of_example(directory: &Path) -> FakeGateway {
    let manifest = fs::read_to_string(directory.join("strake.toml")).expect("a manifest");
    dry::daemon(&manifest, &dry::directory(directory).expect("files that can be read"))
}

fn run(gateway: &FakeGateway, case: &Path) -> Result<SolveResult, Failure> {
    let options = fs::read_to_string(case.join("options")).unwrap_or_default();
    let options: Vec<_> = options.lines().filter_map(|line| line.split_once('=')).collect();
    dry::run(gateway, &options)
}

fn config(reference: &str, platform: &str) -> String {
    let foreign = platform.replace("amd64", "riscv64");
    match reference {
        BROKEN => "no JSON".to_owned(),
        FOREIGN => dry::config(&foreign, &[]),
        TRIGGERS => dry::config(platform, &["RUN true"]),
        _ => dry::config(platform, &[]),
    }
}

fn files(directory: &Path) -> Vec<(String, Vec<u8>)> {
    let Ok(entries) = fs::read_dir(directory) else { return Vec::new() };
    let entries =
        entries.map(|entry| entry.expect("an entry").path()).filter(|path| path.is_file());
    let named = entries.map(|path| {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        (name, fs::read(&path).expect("a file"))
    });
    named.collect()
}

/// Definitions of the build itself, and the caches that they import. What is loaded before it, to be
/// read, has no place in a manifest.
fn solved(gateway: &FakeGateway) -> Vec<(Definition, Vec<CacheImport>)> {
    let solves = gateway.calls().into_iter().filter_map(|call| match call {
        Call::Solve(request) if request.frontend.is_empty() => {
            Some((request.definition?, request.cache_imports))
        }
        _ => None,
    });
    let is_build = |(definition, _): &(Definition, Vec<CacheImport>)| {
        let locations = definition.pb.source.iter().flat_map(|source| source.locations.values());
        locations.into_iter().any(|place| !place.locations.is_empty())
    };
    solves.filter(is_build).collect()
}

fn warnings(gateway: &FakeGateway) -> Vec<String> {
    let warnings = gateway.calls().into_iter().filter_map(|call| match call {
        Call::Warn(warning) => {
            let lines = warning.ranges.iter().filter_map(|range| range.start.map(|at| at.line));
            let lines: Vec<_> = lines.map(|line| line.to_string()).collect();
            Some(format!("line {}: {}", lines.join(", "), warning.short))
        }
        _ => None,
    });
    warnings.collect()
}

fn excerpts(failure: &Failure) -> String {
    let mut text = String::new();
    // Clients print the last one first.
    for detail in errdefs::details(failure.status()).into_iter().rev() {
        if let Detail::Source(source) = detail {
            let data = source.info.map(|info| info.data).unwrap_or_default();
            let data = String::from_utf8_lossy(&data).into_owned();
            for range in source.ranges {
                let first = usize::try_from(range.start.line).unwrap_or(0).saturating_sub(1);
                let count = usize::try_from(range.end.line - range.start.line + 1).unwrap_or(0);
                for (at, line) in data.lines().enumerate().skip(first).take(count) {
                    let _ = writeln!(text, "{:>4} | {line}", at + 1);
                }
            }
            text.push('\n');
        }
    }
    text
}
