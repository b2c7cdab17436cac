//! Copies of the example, changed as developers change it.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, ensure};

use crate::bench::Bench;
use crate::cmd;

const EXAMPLE: &str = "examples/airflow";
const LOCK: &str = "locks/full-3.11.txt";
/// A file of the sources that Airflow's own developers edit often.
const SOURCE: &str = "source/airflow-core/src/airflow/settings.py";
/// Small packages without dependencies of their own, to be added one after the other.
const DEPENDENCIES: [&str; 8] = [
    "pyfiglet==1.0.4",
    "cowsay==6.1",
    "art==6.5",
    "emoji==2.15.0",
    "toolz==1.0.0",
    "inflect==7.5.0",
    "parse==1.20.2",
    "xxhash==3.6.0",
];

/// A directory with the example in it.
#[derive(Debug)]
pub(crate) struct Project {
    pub(crate) directory: PathBuf,
}

impl Project {
    /// The example as it is, with its sources, in a directory where it may be changed.
    pub(crate) fn example(bench: &Bench<'_>) -> Result<Self> {
        let example = bench.workspace.root.join(EXAMPLE);
        cmd::output(&mut Command::new(example.join("set-up")))?;
        let directory = bench.directory.join("airflow");
        if directory.exists() {
            fs::remove_dir_all(&directory)?;
        }
        fs::create_dir_all(&directory)?;
        cmd::output(Command::new("cp").arg("-a").arg(example.join(".")).arg(&directory))?;
        Ok(Self { directory })
    }

    /// Adds a dependency to the lock, the `nth` of those that there are.
    pub(crate) fn with_dependency(&self, nth: usize) -> Result<Self> {
        ensure!(nth < DEPENDENCIES.len(), "there are {} dependencies to add", DEPENDENCIES.len());
        self.append(LOCK, DEPENDENCIES[nth])
    }

    /// Edits a source file.
    pub(crate) fn with_edit(&self, text: &str) -> Result<Self> {
        self.append(SOURCE, &format!("# {text}"))
    }

    fn append(&self, file: &str, line: &str) -> Result<Self> {
        let mut file = OpenOptions::new().append(true).open(self.path(file))?;
        writeln!(file, "{line}")?;
        Ok(Self { directory: self.directory.clone() })
    }

    /// A file of it.
    pub(crate) fn path(&self, file: impl AsRef<Path>) -> PathBuf {
        self.directory.join(file)
    }
}
