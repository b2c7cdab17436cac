//! How long builds take, by the test that has them built: a line each in the file that `STRAKE_TIMES` names.

use std::fs::OpenOptions;
use std::io::Write;
use std::thread;
use std::time::Instant;

/// Writes down a build that has ended. The threads of a test's own go without a name.
pub(crate) fn record(begun: Instant) {
    let Some(file) = std::env::var_os("STRAKE_TIMES") else { return };
    let thread = thread::current();
    let test = thread.name().unwrap_or("threads of tests");
    let line = format!("{test}\t{:.3}\n", begun.elapsed().as_secs_f64());
    let file = OpenOptions::new().create(true).append(true).open(file);
    file.and_then(|mut file| file.write_all(line.as_bytes())).expect("the time is written down");
}
