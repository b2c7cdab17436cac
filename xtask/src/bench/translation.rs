//! Translation alone: bytes of a manifest in, LLB out, and the graph of a Dockerfile in, the same with
//! cache mounts out. It should grow no faster than what is translated.

use std::fmt::Write;
use std::process::Command;

use anyhow::{Context, Result};
use serde::Deserialize;

use super::samples::Samples;
use super::{Bench, helper};
use crate::{cmd, ui};

/// Layers or steps, and how often each size is measured.
const SIZES: [(usize, usize); 4] = [(10, 200), (100, 100), (1_000, 30), (10_000, 10)];

/// Something that is translated.
struct Kind {
    /// How the helper calls it: its first argument.
    word: &'static str,
    variant: &'static str,
    /// What it has many of.
    of: &'static str,
    /// What is translated, with its bytes.
    given: &'static str,
    about: &'static str,
}

/// In the order of the page.
const KINDS: [Kind; 2] = [
    Kind {
        word: "manifest",
        variant: "strake, manifest",
        of: "layers",
        given: "manifest",
        about: "A manifest in, LLB out.",
    },
    Kind {
        word: "dockerfile",
        variant: "strake, Dockerfile",
        of: "steps",
        given: "graph",
        about: "The graph of a Dockerfile in, as its frontend gives it, the same with cache mounts out; half of the steps get some.",
    },
];

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
    for kind in &KINDS {
        ui::step(format!("translating: {}", kind.variant));
        for (size, times) in SIZES {
            let mut command = Command::new(&program);
            command.args([kind.word, &size.to_string(), &times.to_string()]);
            let said = cmd::output(&mut command)?;
            let figures: Figures = serde_json::from_str(&said).context("figures")?;
            let case = kind.case(size);
            for seconds in figures.seconds {
                samples.add(&case, kind.variant, "seconds", seconds)?;
            }
            samples.add(&case, kind.variant, "bytes in", figures.bytes_in)?;
            samples.add(&case, kind.variant, "bytes out", figures.bytes_out)?;
            samples.add(&case, kind.variant, "peak bytes", figures.peak_bytes)?;
        }
    }
    Ok(())
}

/// The section of the page.
pub(crate) fn section(samples: &Samples) -> String {
    let mut text = String::from(
        "## Translation alone\n\n\
         All phases, with a daemon that does nothing; in a program of the syntax image's profile (made for size). Medians.\n\
         Memory is the most that the process had, what it made up to translate included.\n\
         Each row has ten times the size of the one above it: linear growth is × 10. That of instructions is (counted once with\n\
         `valgrind --tool=callgrind`, and not in this run: from 100 layers on × 9.8 and × 10.3, from 100 steps on × 10.1 and × 10.2). Where\n\
         time grows more than that, the graph no longer fits into the processor's own memory.\n",
    );
    for kind in &KINDS {
        text.push_str(&kind.table(samples));
    }
    text
}

impl Kind {
    fn case(&self, size: usize) -> String {
        format!("{size} {}", self.of)
    }

    fn table(&self, samples: &Samples) -> String {
        let (of, given) = (self.of, self.given);
        let one = of.trim_end_matches('s');
        let mut text = format!(
            "\n{}\n\n\
             | {of} | {given} | LLB | milliseconds | µs a {one} | growth of time | memory |\n|---:|---:|---:|---:|---:|---:|---:|\n",
            self.about
        );
        let mut former: Option<f64> = None;
        for (size, _) in SIZES {
            let case = self.case(size);
            let figure =
                |figure: &str| samples.median(&case, self.variant, figure).unwrap_or(f64::NAN);
            let seconds = figure("seconds");
            let growth =
                former.map_or_else(String::new, |former| format!("× {:.1}", seconds / former));
            let _ = writeln!(
                text,
                "| {size} | {:.1} kB | {:.1} kB | {:.2} | {:.1} | {growth} | {:.1} MB |",
                figure("bytes in") / 1e3,
                figure("bytes out") / 1e3,
                seconds * 1e3,
                seconds * 1e6 / size as f64,
                figure("peak bytes") / 1e6,
            );
            former = Some(seconds);
        }
        text
    }
}
