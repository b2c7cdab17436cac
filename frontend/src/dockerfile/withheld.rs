//! The rule for a file's steps: a mount that hides or withholds what an earlier layer, the base image, a later step,
//! another file or the container may want is not added, to any of them. Who asks for it by a directive has it.
//!
//! In a mount is what its users fetch, so the others do without. That changes nothing where
//!
//! - nobody looks at it: no other step, no copy out of a stage;
//! - each user gets along with an empty mount, since those before it may come from a layer cache: none is offline,
//!   none lacks what let another one in, and none takes what another has made;
//! - no directory above the mount is made that a user can't write to;
//! - the container has no use for it: what may be of use there is in the layers ([`crate::mounts::lend`]), or in a
//!   stage that is not the image.

use std::collections::{BTreeMap, BTreeSet};

use strake_llb::{Decoded, Gather as _};

use super::recognise::{Finding, is_any_cached, is_harmless};
use super::step::{RunStep, root_input, taken_paths};
use crate::paths;
use crate::presets::{self, Preset};

/// The presets that no step may have.
pub(super) fn withheld(
    decoded: &Decoded,
    steps: &[RunStep<'_>],
    findings: &[Finding],
) -> Vec<&'static str> {
    let taken = taken_paths(decoded);
    let mut withheld: Vec<&str> =
        findings.iter().flat_map(|finding| &finding.against).map(|preset| preset.name).collect();
    withheld.extend(counted_on(findings));
    withheld.extend(steps.iter().zip(findings).flat_map(|(step, found)| among_files(step, found)));
    let file_wide = |preset: &&Preset| {
        is_any_cached(&taken, preset)
            || not_let_in(preset, steps, findings)
            || preset.store.is_some() && is_wanted(preset, decoded, steps, findings)
    };
    withheld.extend(presets::PRESETS.iter().filter(file_wide).map(|preset| preset.name));
    withheld
}

/// The presets in whose caches a step leaves what another one, which runs the same tool, may count on.
fn counted_on(findings: &[Finding]) -> impl Iterator<Item = &'static str> {
    let mut runs: BTreeMap<&str, usize> = BTreeMap::new();
    for preset in findings.iter().flat_map(|finding| &finding.uses) {
        *runs.entry(preset.name).or_default() += 1;
    }
    let left = findings.iter().flat_map(|finding| &finding.publishes).map(|preset| preset.name);
    left.filter(move |name| runs.get(name).is_some_and(|count| *count > 1))
}

/// The presets whose mounts a step of another user than root would have among the files of the image. The daemon
/// makes the directories above a mount, as root, and leaves them there: such a user could make
/// nothing beside it, in this step or in a later one. Where a step of root had the mount, that
/// would be so, too.
fn among_files<'a>(
    step: &RunStep<'_>,
    finding: &'a Finding,
) -> impl Iterator<Item = &'static str> + use<'a> {
    let user = step.user.split(':').next().unwrap_or_default();
    let is_root = matches!(user, "" | "0" | "root");
    let uses = finding.uses.iter().filter(move |_| !is_root);
    let among = uses.filter(|preset| {
        !paths::is_below(&preset.target(presets::Places::Dockerfile), "/dev/strake")
    });
    among.map(|preset| preset.name)
}

/// Whether one user of a preset lacks a secret, an agent or a token of one before it: what that one fetched, this
/// one can't. What is lent is in the layers, too.
fn not_let_in(preset: &Preset, steps: &[RunStep<'_>], findings: &[Finding]) -> bool {
    let mut had: BTreeSet<&String> = BTreeSet::new();
    let users = users(preset, steps, findings).filter(|_| preset.lend.is_none());
    for step in users {
        if had.iter().any(|one| !step.access.contains(*one)) {
            return true;
        }
        had.extend(&step.access);
    }
    false
}

fn users<'a>(
    preset: &Preset,
    steps: &'a [RunStep<'a>],
    findings: &'a [Finding],
) -> impl Iterator<Item = &'a RunStep<'a>> {
    let uses = |found: &Finding| found.uses.iter().any(|one| one.name == preset.name);
    steps.iter().zip(findings).filter(move |(_, found)| uses(found)).map(|(step, _)| step)
}

/// Whether anybody but users of a preset may want what they fetch: the container, or a step on top of one that runs
/// what can't be looked into. What steps below have left is looked at when a user runs ([`crate::mounts::lead`]).
fn is_wanted(
    preset: &Preset,
    decoded: &Decoded,
    steps: &[RunStep<'_>],
    findings: &[Finding],
) -> bool {
    let users: BTreeSet<usize> = users(preset, steps, findings).map(|step| step.op).gather();
    let image = image(decoded);
    let above = above(decoded, &users);
    let mut others = steps.iter().filter(|step| !users.contains(&step.op) && !is_harmless(step));
    users.iter().any(|user| image.contains(user)) || others.any(|other| above.contains(&other.op))
}

/// The operations that the image's root file system is made of.
fn image(decoded: &Decoded) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    let mut next = decoded.head.map(|(at, _)| at);
    while let Some(at) = next.filter(|at| found.insert(*at)) {
        next = root_input(decoded, at).map(|(below, _)| below);
    }
    found
}

/// The operations whose root file systems are made of some.
fn above(decoded: &Decoded, of: &BTreeSet<usize>) -> BTreeSet<usize> {
    let mut found = of.clone();
    for at in decoded.inputs_first() {
        if root_input(decoded, at).is_some_and(|(below, _)| found.contains(&below)) {
            found.insert(at);
        }
    }
    found
}
