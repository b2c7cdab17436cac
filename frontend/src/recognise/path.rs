//! Paths in commands, and whether they lead to a directory. What is not known of a path may be
//! anything, but for its beginning: nobody is taken to mean a cache by a path that nothing is known
//! of.

use crate::glob::{self, Component};
use crate::shell::{Command, KnownPart, Setting, Word};

/// Longer than any directory, and short enough to be looked at for each word.
const LONGEST_DIRECTORY: usize = 1024;

/// Where a path begins.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Root {
    /// The path is absolute: it begins with `/`.
    Top,
    /// The path begins with this variable.
    Variable(String),
}

/// A component of a path, as far as it is known.
#[derive(Debug)]
enum Piece {
    Known(Component),
    /// It may be any path.
    Unknown,
}

#[derive(Debug)]
pub(super) struct Path {
    root: Root,
    pieces: Vec<Piece>,
    /// Whether it is a directory that the home directory is in, or may be it.
    holds_home: bool,
}

/// How a path lies to a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Relation {
    Apart,
    /// The directory is in what the path names.
    Above,
    /// The path is the directory.
    Same,
    /// The path is in the directory.
    Below,
}

/// The paths that a word of a command may name: the word, and what follows the first `=`.
pub(super) fn of_word(word: &Word, command: &Command) -> Vec<Path> {
    let whole = of_parts(&word.parts, command);
    let mut parts = word.parts.clone();
    let value = match parts.first_mut() {
        Some(KnownPart::Text(text)) => match text.split_once('=') {
            Some((_, value)) => {
                *text = value.to_owned();
                of_parts(&parts, command)
            }
            None => None,
        },
        _ => None,
    };
    whole.into_iter().chain(value).collect()
}

/// A path that is known.
pub(super) fn of_text(path: &str, home: Option<&str>) -> Path {
    Path::new(Root::Top, &escaped(path)).at_home(home)
}

/// The home directory, as a command has it.
fn home(command: &Command) -> Option<&str> {
    match command.environment.get("HOME") {
        Setting::Known(directory) => Some(directory),
        Setting::Unset | Setting::Unknown => None,
    }
}

/// The directory that a command runs in.
pub(super) fn of_directory(command: &Command) -> Option<Path> {
    let directory = command.directory.as_deref()?;
    Some(of_text(directory, home(command)))
}

fn of_parts(parts: &[KnownPart], command: &Command) -> Option<Path> {
    let (root, text, rest) = match parts {
        [KnownPart::Variable { name, .. }, rest @ ..] => {
            (Root::Variable(name.clone()), String::new(), rest)
        }
        [KnownPart::Text(text), rest @ ..] if text.starts_with('/') => {
            (Root::Top, escaped(text), rest)
        }
        [KnownPart::Text(text), ..] if text.starts_with('-') => return None,
        [KnownPart::Text(_) | KnownPart::Glob(_), ..] => {
            let directory = command
                .directory
                .as_deref()
                .filter(|directory| directory.len() <= LONGEST_DIRECTORY);
            let directory = escaped(directory?);
            (Root::Top, format!("{directory}/"), parts)
        }
        _ => return None,
    };
    let mut path = Path { root, pieces: Vec::new(), holds_home: false };
    let mut pattern = text;
    for part in rest {
        match part {
            KnownPart::Text(text) => pattern.push_str(&escaped(text)),
            KnownPart::Glob(sign) => pattern.push(*sign),
            KnownPart::Variable { .. } | KnownPart::Unknown { .. } => {
                path.add(pattern.rsplit_once('/').map_or("", |(directories, _)| directories));
                path.pieces.push(Piece::Unknown);
                return Some(path.at_home(home(command)));
            }
        }
    }
    path.add(&pattern);
    Some(path.at_home(home(command)))
}

/// Text whose signs mean nothing but themselves.
fn escaped(text: &str) -> String {
    if !text.contains(glob::SIGNS) {
        return text.to_owned();
    }
    let mut escaped = String::new();
    for character in text.chars() {
        if glob::SIGNS.contains(&character) {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

impl Path {
    fn new(root: Root, pattern: &str) -> Self {
        let mut path = Path { root, pieces: Vec::new(), holds_home: false };
        path.add(pattern);
        path
    }

    fn add(&mut self, pattern: &str) {
        for component in glob::components(pattern) {
            match component {
                Component::Exactly(name) if name == ".." => drop(self.pieces.pop()),
                component => self.pieces.push(Piece::Known(component)),
            }
        }
    }

    /// The same path from the home directory on, where it leads through that of the environment.
    /// Where that is not known, root's and any in `/home` may be it.
    fn at_home(mut self, home: Option<&str>) -> Self {
        if self.root != Root::Top {
            return self;
        }
        let own = home.map(names);
        let homes = own.as_deref().map_or(HOMES.to_vec(), |own| vec![own]);
        if let Some(home) = homes.iter().find(|home| self.leads_through(home)) {
            self.root = Root::Variable("HOME".into());
            self.pieces.drain(..home.len());
        } else {
            self.holds_home = homes.iter().any(|home| self.lies(home) != Relation::Apart);
        }
        self
    }

    fn leads_through(&self, home: &[Name<'_>]) -> bool {
        let same = |(mine, home): (&Piece, &Name<'_>)| match mine {
            Piece::Known(Component::Exactly(mine)) => home.is_none_or(|home| mine == home),
            _ => false,
        };
        self.pieces.len() >= home.len() && self.pieces.iter().zip(home).all(same)
    }

    /// How the path lies to a directory of a tool: an absolute one, or one below a variable.
    pub(super) fn relation(&self, place: &str) -> Relation {
        let below = place.strip_prefix("${").and_then(|rest| rest.split_once('}'));
        let (variable, rest) = below.map_or((None, place), |(name, rest)| (Some(name), rest));
        let own = match &self.root {
            Root::Top => None,
            Root::Variable(name) => Some(name.as_str()),
        };
        if own == variable {
            return self.lies(&names(rest));
        }
        let is_over = self.holds_home && variable == Some("HOME");
        if is_over { Relation::Above } else { Relation::Apart }
    }

    /// The same, of a directory below the same root.
    fn lies(&self, directory: &[Name<'_>]) -> Relation {
        for (index, wanted) in directory.iter().enumerate() {
            match self.pieces.get(index) {
                Some(Piece::Unknown) if index == 0 => return Relation::Apart,
                None | Some(Piece::Unknown) => return Relation::Above,
                Some(Piece::Known(mine)) if !may_be(mine, wanted) => return Relation::Apart,
                Some(Piece::Known(_)) => {}
            }
        }
        if self.pieces.len() > directory.len() { Relation::Below } else { Relation::Same }
    }
}

/// A component of a directory; none where it is any.
type Name<'a> = Option<&'a str>;

/// Where homes are, as far as they are alike.
const HOMES: [&[Name<'_>]; 2] = [&[Some("root")], &[Some("home"), None]];

/// The components of a directory that is known. Signs mean nothing in it but themselves.
fn names(directory: &str) -> Vec<Name<'_>> {
    let mut names = Vec::new();
    for part in directory.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(names.pop()),
            name => names.push(Some(name)),
        }
    }
    names
}

/// Whether a component may be that of a directory.
fn may_be(mine: &Component, wanted: &Name<'_>) -> bool {
    match (mine, wanted) {
        (Component::Exactly(mine), Some(wanted)) => mine == wanted,
        (Component::Like(pattern), Some(wanted)) => pattern.matches(wanted),
        _ => true,
    }
}
