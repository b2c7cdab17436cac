//! Wildcards in `inputs`: what they pick of the main context, looked up before the solve, since each
//! file that a step sees is a mount of its own and a mount has no wildcards.

use std::collections::{BTreeMap, BTreeSet};

use super::Uses;
use crate::context::{self, ContextError, MainContext};
use crate::diagnostics::{Diagnostic, codes};
use crate::gateway::{FileStat, Gateway, GatewayError, Reference};
use crate::glob::{Component, components};

/// More directories than this are not listed for patterns: each is a request to the daemon.
const MOST_LISTED: usize = 2_000;
/// More mounts than this are a directory that should be mounted whole.
const MOST: usize = 500;
/// The bit of Go's `fs.FileMode` that tells a symbolic link.
const LINK: u32 = 1 << 27;

/// What each pattern picks, in order. Of a directory that matches, nothing more is picked: it is
/// there as a whole.
pub(super) async fn pick<G: Gateway>(
    gateway: &G,
    main: &MainContext,
    patterns: &Uses<'_>,
) -> Result<BTreeMap<String, Vec<String>>, Vec<Diagnostic>> {
    let mut picked = BTreeMap::new();
    if patterns.is_empty() {
        return Ok(picked);
    }
    let paths: Vec<&str> = patterns.keys().copied().collect();
    let reference = context::open(gateway, main, &paths).await;
    let mut directories = match reference {
        Ok(reference) => Directories { gateway, reference, known: BTreeMap::new() },
        Err(error) => {
            return Err(patterns.keys().map(|path| unlisted(path, &error, patterns)).collect());
        }
    };
    let mut problems = Vec::new();
    for (pattern, used) in patterns {
        let problem = match directories.matching(&components(pattern)).await {
            Ok(found) if (1..=MOST).contains(&found.len()) => {
                picked.insert((*pattern).to_owned(), found.into_iter().collect());
                continue;
            }
            Ok(found) if found.is_empty() => {
                let text = format!("`{pattern}` matches nothing in the build context");
                Diagnostic::error(&codes::graph::INPUT_PATTERN, text)
                    .help("files that `.dockerignore` names are not part of the context")
            }
            Ok(found) => {
                let text = format!("`{pattern}` matches {} files and directories", found.len());
                Diagnostic::error(&codes::graph::INPUT_PATTERN, text)
                    .help(format!("each becomes a mount, at most {MOST}: name a directory instead"))
            }
            Err(Unlisted::TooMany) => {
                let text = format!("`{pattern}` looks into more than {MOST_LISTED} directories");
                Diagnostic::error(&codes::graph::INPUT_PATTERN, text)
                    .help("begin it with a directory, or name large ones in `.dockerignore`")
            }
            Err(Unlisted::Gateway(error)) => unlisted(pattern, &error.into(), patterns),
        };
        problems.push(problem.at(used.span));
    }
    if problems.is_empty() { Ok(picked) } else { Err(problems) }
}

fn unlisted(pattern: &str, error: &ContextError, patterns: &Uses<'_>) -> Diagnostic {
    let text = format!("can't list the matches of `{pattern}`: {error}");
    let problem = Diagnostic::error(&codes::graph::INPUT_PATTERN, text);
    match patterns.get(pattern) {
        Some(used) => problem.at(used.span),
        None => problem,
    }
}

/// Why a pattern has no answer.
enum Unlisted {
    TooMany,
    Gateway(GatewayError),
}

impl From<GatewayError> for Unlisted {
    fn from(error: GatewayError) -> Self {
        Unlisted::Gateway(error)
    }
}

/// The directories of the context, each listed once.
struct Directories<'a, G> {
    gateway: &'a G,
    reference: Reference,
    known: BTreeMap<String, Vec<FileStat>>,
}

impl<G: Gateway> Directories<'_, G> {
    async fn matching(&mut self, pattern: &[Component]) -> Result<BTreeSet<String>, Unlisted> {
        let mut found = BTreeSet::new();
        // A directory and the rest of the pattern that is looked for in it. More than one way may
        // lead to the same pair.
        let mut left = vec![(String::new(), pattern)];
        let mut seen = BTreeSet::new();
        while let Some((directory, pattern)) = left.pop() {
            let Some((first, rest)) = pattern.split_first() else { continue };
            if !seen.insert((directory.clone(), pattern.len())) {
                continue;
            }
            if *first == Component::Directories && !rest.is_empty() {
                left.push((directory.clone(), rest));
            }
            for entry in self.list(&directory).await? {
                let path = format!("{directory}{}", entry.path);
                if *first == Component::Directories && !rest.is_empty() {
                    if entry.is_directory() {
                        left.push((format!("{path}/"), pattern));
                    }
                    continue;
                }
                if !names(first, &entry.path) {
                    continue;
                }
                let Some(is_directory) = self.is_directory(&path, &entry, first).await? else {
                    continue;
                };
                if rest.is_empty() {
                    found.insert(path);
                } else if is_directory {
                    left.push((format!("{path}/"), rest));
                }
            }
        }
        Ok(outermost(&found))
    }

    /// Whether more can be in an entry. One that is named may be a link to a directory. None for a
    /// link that leads nowhere, which can't be mounted.
    async fn is_directory(
        &self,
        path: &str,
        entry: &FileStat,
        name: &Component,
    ) -> Result<Option<bool>, GatewayError> {
        if entry.mode & LINK == 0 {
            return Ok(Some(entry.is_directory()));
        }
        match self.gateway.stat_file(&self.reference, path).await {
            Ok(target) => {
                let is_named = matches!(name, Component::Exactly(_));
                Ok(Some(is_named && target.is_directory()))
            }
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn list(&mut self, directory: &str) -> Result<Vec<FileStat>, Unlisted> {
        if let Some(known) = self.known.get(directory) {
            return Ok(known.clone());
        }
        if self.known.len() >= MOST_LISTED {
            return Err(Unlisted::TooMany);
        }
        let path = if directory.is_empty() { "/" } else { directory };
        let listed = match self.gateway.read_dir(&self.reference, path, "").await {
            Ok(entries) => entries,
            Err(error) if error.is_not_found() => Vec::new(),
            Err(error) => return Err(error.into()),
        };
        self.known.insert(directory.to_owned(), listed.clone());
        Ok(listed)
    }
}

fn names(component: &Component, name: &str) -> bool {
    match component {
        Component::Exactly(wanted) => wanted == name,
        Component::Like(pattern) => pattern.matches(name),
        Component::Directories => true,
    }
}

/// Leaves out what is below something else that was found.
fn outermost(found: &BTreeSet<String>) -> BTreeSet<String> {
    let is_below = |path: &String| {
        let mut above = path.as_str();
        while let Some((directory, _)) = above.rsplit_once('/') {
            if found.contains(directory) {
                return true;
            }
            above = directory;
        }
        false
    };
    found.iter().filter(|path| !is_below(path)).cloned().collect()
}
