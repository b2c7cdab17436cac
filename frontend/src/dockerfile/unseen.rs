//! What a step leaves for others, and programs that may count on it and can't be looked into: a script of the
//! context installs packages by the lists that an `apt-get update` left in a step above it.

use crate::cache::Preset;
use crate::paths;
use crate::shell::{Command, Script, Word};

/// Scripts that come with sources and install nothing of a package manager's.
const HARMLESS: [&str; 3] = ["configure", "gradlew", "mvnw"];

/// Whether a script leaves what a preset's tool has prepared where it is.
pub(super) fn leaves_prepared(preset: &Preset, script: &Script) -> bool {
    let removes = |word: &Word, place: &str| {
        let path = word.prefix().trim_end_matches('/');
        !path.is_empty() && (paths::is_below(path, place) || paths::is_below(place, path))
    };
    preset.prepared.is_some_and(|place| {
        let mut removals =
            script.commands.iter().filter(|command| command.program.as_deref() == Some("rm"));
        !removals.any(|command| command.words.iter().any(|word| removes(word, place)))
    })
}

/// Whether a script runs another one that nobody can look into here.
pub(super) fn runs_unseen(script: &Script) -> bool {
    script.commands.iter().any(|command| is_unseen(command, script))
}

fn is_unseen(command: &Command, script: &Script) -> bool {
    match command.program.as_deref() {
        // What stands behind `-c` is looked into: this reads a file, or its input.
        Some("." | "source" | "sh" | "ash" | "bash" | "dash") => true,
        Some(program) if HARMLESS.contains(&program) => false,
        Some(program) => {
            let text = script.text.get(command.span.start..command.span.end).unwrap_or_default();
            let mut words = text.split_whitespace().map(|word| word.trim_matches(['"', '\'']));
            let folder = words.find_map(|word| word.strip_suffix(program)?.strip_suffix('/'));
            folder.is_some_and(|folder| !folder.ends_with("bin"))
        }
        None => false,
    }
}
