//! What strake's own program does when it is run inside of a step: it tells whether a cache mount is
//! empty, fills an empty one from a seed, and writes what is new in one over the seed published
//! before; and it tells the digests of a client's files. Nothing else is in that step: no shell, no C library, no network.
//! In a user's step it runs the command ([`wrapper`]).
//!
//! It knows of directories alone, and of nothing that mounts them:
//!
//! | called as | does |
//! |---|---|
//! | `probe MOUNT ANSWER` | tells whether a mount is empty; waits for nobody |
//! | `prime SEED MOUNT ANSWER` | fills an empty mount from a seed |
//! | `digest DIRECTORY ANSWER` | tells the digests of the directories in a directory, in the order of their names |
//! | `export MOUNT SEED OUT ANSWER [KEEP]` | writes the differences into OUT, a copy of SEED or empty; KEEP caps the size, in bytes |
//! | `run COMMAND...` | runs a command, and does what variables say before and after |
//!
//! A seed is a directory with `tree` and `index`. The answer is a file, see [`answer`]; a failure
//! is an answer, too, so the process ends with 0 whenever one could be written. It ends with 1, and
//! the reason on standard error, where that failed, and with 2 where the arguments are none of the
//! above.
//!
//! The way of a prime: [`index`] to `tree`, `make` it in `staging`, move it. The way of an export:
//! `walk` to `tree`, without what is `private`, `keep` under a cap, `compare` it with the published one, `delta`, `make` that,
//! [`index`]. Of these `tree`, `index`, `keep`, `compare` and `delta` are pure.

pub mod answer;
mod compare;
mod copy;
mod delta;
mod digest;
mod export;
pub mod failure;
mod index;
mod keep;
mod lead;
mod lend;
mod make;
mod parallel;
mod prime;
mod private;
mod restore;
mod seed;
mod settle;
mod staging;
mod sys;
mod tree;
mod walk;
mod wrapper;

pub(super) use seed::INDEX;

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::time::Instant;

use answer::{Answer, Outcome};
use failure::Failure;

/// Longest path under a mount, in bytes: those who unpack a layer put a directory of their own
/// before it, and Linux has 4,096 for both.
const LONGEST_PATH: usize = 3_500;

const USAGE: &str = "strake is a BuildKit frontend: it is run by BuildKit, without arguments.
In a step: strake probe MOUNT ANSWER
           strake prime SEED MOUNT ANSWER
           strake export MOUNT SEED OUT ANSWER [KEEP]
           strake digest DIRECTORY ANSWER";

/// Does what the arguments say, and gives the process's exit status. `None` where there are no
/// arguments: then the process is a frontend.
pub fn run(arguments: &[OsString]) -> Option<u8> {
    let (first, others) = arguments.split_first()?;
    if first == super::wrapper::COMMAND {
        return Some(wrapper::run(others));
    }
    let Some(command) = Command::parse(arguments) else {
        eprintln!("{USAGE}");
        return Some(2);
    };
    let answer = command.answer();
    eprintln!("{}", answer.line());
    match sys::write_file(command.answer_path(), answer.to_text().as_bytes()) {
        Ok(()) => Some(0),
        Err(failure) => {
            eprintln!("{failure}");
            Some(1)
        }
    }
}

/// The bytes of an index, read and written again: an index has one form, so that they are the same.
///
/// # Errors
/// The bytes are no index of this version, are damaged, or tell of a tree that can't be.
pub fn rewritten_index(bytes: &[u8]) -> Result<Vec<u8>, Failure> {
    index::decode(bytes).map(|tree| index::encode(&tree))
}

/// What the arguments ask for.
enum Command<'a> {
    Probe { mount: &'a Path, answer: &'a Path },
    Prime { seed: &'a Path, mount: &'a Path, answer: &'a Path },
    Export { mount: &'a Path, seed: &'a Path, out: &'a Path, answer: &'a Path, keep: Option<u64> },
    Digest { directory: &'a Path, answer: &'a Path },
}

impl<'a> Command<'a> {
    fn parse(arguments: &'a [OsString]) -> Option<Self> {
        let (name, arguments) = arguments.split_first()?;
        let paths: Vec<&Path> = arguments.iter().map(Path::new).collect();
        Some(match (name.to_str()?, paths.as_slice()) {
            ("probe", [mount, answer]) => Command::Probe { mount, answer },
            ("prime", [seed, mount, answer]) => Command::Prime { seed, mount, answer },
            ("digest", [directory, answer]) => Command::Digest { directory, answer },
            ("export", [mount, seed, out, answer, keep @ ..]) => {
                let keep = match keep {
                    [] => None,
                    [keep] => Some(OsStr::to_str(keep.as_os_str())?.parse().ok()?),
                    _ => return None,
                };
                Command::Export { mount, seed, out, answer, keep }
            }
            _ => return None,
        })
    }

    fn answer_path(&self) -> &Path {
        match self {
            Command::Probe { answer, .. }
            | Command::Prime { answer, .. }
            | Command::Export { answer, .. }
            | Command::Digest { answer, .. } => answer,
        }
    }

    fn answer(&self) -> Answer {
        let begun = Instant::now();
        let mut answer = self.run().unwrap_or_else(|failure| Outcome::Failed(failure).into());
        answer.counts.milliseconds = begun.elapsed().as_millis() as u64;
        answer
    }

    fn run(&self) -> Result<Answer, Failure> {
        match *self {
            Command::Probe { mount, .. } => prime::probe(mount),
            Command::Prime { seed, mount, .. } => prime::prime(seed, mount),
            Command::Export { mount, seed, out, keep, .. } => {
                export::export(mount, seed, out, keep)
            }
            Command::Digest { directory, .. } => digest::digest(directory),
        }
    }
}
