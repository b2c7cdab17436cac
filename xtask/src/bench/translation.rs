//! Translation alone: bytes of a manifest in, LLB out, with a daemon in memory. It should grow no faster
//! than what is translated.

use std::fmt::Write;
use std::process::Command;

use anyhow::{Context, Result};
use serde::Deserialize;

use super::samples::Samples;
use super::{Bench, helper};
use crate::{cmd, ui};

const WAY: &str = "strake, manifest";
/// Layers, and how often each is measured. The helper's first argument says what is translated: another kind of input
/// (the graph of a Dockerfile, say) is another word there, and a row here.
const SIZES: [(usize, usize); 4] = [(10, 200), (100, 100), (1_000, 30), (10_000, 10)];

/// What the program says of one size.
#[derive(Deserialize)]
struct Figures {
    seconds: Vec<f64>,
    bytes_in: f64,
    bytes_out: f64,
    peak_bytes: f64,
}

/// Translates each size in a process of its own, whose memory is its own, too.
pub(crate) fn measure(bench: &Bench<'_>, samples: &mut Samples) -> Result<()> {
    let program = helper::compile(bench)?;
    ui::step("translating manifests");
    for (layers, times) in SIZES {
        let mut command = Command::new(&program);
        command.args(["translation".to_owned(), layers.to_string(), times.to_string()]);
        let said = cmd::output(&mut command)?;
        let figures: Figures = serde_json::from_str(&said).context("figures")?;
        let case = case(layers);
        for seconds in figures.seconds {
            samples.add(&case, WAY, "seconds", seconds)?;
        }
        samples.add(&case, WAY, "bytes in", figures.bytes_in)?;
        samples.add(&case, WAY, "bytes out", figures.bytes_out)?;
        samples.add(&case, WAY, "peak bytes", figures.peak_bytes)?;
    }
    Ok(())
}

fn case(layers: usize) -> String {
    format!("{layers} layers")
}

/// The section of the page.
pub(crate) fn section(samples: &Samples) -> String {
    let mut text = String::from(
        "## Translation alone\n\n\
         A manifest in, LLB out, all phases, with a daemon in memory; in the program of the syntax image's profile (made for size).\n\
         Medians. Memory is the most that the process had, the daemon in memory included.\n\n\
         | layers | manifest | LLB | milliseconds | µs a layer | growth of time | memory |\n|---:|---:|---:|---:|---:|---:|---:|\n",
    );
    let mut former: Option<f64> = None;
    for (layers, _) in SIZES {
        let figure = |figure: &str| samples.median(&case(layers), WAY, figure).unwrap_or(f64::NAN);
        let seconds = figure("seconds");
        let growth = former.map_or_else(String::new, |former| format!("× {:.1}", seconds / former));
        let _ = writeln!(
            text,
            "| {layers} | {:.1} kB | {:.1} kB | {:.2} | {:.1} | {growth} | {:.1} MB |",
            figure("bytes in") / 1e3,
            figure("bytes out") / 1e3,
            seconds * 1e3,
            seconds * 1e6 / layers as f64,
            figure("peak bytes") / 1e6,
        );
        former = Some(seconds);
    }
    text.push_str(
        "\nEach row has ten times the layers of the one above it: linear growth is × 10.\n",
    );
    text
}
