//! Which presets a step uses and may have, and which other steps must not have because of it: its
//! script is parsed, and its commands are compared with what the presets say of their tools.
//!
//! What one step leaves in a mount, another can't count on: the first may come from a layer cache, and
//! the mount be empty. So a tool must get along with an empty cache in each of its steps, or no step
//! gets the mount.

use std::collections::BTreeSet;

use super::step::RunStep;
use crate::cache;
use crate::presets::{self, Preset};
use crate::recognise::{Recognised, Tool, ToolCommand};
use crate::recognise::{
    holds_cache, is_in_cache, is_of, notices, recognise as recognised, works_in,
};
use crate::shell::{Command, Exec, Script, Word, read};
use crate::source::Span;

/// What a step has to do with the presets.
#[derive(Debug, Clone, Default)]
pub struct Finding {
    /// Those that it uses and may have.
    pub uses: Vec<&'static Preset>,
    /// Those that no step may have because of this one.
    pub against: Vec<&'static Preset>,
    /// Those in whose caches it leaves what it makes: no step may have them where another one runs the tool,
    /// and may count on that.
    pub publishes: Vec<&'static Preset>,
}

/// Looks at a step. Where its script can't be parsed, it is taken to have nothing to do with caches, as
/// a program that is not known is.
pub fn recognise(step: &RunStep<'_>) -> Finding {
    let mut finding = Finding::default();
    let Some(script) = script(step) else { return finding };
    let offline = is_offline(step, &script);
    for preset in presets::PRESETS {
        match suitability(preset, &script, step) {
            // What the tool fetched is in the layers, for all steps.
            Suitability::Ready if offline && preset.lend.is_some() => {}
            Suitability::Ready if !offline => finding.uses.push(preset),
            Suitability::Ready | Suitability::Notices => finding.against.push(preset),
            Suitability::Harmful if offline || !preset.publishes.is_empty() => {
                finding.against.push(preset);
            }
            Suitability::Harmful | Suitability::None => {}
        }
    }
    finding.publishes =
        finding.uses.iter().copied().filter(|one| publishes(one, &script, step)).collect();
    finding
}

/// Whether a step puts what it makes into a preset's cache.
fn publishes(preset: &'static Preset, script: &Script, step: &RunStep<'_>) -> bool {
    let says = |word: &str| {
        preset
            .publishes
            .iter()
            .any(|known| word.rsplit(':').next().is_some_and(|last| last == *known))
    };
    let does = |span: Span| {
        let mut commands = script.commands.iter().filter(|command| command.span == span);
        commands.any(|command| command.words.iter().filter_map(Word::known).any(says))
    };
    let any = |found: &Recognised| found.uses.iter().any(|one| does(one.span));
    with_preset(preset, step, script, any).unwrap_or_default()
}

/// What a step runs; none where it can't be parsed.
pub(super) fn script(step: &RunStep<'_>) -> Option<Script> {
    let env: Vec<(String, String)> =
        step.env.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let (args, directory, files) = (step.args, step.workdir, step.files.as_slice());
    read(&Exec { args, env: &env, directory, files }).ok()
}

/// What a step has to do with a preset's tool; none where it does not run it.
pub(super) fn with_preset<R>(
    preset: &'static Preset,
    step: &RunStep<'_>,
    script: &Script,
    then: impl FnOnce(&Recognised) -> R,
) -> Option<R> {
    let mounts = mounts(preset, step).unwrap_or_default();
    let mounts: Vec<&str> = mounts.iter().map(String::as_str).collect();
    with_tool(preset, &mounts, all, |tool| recognised(script, step.user, tool).as_ref().map(then))
}

/// The commands of a step that install what lists name, and nothing else of a project.
pub(super) fn installs(preset: &'static Preset, step: &RunStep<'_>, script: &Script) -> Vec<Span> {
    with_tool(
        preset,
        &[],
        |command| command.lists.to_vec(),
        |tool| {
            let found = recognised(script, step.user, tool);
            found.iter().flat_map(|found| &found.uses).map(|one| one.span).collect()
        },
    )
}

