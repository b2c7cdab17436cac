//! Paths in commands, and whether they lead to a folder. What is not known of a path may be anything,
//! but for its beginning: nobody is taken to mean a cache by a path that nothing is known of.

use crate::glob::{self, Component};
use crate::shell::{Command, Part, Setting, Word};

/// Longer than any folder, and short enough to be looked at for each word.
const LONGEST_FOLDER: usize = 1024;

/// Where a path begins.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Root {
    /// `/`
    Top,
    /// A variable.
    Variable(String),
}

/// A component of a path, as far as it is known.
#[derive(Debug)]
enum Piece {
    Known(Component),
    /// Any path.
    Unknown,
}

#[derive(Debug)]
pub(super) struct Path {
    root: Root,
    pieces: Vec<Piece>,
    /// Whether it is a folder that the home folder is in, or may be it.
    holds_home: bool,
}

/// How a path lies to a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Relation {
    Apart,
    /// The folder is in what the path names.
    Above,
    /// The path is the folder.
    Same,
    /// The path is in the folder.
    Below,
}

/// The paths that a word of a command may name: the word, and what follows the first `=`.
pub(super) fn of_word(word: &Word, command: &Command) -> Vec<Path> {
    let whole = of_parts(&word.parts, command);
    let mut parts = word.parts.clone();
    let value = match parts.first_mut() {
        Some(Part::Text(text)) => match text.split_once('=') {
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

/// The home folder, as a command has it.
fn home(command: &Command) -> Option<&str> {
    match command.environment.get("HOME") {
        Setting::Known(folder) => Some(folder),
        Setting::Unset | Setting::Unknown => None,
    }
}

/// The folder that a command runs in.
pub(super) fn of_folder(command: &Command) -> Option<Path> {
    let folder = command.folder.as_deref()?;
    Some(of_text(folder, home(command)))
}

fn of_parts(parts: &[Part], command: &Command) -> Option<Path> {
    let (root, text, rest) = match parts {
        [Part::Variable { name, .. }, rest @ ..] => {
            (Root::Variable(name.clone()), String::new(), rest)
        }
        [Part::Text(text), rest @ ..] if text.starts_with('/') => (Root::Top, escaped(text), rest),
        [Part::Text(text), ..] if text.starts_with('-') => return None,
        [Part::Text(_) | Part::Glob(_), ..] => {
            let folder = command.folder.as_deref().filter(|folder| folder.len() <= LONGEST_FOLDER);
            let folder = escaped(folder?);
            (Root::Top, format!("{folder}/"), parts)
        }
        _ => return None,
    };
    let mut path = Path { root, pieces: Vec::new(), holds_home: false };
    let mut pattern = text;
    for part in rest {
        match part {
            Part::Text(text) => pattern.push_str(&escaped(text)),
            Part::Glob(sign) => pattern.push(*sign),
            Part::Variable { .. } | Part::Unknown { .. } => {
                path.add(pattern.rsplit_once('/').map_or("", |(folders, _)| folders));
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
    let mut escaped = String::new();
    for character in text.chars() {
        if matches!(character, '*' | '?' | '[' | '\\') {
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

    /// A folder of a tool.
    pub(super) fn place(text: &str) -> Self {
        match text.strip_prefix("${").and_then(|rest| rest.split_once('}')) {
            Some((name, rest)) => Path::new(Root::Variable(name.to_owned()), &escaped(rest)),
            None => Path::new(Root::Top, &escaped(text)),
        }
    }

    fn add(&mut self, pattern: &str) {
        for component in glob::components(pattern) {
            match component {
                Component::Exactly(name) if name == ".." => drop(self.pieces.pop()),
                component => self.pieces.push(Piece::Known(component)),
            }
        }
    }

    /// The same path from the home folder on, where it leads through that of the environment. Where
    /// that is not known, root's and any in `/home` may be it.
    fn at_home(mut self, home: Option<&str>) -> Self {
        if self.root != Root::Top {
            return self;
        }
        let homes: Vec<Path> = match home {
            Some(folder) => vec![Path::place(folder)],
            None => vec![Path::place("/root"), Path::new(Root::Top, "/home/*")],
        };
        let length =
            homes.iter().find(|home| self.leads_through(home)).map(|home| home.pieces.len());
        if let Some(length) = length {
            self.root = Root::Variable("HOME".into());
            self.pieces.drain(..length);
        } else {
            self.holds_home = homes.iter().any(|home| self.relation(home) != Relation::Apart);
        }
        self
    }

    fn leads_through(&self, home: &Path) -> bool {
        let same = |(mine, home): (&Piece, &Piece)| match (mine, home) {
            (Piece::Known(Component::Exactly(mine)), Piece::Known(Component::Exactly(home))) => {
                mine == home
            }
            (Piece::Known(Component::Exactly(_)), Piece::Known(_)) => true,
            _ => false,
        };
        self.pieces.len() >= home.pieces.len() && self.pieces.iter().zip(&home.pieces).all(same)
    }

    /// How the path lies to a folder.
    pub(super) fn relation(&self, folder: &Path) -> Relation {
        if self.root != folder.root {
            let is_over = self.holds_home && folder.root == Root::Variable("HOME".into());
            return if is_over { Relation::Above } else { Relation::Apart };
        }
        for (index, wanted) in folder.pieces.iter().enumerate() {
            match self.pieces.get(index) {
                Some(Piece::Unknown) if index == 0 => return Relation::Apart,
                None | Some(Piece::Unknown) => return Relation::Above,
                Some(Piece::Known(mine)) if !may_be(mine, wanted) => return Relation::Apart,
                Some(Piece::Known(_)) => {}
            }
        }
        if self.pieces.len() > folder.pieces.len() { Relation::Below } else { Relation::Same }
    }
}

/// Whether a component may be that of a folder.
fn may_be(mine: &Component, wanted: &Piece) -> bool {
    match (mine, wanted) {
        (Component::Exactly(mine), Piece::Known(Component::Exactly(wanted))) => mine == wanted,
        (Component::Like(pattern), Piece::Known(Component::Exactly(wanted))) => {
            pattern.matches(wanted)
        }
        _ => true,
    }
}
