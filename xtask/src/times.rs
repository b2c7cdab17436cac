//! How long the builds of each end-to-end test took: which tests to make lighter.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Result;

use crate::ui;

/// The variable that leads the tests to the file.
pub(crate) const VARIABLE: &str = "STRAKE_TIMES";

/// How many tests are worth a look.
const SLOWEST: usize = 20;

/// What tests write down, a line for each build.
pub(crate) struct Times {
    file: PathBuf,
}

impl Times {
    /// With nothing in it yet.
    pub(crate) fn new(target: &Path) -> Result<Self> {
        let file = target.join("e2e-times.tsv");
        fs::write(&file, "")?;
        Ok(Times { file })
    }

    pub(crate) fn file(&self) -> &Path {
        &self.file
    }

    /// Shows the slowest tests.
    pub(crate) fn show(&self) -> Result<()> {
        let tests = sums(&fs::read_to_string(&self.file)?);
        let builds: usize = tests.iter().map(|(_, _, builds)| builds).sum();
        ui::step(format!("the slowest of {builds} builds, by test"));
        for (test, time, builds) in tests.iter().take(SLOWEST) {
            ui::note(format!("{:>12}  {builds:>3} builds  {test}", ui::seconds(*time)));
        }
        Ok(())
    }
}

/// Test, time and number of its builds, the slowest first.
fn sums(text: &str) -> Vec<(String, Duration, usize)> {
    let mut tests: BTreeMap<&str, (Duration, usize)> = BTreeMap::new();
    for line in text.lines() {
        let Some((test, seconds)) = line.split_once('\t') else { continue };
        let Ok(seconds) = seconds.parse().map(Duration::from_secs_f64) else { continue };
        let (time, builds) = tests.entry(test).or_default();
        *time += seconds;
        *builds += 1;
    }
    let tests = tests.into_iter().map(|(test, (time, builds))| (test.to_owned(), time, builds));
    let mut tests: Vec<_> = tests.collect();
    tests.sort_by_key(|(_, time, _)| std::cmp::Reverse(*time));
    tests
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_summed_up_by_test() {
        let sums = sums("a\t1.5\nb\t4\na\t2\n");
        let seconds: Vec<_> = sums
            .iter()
            .map(|(test, time, builds)| (&**test, time.as_secs_f64(), *builds))
            .collect();
        assert_eq!(seconds, [("b", 4.0, 1), ("a", 3.5, 2)]);
    }
}
