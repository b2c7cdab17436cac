//! What keeps a cache from being of use.

use super::path::{self, Relation};
use super::subcommand::{self, Meaning};
use super::tool::Tool;
use super::{Call, hazard};
use crate::shell::{Command, Environment, Script, Setting};
use crate::source::Span;

/// Something that defeats the cache of a tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Defeat {
    pub reason: Reason,
    /// The word or the command to blame: byte offsets in [`Script::text`].
    pub span: Span,
}

/// How a cache is defeated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reason {
    /// By an option of the command, which is not to use it.
    Option(String),
    /// By a variable that the script sets.
    Variable(String),
    /// By a variable of the step's environment.
    Environment(String),
    /// It is led elsewhere, by an option or a variable.
    Moved(String),
    /// The tool empties it.
    Emptied,
    Deleted,
    /// The step only fetches what others need.
    Alone,
}

/// Values that do not switch a cache off.
const NO: [&str; 6] = ["", "0", "false", "no", "off", "n"];

pub(super) fn defeats(script: &Script, tool: &Tool<'_>, calls: &[Call<'_>]) -> Vec<Defeat> {
    let mut found = Vec::new();
    for call in calls {
        match call.meaning {
            Meaning::Uses => found.extend(of_use(call, tool)),
            Meaning::Empties => {
                found.push(Defeat { reason: Reason::Emptied, span: call.command.span });
            }
            Meaning::Other => {}
        }
    }
    for command in &script.commands {
        if command.program.as_deref() == Some("rm") && deletes(command, tool) {
            found.push(Defeat { reason: Reason::Deleted, span: command.span });
        }
    }
    found.extend(alone(script, tool, calls));
    found
}

fn of_use(call: &Call<'_>, tool: &Tool<'_>) -> Vec<Defeat> {
    let command = call.command;
    let mut found = Vec::new();
    for (options, is_bypass) in [(call.known.bypass, true), (call.known.relocating_options, false)]
    {
        let Some(word) = subcommand::option(command, options) else { continue };
        let name = word.prefix().split('=').next().unwrap_or_default().to_owned();
        let reason = if is_bypass { Reason::Option(name) } else { Reason::Moved(name) };
        found.push(Defeat { reason, span: word.span });
    }
    let environment = &command.environment;
    for name in tool.switched_off_by {
        let reason = match is_off(name, environment) {
            None => continue,
            Some(true) => Reason::Variable((*name).to_owned()),
            Some(false) => Reason::Environment((*name).to_owned()),
        };
        found.push(Defeat { reason, span: command.span });
    }
    for name in tool.leads.iter().chain(tool.relocating_variables) {
        let switches = tool.switched_off_by.contains(name);
        let is_set = matches!(environment.get(name), Setting::Known(_)) && !switches;
        if is_set && environment.set_by_script(name) {
            found.push(Defeat { reason: Reason::Moved((*name).to_owned()), span: command.span });
        }
    }
    found
}

/// Whether a variable switches the cache off, and the script is what sets it.
pub(super) fn is_off(name: &str, environment: &Environment) -> Option<bool> {
    let Setting::Known(value) = environment.get(name) else { return None };
    let is_off = !NO.contains(&value.to_ascii_lowercase().as_str());
    is_off.then(|| environment.set_by_script(name))
}

/// Whether a command deletes a cache, or the directory that it is in.
fn deletes(command: &Command, tool: &Tool<'_>) -> bool {
    let paths = command.words.iter().flat_map(|word| path::of_word(word, command));
    paths
        .into_iter()
        .any(|path| tool.places.iter().any(|place| path.relation(place) != Relation::Apart))
}

/// Where every use prepares what no other command of the step uses, the first of them. A program
/// that is not known might use it.
fn alone(script: &Script, tool: &Tool<'_>, calls: &[Call<'_>]) -> Option<Defeat> {
    let mut uses = calls.iter().filter(|call| call.meaning == Meaning::Uses).peekable();
    let first = uses.peek()?.command;
    let only = uses.all(|call| subcommand::is_one_of(call.command, call.known, tool.prepares));
    let mut others =
        script.commands.iter().filter(|command| subcommand::meaning(command, tool).is_none());
    let idle = others.all(|command| {
        let program = command.program.as_deref().unwrap_or_default();
        hazard::HARMLESS.contains(&program) || matches!(program, "cd" | "rm" | "sleep")
    });
    (only && idle).then_some(Defeat { reason: Reason::Alone, span: first.span })
}
