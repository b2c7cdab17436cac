//! What the figures were measured on.

use std::fs;
use std::process::Command;

use anyhow::Result;

use crate::cmd;
use crate::up::Up;
use crate::workspace::Workspace;

/// Date, versions and machine, as lines of a list.
pub(crate) fn describe(workspace: &Workspace, up: &Up) -> Result<String> {
    let date = cmd::output(Command::new("date").args(["--utc", "+%Y-%m-%d %H:%M UTC"]))?;
    let mut git = Command::new("git");
    let commit =
        cmd::output(git.args(["describe", "--always", "--dirty"]).current_dir(&workspace.root))?;
    let kernel = cmd::output(Command::new("uname").args(["-sr"]))?;
    let client = &up.engine.client;
    let buildx = cmd::output(client.docker().args(["buildx", "version"]))?;
    let buildkit = cmd::output(client.docker().args(["buildx", "inspect"]))?;
    let buildkit = buildkit.lines().find_map(|line| line.strip_prefix("BuildKit version:"));
    let cores = std::thread::available_parallelism()?;
    Ok([
        ("date", date.as_str()),
        ("strake", commit.as_str()),
        ("compiled for", workspace.static_triple()?.as_str()),
        ("processor", &format!("{}, {cores} cores", processor())),
        ("memory", &format!("{:.1} GB", memory_gb())),
        ("kernel", kernel.as_str()),
        (
            "engine",
            &format!("{}, BuildKit {}", client.version(), buildkit.unwrap_or_default().trim()),
        ),
        ("client", buildx.as_str()),
    ]
    .map(|(what, value)| format!("- {what}: {}\n", value.trim()))
    .concat())
}

fn processor() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = text.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    name.map_or_else(|| std::env::consts::ARCH.to_owned(), |(_, name)| name.to_owned())
}

fn memory_gb() -> f64 {
    let text = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let kib =
        text.lines().find_map(|line| line.strip_prefix("MemTotal:")?.trim().strip_suffix(" kB"));
    kib.and_then(|kib| kib.parse::<f64>().ok()).unwrap_or(f64::NAN) * 1024.0 / 1e9
}

/// Programs that ran or waited to, at the end: with more of them than cores, the figures are those of a busy
/// machine.
pub(crate) fn load() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let numbers = text.split(' ').take(3).collect::<Vec<_>>().join(", ");
    format!("- load at the end, over 1, 5 and 15 minutes: {numbers}\n")
}
