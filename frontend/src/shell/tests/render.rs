//! Commands as text for people.

use crate::shell::command::Exported;
use crate::shell::{Command, KnownPart, Runs, Script, User, Word};

/// One line for each command:
///
/// - `?` in front: it runs perhaps;
/// - `‹...›` around what is not known: `‹$NAME›`, `‹?›`, and with `"` where it stays one word;
/// - `*` and its like for files: `‹*›`;
/// - behind it, what its own environment has, its directory, its user, and files.
pub(super) fn commands(script: &Script, directory: &str) -> String {
    script.commands.iter().map(|command| line(command, directory) + "\n").collect()
}

fn line(command: &Command, directory: &str) -> String {
    let mut line = String::from(if command.runs == Runs::Perhaps { "? " } else { "  " });
    line.push_str(command.program.as_deref().unwrap_or("‹?›"));
    for one in &command.words {
        line.push(' ');
        line.push_str(&word(one));
    }
    line.push_str(&settings(command));
    match command.directory.as_deref() {
        Some(same) if same == directory => {}
        other => line.push_str(&format!("  in {}", other.unwrap_or("‹?›"))),
    }
    match &command.user {
        User::Step => {}
        User::Named(name) => line.push_str(&format!("  as {name}")),
        User::Unknown => line.push_str("  as ‹?›"),
    }
    for redirection in &command.redirections {
        let sign = if redirection.writes { '>' } else { '<' };
        line.push_str(&format!("  {sign}{}", word(&redirection.path)));
    }
    line
}

fn settings(command: &Command) -> String {
    let environment = &command.environment;
    let mut found = String::new();
    let script = environment.script.iter().filter_map(|(name, variable)| {
        let value = match variable.exported {
            Exported::Yes => &variable.value,
            Exported::Perhaps => &None,
            Exported::No => Some(&variable.value).filter(|value| **value == Some(None))?,
        };
        (!environment.cleared).then_some((name, value))
    });
    let own = environment.own.iter().map(|(name, value)| (name, value));
    if environment.cleared {
        found.push_str("  env cleared");
    }
    if environment.lost {
        found.push_str("  env lost");
    }
    for (name, value) in script.chain(own) {
        found.push_str(&match value {
            Some(Some(value)) => format!("  {name}={value}"),
            Some(None) => format!("  -{name}"),
            None => format!("  {name}=‹?›"),
        });
    }
    found
}

fn word(word: &Word) -> String {
    if word.parts.is_empty() {
        return "''".into();
    }
    word.parts.iter().map(part).collect()
}

fn part(part: &KnownPart) -> String {
    let quote = |quoted: bool| if quoted { "\"" } else { "" };
    match part {
        KnownPart::Text(text) => text.replace('\n', "⏎"),
        KnownPart::Glob(sign) => format!("‹{sign}›"),
        KnownPart::Variable { name, quoted } => format!("‹{0}${name}{0}›", quote(*quoted)),
        KnownPart::Unknown { quoted } => format!("‹{0}?{0}›", quote(*quoted)),
    }
}
