//! Running the program, and directories to run it on.

use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use rustix::fs::{Timespec, Timestamps};
use strake_frontend::testing::mounts::agent::answer::{Answer, Counts, Outcome};
use strake_frontend::testing::mounts::agent::failure::Code;
use tempfile::TempDir;

pub(crate) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// A mount, what is published, and where an export writes.
pub(crate) struct Case {
    pub(crate) directory: TempDir,
}

impl Case {
    pub(crate) fn new() -> Self {
        let case = Case { directory: TempDir::new().unwrap() };
        for name in ["mount", "seed", "empty"] {
            fs::create_dir(case.path(name)).unwrap();
        }
        case
    }

    /// One that has published what a function puts into the mount.
    pub(crate) fn published(fill: impl FnOnce(&Path)) -> Self {
        let case = Case::new();
        fill(&case.mount());
        assert_eq!(case.export().outcome, Outcome::Exported);
        case
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn mount(&self) -> PathBuf {
        self.path("mount")
    }

    pub(crate) fn tree(&self) -> PathBuf {
        self.path("seed/tree")
    }

    /// The program with some arguments: plain words, and names of this case's directories after
    /// `@`.
    pub(crate) fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_strake"));
        for argument in arguments.split(' ') {
            match argument.strip_prefix('@') {
                Some(name) => command.arg(self.path(name)),
                None => command.arg(argument),
            };
        }
        command
    }

    pub(crate) fn run(&self, arguments: &str) -> Answer {
        let mut command = self.command(arguments);
        let output = command.arg(self.path("answer")).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        self.answer()
    }

    pub(crate) fn start(&self, arguments: &str, answer: &str) -> Child {
        let mut command = self.command(arguments);
        command.arg(self.path(answer)).stderr(Stdio::null()).spawn().unwrap()
    }

    pub(crate) fn answer(&self) -> Answer {
        answer(&self.path("answer"))
    }

    /// Exports over what is published, which stands for the layers below and the one on top at the
    /// same time.
    pub(crate) fn export(&self) -> Answer {
        self.run("export @mount @seed @seed")
    }

    pub(crate) fn prime(&self, mount: &str) -> Answer {
        let _ = fs::create_dir(self.path(mount));
        self.run(&format!("prime @seed @{mount}"))
    }

    /// What an export fails or a prime fails with.
    pub(crate) fn failure(&self, arguments: &str) -> (Code, String) {
        match self.run(arguments).outcome {
            Outcome::Failed(failure) => (failure.code, failure.reason),
            outcome => panic!("{outcome:?}"),
        }
    }
}

pub(crate) fn answer(path: &Path) -> Answer {
    Answer::parse(&fs::read_to_string(path).unwrap()).unwrap()
}

/// Counts without the time that it took.
pub(crate) fn counts(answer: &Answer) -> Counts {
    Counts { milliseconds: 0, ..answer.counts }
}

/// Writes a file and gives it a time with nanoseconds.
pub(crate) fn write(path: impl AsRef<Path>, content: impl AsRef<[u8]>, seconds: i64) {
    let _ = fs::create_dir_all(path.as_ref().parent().unwrap());
    fs::write(&path, content).unwrap();
    set_time(path.as_ref(), seconds, 123_456_789);
}

pub(crate) fn set_time(path: &Path, seconds: i64, nanos: i64) {
    let time = Timespec { tv_sec: seconds, tv_nsec: nanos };
    let times = Timestamps { last_access: time, last_modification: time };
    let flags = rustix::fs::AtFlags::SYMLINK_NOFOLLOW;
    rustix::fs::utimensat(rustix::fs::CWD, path, &times, flags).unwrap();
}

/// The names in a directory.
pub(crate) fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().as_bytes().escape_ascii().to_string())
        .collect();
    names.sort();
    names
}

/// The number that tells whether a file was made anew.
pub(crate) fn inode(path: impl AsRef<Path>) -> u64 {
    fs::symlink_metadata(path).unwrap().ino()
}
