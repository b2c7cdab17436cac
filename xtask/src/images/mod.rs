//! The images that builds here need, made and pushed to the loopback registry: the syntax image from
//! the working tree, a Debian base with the machine's settings, busybox, and on request a rust
//! image. Each is made anew only when what goes into it has changed.

mod base;
mod busybox;
mod machine;
mod rust_base;
mod syntax;
mod unpack;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use crate::engine::{Engine, Instance, write_whole};
use crate::{cmd, ui};

pub(crate) use base::base;
pub(crate) use busybox::busybox;
pub(crate) use machine::python_index;
pub(crate) use rust_base::rust_base;
pub(crate) use syntax::{FRONTEND, Profile, Program, Syntax, compile, pack, syntax};
pub(crate) use unpack::unpack;

/// An image to be made: its name in the registry, and a digest of all that goes into it.
struct Recipe<'a> {
    engine: &'a Engine,
    /// The build context, with the Dockerfile in it.
    directory: PathBuf,
    name: &'static str,
    tag: String,
    key: String,
}

impl<'a> Recipe<'a> {
    fn new(
        instance: &Instance,
        engine: &'a Engine,
        name: &'static str,
        tag: String,
        key: String,
    ) -> Self {
        let directory = instance.path("images").join(name);
        Self { engine, directory, name, tag, key }
    }

    fn reference(&self) -> String {
        self.engine.reference(self.name, &self.tag)
    }

    /// Whether the registry has the image and it was made from the same things.
    fn is_done(&self) -> bool {
        fs::read_to_string(self.stamp()).is_ok_and(|key| key == self.key)
            && self.engine.manifest(self.name, &self.tag).is_some()
    }

    /// Empties the build context and puts the Dockerfile into it.
    fn begin(&self, dockerfile: &str) -> Result<()> {
        if self.directory.exists() {
            fs::remove_dir_all(&self.directory)?;
        }
        fs::create_dir_all(&self.directory)?;
        fs::write(self.directory.join("Dockerfile"), dockerfile)?;
        Ok(())
    }

    /// Builds the context and pushes the image; `more` are further arguments of the build.
    fn finish(&self, more: &[String]) -> Result<()> {
        let mut command = push(self.engine, &self.reference());
        command.args(more).arg(&self.directory);
        cmd::output(&mut command).with_context(|| format!("cannot make {}", self.name))?;
        write_whole(&self.stamp(), self.key.as_bytes())
    }

    /// Makes the image from the public one where the engine is a Docker of the machine; false where
    /// that fails and the image has to be made from what the machine has.
    fn finish_public(&self) -> bool {
        if !self.engine.is_system {
            return false;
        }
        let done = self.finish(&["--build-arg=ROOT=public".to_owned()]);
        if let Err(error) = &done {
            ui::note(format!("the public image cannot be used: {error:#}"));
        }
        done.is_ok()
    }

    fn stamp(&self) -> PathBuf {
        self.directory.with_extension("made-from")
    }
}

/// A build whose result goes to the registry.
pub(crate) fn push(engine: &Engine, reference: &str) -> Command {
    let mut command = engine.client.build();
    command.arg("--output").arg(format!("type=image,name={reference},push=true"));
    command
}

/// A short digest of several pieces, where each piece's end counts.
fn digest<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut all = Sha256::new();
    for piece in pieces {
        all.update(piece.len().to_le_bytes());
        all.update(piece);
    }
    all.finalize()[..6].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Writes a file and the directories above it.
pub(crate) fn write_below(directory: &Path, path: &str, content: &[u8]) -> Result<()> {
    let file = directory.join(path);
    let parent = file.parent().context("a file lies in a directory")?;
    fs::create_dir_all(parent)?;
    fs::write(&file, content).with_context(|| format!("cannot write {}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_knows_where_a_piece_ends() {
        assert_ne!(digest([&b"ab"[..], b"c"]), digest([&b"a"[..], b"bc"]));
        assert_eq!(digest([&b"ab"[..]]).len(), 12);
    }
}
