//! The figures: each one measured once, with what it was measured of. They are written to a file as they
//! come, one JSON object a line, so that an interrupted run leaves what it has.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Serialize;

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Sample {
    /// What was done: `cold`, `10000 layers`.
    pub(crate) case: String,
    /// How it was done: `strake`, `built-in frontend`.
    pub(crate) variant: String,
    /// What was measured, with its unit: `seconds`, `bytes from registry`.
    pub(crate) figure: String,
    /// The value in that unit.
    pub(crate) value: f64,
}

/// All figures of a run.
#[derive(Debug)]
pub(crate) struct Samples {
    all: Vec<Sample>,
    file: File,
}

impl Samples {
    /// None yet; the file is begun afresh.
    pub(crate) fn create(path: &Path) -> Result<Self> {
        let file =
            File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(Self { all: Vec::new(), file })
    }

    /// Adds one and writes it down.
    pub(crate) fn add(
        &mut self,
        case: &str,
        variant: &str,
        figure: &str,
        value: f64,
    ) -> Result<()> {
        let (case, variant, figure) = (case.to_owned(), variant.to_owned(), figure.to_owned());
        let sample = Sample { case, variant, figure, value };
        writeln!(self.file, "{}", serde_json::to_string(&sample)?)?;
        self.all.push(sample);
        Ok(())
    }

    /// All of them, one JSON object a line.
    pub(crate) fn lines(&self) -> Result<String> {
        let line = |sample: &Sample| Ok(format!("{}\n", serde_json::to_string(sample)?));
        self.all.iter().map(line).collect()
    }

    /// The values of one figure, in the order in which they were measured.
    pub(crate) fn of(&self, case: &str, variant: &str, figure: &str) -> Vec<f64> {
        let same = |sample: &&Sample| {
            sample.case == case && sample.variant == variant && sample.figure == figure
        };
        self.all.iter().filter(same).map(|sample| sample.value).collect()
    }

    /// The median of one figure; nothing where it was not measured.
    pub(crate) fn median(&self, case: &str, variant: &str, figure: &str) -> Option<f64> {
        median(&self.of(case, variant, figure))
    }
}

/// The middle one, or the mean of the two in the middle.
pub(crate) fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let upper = *sorted.get(sorted.len() / 2)?;
    let lower = *sorted.get((sorted.len() - 1) / 2)?;
    Some(f64::midpoint(lower, upper))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), Some(2.5));
    }
}
