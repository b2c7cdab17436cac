//! What `cargo xtask bench` measures strake with, in one program, so that it is compiled once. Without
//! arguments it is a frontend that returns nothing at once: the least that any frontend costs. With
//! `manifest LAYERS TIMES` or `dockerfile STEPS TIMES` it builds from a made-up file of that size over a
//! daemon that does nothing, and prints the figures as JSON.

#![allow(clippy::print_stdout, reason = "the figures are for who called")]

mod daemon;
mod made;

use std::collections::BTreeMap;
use std::time::Instant;
use std::{env, fs, io};

use serde_json::json;
use strake_frontend::testing::gateway::{self, Environment, Reference, SolveResult};
use strake_frontend::testing::pipeline;

use daemon::Daemon;

/// As in the frontend.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

fn main() -> io::Result<()> {
    let words: Vec<String> = env::args().skip(1).collect();
    let number = |word: &str| word.parse().map_err(io::Error::other);
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => {
            gateway::run(async |_, _| Ok(SolveResult::single(Reference::default())));
        }
        ["manifest", layers, times] => {
            let daemon = Daemon::new("strake.toml", made::manifest(number(layers)?), Vec::new());
            measure(&daemon, number(times)?)
        }
        ["dockerfile", steps, times] => {
            let (file, graph) = made::dockerfile(number(steps)?).map_err(io::Error::other)?;
            measure(&Daemon::new("Dockerfile", file, graph), number(times)?)
        }
        _ => Err(io::Error::other("no arguments, or `manifest|dockerfile SIZE TIMES`")),
    }
}

fn measure(daemon: &Daemon, times: usize) -> io::Result<()> {
    let mut seconds = Vec::new();
    for _ in 0..times {
        let begun = Instant::now();
        build(daemon)?;
        seconds.push(begun.elapsed().as_secs_f64());
    }
    let figures = json!({
        "seconds": seconds,
        "bytes_in": daemon.given(),
        "bytes_out": daemon.taken(),
        "peak_bytes": peak_memory()?,
    });
    println!("{figures}");
    Ok(())
}

fn build(daemon: &Daemon) -> io::Result<()> {
    let options = BTreeMap::from([("filename".to_owned(), daemon.filename().to_owned())]);
    let environment =
        Environment { options, session_id: "session".to_owned(), ..Environment::default() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    let result = runtime.block_on(pipeline::run(daemon, &environment));
    result.map(drop).map_err(|failure| io::Error::other(failure.to_string()))
}

/// The most memory that this process had, in bytes, as Linux counts it: proc_pid_status(5).
fn peak_memory() -> io::Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    number.map(|kib| kib * 1024).ok_or_else(|| io::Error::other("no VmHWM"))
}
