//! What strake knows of each package manager's cache. The facts are data, `presets/NAME.toml`, each
//! with its source; `build.rs` writes them as the list [`PRESETS`].

mod page;
mod terms;

pub use page::page;
pub(crate) use terms::OWN_IDS;
pub(crate) use terms::{Boundary, Lock, Sharing};

/// What the content of a cache depends on, besides the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Nothing more.
    Platform,
    /// The base image: packages of one distribution, or what was compiled against its libraries, are
    /// of no use to another.
    Base,
}

/// Whose steps have the mounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Places {
    /// A manifest's: its author knows of them.
    Manifest,
    /// A Dockerfile's, which must not be able to tell. A script that knows nothing of mounts removes what
    /// is in `/var/cache` or `/tmp`, and nothing in `/dev`; and that is in memory, so no stub of a mount
    /// stays.
    Dockerfile,
}

/// A package manager, or another tool with a cache.
///
/// In `target`, in the values of `env` and in the content of `file`, `${NAME}` stands for a variable
/// of the step's environment, with the operators of a manifest's strings, and `HOME` is root's home
/// where nothing else says so. In `env` and `file`, `${target}` is the place of the mount.
#[derive(Debug, PartialEq, Eq)]
pub struct Preset {
    /// Its name in `uses`: that of the file.
    pub name: &'static str,
    /// What it is, for people.
    pub title: &'static str,
    /// Where layers that use it belong, unless they say so themselves: a system package manager's result
    /// is worth a registry cache; a language's is made again from the mount faster than it is fetched.
    pub boundary: Boundary,
    /// The sharing mode that is safe.
    pub sharing: Sharing,
    /// What the content depends on.
    pub scope: Scope,
    /// The place where the tool looks; none where a variable leads it to one of strake's own.
    pub target: Option<&'static str>,
    /// The place where the tool looks, too, where it can be led elsewhere, but what it makes tells of the
    /// place. A Dockerfile's steps have the mount there.
    pub default_target: Option<&'static str>,
    /// Where not all of the target is a cache: the directories in it that are, each a mount.
    pub directories: &'static [&'static str],
    /// Environment of the step.
    pub env: &'static [(&'static str, &'static str)],
    /// More of it, in manifests alone: in a Dockerfile, what these lead to the mount stays in the layers.
    pub manifest_env: &'static [(&'static str, &'static str)],
    /// A configuration file that the step sees.
    pub file: Option<File>,
    /// In a Dockerfile the tool keeps what it fetched in the layers, and the mount lends it archives that this lock
    /// names.
    pub lend: Option<Lock>,
    /// What the tool fetches is looked for, by others, too, in this directory of the home
    /// directory: in a Dockerfile it is led to the mount only where nobody may want what is in it.
    pub store: Option<&'static str>,
    /// Where it keeps in the layers of a Dockerfile what is a cache in a manifest.
    pub in_layers: &'static [&'static str],
    /// A command for the shell that removes what is no longer worth keeping, and nothing else. None
    /// where the tool has no such command.
    pub prune: Option<&'static str>,
    /// How a list of packages is installed, where the name of the preset is an action by that alone.
    pub install: Option<Install>,
    /// Directories where the tool keeps its cache unless it is led elsewhere, absolute or below a
    /// variable.
    pub places: &'static [&'static str],
    /// Variables that lead it elsewhere, besides those of `env`.
    pub relocating_variables: &'static [&'static str],
    /// Variables that switch the cache off by any value but an empty one and those that mean no.
    pub switched_off_by: &'static [&'static str],
    /// Subcommands that fetch what only others use: `update` of apt.
    pub prepares: &'static [&'static str],
    /// Words of commands that put what they make into the cache, for others to find it there: `install` of
    /// Maven. As they are, or behind a colon.
    pub publishes: &'static [&'static str],
    /// Words with which the tool links into its cache: in an option, or as the value of a variable. Links
    /// out of a mount lead nowhere once the step is over.
    pub links: &'static [&'static str],
    /// The commands that use the cache.
    pub commands: &'static [Command],
}

