//! The parts of the suite that runners of their own can take: together, they are all of it.

use std::process::Command;

use clap::ValueEnum;

/// A part of the tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shard {
    /// Format, lints, dependencies, and all tests that the others leave out
    Core,
    /// The examples, and what pages say
    Examples,
    /// Dockerfiles and presets
    Dockerfile,
}

/// With all packages, or their dependencies would be compiled once more with fewer features.
pub(crate) const END_TO_END: [&str; 3] = ["--workspace", "--test", "e2e"];

const OTHERS: [(Shard, &[&str]); 2] = [
    (Shard::Examples, &["again::", "airflow::", "ci::", "docs::", "examples::"]),
    (Shard::Dockerfile, &["dockerfile::", "presets::"]),
];

impl Shard {
    /// Has `cargo test` compile what the shard needs.
    pub(crate) fn targets(self) -> &'static [&'static str] {
        match self {
            Shard::Core => &["--workspace"],
            Shard::Examples | Shard::Dockerfile => &END_TO_END,
        }
    }

    /// Tells Rust's test harness what to run.
    pub(crate) fn filter(self, cargo: &mut Command) {
        for (shard, modules) in OTHERS {
            if shard == self {
                cargo.args(modules);
            } else if self == Shard::Core {
                cargo.args(modules.iter().flat_map(|module| ["--skip", module]));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filters(shard: Shard) -> Vec<String> {
        let mut command = Command::new("cargo");
        shard.filter(&mut command);
        command.get_args().map(|arg| arg.to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn what_one_shard_runs_the_core_leaves_out() {
        let left_out = filters(Shard::Core);
        for shard in [Shard::Examples, Shard::Dockerfile] {
            let run = filters(shard);
            assert!(!run.is_empty() && run.iter().all(|module| left_out.contains(module)));
        }
    }
}
