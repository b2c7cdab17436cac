//! What a build is for: a stage, and what is made of it.

use super::{Names, list};
use crate::diagnostics::{Diagnostic, codes};
use crate::manifest::{model::Manifest, shorten};
use crate::options::Options;

/// What is made of a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Product {
    #[default]
    Image,
    /// Its part that is exportable to a registry cache, for `--cache-to` to export.
    Registry,
    /// What is in its cache mounts.
    Mounts,
}

/// The reserved targets, by what stands behind the `@`. No stage has an `@` in its name.
const RESERVED: [(&str, Product); 2] =
    [("registry", Product::Registry), ("mounts", Product::Mounts)];

impl Product {
    /// The name of the stage in what `--target` says, and what is made of it.
    ///
    /// # Errors
    /// Where something else than a reserved target stands behind an `@`.
    pub(crate) fn of_target(asked: Option<&str>) -> Result<(Option<&str>, Product), Diagnostic> {
        let (name, product) = match asked.and_then(|asked| Some((asked, asked.rsplit_once('@')?))) {
            Some((asked, (name, reserved))) => (Some(name), product(asked, reserved)?),
            None => (asked, Product::Image),
        };
        Ok((name.filter(|name| !name.is_empty()), product))
    }
}

/// What `--target` asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Target {
    /// Index of the stage.
    pub stage: usize,
    /// What is made of it.
    pub product: Product,
}

/// What a build is for. `NAME` is a stage; without a name it is the default one, or the last.
/// `NAME@registry` and `@registry` are the exportable part of these, `NAME@mounts` and `@mounts`
/// what is in their cache mounts.
///
/// # Errors
/// Where the name is no stage and no reserved target, or there is no stage.
pub(crate) fn target(manifest: &Manifest, options: &Options) -> Result<Target, Diagnostic> {
    let (name, product) = Product::of_target(options.target.as_deref())?;
    Ok(Target { stage: stage(manifest, options, name.unwrap_or_default())?, product })
}

fn product(asked: &str, reserved: &str) -> Result<Product, Diagnostic> {
    if let Some((_, product)) = RESERVED.iter().find(|(name, _)| *name == reserved) {
        return Ok(*product);
    }
    let short = shorten(asked);
    let text = format!("there is no target `{short}`: `@` is for the reserved targets");
    let reserved: Vec<String> =
        RESERVED.iter().map(|(name, _)| format!("`@{name}` and `STAGE@{name}`")).collect();
    Err(Diagnostic::error(&codes::graph::UNKNOWN_TARGET, text)
        .help(format!("the reserved targets are {}", reserved.join(", "))))
}

fn stage(manifest: &Manifest, options: &Options, name: &str) -> Result<usize, Diagnostic> {
    if name.is_empty() {
        let default = manifest.stages.iter().position(|stage| stage.default);
        return default.or(manifest.stages.len().checked_sub(1)).ok_or_else(|| {
            Diagnostic::error(&codes::graph::UNKNOWN_TARGET, "the manifest has no stage")
        });
    }
    if let Some(found) = manifest.stages.iter().position(|stage| stage.name.value == name) {
        return Ok(found);
    }
    let short = shorten(name);
    let text = format!("there is no stage named `{short}`, which `--target` asks for");
    let problem = Diagnostic::error(&codes::graph::UNKNOWN_TARGET, text);
    Err(match Names::new(manifest, options).nearest_stage(name) {
        Some(stage) => {
            let near = manifest.stages.iter().find(|other| other.name.value == stage);
            let problem = problem.help(format!("did you mean `{stage}`?"));
            match near {
                Some(near) => problem.at(near.name.span),
                None => problem,
            }
        }
        None => {
            let all: Vec<_> = manifest.stages.iter().map(|stage| &*stage.name.value).collect();
            problem.help(format!("the stages are: {}", list(&all, ", ")))
        }
    })
}
