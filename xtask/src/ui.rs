//! What the developer sees while a task works. All of it goes to stderr: stdout belongs to what
//! a task was asked for (the exports of `up --env`, the reference of `rust-base`), so that it can
//! be captured by a shell.

use std::fmt::Display;
use std::time::Duration;

/// Announces a piece of work that takes more than a moment.
pub(crate) fn step(what: impl Display) {
    eprintln!("==> {what}");
}

/// A detail below the last step.
pub(crate) fn note(what: impl Display) {
    eprintln!("    {what}");
}

/// A duration as people read it: tenths below a minute, then minutes and seconds.
pub(crate) fn seconds(time: Duration) -> String {
    let whole = time.as_secs();
    if whole < 60 {
        format!("{:.1} s", time.as_secs_f64())
    } else {
        format!("{} min {:02} s", whole / 60, whole % 60)
    }
}

/// A size in MB with two decimals, the unit in which image sizes are compared.
pub(crate) fn megabytes(bytes: u64) -> String {
    format!("{}.{:02} MB", bytes / 1_000_000, bytes % 1_000_000 / 10_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_and_sizes_read_well() {
        assert_eq!(seconds(Duration::from_millis(1_250)), "1.2 s");
        assert_eq!(seconds(Duration::from_secs(61)), "1 min 01 s");
        assert_eq!(megabytes(1_239_999), "1.23 MB");
        assert_eq!(megabytes(7), "0.00 MB");
    }
}
