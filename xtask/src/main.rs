//! The tasks of this repository: a real BuildKit to work on, the demo, the checks. Run them as
//! `cargo xtask TASK`. The modules: `engine` (daemon and registry), `images` (what builds need),
//! `up` (both together), and one module per task.

// A task's answer (exports, a reference) goes to stdout, and only that: see `ui`.
#![allow(clippy::print_stdout)]

mod bench;
mod cmd;
mod compare;
mod demo;
mod deny;
mod docs;
mod e2e;
mod engine;
mod failures;
mod images;
mod progress;
mod shard;
mod test;
mod times;
mod ui;
mod up;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use images::Profile;
use shard::Shard;
use workspace::Workspace;

/// Development tasks of strake
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Find or start an engine, a registry and the images that builds need
    Up {
        /// Print shell exports that lead to it: eval "$(cargo xtask up --env)"
        #[arg(long)]
        env: bool,
    },
    /// Start an empty engine that shares only the registry, and print shell exports that lead to it
    Runner {
        /// A name for it; what an earlier one of that name held is thrown away
        name: String,
        /// Its data are in memory, and at most as much, such as 800m: for what a full disk does
        #[arg(long)]
        disk: Option<String>,
        /// An older daemon, of this Debian
        #[arg(long)]
        docker: Option<engine::Release>,
    },
    /// End what `up` and `runner` started
    Down {
        /// Only this runner
        runner: Option<String>,
    },
    /// Build the Airflow example three times and show what was reused
    Demo,
    /// Measure what strake costs and saves, and write docs/benchmarks.md
    Bench {
        /// What to measure; everything where nothing is named, and only then the page goes to docs/
        benchmarks: Vec<bench::Benchmark>,
        /// How often each build of Airflow is measured
        #[arg(long, default_value_t = 5)]
        runs: usize,
    },
    /// Build Dockerfiles with and without strake, and show what differs in the results
    Compare {
        /// Dockerfiles, or directories with one
        #[arg(required = true)]
        paths: Vec<std::path::PathBuf>,
        /// Also with --no-cache, on the built-in frontend's layers, from a seed, and the other way round
        #[arg(long)]
        all: bool,
        /// What `docker buildx build` is told besides
        #[arg(last = true)]
        args: Vec<String>,
    },
    /// Run every check: format, lints, dependencies and all tests on a real BuildKit
    Test {
        /// Heavy proofs as well, and every Dockerfile of the corpus in every scenario: an hour more
        #[arg(long)]
        all: bool,
        /// A part of the suite, for runners that share it
        #[arg(long)]
        shard: Option<Shard>,
    },
    /// Run end-to-end tests on an image that is compiled quickly, if sources have changed
    E2e {
        /// Parts of tests' names; all that match run, heavy ones too
        filters: Vec<String>,
    },
    /// Write what is made from the code: the index of docs/codes, the table in docs/presets.md, the README's picture
    Docs,
    /// Make a rust image from this machine's toolchain and print its reference
    RustBase,
}

fn main() -> ExitCode {
    match run(&Arguments::parse().task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: &Task) -> Result<()> {
    let workspace = Workspace::find()?;
    match task {
        Task::Up { env } => {
            let up = up::up(&workspace, Profile::Release)?;
            if *env {
                print!("{}", up.exports());
            }
        }
        Task::Runner { name, disk, docker } => {
            print!("{}", up::runner(&workspace, name, disk.as_deref(), *docker)?);
        }
        Task::Down { runner: None } => up::down(&workspace)?,
        Task::Down { runner: Some(name) } => up::end_runner(&workspace, name)?,
        Task::Demo => demo::demo(&workspace)?,
        Task::Bench { benchmarks, runs } => bench::bench(&workspace, benchmarks, *runs)?,
        Task::Compare { paths, all, args } => {
            compare::compare(&workspace, paths, *all, args, |report| print!("{report}"))?;
        }
        Task::E2e { filters } => e2e::e2e(&workspace, filters)?,
        Task::Test { all, shard } => test::test(&workspace, *all, *shard)?,
        Task::Docs => docs::docs(&workspace)?,
        Task::RustBase => println!("{}", up::rust_base(&workspace)?),
    }
    Ok(())
}
