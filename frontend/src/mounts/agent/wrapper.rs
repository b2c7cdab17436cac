//! Running the command of a user's step. In a container this is the first process, as the command would have been:
//! it waits for processes whose parents are gone, and ends all others when the command has ended, as the kernel
//! does when the first process ends.

use std::ffi::OsString;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, ExitStatus};

use rustix::process::{Pid, Signal, WaitOptions, getpid, kill_process, wait, waitpid};

use super::failure::{Failure, display};
use super::settle::{Settled, settle_times};
use super::{lead, lend, sys};
use crate::mounts::settle::{self, Settle};
use crate::mounts::{lead as lead_variable, lend as lend_variable};

/// Runs the command, and gives the exit status that a shell would give for it.
pub(super) fn run(command: &[OsString]) -> u8 {
    let Some((program, arguments)) = command.split_first() else {
        eprintln!("strake: there is no command to run");
        return 2;
    };
    let settled = match settled() {
        Ok(settled) => settled,
        Err(failure) => {
            eprintln!("strake: compiled output can't be discarded: {failure}");
            return 1;
        }
    };
    let lent = variable(lend_variable::VARIABLE).and_then(|text| lend_variable::parse(&text));
    let lent = lend::begin(&lent.unwrap_or_default());
    let mut command = Command::new(program);
    command.args(arguments);
    for name in [settle::VARIABLE, lend_variable::VARIABLE, lead_variable::VARIABLE] {
        command.env_remove(name);
    }
    command.envs(lead::variables(variable(lead_variable::VARIABLE)));
    let code = match command.spawn() {
        Ok(child) => code(waited_for(child.id())),
        Err(error) => {
            eprintln!("strake: could not run {}: {error}", display(Path::new(program)));
            127
        }
    };
    end_all_others();
    lent.into_iter().for_each(lend::Lent::finish);
    settled.finish();
    code
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Gives sources their times, where that is asked for.
///
/// # Errors
/// As [`settle_times`], and where what is asked for is not understood.
fn settled() -> Result<Settled, Failure> {
    let Some(text) = variable(settle::VARIABLE) else { return Ok(Settled::default()) };
    let settle = Settle::parse(&text);
    let settle =
        settle.ok_or_else(|| Failure::corrupt("the list of compiled output can't be read"))?;
    settle_times(&settle)
}

/// The status of a child that has ended, and nothing of any other that did before. A failure where the system does
/// not tell.
fn waited_for(child: u32) -> ExitStatus {
    let child = child.cast_signed();
    loop {
        match wait(WaitOptions::empty()) {
            Ok(Some((pid, status))) if pid.as_raw_nonzero().get() == child => {
                return ExitStatus::from_raw(status.as_raw());
            }
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(_) => return ExitStatus::from_raw(1 << 8),
        }
    }
}

fn code(status: ExitStatus) -> u8 {
    let signal = status.signal().map(|signal| 128 + signal);
    status.code().or(signal).and_then(|code| code.try_into().ok()).unwrap_or(1)
}

/// Ends what the command has left running, so that nobody writes to the mounts any more.
fn end_all_others() {
    let own = getpid();
    if !own.is_init() {
        return;
    }
    loop {
        let names = sys::names_in(Path::new("/proc")).unwrap_or_default();
        let pids = names.iter().filter_map(|name| name.to_str().ok()?.parse().ok());
        for pid in pids.filter_map(Pid::from_raw).filter(|pid| *pid != own) {
            let _ = kill_process(pid, Signal::KILL);
        }
        if wait(WaitOptions::empty()).is_err() {
            return;
        }
        while let Ok(Some(_)) = waitpid(None, WaitOptions::NOHANG) {}
    }
}
