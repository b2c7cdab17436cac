//! What would come out differently with the mount.

use super::path::{self, Path, Relation};
use super::subcommand::Meaning;
use super::tool::Tool;
use super::{Call, Reach};
use crate::shell::{Command, KnownPart, Word};
use crate::source::Span;

/// A reason for not giving a step the mount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Hazard {
    pub threat: Threat,
    /// The command: byte offsets in [`Script::text`](crate::shell::Script::text).
    pub span: Span,
}

/// What a command would notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Threat {
    /// It reads, moves, copies or deletes what is in the cache, or the directories that the cache
    /// is in.
    Touches,
    /// It asks the tool, or the environment, where the cache is, or sets it.
    Asks,
    /// Somebody else than the step's user would write to the mount.
    User,
    /// Some commands of the tool would use the mount, and this one another cache.
    Split,
}

/// Programs that only name paths, or make directories.
pub(super) const HARMLESS: [&str; 16] = [
    ":", "[", "declare", "echo", "exit", "export", "install", "local", "mkdir", "printf", "read",
    "set", "test", "trap", "true", "unset",
];

/// Programs that go through all that is in a directory, and the options with which they do; none
/// where they always do.
const DEEP: [(&str, &[&str]); 20] = [
    ("bsdtar", &[]),
    ("chgrp", &["R", "--recursive"]),
    ("chmod", &["R", "--recursive"]),
    ("chown", &["R", "--recursive"]),
    ("cp", &["R", "r", "a", "--recursive", "--archive"]),
    ("cpio", &[]),
    ("du", &[]),
    ("find", &[]),
    ("grep", &["R", "r", "--recursive"]),
    ("ln", &[]),
    ("ls", &["R", "--recursive"]),
    ("mount", &[]),
    ("mv", &[]),
    ("rm", &["R", "r", "--recursive"]),
    ("rsync", &[]),
    ("scp", &["r"]),
    ("shred", &[]),
    ("tar", &[]),
    ("tree", &[]),
    ("zip", &[]),
];

/// Hazards among the tool's own commands.
pub(super) fn of_calls(calls: &[Call<'_>]) -> Vec<Hazard> {
    let mut found = Vec::new();
    let uses_mount =
        calls.iter().any(|call| call.meaning == Meaning::Uses && call.reach == Reach::Mount);
    for call in calls {
        let threat = match (call.meaning, call.reach) {
            (Meaning::Other, _) if asks(call.command) => Threat::Asks,
            (Meaning::Other, _) => continue,
            (_, Reach::Foreign) => Threat::User,
            (Meaning::Uses, Reach::Elsewhere) if uses_mount => Threat::Split,
            _ => continue,
        };
        found.push(Hazard { threat, span: call.command.span });
    }
    found
}

/// `pip cache dir`, `npm config get cache`, `go env GOCACHE`, `pnpm store path`.
fn asks(command: &Command) -> bool {
    command.words.iter().filter_map(Word::known).any(|word| {
        let word = word.to_ascii_lowercase();
        !word.starts_with('-') && (word.contains("cache") || word.contains("store"))
    })
}

/// Hazards among all other commands, by the paths that they name, in a step that gets the mounts or
/// in one that does not.
pub(super) fn of_paths(commands: &[Command], tool: &Tool<'_>, has_mounts: bool) -> Vec<Hazard> {
    let directories = Directories::of(tool, has_mounts);
    let others =
        commands.iter().filter(|command| super::subcommand::meaning(command, tool).is_none());
    others
        .filter(|command| directories.are_touched_by(command) || mentions(command, tool))
        .map(|command| Hazard { threat: Threat::Touches, span: command.span })
        .collect()
}

/// Hazards among commands that tell of the environment, by which the tool is led to the mount: `env > file`
/// would have it in the image.
pub(super) fn of_environment(commands: &[Command], tool: &Tool<'_>) -> Vec<Hazard> {
    let is_lead = |part: &KnownPart| match part {
        KnownPart::Variable { name, .. } => tool.leads.contains(&name.as_str()),
        _ => false,
    };
    let names_lead =
        |command: &Command| command.words.iter().flat_map(|word| &word.parts).any(is_lead);
    commands
        .iter()
        .filter(|command| names_lead(command) || tells(command, tool))
        .map(|command| Hazard { threat: Threat::Asks, span: command.span })
        .collect()
}

/// Whether a command prints all variables, or one that leads the tool.
fn tells(command: &Command, tool: &Tool<'_>) -> bool {
    let options_alone = command.words.iter().all(|word| word.prefix().starts_with('-'));
    let names_lead =
        command.words.iter().filter_map(Word::known).any(|word| tool.leads.contains(&word));
    !tool.leads.is_empty()
        && match command.program.as_deref() {
            Some("env") => options_alone && !command.environment.is_cleared(),
            Some("printenv") => options_alone || names_lead,
            Some("declare" | "export") => options_alone,
            Some("set") => command.words.is_empty(),
            _ => false,
        }
}

/// Whether a command that is none of the tool's names a directory, or what is in it, or goes
/// through one above it.
pub(super) fn works_in(commands: &[Command], tool: &Tool<'_>, directory: &str) -> bool {
    let mut others =
        commands.iter().filter(|command| super::subcommand::meaning(command, tool).is_none());
    let mounts = [directory];
    let directories = Directories { mounts: &mounts, left: Vec::new(), has_mounts: true };
    let names = |command: &Command| {
        let files = command.redirections.iter().map(|file| &file.path);
        let words = command.words.iter().chain(files);
        let mut paths = words.flat_map(|word| path::of_word(word, command));
        paths.any(|path| matches!(path.relation(directory), Relation::Same | Relation::Below))
    };
    others.any(|command| directories.are_touched_by(command) || names(command))
}

/// The directories that nobody must look into.
struct Directories<'a> {
    /// Where the mounts would be.
    mounts: &'a [&'a str],
    /// Where the cache is without them, and is not with them.
    left: Vec<&'a str>,
    has_mounts: bool,
}

