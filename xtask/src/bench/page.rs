//! The page of a run: what it was measured on, and a section for each benchmark.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};

use super::samples::Samples;
use super::{Benchmark, airflow, export, overhead, plot, translation};
use crate::ui;

const INTRODUCTION: &str = "<!-- `cargo xtask bench` writes this page -->\n\n\
    # Benchmarks\n\n\
    Every figure here was measured in one run of `cargo xtask bench`, which anybody can repeat: it needs what\n\
    `cargo xtask up` needs, and the package indexes. The single measurements are in [`benchmarks.jsonl`](benchmarks.jsonl).\n\n";

/// The page as text.
pub(crate) fn compose(
    benchmarks: &[Benchmark],
    machine: &str,
    samples: &Samples,
    took: Duration,
) -> String {
    let mut text = format!("{INTRODUCTION}{machine}- the run took: {}\n", ui::seconds(took));
    for benchmark in benchmarks {
        text.push('\n');
        text += &match benchmark {
            Benchmark::Overhead => overhead::section(samples),
            Benchmark::Translation => translation::section(samples),
            Benchmark::Airflow => airflow::section(samples),
            Benchmark::Export => export::section(samples),
        };
    }
    text
}

/// Writes it, with the plot beside it, and shows it.
pub(crate) fn write(directory: &Path, page: &str, samples: &Samples) -> Result<()> {
    let write = |name: &str, text: &str| {
        let file = directory.join(name);
        fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))
    };
    write("benchmarks.md", page)?;
    write("benchmarks.jsonl", &samples.lines()?)?;
    if let Some(plot) = plot::plot(&airflow::bars(samples)) {
        write("benchmarks.svg", &plot)?;
    }
    println!("{page}");
    Ok(())
}