/// Whether one of the paths that copies and mounts take from stages is a preset's cache, or in it,
/// or a hidden directory that it is in. Those who take more take it for something else.
pub(super) fn is_any_cached(paths: &BTreeSet<&str>, preset: &Preset) -> bool {
    with_tool(preset, &[], all, |tool| {
        let is_taken = |path: &&str| is_in_cache(path, None, tool);
        let holds = |path: &&str| is_hidden(path) && holds_cache(path, None, tool);
        paths.iter().any(|path| is_taken(path) || holds(path))
    })
}

fn is_hidden(path: &str) -> bool {
    let name = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    name.starts_with('.') && name.len() > 1 && name != ".."
}

/// Programs that neither run others nor look for what a package manager fetched.
const HARMLESS: [&str; 31] = [
    ":", "[", "addgroup", "adduser", "apk", "apt", "apt-get", "cat", "chmod", "chown", "cp",
    "curl", "dnf", "echo", "export", "groupadd", "install", "ln", "ls", "mkdir", "mv", "printf",
    "rm", "sed", "set", "tar", "test", "touch", "unzip", "useradd", "wget",
];

/// Whether a tool's home may be made before a step's command, where it is not there. None where the step works in that
/// home by itself: to find something there may be a failure (`mkdir ~/.cargo/registry`). Go's home is above its `pkg`.
pub(super) fn may_make_home(preset: &'static Preset, step: &RunStep<'_>) -> Option<bool> {
    let Some(script) = script(step) else { return Some(false) };
    with_tool(preset, &[], all, |tool| {
        let named = |place: &&str| {
            let known = place.strip_prefix("${").and_then(|rest| rest.split_once('}'));
            let known =
                known.and_then(|(name, rest)| Some(format!("{}{rest}", step.env.get(name)?)));
            works_in(&script, tool, place)
                || known.is_some_and(|place| works_in(&script, tool, &place))
        };
        let known = |command: &Command| is_of(command, tool) || is_plain(command);
        let mut homes =
            preset.in_layers.iter().map(|place| place.strip_suffix("/pkg").unwrap_or(place));
        let makes = || !homes.any(|home| named(&home)) && script.commands.iter().all(known);
        (!preset.in_layers.iter().any(named)).then(makes)
    })
}

fn is_plain(command: &Command) -> bool {
    command.program.as_deref().is_some_and(|program| HARMLESS.contains(&program))
}

/// Whether all that a step runs is known to have no use for what a package manager fetched.
pub(super) fn is_harmless(step: &RunStep<'_>) -> bool {
    script(step).is_some_and(|script| script.commands.iter().all(is_plain))
}

/// Whether a step may get the mount of a package manager.
enum Suitability {
    /// Its tool is run, and needs nothing but what it fetches itself.
    Ready,
    /// It is run, and something speaks against a mount.
    Harmful,
    /// It is not run, and the step looks at the cache.
    Notices,
    None,
}

fn suitability(preset: &'static Preset, script: &Script, step: &RunStep<'_>) -> Suitability {
    let Some(mounts) = mounts(preset, step) else { return Suitability::Harmful };
    let mounts: Vec<&str> = mounts.iter().map(String::as_str).collect();
    let found = with_tool(preset, &mounts, all, |tool| match recognised(script, step.user, tool) {
        Some(found) if found.uses.is_empty() || !found.hazards.is_empty() => Suitability::Harmful,
        Some(_) => Suitability::Ready,
        None if notices(script, step.user, tool).is_empty() => Suitability::None,
        None => Suitability::Notices,
    });
    match found {
        Suitability::Ready if links(preset, script, step) || is_unasked(preset, script, step) => {
            Suitability::Harmful
        }
        found => found,
    }
}

