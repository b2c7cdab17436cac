//! The part of a manifest that is built: the stages that the target needs, in an order in which
//! each comes after those it needs, and everything remote that they ask for. Pure; nothing is
//! looked up here.

mod scan;
mod source_ref;
mod target;
#[cfg(test)]
mod tests;
mod walk;

use std::collections::{BTreeMap, BTreeSet};

pub(crate) use scan::Scan;
pub(crate) use source_ref::{NameRef, Names, SourceRef};
pub(crate) use target::{Product, target};

use crate::diagnostics::Diagnostic;
use crate::manifest::model::Manifest;
use crate::options::Options;
use crate::paths;
use crate::platform::Platform;

/// The paths of a source that a build uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Paths {
    All,
    /// These, with wildcards, from the root and without a leading slash.
    Some(BTreeSet<String>),
}

impl Paths {
    fn add(&mut self, path: &str) {
        let path = paths::join("/", path);
        match self {
            Paths::Some(paths) if path != "/" => {
                paths.insert(path.trim_start_matches('/').to_owned());
            }
            _ => *self = Paths::All,
        }
    }

    /// Takes in what another platform uses.
    pub(crate) fn extend(&mut self, other: &Paths) {
        match (&mut *self, other) {
            (Paths::Some(paths), Paths::Some(more)) => paths.extend(more.iter().cloned()),
            _ => *self = Paths::All,
        }
    }
}

/// What is built for one platform.
#[derive(Debug, Clone)]
pub(crate) struct Selection {
    pub platform: Platform,
    /// Indexes of stages, each after those it needs; the last is the target.
    pub stages: Vec<usize>,
    /// Everything from outside that the stages use, and where it was named first.
    pub remote: BTreeMap<SourceRef, NameRef>,
    /// What they use of the main context and of named contexts.
    pub paths: BTreeMap<SourceRef, Paths>,
    /// Script files of the main context that are run, and where they were named first.
    pub scripts: BTreeMap<String, NameRef>,
    /// Inputs with wildcards, and where they were named first.
    pub input_patterns: BTreeMap<String, NameRef>,
    /// The scan for an SBOM, where it is of more than the image.
    pub scan: Option<Scan>,
    /// What is made of the target.
    pub product: Product,
}

impl Selection {
    pub(crate) fn target(&self) -> usize {
        self.stages.last().copied().unwrap_or_default()
    }
}

/// Names in a row; of very many those at the ends.
fn list(names: &[&str], between: &str) -> String {
    const ENDS: usize = 10;
    if names.len() <= 2 * ENDS {
        return names.join(between);
    }
    let (first, last) = (&names[..ENDS], &names[names.len() - ENDS..]);
    [first, &["..."], last].concat().join(between)
}

/// The stages that a target needs, and what they need from outside.
///
/// # Errors
/// All problems in one go: names that can't be anything, stages in a cycle.
pub(crate) fn select(
    manifest: &Manifest,
    options: &Options,
    platform: &Platform,
) -> Result<Selection, Vec<Diagnostic>> {
    let target = target(manifest, options).map_err(|problem| vec![problem])?;
    let mut selection = walk::Walk::new(manifest, options, platform).run(target.stage)?;
    selection.product = target.product;
    if target.product == Product::Image {
        scan::add(&mut selection, manifest, options);
    }
    Ok(selection)
}

/// The same for a manifest that was read without the arguments that it requires: names that they
/// would fill in are passed over.
///
/// # Errors
/// As for [`select`].
pub(crate) fn select_leniently(
    manifest: &Manifest,
    options: &Options,
    platform: &Platform,
) -> Result<Selection, Vec<Diagnostic>> {
    let target = target(manifest, options).map_err(|problem| vec![problem])?;
    walk::Walk::new(manifest, options, platform).leniently().run(target.stage)
}

/// Checks every stage, not only those that the target needs: what `--call=check` looks at.
pub(crate) fn check(
    manifest: &Manifest,
    options: &Options,
    platform: &Platform,
) -> Vec<Diagnostic> {
    walk::Walk::new(manifest, options, platform).check()
}
