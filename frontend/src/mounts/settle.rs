//! What a step with compiled output in a cache mount is told: which of its directories are that
//! output, and which its sources. Pure; [`agent`](super::agent) does it.
//!
//! Build tools compare times: output that is newer than a source says "fresh" for a source that it was
//! never made from, since a mount outlives the checkout that filled it. So strake's own program runs the
//! command of such a step, and gives the sources their times before.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::paths;

/// The variable that has a [`Settle`]. The command does not see it.
pub(crate) const VARIABLE: &str = "STRAKE_SETTLE";

/// Directories of the base system: where `/` is looked through, there are no sources in these.
pub(crate) const SYSTEM: [&str; 13] = [
    "/bin", "/boot", "/dev", "/etc", "/lib", "/lib32", "/lib64", "/proc", "/run", "/sbin", "/sys",
    "/usr", "/var",
];

/// Directories that hold much besides a project: one that a mount is in is no project's for that.
const COMMON: [&str; 10] =
    ["/", "/home", "/mnt", "/opt", "/root", "/srv", "/tmp", "/usr/local", "/usr/src", "/var/cache"];

/// What is at a place of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// A cache mount with compiled output.
    Compiled,
    /// Files of a context, a stage or an image.
    Source,
    /// Another cache, a secret, and whatever else is no source.
    Other,
}

/// What the program is told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Settle {
    /// Cache mounts with compiled output.
    pub compiled: Vec<String>,
    /// Files and directories with sources; none is in another.
    pub sources: Vec<String>,
    /// What is in those and is no source.
    pub others: Vec<String>,
}

impl Settle {
    /// Of a step, by its working directory and its mounts. `None` where nothing of it is compiled, or a
    /// path can't be told.
    pub(crate) fn of<'a>(
        workdir: &str,
        mounts: impl IntoIterator<Item = (&'a str, Place)>,
    ) -> Option<Self> {
        let mut settle = Settle::default();
        let workdir = if workdir.is_empty() { "/" } else { workdir };
        let mut sources = BTreeSet::from([workdir.to_owned()]);
        for (target, place) in mounts {
            match place {
                Place::Compiled => settle.compiled.push(target.to_owned()),
                Place::Source => _ = sources.insert(target.to_owned()),
                Place::Other => settle.others.push(target.to_owned()),
            }
        }
        // A project is commonly built into a directory of its own.
        let parents = settle.compiled.iter().map(|target| parent(target));
        sources.extend(parents.filter(|parent| !is_common(parent)).map(str::to_owned));
        settle.others.extend(settle.compiled.iter().cloned());
        let looked_through = |path: &String| {
            let mut others = sources.iter().filter(|other| *other != path);
            others.any(|other| paths::is_below(path, other) && (other != "/" || !is_system(path)))
        };
        settle.sources = sources.iter().filter(|path| !looked_through(path)).cloned().collect();
        let all = [&settle.compiled, &settle.sources, &settle.others];
        let expressible = all
            .into_iter()
            .flatten()
            .all(|path| path.starts_with('/') && !path.contains(['\n', '\0']));
        (expressible && !settle.compiled.is_empty()).then_some(settle)
    }

    /// A line for each path.
    pub(crate) fn to_text(&self) -> String {
        let mut text = String::new();
        for (kind, paths) in
            [("compiled", &self.compiled), ("source", &self.sources), ("other", &self.others)]
        {
            for path in paths {
                let _ = writeln!(text, "{kind} {path}");
            }
        }
        text
    }

    /// The opposite of [`Settle::to_text`].
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut settle = Settle::default();
        for line in text.lines() {
            let (kind, path) = line.split_once(' ')?;
            let paths = match kind {
                "compiled" => &mut settle.compiled,
                "source" => &mut settle.sources,
                "other" => &mut settle.others,
                _ => return None,
            };
            paths.push(path.to_owned());
        }
        Some(settle)
    }
}

/// Whether a path is in a directory of the base system.
pub(crate) fn is_system(path: &str) -> bool {
    SYSTEM.iter().any(|directory| paths::is_below(path, directory))
}

fn is_common(path: &str) -> bool {
    COMMON.contains(&path) || SYSTEM.contains(&path)
}

fn parent(path: &str) -> &str {
    match path.trim_end_matches('/').rsplit_once('/') {
        Some(("", _)) | None => "/",
        Some((parent, _)) => parent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sources(workdir: &str, mounts: &[(&str, Place)]) -> Option<Vec<String>> {
        let settle = Settle::of(workdir, mounts.iter().copied())?;
        assert_eq!(Settle::parse(&settle.to_text()), Some(settle.clone()));
        Some(settle.sources)
    }

    #[test]
    fn sources_are_the_working_directory_and_what_is_mounted() {
        let target = ("/src/target", Place::Compiled);
        let seen = sources("/src", &[("/src/Cargo.toml", Place::Source), target]).unwrap();
        assert_eq!(seen, ["/src"]);
        let seen = sources("/app", &[("/code", Place::Source), ("/t", Place::Compiled)]).unwrap();
        assert_eq!(seen, ["/app", "/code"]);
        // The directory that is built into is in the project.
        assert_eq!(sources("/app", &[target]).unwrap(), ["/app", "/src"]);
        assert_eq!(sources("/app", &[("/root/t", Place::Compiled)]).unwrap(), ["/app"]);
    }

    #[test]
    fn of_the_whole_file_system_the_base_is_left_out() {
        let mounts =
            [("/usr/src/a", Place::Source), ("/b", Place::Source), ("/t", Place::Compiled)];
        assert_eq!(sources("/", &mounts).unwrap(), ["/", "/usr/src/a"]);
        assert_eq!(sources("", &mounts).unwrap(), ["/", "/usr/src/a"]);
    }

    #[test]
    fn nothing_is_told_of_other_steps() {
        assert_eq!(sources("/src", &[("/src", Place::Source), ("/c", Place::Other)]), None);
        assert_eq!(sources("/src", &[("/a\nb", Place::Compiled)]), None);
        assert_eq!(Settle::parse("what /a"), None);
    }
}