/// Whether a step runs a command that leaves in the cache what may be wanted after it.
fn is_unasked(preset: &'static Preset, script: &Script, step: &RunStep<'_>) -> bool {
    let unasked = |command: &presets::Command| command.unasked.to_vec();
    with_tool(preset, &[], unasked, |tool| recognised(script, step.user, tool).is_some())
}

/// Whether a tool would link what it makes into the mount.
fn links(preset: &Preset, script: &Script, step: &RunStep<'_>) -> bool {
    let is_said = |word: &&str| {
        script.text.contains(word) || step.env.iter().any(|(_, value)| value == *word)
    };
    preset.links.iter().any(is_said)
}

/// All subcommands that use the cache.
fn all(command: &presets::Command) -> Vec<&'static str> {
    command.uses.to_vec()
}

/// What recognises a preset's tool by some of its subcommands.
fn with_tool<R>(
    preset: &Preset,
    mounts: &[&str],
    uses: impl Fn(&presets::Command) -> Vec<&'static str>,
    then: impl FnOnce(&Tool<'_>) -> R,
) -> R {
    let uses: Vec<Vec<&str>> = preset.commands.iter().map(uses).collect();
    let commands = preset.commands.iter().zip(&uses).map(|(command, uses)| ToolCommand {
        programs: command.programs,
        module: command.module,
        uses,
        clears: command.clears,
        bypass: command.bypass,
        relocating_options: command.relocating_options,
        options_with_value: command.options_with_value,
    });
    let commands: Vec<ToolCommand<'_>> = commands.collect();
    then(&Tool {
        commands: &commands,
        mounts,
        leads: &leads(preset),
        relocating_variables: preset.relocating_variables,
        switched_off_by: preset.switched_off_by,
        places: preset.places,
        prepares: preset.prepares,
    })
}

/// Whether a step's tools may not fetch anything, and so count on what is in their caches.
fn is_offline(step: &RunStep<'_>, script: &Script) -> bool {
    let says = |name: &str, value: &str| {
        (name.to_ascii_uppercase().contains("OFFLINE") && !value.is_empty())
            || (name == "GOPROXY" && value == "off")
    };
    step.has_no_network
        || step.env.iter().any(|(name, value)| says(name, value))
        || ["OFFLINE=", "GOPROXY=off"].iter().any(|text| script.text.contains(text))
        || script.commands.iter().any(is_told_offline)
}

fn is_told_offline(command: &Command) -> bool {
    let program = command.program.as_deref().unwrap_or_default();
    let mut words = command.words.iter().map(|word| word.known().unwrap_or_else(|| word.prefix()));
    words.any(|word| match word {
        "-o" => matches!(program, "mvn" | "mvnw"),
        "--frozen" => program == "cargo",
        _ => word == "--offline" || word.starts_with("--offline="),
    })
}

/// Where the mounts would be; below the home directory in a form that says so, since another user's
/// is elsewhere.
fn mounts(preset: &'static Preset, step: &RunStep<'_>) -> Option<Vec<String>> {
    // Whose the mounts are makes no difference to where they are.
    let places = cache::preset_places(preset, step.cache("", "", None)).ok()?;
    let home = step.env.get("HOME").filter(|home| !home.is_empty()).unwrap_or("/root");
    let in_form = |target: String| match target.strip_prefix(home) {
        Some(rest) if rest.starts_with('/') => format!("${{HOME}}{rest}"),
        _ => target,
    };
    Some(places.into_iter().map(in_form).collect())
}

/// The variables that lead the tool to the mount, or keep its cache from being switched off.
fn leads(preset: &Preset) -> Vec<&'static str> {
    let leads = |value: &str| {
        let file = preset.file(presets::Places::Dockerfile);
        value.contains("${target}") || file.is_some_and(|(path, _)| value.contains(path))
    };
    let env = preset.env(presets::Places::Dockerfile);
    let leading = env.filter(|(name, value)| leads(value) || preset.switched_off_by.contains(name));
    leading.map(|(name, _)| name).collect()
}