impl Preset {
    /// Where the mount is.
    pub fn target(&self, places: Places) -> String {
        match (self.target, self.default_target, places) {
            (_, _, Places::Dockerfile) if self.lend.is_some() => {
                format!("/dev/strake/cache/{}", self.name)
            }
            (Some(target), _, _) | (None, Some(target), Places::Dockerfile) => target.to_owned(),
            (None, _, Places::Manifest) => format!("/var/cache/strake/{}", self.name),
            (None, None, Places::Dockerfile) => format!("/dev/strake/cache/{}", self.name),
        }
    }

    /// The sharing mode that is safe. Archives that are lent are put in their places whole.
    pub fn sharing(&self, places: Places) -> Sharing {
        match places {
            Places::Dockerfile if self.lend.is_some() => Sharing::Shared,
            _ => self.sharing,
        }
    }

    /// The directories of the target that are mounts; none where all of it is one.
    pub fn directories(&self, places: Places) -> &'static [&'static str] {
        match places {
            Places::Dockerfile if self.lend.is_some() => &[],
            _ => self.directories,
        }
    }

    /// The step's environment.
    pub fn env(&self, places: Places) -> impl Iterator<Item = (&'static str, &'static str)> {
        let of_manifests: &[_] = match places {
            Places::Manifest => self.manifest_env,
            Places::Dockerfile => &[],
        };
        self.env.iter().chain(of_manifests).copied()
    }

    /// The configuration file: its path and its content.
    pub fn file(&self, places: Places) -> Option<(&'static str, &'static str)> {
        self.file.as_ref().map(|file| match places {
            Places::Manifest => (file.path, file.content),
            Places::Dockerfile => (file.path, file.dockerfile),
        })
    }
}

/// A configuration file.
#[derive(Debug, PartialEq, Eq)]
pub struct File {
    /// Its path.
    pub path: &'static str,
    /// What is in it.
    pub content: &'static str,
    /// What is in it in a Dockerfile's steps.
    pub dockerfile: &'static str,
}

/// How a system package manager installs a list of packages.
#[derive(Debug, PartialEq, Eq)]
pub struct Install {
    /// Argument vector that the packages are appended to.
    pub command: &'static [&'static str],
    /// What is put behind it for recommended packages, too.
    pub recommends: &'static str,
    /// What is put behind it otherwise.
    pub no_recommends: &'static str,
}

/// A command that uses the cache, as scripts have it.
#[derive(Debug, PartialEq, Eq)]
pub struct Command {
    /// Names of the program, without directories; `*` is any version: digits and dots.
    pub programs: &'static [&'static str],
    /// The Python module that is the same: `python -m MODULE`.
    pub module: Option<&'static str>,
    /// Subcommands, words apart by one space, that read the cache or fill it. An empty one is the
    /// program called with none, `*` called with any.
    pub uses: &'static [&'static str],
    /// Those of them that install what lists name, and so need no other file of a project.
    pub lists: &'static [&'static str],
    /// Those of them that leave in the cache what may be wanted after the step, so that a step of a Dockerfile has the
    /// mount only where it is asked for: `npx` installs programs there.
    pub unasked: &'static [&'static str],
    /// Words that empty the cache and so would undo the mount: subcommands, and options that make
    /// them do so.
    pub clears: &'static [&'static str],
    /// Options with which the cache is neither read nor filled.
    pub bypass: &'static [&'static str],
    /// Options that lead to a cache elsewhere.
    pub relocating_options: &'static [&'static str],
    /// Options before the subcommand whose value is a word of its own, and so no subcommand.
    pub options_with_value: &'static [&'static str],
}

include!(concat!(env!("OUT_DIR"), "/presets.rs"));

/// The preset of a name.
pub fn preset(name: &str) -> Option<&'static Preset> {
    PRESETS.iter().find(|preset| preset.name == name)
}
