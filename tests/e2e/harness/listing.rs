//! The files of a result with what a copy to a directory would lose: owners, modes, times.

use std::process::Command;

use tempfile::TempDir;

use super::Build;

/// The files of a result.
pub(crate) struct Listing {
    lines: Vec<String>,
}

/// One file, as `tar -tv` tells it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Entry<'a> {
    /// `-rw-r--r--`; the first letter is the kind.
    pub(crate) mode: &'a str,
    /// `uid/gid`, both as numbers.
    pub(crate) owner: &'a str,
    pub(crate) size: &'a str,
    /// `2023-11-14 22:13:20`, in UTC.
    pub(crate) time: String,
    /// Where a link leads.
    pub(crate) target: Option<&'a str>,
}

impl Build<'_> {
    /// Runs it and lists the files of the result.
    pub(crate) fn listing(self) -> Listing {
        let directory = TempDir::new().expect("a temporary directory");
        let file = directory.path().join("files.tar");
        self.args(["--output", &format!("type=tar,dest={}", file.display())]).ok();
        let list = Command::new("tar")
            .args(["--numeric-owner", "--full-time", "-tvf"])
            .arg(file)
            .env("TZ", "UTC")
            .output()
            .expect("tar runs");
        let text = String::from_utf8_lossy(&list.stdout);
        Listing { lines: text.lines().map(str::to_owned).collect() }
    }
}

impl Listing {
    /// The paths, without slashes at either end.
    pub(crate) fn paths(&self) -> Vec<&str> {
        self.entries().map(|(path, _)| path).collect()
    }

    /// What is at a path.
    #[track_caller]
    pub(crate) fn entry(&self, path: &str) -> Entry<'_> {
        let found = self.find(path);
        found.unwrap_or_else(|| panic!("{path} is not there:\n{}", self.lines.join("\n")))
    }

    fn find(&self, path: &str) -> Option<Entry<'_>> {
        let path = path.trim_matches('/');
        self.entries().find(|(name, _)| *name == path).map(|(_, entry)| entry)
    }

    fn entries(&self) -> impl Iterator<Item = (&str, Entry<'_>)> {
        self.lines.iter().filter_map(|line| parse(line))
    }
}

/// `-rw-r--r-- 0/0    12 2023-11-14 22:13:20 path -> target`; the columns are padded.
fn parse(line: &str) -> Option<(&str, Entry<'_>)> {
    let mut rest = line;
    let mut column = || {
        let (column, after) = rest.trim_start().split_once(' ')?;
        rest = after;
        Some(column)
    };
    let (mode, owner, size) = (column()?, column()?, column()?);
    let time = format!("{} {}", column()?, column()?);
    let (path, target) = match rest.split_once(" -> ") {
        Some((path, target)) => (path, Some(target)),
        None => (rest, None),
    };
    Some((path.trim_matches('/'), Entry { mode, owner, size, time, target }))
}
