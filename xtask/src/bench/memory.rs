//! The memory of the frontend's process in a real build. It lives in a container, but has an entry in
//! the machine's process table as all have; it is looked at while it runs, every millisecond.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::Result;

use crate::cmd;
use crate::engine::Instance;

/// The program of the syntax image, as its container calls it.
const PROGRAM: &[u8] = b"/strake\0";

/// Runs a build and gives the most memory that the frontend had, in bytes, as far as it was seen:
/// what it took in its last millisecond is missing. Of an engine that is not ours, none is seen.
pub(crate) fn peak_of_frontend(instance: &Instance, build: &mut Command) -> Result<Option<u64>> {
    let mut child =
        build.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    let mut peak = None;
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        peak = peak.max(seen(&instance.dir));
        thread::sleep(Duration::from_millis(1));
    };
    anyhow::ensure!(status.success(), "`{}` failed", cmd::describe(build));
    Ok(peak)
}

fn seen(engine: &Path) -> Option<u64> {
    let pids = fs::read_dir("/proc").ok()?.flatten();
    let pids = pids.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    let ours = pids.filter(|&pid| command_line(pid) == PROGRAM && descends(pid, engine));
    ours.filter_map(|pid| status(pid, "VmHWM:")).map(|kib| kib * 1024).max()
}

/// Whether one of the processes above was started for this engine: others build, too.
fn descends(mut pid: i32, engine: &Path) -> bool {
    let directory = engine.to_string_lossy();
    while let Some(parent) = status(pid, "PPid:").and_then(|parent| i32::try_from(parent).ok()) {
        if String::from_utf8_lossy(&command_line(parent)).contains(&*directory) {
            return true;
        }
        pid = parent;
    }
    false
}

fn command_line(pid: i32) -> Vec<u8> {
    fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default()
}

/// A number of `/proc/PID/status`.
fn status(pid: i32, key: &str) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let value = text.lines().find_map(|line| line.strip_prefix(key))?;
    value.split_whitespace().next()?.parse().ok()
}
