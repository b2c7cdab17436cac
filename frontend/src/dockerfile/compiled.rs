//! Which cache mounts of a step, among those that its author gave it, hold compiled output, and what the step
//! is told of that ([`crate::mounts::settle`]).
//!
//! The downloads of package managers are none, wherever they are.

use super::directives::StepDirectives;
use super::step::RunStep;
use crate::cache;
use crate::cache::looks_compiled;
use crate::mounts::settle::{Place, Settle};
use crate::paths;
use crate::presets;

/// What a step with compiled output is told; `None` of other steps.
pub(super) fn settle(step: &RunStep<'_>, directives: Option<&StepDirectives>) -> Option<Settle> {
    let explicit = directives.and_then(|directives| directives.compiled.as_ref());
    let is_compiled = |target: &String| match explicit {
        Some(explicit) => explicit.iter().any(|place| paths::join(step.workdir, place) == *target),
        None => is_compiled(step, target),
    };
    let place = |target: &String| match () {
        () if step.caches.contains(target) && is_compiled(target) => Place::Compiled,
        () if step.binds.contains(target) => Place::Source,
        () => Place::Other,
    };
    let linux = step.platform.os.is_empty() || step.platform.os == "linux";
    let mounts = step.targets.iter().map(|target| (target.as_str(), place(target)));
    Settle::of(step.workdir, mounts).filter(|_| linux && !step.args.is_empty())
}

fn is_compiled(step: &RunStep<'_>, target: &str) -> bool {
    let is_of = |preset| {
        let places = cache::preset_places(preset, step.cache("", "", None)).unwrap_or_default();
        let known = preset.places.iter().chain(preset.in_layers).copied();
        let places = places.iter().map(String::as_str).chain(known);
        let mut places = places.filter(|place| place.starts_with('/'));
        places.any(|place| paths::is_below(target, place) || paths::is_below(place, target))
    };
    if presets::PRESETS.iter().any(is_of) {
        return false;
    }
    looks_compiled(target, step.workdir, &step.env)
}
