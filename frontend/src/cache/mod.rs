//! Cache mounts: how a preset, or a declaration of a manifest, becomes the mounts of a step. The id
//! is made of the name and of what the content depends on, so that two steps that can share do, and
//! two that can't don't.

mod compiled;
mod fill;
#[cfg(test)]
mod tests;

pub(crate) use compiled::looks_compiled;

use strake_llb::CacheSharing;

use crate::diagnostics::{Diagnostic, codes};
use crate::image::Env;
use crate::manifest::model::{Cache, EnvVar, Manifest};
use crate::paths;
use crate::platform::Platform;
use crate::presets::{OWN_IDS, Places, Preset, Scope, preset};
use crate::source::Spanned;

/// What is known of the step that uses a cache.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StepContext<'a> {
    pub platform: &'a Platform,
    /// What the base image of its stage is called.
    pub base: &'a str,
    /// Its user; empty is root.
    pub user: &'a str,
    pub workdir: &'a str,
    /// Its environment, as far as it is known by then.
    pub env: &'a Env,
    /// The value of `BUILDKIT_CACHE_MOUNT_NS`, which is put before every id; may be empty.
    pub namespace: &'a str,
    /// Whether the step is a manifest's or a Dockerfile's.
    pub places: Places,
    /// Where the mount is, if not where the preset has it.
    pub led: Option<&'a str>,
}

/// A cache mount as BuildKit knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedCacheMount {
    /// The name in the manifest.
    pub name: String,
    /// The id, with the namespace.
    pub id: String,
    pub sharing: CacheSharing,
    /// Owner, group and mode of a new mount; root's where none is given.
    pub owner: Option<(u32, u32, u32)>,
    /// What is in it is compiled from the sources of the steps that use it.
    pub compiled: bool,
}

/// A cache as a step has it.
#[derive(Debug)]
pub(crate) struct StepCache<'a> {
    /// The mounts and their places: several, where the tool keeps its cache in several directories.
    pub mounts: Vec<(String, PlannedCacheMount)>,
    /// Environment that the preset brings.
    pub preset_env: Vec<(&'static str, String)>,
    /// Environment that the manifest says.
    pub env: &'a [EnvVar],
    /// Configuration file: its path and its content.
    pub file: Option<(&'static str, String)>,
}

/// The cache of a name, as a step has it.
///
/// # Errors
/// Where nobody knows the name or its place, or the owner can't be told.
pub(crate) fn step_cache<'a>(
    manifest: &'a Manifest,
    name: &Spanned<String>,
    step: StepContext<'_>,
) -> Result<StepCache<'a>, Diagnostic> {
    let declared = manifest.caches.iter().find(|cache| cache.name.value == name.value);
    let project = manifest.project.as_ref().map(|project| project.value.as_str());
    refined(preset(&name.value), declared, name, (project, step))
}

/// The cache of a preset, as a step has it where nobody refines it.
///
/// # Errors
/// Where its place or the owner can't be told.
pub(crate) fn preset_cache(
    preset: &'static Preset,
    step: StepContext<'_>,
) -> Result<StepCache<'static>, Diagnostic> {
    refined(Some(preset), None, &Spanned::new(preset.name.to_owned(), 0..0), (None, step))
}

/// The places of a preset's mounts, whosever they are.
///
/// # Errors
/// Where they can't be told.
pub(crate) fn preset_places(
    preset: &'static Preset,
    step: StepContext<'_>,
) -> Result<Vec<String>, Diagnostic> {
    let name = Spanned::new(preset.name.to_owned(), 0..0);
    let target = target(&name, Some(preset), None, step)?;
    Ok(match preset.directories(step.places) {
        [] => vec![target],
        directories => {
            directories.iter().map(|directory| paths::join(&target, directory)).collect()
        }
    })
}

fn refined<'a>(
    preset: Option<&'static Preset>,
    declared: Option<&'a Cache>,
    name: &Spanned<String>,
    (project, step): (Option<&str>, StepContext<'_>),
) -> Result<StepCache<'a>, Diagnostic> {
    let target = target(name, preset, declared, step)?;
    let sharing = declared.and_then(|cache| cache.sharing);
    let mount = PlannedCacheMount {
        name: name.value.clone(),
        id: id(name, preset, declared, (project, step)),
        sharing: sharing.or(preset.map(|preset| preset.sharing(step.places))).unwrap_or_default(),
        owner: owner(name, declared, step.user)?,
        compiled: declared
            .and_then(|cache| cache.compiled)
            .unwrap_or_else(|| preset.is_none() && looks_compiled(&target, step.workdir, step.env)),
    };
    let fill =
        |text| fill::with_target(text, &target, step).map_err(|error| unknown(name, step, &error));
    let preset_env = preset.into_iter().flat_map(|preset| preset.env(step.places));
    let preset_env = preset_env.map(|(name, value)| Ok((name, fill(value)?)));
    let file = preset.and_then(|preset| preset.file(step.places));
    Ok(StepCache {
        preset_env: preset_env.collect::<Result<_, Diagnostic>>()?,
        env: declared.map_or(&[], |cache| &cache.env),
        file: file.map(|(path, content)| Ok((path, fill(content)?))).transpose()?,
        mounts: in_directories(
            &target,
            mount,
            preset.map_or(&[], |preset| preset.directories(step.places)),
        ),
    })
}

