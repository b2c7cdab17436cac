//! `bench`: what strake costs and what it saves, measured in one run and written down as a page, a plot
//! and the raw samples. Each benchmark measures one thing and tells it in one section; what they
//! share is `samples` (the figures), `lab` (engines and links) and `page`.

mod airflow;
mod export;
mod helper;
mod index;
mod lab;
mod machine;
mod memory;
mod overhead;
mod page;
mod plot;
mod relay;
mod samples;
mod translation;

use std::fs::{self, File};
use std::path::PathBuf;
use std::time::Instant;

use anyhow::Result;
use clap::ValueEnum;

use crate::engine::{self, Instance};
use crate::images::Profile;
use crate::ui;
use crate::up::{self, MAIN, Up};
use crate::workspace::Workspace;

use samples::Samples;

/// What can be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Benchmark {
    /// A rebuild in which everything is cached, and the size of the syntax image
    Overhead,
    /// Bytes of a manifest in, LLB out
    Translation,
    /// Airflow on empty builders, as a Dockerfile and with strake
    Airflow,
    /// An export of the cache mounts after one added dependency
    Export,
}

/// The order of the benchmarks on the page.
const BENCHMARKS: [Benchmark; 4] =
    [Benchmark::Overhead, Benchmark::Translation, Benchmark::Airflow, Benchmark::Export];

/// What every benchmark has at hand.
struct Bench<'a> {
    workspace: &'a Workspace,
    /// The engine that is up: for what needs no empty one.
    up: &'a Up,
    main: &'a Instance,
    /// Files of this run; removed afterwards.
    directory: PathBuf,
    /// How often each build of Airflow is measured.
    runs: usize,
}

/// Measures the benchmarks (all where none are named) and writes the page: into `docs/` when it is
/// complete, else into the target directory.
pub(crate) fn bench(workspace: &Workspace, benchmarks: &[Benchmark], runs: usize) -> Result<()> {
    let benchmarks: Vec<Benchmark> = BENCHMARKS
        .into_iter()
        .filter(|benchmark| benchmarks.is_empty() || benchmarks.contains(benchmark))
        .collect();
    let begun = Instant::now();
    let up = up::up(workspace, Profile::Release)?;
    let main = Instance::named(workspace, MAIN)?;
    let complete = benchmarks.len() == BENCHMARKS.len();
    let to = if complete { workspace.root.join("docs") } else { workspace.target.join("bench") };
    let logs = workspace.target.join("bench");
    fs::create_dir_all(&logs)?;
    let machine = machine::describe(workspace, &up)?;
    let mut samples = Samples::create(&logs.join("samples.jsonl"))?;
    // Every build of the run adds to it.
    File::create(logs.join(lab::PROGRESS))?;
    let directory = logs.join("work");
    let bench = Bench { workspace, up: &up, main: &main, directory, runs: runs.max(1) };
    let measured = bench.measure(&benchmarks, &mut samples);
    bench.clean();
    measured?;
    let machine = format!("{machine}{}", machine::load());
    page::write(&to, &page::compose(&benchmarks, &machine, &samples, begun.elapsed()), &samples)?;
    ui::note(format!("took {}", ui::seconds(begun.elapsed())));
    Ok(())
}

impl Bench<'_> {
    fn measure(&self, benchmarks: &[Benchmark], samples: &mut Samples) -> Result<()> {
        self.clean();
        fs::create_dir_all(&self.directory)?;
        for benchmark in benchmarks {
            match benchmark {
                Benchmark::Overhead => overhead::measure(self, samples)?,
                Benchmark::Translation => translation::measure(self, samples)?,
                Benchmark::Airflow => airflow::measure(self, samples)?,
                Benchmark::Export => export::measure(self, samples)?,
            }
        }
        Ok(())
    }

    /// Ends the empty engine and removes what was made. What is not there need not be removed.
    fn clean(&self) {
        let _ = up::end_runner(self.workspace, lab::RUNNER);
        let _ = fs::remove_dir_all(&self.directory);
        if let Err(error) = engine::forget_images(self.main, lab::IMAGES) {
            ui::note(format!("images of the bench stay in the registry: {error:#}"));
        }
    }
}