impl<'a> Directories<'a> {
    fn of(tool: &'a Tool<'a>, has_mounts: bool) -> Self {
        let left = tool.places.iter().copied().filter(|place| !tool.mounts.contains(place));
        Directories { mounts: tool.mounts, left: left.collect(), has_mounts }
    }

    fn are_touched_by(&self, command: &Command) -> bool {
        let program = command.program.as_deref().unwrap_or_default();
        let is_harmless = HARMLESS.contains(&program);
        let words = command.words.iter().enumerate().filter(|_| !is_harmless);
        let (goes_deep, last) = (goes_deep(command, program), last_target(command, program));
        let paths = words.flat_map(|(index, word)| {
            let goes_deep = goes_deep && Some(index) != last;
            path::of_word(word, command).into_iter().map(move |path| (path, goes_deep))
        });
        let files = command.redirections.iter().flat_map(|file| path::of_word(&file.path, command));
        let directory = path::of_directory(command).filter(|_| !is_harmless);
        let directory = directory.map(|path| (path, goes_deep && looks_around(command, program)));
        let mut all = paths.chain(files.map(|path| (path, false))).chain(directory);
        let deletes = program == "rm" && (has_flag(command, "f") || has_flag(command, "--force"));
        all.any(|(path, goes_deep)| self.are_reached(&path, goes_deep, deletes))
    }

    /// What is deleted in a mount is a pity and no harm, and where nothing is any more, nothing is
    /// deleted. But a mount itself can't be. A step without mounts that goes through a directory
    /// above finds less in it, which is what mounts are for.
    fn are_reached(&self, path: &Path, goes_deep: bool, deletes: bool) -> bool {
        let reaches = |place: &&str| match path.relation(place) {
            Relation::Apart => None,
            Relation::Above if !(goes_deep && self.has_mounts) => None,
            relation => Some(relation),
        };
        let mut mounts = self.mounts.iter().filter_map(reaches);
        let mut left = self.left.iter().filter_map(reaches);
        let is_spared = |relation| deletes && (relation == Relation::Below || !self.has_mounts);
        mounts.any(|relation| !is_spared(relation)) || (!deletes && left.next().is_some())
    }
}

/// Whether a place is in a text that is more than a path: a script in another language.
fn mentions(command: &Command, tool: &Tool<'_>) -> bool {
    let texts = command.words.iter().filter_map(Word::known);
    texts.filter(|text| text.contains([' ', '\'', '"', '(', '\n'])).any(|text| {
        tool.places.iter().any(|place| {
            let tail = place.split_once('}').map_or(*place, |(_, tail)| tail);
            text.contains(tail)
        })
    })
}

/// The word that names where something is put: nobody looks around there.
fn last_target(command: &Command, program: &str) -> Option<usize> {
    let puts = matches!(program, "cp" | "ln" | "mv" | "rsync" | "scp");
    command.words.len().checked_sub(1).filter(|last| puts && *last > 0)
}

/// Whether a program goes through all that is in the directories that its words name.
fn goes_deep(command: &Command, program: &str) -> bool {
    let first = command.words.first().and_then(Word::known).unwrap_or_default();
    let unpacks =
        has_flag(command, "x") || has_flag(command, "--extract") || first.starts_with('x');
    if matches!(program, "bsdtar" | "tar") && unpacks {
        return false;
    }
    let found = DEEP.iter().find(|(name, _)| *name == program);
    found.is_some_and(|(_, options)| {
        options.is_empty() || options.iter().any(|option| has_flag(command, option))
    })
}

/// Whether a program goes through the directory that it runs in, for want of another one.
fn looks_around(command: &Command, program: &str) -> bool {
    let mut words = command.words.iter().map(|word| word.prefix().starts_with('-'));
    match program {
        "find" => words.next().unwrap_or(true),
        "du" | "ls" | "tree" => words.all(|is_option| is_option),
        _ => false,
    }
}

/// Whether an option is there: a long one, or a letter in a row of them. Options that are not known
/// may be any.
fn has_flag(command: &Command, flag: &str) -> bool {
    command.words.iter().filter_map(Word::known).any(|word| match word.strip_prefix('-') {
        Some(_) if flag.starts_with("--") => word == flag,
        Some(letters) => !letters.starts_with('-') && letters.contains(flag),
        None => false,
    })
}
