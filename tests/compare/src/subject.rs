//! What is built.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use tempfile::TempDir;

use crate::builder::Builder;
use crate::built::Built;
use crate::later;

/// A Dockerfile, its context, and further arguments of `docker buildx build`.
#[derive(Debug, Clone)]
pub struct Subject {
    /// What reports call it.
    pub name: String,
    /// The path of the Dockerfile.
    pub file: PathBuf,
    /// The directory that is sent to the builder.
    pub context: PathBuf,
    /// What both frontends are told.
    pub args: Vec<String>,
    /// Files that are not compared, and all below them.
    pub ignored: Vec<String>,
}

impl Subject {
    /// A Dockerfile in its context, or a directory with a `Dockerfile`.
    pub fn at(path: &Path, args: &[String]) -> Result<Self> {
        let (file, context) = match path.is_dir() {
            true => (path.join("Dockerfile"), path.to_owned()),
            false => {
                (path.to_owned(), path.parent().context("a file lies in a directory")?.to_owned())
            }
        };
        let context = if context.as_os_str().is_empty() { ".".into() } else { context };
        ensure!(file.is_file(), "there is no {}", file.display());
        if file.extension().is_some_and(|end| end == "toml") {
            bail!("{} is a manifest: only strake can build it", file.display());
        }
        let name = file.display().to_string();
        Ok(Subject { name, file, context, args: args.to_vec(), ignored: Vec::new() })
    }

    /// Builds it: through strake where its image is named, else by the built-in frontend (or by the one that
    /// the file's first line names).
    pub fn build(&self, builder: &Builder, strake: Option<&str>, more: &[String]) -> Result<Built> {
        let mut built = Built::by(&mut self.command(builder, strake, more), &self.context)?;
        built.ignore(&self.ignored);
        Ok(built)
    }

    /// The client's command line but for the context.
    pub fn command(&self, builder: &Builder, strake: Option<&str>, more: &[String]) -> Command {
        let mut command = builder.buildx();
        command.args(["build", "--progress=plain", "--file"]).arg(&self.file);
        command.args(&self.args).args(more);
        if let Some(image) = strake {
            command.args(["--build-arg", &format!("BUILDKIT_SYNTAX={image}")]);
        }
        command
    }

    /// The same with another command before the last `RUN`, kept in a directory; nothing where
    /// there is no `RUN`.
    pub fn changed(&self, directory: &TempDir, token: &str) -> Result<Option<Self>> {
        let text = fs::read_to_string(&self.file)?;
        let Some(text) = later::changed(&text, token) else { return Ok(None) };
        self.copied(directory, &text).map(Some)
    }

    /// Without a first line that names strake: the built-in frontend is to build it as well.
    pub fn without_strake(&self, directory: &TempDir, image: &str) -> Result<Self> {
        let text = fs::read_to_string(&self.file)
            .with_context(|| format!("cannot read {}", self.file.display()))?;
        let (first, rest) = text.split_once('\n').unwrap_or((&text, ""));
        let name = |image: &str| image.rsplit('/').next().unwrap_or_default().to_owned();
        let named = first.replace(' ', "").strip_prefix("#syntax=").map(name).unwrap_or_default();
        let of_image = name(image);
        let is_strake = named.split(':').next() == of_image.split(':').next();
        match is_strake && !named.is_empty() {
            true => self.copied(directory, &format!("#\n{rest}")),
            false => Ok(self.clone()),
        }
    }

    /// With another text, and the ignore file that belongs to the Dockerfile.
    fn copied(&self, directory: &TempDir, text: &str) -> Result<Self> {
        let name = self.file.file_name().context("a file has a name")?;
        let file = directory.path().join(name);
        fs::write(&file, text)?;
        let ignore = |file: &Path| file.with_file_name(format!("{}.dockerignore", name.display()));
        if ignore(&self.file).is_file() {
            fs::copy(ignore(&self.file), ignore(&file))?;
        }
        Ok(Subject { file, ..self.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject(directory: &TempDir, text: &str) -> Subject {
        fs::write(directory.path().join("Dockerfile"), text).unwrap();
        fs::write(directory.path().join("Dockerfile.dockerignore"), "x\n").unwrap();
        Subject::at(directory.path(), &[]).unwrap()
    }

    #[test]
    fn a_first_line_that_names_strake_is_left_out() {
        let (directory, copy) = (TempDir::new().unwrap(), TempDir::new().unwrap());
        let image = "127.0.0.1:5000/strake/strake:dev-1";
        let named = subject(&directory, "# syntax=docker.io/strake/strake:1\nFROM a\n");
        let copied = named.without_strake(&copy, image).unwrap();
        assert_eq!(fs::read_to_string(&copied.file).unwrap(), "#\nFROM a\n");
        assert!(copied.file.with_file_name("Dockerfile.dockerignore").is_file());
        for text in ["# syntax=docker/dockerfile:1\nFROM a\n", "FROM a\n"] {
            let other = subject(&directory, text);
            assert_eq!(other.without_strake(&copy, image).unwrap().file, other.file);
        }
    }

    #[test]
    fn a_manifest_is_refused() {
        let directory = TempDir::new().unwrap();
        let file = directory.path().join("strake.toml");
        fs::write(&file, "").unwrap();
        assert!(Subject::at(&file, &[]).unwrap_err().to_string().contains("is a manifest"));
        assert!(Subject::at(&directory.path().join("none"), &[]).is_err());
    }
}