/// Where the cache is, as an absolute path.
fn target(
    name: &Spanned<String>,
    preset: Option<&Preset>,
    declared: Option<&Cache>,
    step: StepContext<'_>,
) -> Result<String, Diagnostic> {
    let own = declared.and_then(|cache| cache.target.as_ref());
    let target = match (own, preset) {
        _ if step.led.is_some() => step.led.unwrap_or_default().to_owned(),
        (Some(own), _) => own.value.clone(),
        (None, Some(preset)) => fill::place(&preset.target(step.places), step)
            .map_err(|error| unknown(name, step, &error))?,
        (None, None) => {
            let text = format!("there is no cache named `{}` with a `target`", name.value);
            return Err(Diagnostic::error(&codes::UNKNOWN_CACHE, text).at(name.span));
        }
    };
    Ok(paths::join(step.workdir, &target))
}

fn unknown(name: &Spanned<String>, step: StepContext<'_>, error: &str) -> Diagnostic {
    let text = format!("can't tell where the cache `{}` is: {error}", name.value);
    Diagnostic::error(&codes::graph::CACHE_HOME, text)
        .at(name.span)
        .help(format!("set the home of `{}`: `env = {{ HOME = \"...\" }}`", step.user))
        .help(format!("or set `target = \"...\"` in `[cache.{}]`", name.value))
}

/// The directories of a target that are caches, as mounts of their own.
fn in_directories(
    target: &str,
    mount: PlannedCacheMount,
    directories: &[&str],
) -> Vec<(String, PlannedCacheMount)> {
    if directories.is_empty() {
        return vec![(target.to_owned(), mount)];
    }
    let one = |directory: &&str| {
        let id = format!("{}/{directory}", mount.id);
        (paths::join(target, directory), PlannedCacheMount { id, ..mount.clone() })
    };
    directories.iter().map(one).collect()
}

/// An explicit id is taken as the Dockerfile frontend takes it, so that a manifest and a
/// Dockerfile can share a mount. What a preset knows is the same for all; what is in another cache, its
/// project alone knows.
fn id(
    name: &Spanned<String>,
    preset: Option<&Preset>,
    declared: Option<&Cache>,
    (project, step): (Option<&str>, StepContext<'_>),
) -> String {
    let epoch = declared.and_then(|cache| cache.epoch.as_ref());
    let epoch = epoch.map_or(String::new(), |epoch| format!("@{}", epoch.value));
    let own = declared.and_then(|cache| cache.id.as_ref());
    let id = own.map_or_else(
        || {
            let platform = step.platform.to_string().replace('/', "-");
            let base = match preset.map(|preset| preset.scope) {
                Some(Scope::Base) => format!("/{}", step.base),
                Some(Scope::Platform) | None => String::new(),
            };
            let project = project.filter(|_| preset.is_none());
            let project = project.map_or(String::new(), |project| format!("project/{project}/"));
            format!("{OWN_IDS}{project}{}/{platform}{base}", name.value)
        },
        |own| own.value.clone(),
    );
    format!("{}/{id}{epoch}", step.namespace)
}

fn owner(
    name: &Spanned<String>,
    declared: Option<&Cache>,
    user: &str,
) -> Result<Option<(u32, u32, u32)>, Diagnostic> {
    let (uid, gid, mode) = declared.map_or((None, None, None), |c| (c.uid, c.gid, c.mode));
    let explicit = uid.is_some() || gid.is_some() || mode.is_some();
    let owner = |(user, group): (u32, u32)| {
        (uid.unwrap_or(user), gid.unwrap_or(group), mode.unwrap_or(0o755))
    };
    match numbers(user) {
        Some((0, _)) if !explicit => Ok(None),
        Some(numbers) => Ok(Some(owner(numbers))),
        None if uid.is_some() => Ok(Some(owner((0, 0)))),
        None => {
            let text =
                format!("the cache `{}` needs an owner: `{user}` is not a number", name.value);
            Err(Diagnostic::error(&codes::graph::CACHE_OWNER, text)
                .at(name.span)
                .help(format!("set `uid = ...` in `[cache.{}]`", name.value))
                .help("or give the user as a number"))
        }
    }
}

/// User and group of a user that is named by numbers; root's by default.
fn numbers(user: &str) -> Option<(u32, u32)> {
    let (user, group) = user.split_once(':').unwrap_or((user, ""));
    let number = |text: &str| if text == "root" { Some(0) } else { text.parse().ok() };
    let uid = if user.is_empty() { Some(0) } else { number(user) };
    let gid = if group.is_empty() { Some(0) } else { number(group) };
    Some((uid?, gid?))
}
