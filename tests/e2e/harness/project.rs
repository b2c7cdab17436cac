//! A directory to build: a manifest with the syntax line, and files beside it.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::{Build, engine};

/// A directory that goes away with the test.
pub(crate) struct Project {
    directory: TempDir,
    file: String,
}

impl Project {
    /// A directory with a manifest `strake.toml`; the syntax line is put before it.
    pub(crate) fn new(manifest: &str) -> Self {
        let project = Project::without_manifest().named("strake.toml");
        project.put("strake.toml", format!("# syntax={}\n{manifest}", engine().syntax()))
    }

    /// A directory with a manifest whose stage `work` leaves in `/out` what is to be seen: the
    /// result is that and nothing else, so that it is small.
    pub(crate) fn reporting(manifest: &str) -> Self {
        let last = "[stage.seen]\nfrom = 'scratch'\ndefault = true\n\
                    layer = [{ copy = { from = 'work', src = '/out', dest = '/' } }]\n";
        Project::new(&format!("{manifest}\n{last}"))
    }

    /// A copy of an example, with the syntax image of the engine.
    pub(crate) fn example(name: &str) -> Self {
        let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
        let project = Project::without_manifest().named("strake.toml");
        let mut copy = Command::new("cp");
        copy.arg("--recursive").arg(examples.join(name).join(".")).arg(project.path());
        assert!(copy.status().expect("cp runs").success(), "{name} is not copied");
        let manifest = fs::read_to_string(project.file()).expect("the example's manifest");
        let syntax = format!("# syntax={}\n", engine().syntax());
        let (line, rest) = manifest.split_once('\n').expect("lines");
        assert_eq!(line, "# syntax=docker.io/strake/strake:1");
        project.put("strake.toml", syntax + rest)
    }

    pub(crate) fn without_manifest() -> Self {
        let directory = TempDir::new().expect("a temporary directory");
        Project { directory, file: String::new() }
    }

    /// Says which file is built.
    pub(crate) fn named(mut self, file: &str) -> Self {
        self.file = file.to_owned();
        self
    }

    pub(crate) fn put(self, path: &str, content: impl AsRef<[u8]>) -> Self {
        self.write(path, content);
        self
    }

    /// Writes a file, also between two builds.
    pub(crate) fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().expect("a directory")).expect("directories are made");
        fs::write(path, content).expect("a file is written");
    }

    /// Makes a symbolic link.
    pub(crate) fn link(self, path: &str, target: &str) -> Self {
        symlink(target, self.path().join(path)).expect("a link is made");
        self
    }

    /// Sets the mode of a file.
    pub(crate) fn mode(self, path: &str, mode: u32) -> Self {
        let permissions = fs::Permissions::from_mode(mode);
        fs::set_permissions(self.path().join(path), permissions).expect("a mode is set");
        self
    }

    /// Everything in it as an archive; the flags are tar's.
    pub(crate) fn archive(&self, flags: &str) -> Vec<u8> {
        let mut tar = Command::new("tar");
        let output = tar.arg("-C").arg(self.path()).args([flags, "."]).output().expect("tar runs");
        assert!(output.status.success(), "tar fails");
        output.stdout
    }

    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    /// The file that is built.
    pub(crate) fn file(&self) -> PathBuf {
        self.path().join(&self.file)
    }

    /// A build of the directory.
    pub(crate) fn build(&self) -> Build<'_> {
        Build::new(self)
    }
}
