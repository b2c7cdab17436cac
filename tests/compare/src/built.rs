//! What came of a build.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::difference::{self, Difference};
use crate::error;
use crate::image::Image;
use crate::tree::{self, Entry};

/// How many files that differ are told; of a directory that is gone, one says it all.
const MOST_FILES: usize = 20;

/// The image, its files, the exit and the error.
#[derive(Debug)]
pub struct Built {
    /// Whether there is an image.
    pub success: bool,
    /// What the client printed.
    pub log: String,
    /// The end of a failed build's log.
    pub error: String,
    image: Image,
    files: BTreeMap<String, Entry>,
}

impl Built {
    /// Runs `docker buildx build` with its arguments but for the outputs, and reads what it makes.
    pub fn by(command: &mut Command, context: &Path) -> Result<Self> {
        let directory = tempfile::TempDir::new().context("no temporary directory")?;
        let (image, files) = (directory.path().join("image"), directory.path().join("files.tar"));
        command.arg("--output").arg(format!("type=oci,tar=false,dest={}", image.display()));
        command.arg("--output").arg(format!("type=tar,dest={}", files.display()));
        let done = command.arg(context).output().context("cannot run docker")?;
        let log = String::from_utf8_lossy(&done.stderr).into_owned();
        if !done.status.success() {
            let (image, files) = Default::default();
            return Ok(Built { success: false, error: error::shown(&log), log, image, files });
        }
        let files = tree::read(BufReader::new(File::open(files)?))?;
        let image = Image::read(&image)?;
        Ok(Built { success: true, error: String::new(), log, image, files })
    }

    /// Leaves out files: a path stands for all that is below.
    pub fn ignore(&mut self, paths: &[String]) {
        self.files.retain(|path, _| !paths.iter().any(|ignored| is_below(path, ignored)));
    }

    /// What is not the same in a build through strake, which may say more at the end of an error.
    pub fn differences(&self, other: &Built) -> Vec<Difference> {
        if self.success != other.success {
            let how = match self.success {
                true => format!("a success and a failure:\n{}", other.log),
                false => format!("a failure and a success:\n{}", self.error),
            };
            return vec![Difference::new("exit", how)];
        }
        let (one, two) = (without_help(&self.error), without_help(&other.error));
        if one != two {
            return vec![Difference::new("error", format!("\n{one}\nand\n{two}"))];
        }
        let mut found = self.image_differences(&other.image);
        found.extend(self.file_differences(&other.files));
        found
    }

    fn image_differences(&self, other: &Image) -> Vec<Difference> {
        let mut found = Vec::new();
        let mut compare = |name: &str, one: Value, two: Value| {
            difference::of_json(name, &one, &two, &mut found);
        };
        let all =
            |of: &Image| of.configs.iter().map(|(name, of)| (name.clone(), of.clone())).collect();
        compare("config ", Value::Object(all(&self.image)), Value::Object(all(other)));
        compare("SBOM ", self.image.documents.clone().into(), other.documents.clone().into());
        found
    }

    fn file_differences(&self, others: &BTreeMap<String, Entry>) -> Vec<Difference> {
        let mut found = Vec::new();
        for (path, entry) in &self.files {
            found.push(match others.get(path) {
                Some(other) if other == entry => continue,
                Some(other) => Difference::new(format!("file `{path}`"), entry.difference(other)),
                None => Difference::missing(path),
            });
        }
        let more = others.keys().filter(|path| !self.files.contains_key(*path));
        found
            .extend(more.map(|path| Difference::new(format!("file `{path}`"), "is there besides")));
        found
    }
}

/// What strake says more is the way out.
fn without_help(error: &str) -> &str {
    error.split("\nhelp: ").next().unwrap_or_default()
}

fn is_below(path: &str, directory: &str) -> bool {
    path == directory || path.strip_prefix(directory).is_some_and(|rest| rest.starts_with('/'))
}

/// The first of many, and how many more there are.
pub fn first(differences: &[Difference]) -> String {
    let lines = differences.iter().take(MOST_FILES);
    let mut text: String =
        lines.map(|found| format!("  {}: {}\n", found.what, found.how)).collect();
    if let Some(more @ 1..) = differences.len().checked_sub(MOST_FILES) {
        text += &format!("  and {more} more\n");
    }
    text
}
