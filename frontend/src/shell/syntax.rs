//! The syntax tree of a script.

use std::cell::OnceCell;
use std::rc::Rc;

use super::text::Text;
use crate::source::Span;

/// Commands one after the other.
#[derive(Debug, Default)]
pub(crate) struct List(pub(crate) Vec<Item>);

/// Pipelines that `&&` and `||` connect.
#[derive(Debug)]
pub(crate) struct Item {
    pub(crate) first: Pipeline,
    pub(crate) rest: Vec<(Connector, Pipeline)>,
    /// `&` at the end.
    pub(crate) background: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Connector {
    And,
    Or,
}

/// Commands that run at the same time.
#[derive(Debug)]
pub(crate) struct Pipeline {
    pub(crate) negated: bool,
    pub(crate) commands: Vec<Command>,
}

#[derive(Debug)]
pub(crate) enum Command {
    Simple(Simple),
    Compound { kind: Compound, redirects: Vec<Redirect> },
    Function { name: String, body: Box<Command> },
}

/// A program and its arguments; or assignments alone.
#[derive(Debug, Default)]
pub(crate) struct Simple {
    pub(crate) assignments: Vec<Assignment>,
    pub(crate) words: Vec<Word>,
    pub(crate) redirects: Vec<Redirect>,
    pub(crate) span: Span,
}

#[derive(Debug)]
pub(crate) struct Assignment {
    pub(crate) name: String,
    /// The whole value; none where it is an array, an element of one, or what is there and more.
    pub(crate) value: Option<Word>,
    /// The words of the other forms.
    pub(crate) others: Vec<Word>,
}

#[derive(Debug)]
pub(crate) enum Compound {
    Brace(List),
    Subshell(List),
    If {
        branches: Vec<(List, List)>,
        otherwise: Option<List>,
    },
    /// A `while` or an `until`.
    While {
        condition: List,
        body: List,
    },
    /// `for` and `select`; without words, the script's arguments are gone through, or numbers.
    For {
        name: Option<String>,
        words: Vec<Word>,
        body: List,
    },
    Case {
        subject: Word,
        arms: Vec<(Vec<Word>, List)>,
    },
    /// `[[ ... ]]` and `(( ... ))`: the words in it.
    Test(Vec<Word>),
}

#[derive(Debug)]
pub(crate) struct Redirect {
    pub(crate) kind: RedirectKind,
    /// A file, or what stands in place of one. A here document is read when its line has ended.
    pub(crate) word: Rc<OnceCell<Word>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RedirectKind {
    /// `<`: the file is read.
    Read,
    /// `>`, `>>`, `>|`, `<>`, `&>`: the file is written.
    Write,
    /// `<<`, `<<-`, `<<<`: the word is the input.
    Input,
    /// `<&`, `>&`: the word is a descriptor.
    Duplicate,
}

/// A word, before anything in it is expanded.
#[derive(Debug, Clone, Default)]
pub(crate) struct Word {
    pub(crate) parts: Vec<WordPart>,
    pub(crate) span: Span,
}

#[derive(Debug, Clone)]
pub(crate) enum WordPart {
    /// Text that the shell leaves as it is.
    Text(Text),
    /// An unquoted `*`, `?` or `[`.
    Glob(char),
    /// `$NAME`, `${NAME}`, or the `~` of a home directory.
    Parameter { name: String, quoted: bool },
    /// What only the shell can tell, and the commands in it.
    Opaque { commands: Rc<Vec<List>>, quoted: bool },
}

impl Word {
    /// The text, where the shell would change nothing.
    pub(crate) fn text(&self) -> Option<Text> {
        let mut whole = Text::default();
        for part in &self.parts {
            let WordPart::Text(text) = part else { return None };
            whole.append(text);
        }
        Some(whole)
    }
}

impl List {
    /// Goes through the simple commands, also those in words.
    pub(crate) fn each_simple(&self, found: &mut dyn FnMut(&Simple)) {
        for item in &self.0 {
            let pipelines = std::iter::once(&item.first).chain(item.rest.iter().map(|(_, p)| p));
            for command in pipelines.flat_map(|pipeline| &pipeline.commands) {
                command.each_simple(found);
            }
        }
    }
}

impl Command {
    pub(crate) fn each_simple(&self, found: &mut dyn FnMut(&Simple)) {
        match self {
            Command::Simple(simple) => {
                found(simple);
                let assigned = simple.assignments.iter();
                let assigned = assigned.flat_map(|one| one.value.iter().chain(&one.others));
                each_simple_in(simple.words.iter().chain(assigned), found);
                each_simple_in(simple.redirects.iter().filter_map(|one| one.word.get()), found);
            }
            Command::Function { body, .. } => body.each_simple(found),
            Command::Compound { kind, redirects } => {
                each_simple_in(kind.words(), found);
                each_simple_in(redirects.iter().filter_map(|one| one.word.get()), found);
                for list in kind.lists() {
                    list.each_simple(found);
                }
            }
        }
    }
}

fn each_simple_in<'a>(words: impl IntoIterator<Item = &'a Word>, found: &mut dyn FnMut(&Simple)) {
    for part in words.into_iter().flat_map(|word| &word.parts) {
        if let WordPart::Opaque { commands, .. } = part {
            commands.iter().for_each(|list| list.each_simple(found));
        }
    }
}

impl Compound {
    fn lists(&self) -> Vec<&List> {
        match self {
            Compound::Brace(list) | Compound::Subshell(list) => vec![list],
            Compound::If { branches, otherwise } => {
                branches.iter().flat_map(|(test, body)| [test, body]).chain(otherwise).collect()
            }
            Compound::While { condition, body } => vec![condition, body],
            Compound::For { body, .. } => vec![body],
            Compound::Case { arms, .. } => arms.iter().map(|(_, list)| list).collect(),
            Compound::Test(_) => Vec::new(),
        }
    }

    fn words(&self) -> Vec<&Word> {
        match self {
            Compound::For { words, .. } | Compound::Test(words) => words.iter().collect(),
            Compound::Case { subject, arms } => {
                std::iter::once(subject).chain(arms.iter().flat_map(|(words, _)| words)).collect()
            }
            _ => Vec::new(),
        }
    }
}
