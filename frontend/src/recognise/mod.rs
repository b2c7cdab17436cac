//! Which tools with a cache a step runs, told from its commands and from what is known of the tools;
//! which of its commands would notice that the cache is a mount; and what keeps the cache from
//! being of use. Data in, data out: what is done about it is decided elsewhere.
//!
//! A mount may only ever change how fast a step is. So the doubtful cases are hazards: a path that may
//! lead into the cache, a tool that is asked where its cache is, another user. What a program does
//! that is not known at all (`./build.sh`) is taken to have nothing to do with caches.

mod advice;
mod hazard;
mod path;
mod subcommand;
#[cfg(test)]
mod tests;
mod tool;

pub(crate) use advice::{Defeat, Reason};
pub(crate) use hazard::{Hazard, Threat};
pub(crate) use tool::{Tool, ToolCommand};

use crate::shell::{Command, Runs, Script, User};
use crate::source::Span;
use path::Relation;
use subcommand::Meaning;

/// What a step has to do with one tool.
#[derive(Debug)]
pub(crate) struct Recognised {
    /// Its commands that would use the mount, in order.
    pub uses: Vec<CacheUse>,
    /// What speaks against the mount. Where there is something, the step must not get it.
    pub hazards: Vec<Hazard>,
    /// What keeps the cache from being of use.
    pub defeats: Vec<Defeat>,
}

/// A command that uses the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CacheUse {
    /// The command: byte offsets in [`Script::text`].
    pub span: Span,
    pub runs: Runs,
}

/// What a step of a user (empty is root) has to do with a tool; none where it does not run it.
pub(crate) fn recognise(script: &Script, user: &str, tool: &Tool<'_>) -> Option<Recognised> {
    let calls: Vec<Call<'_>> =
        script.commands.iter().filter_map(|command| Call::of(command, user, tool)).collect();
    let uses: Vec<&Call<'_>> = calls.iter().filter(|call| call.meaning == Meaning::Uses).collect();
    if uses.is_empty() {
        return None;
    }
    let led = uses.iter().filter(|call| call.reach == Reach::Mount);
    let led =
        led.map(|call| CacheUse { span: call.command.span, runs: call.command.runs }).collect();
    let mut hazards = hazard::of_calls(&calls);
    hazards.extend(hazard::of_paths(&script.commands, tool, true));
    hazards.extend(hazard::of_environment(&script.commands, tool));
    let defeats = advice::defeats(script, tool, &calls);
    Some(Recognised { uses: led, hazards, defeats })
}

/// What a step without a mount of the tool's would notice where a step before it has one: that what
/// is in the cache is not in the image.
pub(crate) fn notices(script: &Script, user: &str, tool: &Tool<'_>) -> Vec<Hazard> {
    let calls: Vec<Call<'_>> =
        script.commands.iter().filter_map(|command| Call::of(command, user, tool)).collect();
    let mut hazards = hazard::of_calls(&calls);
    hazards.retain(|hazard| hazard.threat == Threat::Asks);
    hazards.extend(hazard::of_paths(&script.commands, tool, false));
    hazards
}

/// Whether an absolute path, as a copy names it, is a tool's cache or in it. Without a home
/// directory, root's and those in `/home` count.
pub(crate) fn is_in_cache(path: &str, home: Option<&str>, tool: &Tool<'_>) -> bool {
    let path = path::of_text(path, home);
    tool.mounts
        .iter()
        .chain(tool.places)
        .any(|place| matches!(path.relation(place), Relation::Same | Relation::Below))
}

/// Whether a tool's cache is in the directory that an absolute path names, likewise.
pub(crate) fn holds_cache(path: &str, home: Option<&str>, tool: &Tool<'_>) -> bool {
    let path = path::of_text(path, home);
    let mut places = tool.mounts.iter().chain(tool.places);
    places.any(|place| path.relation(place) == Relation::Above)
}

/// Whether a command that is none of the tool's works in a directory: names it, or what is in it,
/// or goes through one above it.
pub(crate) fn works_in(script: &Script, tool: &Tool<'_>, directory: &str) -> bool {
    hazard::works_in(&script.commands, tool, directory)
}

/// Whether a command is one of the tool's.
pub(crate) fn is_of(command: &Command, tool: &Tool<'_>) -> bool {
    subcommand::meaning(command, tool).is_some()
}

/// A command of the tool.
#[derive(Debug)]
struct Call<'a> {
    command: &'a Command,
    known: &'a ToolCommand<'a>,
    meaning: Meaning,
    reach: Reach,
}

/// Which cache a command of the tool would use, were there a mount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    Mount,
    /// Another one, as without the mount.
    Elsewhere,
    Nothing,
    /// The mount, in somebody else's name.
    Foreign,
}

impl<'a> Call<'a> {
    fn of(command: &'a Command, user: &str, tool: &'a Tool<'a>) -> Option<Self> {
        let (known, meaning) = subcommand::meaning(command, tool)?;
        Some(Call { command, known, meaning, reach: reach(command, user, known, tool) })
    }
}

fn reach(command: &Command, user: &str, known: &ToolCommand<'_>, tool: &Tool<'_>) -> Reach {
    let environment = &command.environment;
    let has = |options: &[&str]| subcommand::option(command, options).is_some();
    let mut switches = tool.switched_off_by.iter();
    if has(known.bypass) || switches.any(|name| advice::is_off(name, environment) == Some(true)) {
        return Reach::Nothing;
    }
    let sets =
        |name: &&str| environment.set_by_script(name) && !tool.switched_off_by.contains(name);
    let is_moved = tool.relocating_variables.iter().any(sets) && !environment.is_cleared();
    let is_led_away = tool.leads.iter().any(sets);
    let has_other_home = tool.is_at_home() && environment.set_by_script("HOME");
    match &command.user {
        _ if has(known.relocating_options) || is_moved || is_led_away => Reach::Elsewhere,
        User::Step if has_other_home && !environment.is_cleared() => Reach::Elsewhere,
        User::Step => Reach::Mount,
        User::Named(name) if is_same(name, user) => Reach::Mount,
        _ => Reach::Foreign,
    }
}

fn is_same(user: &str, other: &str) -> bool {
    let is_root = |user: &str| matches!(user, "" | "0" | "root");
    user == other || (is_root(user) && is_root(other))
}
