//! What a layer does: one type for each action of the language.

use super::Apt;
use crate::presets;
use crate::source::{Span, Spanned};

/// What a step does.
#[derive(Debug, Clone)]
pub enum Action {
    Command(CommandAction),
    Files(FilesAction),
}

/// What runs something in a container: modifiers of commands mean something to it.
#[derive(Debug, Clone)]
pub enum CommandAction {
    Run(Run),
    Apt(Apt),
    /// Installs packages with a system package manager that takes a list and nothing else.
    Install(Install),
    /// Installs Python packages with pip.
    Pip(PythonPackages),
    /// Installs Python packages with uv.
    Uv(PythonPackages),
}

/// What the daemon does with files by itself.
#[derive(Debug, Clone)]
pub enum FilesAction {
    Copy(Copy),
    FetchUrl(FetchUrl),
    FetchGit(FetchGit),
    Write(Write),
    Mkdir(Mkdir),
    Symlink(Symlink),
    Remove(Remove),
}

impl CommandAction {
    /// The preset whose cache a package manager brings along.
    pub fn preset(&self) -> Option<&'static str> {
        match self {
            CommandAction::Run(_) => None,
            CommandAction::Apt(_) => Some("apt"),
            CommandAction::Install(install) => Some(install.preset),
            CommandAction::Pip(_) => Some("pip"),
            CommandAction::Uv(_) => Some("uv"),
        }
    }
}

#[derive(Debug, Clone)]
pub enum Run {
    /// A script for the shell, never expanded by strake.
    Script(Spanned<String>),
    /// A program and its arguments, without a shell.
    Argv(Vec<Spanned<String>>),
    /// A script file of the context, with arguments.
    File {
        /// Path in the main context.
        file: Spanned<String>,
        args: Vec<Spanned<String>>,
    },
}

/// Owner as written: `user`, `user:group`, numbers or names.
pub(crate) type Owner = Spanned<String>;

/// A mode: octal, or symbolic (`u+x`) where BuildKit can.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mode {
    Bits(u32),
    /// Symbolic, as chmod(1) has it.
    Symbolic(String),
}

#[derive(Debug, Clone)]
pub struct Copy {
    /// Stage, named context or image; the main context where none is given.
    pub from: Option<Spanned<String>>,
    /// Paths in what `from` names; they may have wildcards.
    pub src: Vec<Spanned<String>>,
    /// Destination; a directory where it ends in `/` or several sources are named.
    pub dest: Spanned<String>,
    pub owner: Option<Owner>,
    pub mode: Option<Spanned<Mode>>,
    /// Patterns of files to leave out.
    pub exclude: Vec<Spanned<String>>,
    /// Keep the parent directories of the sources.
    pub parents: bool,
    /// A layer of its own that stands on nothing.
    pub link: bool,
    /// The place of the whole value.
    pub span: Span,
}

#[derive(Debug, Clone)]
pub struct FetchUrl {
    /// An `http://` or `https://` URL.
    pub url: Spanned<String>,
    /// The digest that the file must have, `sha256:...`.
    pub checksum: Option<Spanned<String>>,
    pub dest: Spanned<String>,
    /// Unpack it, as an archive.
    pub unpack: bool,
    /// Mode of the file.
    pub mode: Option<Spanned<Mode>>,
    pub owner: Option<Owner>,
}

/// Fetches a git repository.
#[derive(Debug, Clone)]
pub struct FetchGit {
    /// Repository in any of BuildKit's forms, without fragment.
    pub git: Spanned<String>,
    /// Branch, tag or commit.
    pub reference: Option<Spanned<String>>,
    /// Commit (a prefix will do) that the reference must lead to.
    pub checksum: Option<Spanned<String>>,
    /// Directory of the repository.
    pub subdir: Option<Spanned<String>>,
    pub keep_git_dir: bool,
    pub dest: Spanned<String>,
    pub mode: Option<Spanned<Mode>>,
    pub owner: Option<Owner>,
}

#[derive(Debug, Clone)]
pub struct Write {
    pub path: Spanned<String>,
    pub content: Spanned<String>,
    /// Mode, 0644 where none is given.
    pub mode: Option<Spanned<Mode>>,
    pub owner: Option<Owner>,
}

/// Makes a directory and its parents.
#[derive(Debug, Clone)]
pub struct Mkdir {
    pub path: Spanned<String>,
    /// Mode, 0755 where none is given.
    pub mode: Option<Spanned<Mode>>,
    pub owner: Option<Owner>,
}

/// Makes a symbolic link.
#[derive(Debug, Clone)]
pub struct Symlink {
    /// Where the link is.
    pub path: Spanned<String>,
    /// What it points to.
    pub to: Spanned<String>,
}

#[derive(Debug, Clone)]
pub struct Remove {
    /// Paths, which may have wildcards.
    pub paths: Vec<Spanned<String>>,
    /// A path that is not there is an error.
    pub must_exist: bool,
}

/// Installs packages as its preset says.
#[derive(Debug, Clone)]
pub struct Install {
    /// Name of the preset.
    pub preset: &'static str,
    /// How the preset does it.
    pub how: &'static presets::Install,
    /// Packages, as the package manager names them.
    pub packages: Vec<Spanned<String>>,
    /// Install recommended packages, too.
    pub recommends: bool,
}

#[derive(Debug, Clone, Default)]
pub struct PythonPackages {
    /// Requirement specifiers, such as `flask>=3`.
    pub packages: Vec<Spanned<String>>,
    /// Requirement files (named in `inputs`, or in the image).
    pub requirements: Vec<Spanned<String>>,
    /// Constraint files, named as requirement files are.
    pub constraints: Vec<Spanned<String>>,
    /// Interpreter or environment to install into; the system's where none is given.
    pub python: Option<Spanned<String>>,
}
