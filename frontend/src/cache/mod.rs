//! Cache mounts: the built-in presets (data, one file each), and how a declaration becomes the
//! mount of a step. The id is made of the name and of what the content depends on, so that two steps
//! that can share do, and two that can't don't.

mod apt;
#[cfg(test)]
mod tests;
mod uv;

use crate::diagnostics::{Diagnostic, codes};
use crate::manifest::model::{Boundary, Cache, EnvVar, Manifest, Sharing};
use crate::paths;
use crate::plan::CacheMount;
use crate::platform::Platform;
use crate::source::Spanned;

/// What the content of a cache depends on, besides the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Nothing more.
    Platform,
    /// The base image: packages of one distribution are of no use to another.
    Base,
}

/// What strake knows of a package manager's cache.
#[derive(Debug)]
pub struct Preset {
    /// Its name in `uses`.
    pub name: &'static str,
    /// Where the mount is: a place of strake's own that `env` leads the tool to, so that neither
    /// `HOME` nor the user matters.
    pub target: &'static str,
    /// The sharing mode that is safe.
    pub sharing: Sharing,
    /// What the content depends on.
    pub scope: Scope,
    /// Whether layers that use it travel, where they don't say.
    pub boundary: Boundary,
    /// Environment of the step.
    pub env: &'static [(&'static str, &'static str)],
    /// A configuration file that the step sees, and its content.
    pub file: Option<(&'static str, &'static str)>,
}

/// All presets, by name.
pub static PRESETS: &[&Preset] = &[&apt::APT, &uv::UV];

/// The preset of a name.
pub fn preset(name: &str) -> Option<&'static Preset> {
    PRESETS.iter().copied().find(|preset| preset.name == name)
}

/// What is known of the step that uses a cache.
#[derive(Debug, Clone, Copy)]
pub struct Step<'a> {
    /// Its platform.
    pub platform: &'a Platform,
    /// What the base image of its stage is called.
    pub base: &'a str,
    /// Its user; empty is root.
    pub user: &'a str,
    /// Its working directory.
    pub workdir: &'a str,
    /// `BUILDKIT_CACHE_MOUNT_NS`.
    pub namespace: &'a str,
}

/// A cache as a step has it.
#[derive(Debug)]
pub struct StepCache<'a> {
    /// The mount.
    pub mount: CacheMount,
    /// Its place.
    pub target: String,
    /// Environment that the preset brings.
    pub preset_env: &'static [(&'static str, &'static str)],
    /// Environment that the manifest says.
    pub env: &'a [EnvVar],
    /// Configuration file.
    pub file: Option<(&'static str, &'static str)>,
}

/// The cache of a name, as a step has it.
///
/// # Errors
/// Where nobody knows the name or its place, or the owner can't be told.
pub fn step_cache<'a>(
    manifest: &'a Manifest,
    name: &Spanned<String>,
    step: Step<'_>,
) -> Result<StepCache<'a>, Diagnostic> {
    let preset = preset(&name.value);
    let declared = manifest.caches.iter().find(|cache| cache.name.value == name.value);
    let own_target = declared.and_then(|cache| cache.target.as_ref());
    let target = own_target.map(|target| target.value.as_str());
    let Some(target) = target.or(preset.map(|preset| preset.target)) else {
        let text = format!("there is no cache named `{}` with a `target`", name.value);
        return Err(Diagnostic::error(&codes::UNKNOWN_CACHE, text).at(name.span));
    };
    let sharing = declared.and_then(|cache| cache.sharing);
    Ok(StepCache {
        mount: CacheMount {
            name: name.value.clone(),
            id: id(name, preset, declared, step),
            sharing: sharing.or(preset.map(|preset| preset.sharing)).unwrap_or_default(),
            owner: owner(name, declared, step.user)?,
        },
        target: paths::join(step.workdir, target),
        preset_env: preset.map_or(&[], |preset| preset.env),
        env: declared.map_or(&[], |cache| &cache.env),
        file: preset.and_then(|preset| preset.file),
    })
}

/// An id that is said is taken as the Dockerfile frontend takes it, so that a manifest and a
/// Dockerfile can share a mount.
fn id(
    name: &Spanned<String>,
    preset: Option<&Preset>,
    declared: Option<&Cache>,
    step: Step<'_>,
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
            format!("strake/{}/{platform}{base}", name.value)
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
    let said = uid.is_some() || gid.is_some() || mode.is_some();
    let owner = |(user, group): (u32, u32)| {
        (uid.unwrap_or(user), gid.unwrap_or(group), mode.unwrap_or(0o755))
    };
    match numbers(user) {
        Some((0, _)) if !said => Ok(None),
        Some(numbers) => Ok(Some(owner(numbers))),
        None if uid.is_some() => Ok(Some(owner((0, 0)))),
        None => {
            let text = format!("the cache `{}` needs an owner: `{user}` is no number", name.value);
            Err(Diagnostic::error(&codes::graph::CACHE_OWNER, text)
                .at(name.span)
                .help(format!("say `uid = ...` in `[cache.{}]`", name.value))
                .help("or name the user by number"))
        }
    }
}

/// User and group of a user that is named by numbers; root's where nothing is said.
fn numbers(user: &str) -> Option<(u32, u32)> {
    let (user, group) = user.split_once(':').unwrap_or((user, ""));
    let number = |text: &str| if text == "root" { Some(0) } else { text.parse().ok() };
    let uid = if user.is_empty() { Some(0) } else { number(user) };
    let gid = if group.is_empty() { Some(0) } else { number(group) };
    Some((uid?, gid?))
}
