//! Processes that outlive the task that started them. A process is remembered by its id, its start
//! time and the boot it belongs to: an id alone may be somebody else's by the time it is looked at
//! (the daemon was killed, the machine rebooted), and nothing but our own may ever be ended.

use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};
use serde::{Deserialize, Serialize};

use crate::cmd;

/// A daemon is up in a few seconds; the limit is for a machine with much else to do.
const START: Duration = Duration::from_secs(90);

/// A process of ours, told apart from a later one with the same id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Process {
    pid: i32,
    /// Clock ticks between boot and start, from `/proc/PID/stat`.
    started: u64,
    boot: String,
}

impl Process {
    /// Starts a daemon in a process group of its own, so that the terminal's Ctrl-C passes it by.
    /// Its output goes to `log`, which is begun afresh.
    pub(crate) fn spawn(command: &mut Command, log: &Path) -> Result<Self> {
        // Appending: what a former daemon still has to say must not leave a hole in the new log.
        let file = File::create(log)
            .and_then(|_| File::options().append(true).open(log))
            .with_context(|| format!("cannot write {}", log.display()))?;
        let child = command
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file)
            .process_group(0)
            .spawn()
            .with_context(|| format!("cannot start `{}`", cmd::describe(command)))?;
        let pid = i32::try_from(child.id())?;
        Self::of(pid).with_context(|| {
            let name = command.get_program().to_string_lossy().into_owned();
            format!("{name} ended as soon as it was started: see {}", log.display())
        })
    }

    /// The running process with this id, if there is one.
    pub(crate) fn of(pid: i32) -> Option<Self> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        Some(Self { pid, started: start_time(&stat)?, boot: boot_id()? })
    }

    pub(crate) fn pid(&self) -> i32 {
        self.pid
    }

    /// Whether it still runs. A zombie does not: it only waits for its parent to take notice.
    pub(crate) fn is_alive(&self) -> bool {
        Self::of(self.pid).is_some_and(|now| now == *self)
    }

    /// Waits until the daemon that it is answers; false where it ends before, or takes too long.
    pub(crate) fn comes_up(&self, answers: impl Fn() -> bool) -> bool {
        let mut answered = false;
        wait_until(START, || {
            answered = answers();
            answered || !self.is_alive()
        });
        answered
    }

    /// Asks it to end, waits, and insists once the time is up.
    pub(crate) fn stop(&self, limit: Duration) -> Result<()> {
        for (signal, limit) in [(Signal::TERM, limit), (Signal::KILL, Duration::from_secs(10))] {
            if !self.is_alive() {
                return Ok(());
            }
            let pid = Pid::from_raw(self.pid).context("a process id must be positive")?;
            // It may end by itself at this very moment: what counts is that it is gone after.
            let _ = kill_process(pid, signal);
            if wait_until(limit, || !self.is_alive()) {
                return Ok(());
            }
        }
        bail!("process {} does not end", self.pid)
    }
}

/// Polls until the condition holds; false when the time is up first.
pub(crate) fn wait_until(limit: Duration, mut done: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + limit;
    loop {
        if done() {
            return true;
        }
        if Instant::now() >= deadline {
            return false;
        }
        thread::sleep(Duration::from_millis(50));
    }
}

/// The running processes whose program lies below `programs` and whose command line names `path` or
/// something below it: what is left of a daemon that was killed or forgotten (itself, its
/// containerd, its shims). Both must hold, so that neither another instance's daemon nor somebody's
/// `tail` is taken for ours.
pub(crate) fn left_behind(programs: &Path, path: &Path) -> Vec<Process> {
    let needle = path.to_string_lossy();
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok())
        .filter(|pid| {
            fs::read_link(format!("/proc/{pid}/exe")).is_ok_and(|exe| exe.starts_with(programs))
        })
        .filter(|pid| {
            let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            line.split(|&byte| byte == 0).any(|word| names(&String::from_utf8_lossy(word), &needle))
        })
        .filter_map(Process::of)
        .collect()
}

/// Whether an argument is a path below `directory`, by itself or after `--option=` or `unix://`.
fn names(argument: &str, directory: &str) -> bool {
    let path = argument.find('/').map_or("", |at| &argument[at..]);
    let path = path.strip_prefix("//").unwrap_or(path);
    path.strip_prefix(directory).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Field 22 of `/proc/PID/stat`. The second field is the name in parentheses and may hold
/// anything, so that counting begins behind the last parenthesis. `None` for a zombie.
fn start_time(stat: &str) -> Option<u64> {
    let fields = stat.rsplit_once(") ")?.1;
    let mut fields = fields.split(' ');
    let state = fields.next()?;
    if matches!(state, "Z" | "X") {
        return None;
    }
    fields.nth(18)?.parse().ok()
}

fn boot_id() -> Option<String> {
    let id = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(id.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_parentheses_does_not_shift_the_fields() {
        let fields: Vec<String> = (4..30).map(|n| n.to_string()).collect();
        let stat = format!("17 (a) b) S {}", fields.join(" "));
        assert_eq!(start_time(&stat), Some(22));
        assert_eq!(start_time(&stat.replace(" S ", " Z ")), None);
    }

    #[test]
    fn another_process_with_the_same_id_is_not_ours() {
        let me = Process::of(i32::try_from(std::process::id()).unwrap()).unwrap();
        assert!(me.is_alive());
        assert!(!Process { started: me.started + 1, ..me.clone() }.is_alive());
        assert!(!Process { boot: "another".to_owned(), ..me }.is_alive());
    }

    #[test]
    fn only_paths_below_the_directory_count() {
        assert!(names("/a/b/c", "/a/b"));
        assert!(names("unix:///a/b/docker.sock", "/a/b"));
        assert!(names("--root=/a/b", "/a/b"));
        assert!(!names("/a/bc", "/a/b"));
        assert!(!names("a word", "/a/b"));
    }
}
