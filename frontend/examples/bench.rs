//! What `cargo xtask bench` measures strake with, in one program, so that it is compiled once. Without
//! arguments it is a frontend that returns nothing at once: the least that any frontend costs. With
//! `translation LAYERS TIMES` it translates a manifest of that many layers over a daemon in memory, and
//! prints the figures as JSON.

#![allow(clippy::print_stdout, reason = "the figures are for who called")]

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Instant;
use std::{env, fs, io};

use prost::Message;
use serde_json::json;
use strake_frontend::gateway::fake::{Call, FakeGateway};
use strake_frontend::gateway::{self, Environment, Reference, SolveResult};
use strake_frontend::pipeline;

fn main() -> io::Result<()> {
    let words: Vec<String> = env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => {
            gateway::run(async |_, _| Ok(SolveResult::single(Reference::default())));
        }
        ["translation", layers, times] => {
            let number = |word: &str| word.parse().map_err(io::Error::other);
            translation(number(layers)?, number(times)?)
        }
        _ => Err(io::Error::other("no arguments, or `translation LAYERS TIMES`")),
    }
}

fn translation(layers: usize, times: usize) -> io::Result<()> {
    let manifest = manifest(layers);
    let mut seconds = Vec::new();
    let mut bytes_out = 0;
    for _ in 0..times {
        let daemon = daemon(&manifest);
        let begun = Instant::now();
        translate(&daemon)?;
        seconds.push(begun.elapsed().as_secs_f64());
        bytes_out = solved(&daemon);
    }
    let figures = json!({
        "seconds": seconds,
        "bytes_in": manifest.len(),
        "bytes_out": bytes_out,
        "peak_bytes": peak_memory()?,
    });
    println!("{figures}");
    Ok(())
}

/// Layers of the kinds that manifests are made of, each another one.
fn manifest(layers: usize) -> String {
    let mut text = String::from("[stage.app]\nfrom = 'alpine'\nworkdir = '/app'\n");
    for layer in 0..layers {
        let action = match layer % 4 {
            0 => format!("run = 'make part-{layer}'"),
            1 => format!("uses = ['go']\nrun = 'go build ./cmd/part-{layer}'"),
            2 => format!("copy = {{ src = 'part-{layer}', dest = '/srv/' }}"),
            _ => format!("write = {{ path = '/etc/part-{layer}', content = 'on' }}"),
        };
        let _ = write!(text, "\n[[stage.app.layer]]\nname = 'part {layer}'\n{action}\n");
    }
    text
}

fn daemon(manifest: &str) -> FakeGateway {
    let config = r#"{"architecture":"amd64","os":"linux","config":{"Env":["PATH=/bin"]}}"#;
    FakeGateway::new().file("local://dockerfile", "strake.toml", manifest).image(
        "docker.io/library/alpine:latest",
        "linux/amd64",
        config,
    )
}

fn translate(daemon: &FakeGateway) -> io::Result<()> {
    let options = BTreeMap::from([("filename".to_owned(), "strake.toml".to_owned())]);
    let environment =
        Environment { options, session_id: "session".to_owned(), ..Environment::default() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    let result = runtime.block_on(pipeline::run(daemon, &environment));
    result.map(drop).map_err(|failure| io::Error::other(failure.to_string()))
}

/// Bytes of the last definition that was solved: the image.
fn solved(daemon: &FakeGateway) -> usize {
    let mut definitions = daemon.calls().into_iter().filter_map(|call| match call {
        Call::Solve(request) => request.definition,
        _ => None,
    });
    definitions.next_back().map_or(0, |definition| definition.pb.encoded_len())
}

/// The most memory that this process had, in bytes, as Linux counts it: proc_pid_status(5).
fn peak_memory() -> io::Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    number.map(|kib| kib * 1024).ok_or_else(|| io::Error::other("no VmHWM"))
}
