// The form of `presets/NAME.toml`, for two readers: `build.rs` deserializes it, with texts and lists
// that are owned, and writes it as Rust; the crate has static ones. A `Maybe` or an `OrEmpty` may be
// missing in a file.

schema! {
    /// Whether the result of a layer is exportable to a registry cache.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum Boundary {
        /// It is: a registry cache may have it.
        Registry,
        /// It is not: it is rebuilt from cache mounts.
        Mount,
        /// It is not: the layer always runs.
        None,
    }

    /// What the content of a cache depends on, besides the platform.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum Scope {
        /// On nothing but the platform.
        Platform,
        /// The base image: packages of one distribution, or what was compiled against its libraries, are
        /// of no use to another.
        Base,
    }

    /// A file that names archives by their digests.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum Lock {
        /// The file `go.sum`: <https://go.dev/ref/mod#go-sum-files>
        Go,
        /// The file `Cargo.lock`: <https://doc.rust-lang.org/cargo/guide/cargo-toml-vs-cargo-lock.html>
        Cargo,
    }

    /// A package manager, or another tool with a cache.
    ///
    /// In `target`, in the values of `env` and in the content of `file`, `${NAME}` stands for a variable
    /// of the step's environment, with the operators of a manifest's strings, and `HOME` is root's home
    /// where nothing else says so. In `env` and `file`, `${target}` is the place of the mount.
    #[derive(Debug, PartialEq, Eq)]
    pub struct Preset {
        /// Its name in `uses`: that of the file, which says none.
        pub name: OrEmpty<Text>,
        /// What it is, for people.
        pub title: Text,
        /// Where layers that use it belong, unless they say so themselves: a system package manager's result
        /// is worth a registry cache; a language's is made again from the mount faster than it is fetched.
        pub boundary: Boundary,
        /// The sharing mode that is safe.
        pub sharing: CacheSharing,
        /// What the content depends on.
        pub scope: Scope,
        /// The place where the tool looks; none where a variable leads it to one of strake's own.
        pub target: Maybe<Text>,
        /// The place where the tool looks, too, where it can be led elsewhere, but what it makes tells of the
        /// place. A Dockerfile's steps have the mount there.
        pub default_target: Maybe<Text>,
        /// Where not all of the target is a cache: the directories in it that are, each a mount.
        pub directories: OrEmpty<List<Text>>,
        /// Environment of the step.
        pub env: OrEmpty<Table>,
        /// More of it, in manifests alone: in a Dockerfile, what these lead to the mount stays in the layers.
        pub manifest_env: OrEmpty<Table>,
        /// A configuration file that the step sees.
        pub file: Maybe<File>,
        /// In a Dockerfile the tool keeps what it fetched in the layers, and the mount lends it archives that this lock
        /// names.
        pub lend: Maybe<Lock>,
        /// What the tool fetches is looked for, by others, too, in this directory of the home
        /// directory: in a Dockerfile it is led to the mount only where nobody may want what is in it.
        pub store: Maybe<Text>,
        /// Where it keeps in the layers of a Dockerfile what is a cache in a manifest.
        pub in_layers: OrEmpty<List<Text>>,
        /// A command for the shell that removes what is no longer worth keeping, and nothing else. None
        /// where the tool has no such command.
        pub prune: Maybe<Text>,
        /// How a list of packages is installed, where the name of the preset is an action by that alone.
        pub install: Maybe<Install>,
        /// Directories where the tool keeps its cache unless it is led elsewhere, absolute or below a
        /// variable.
        pub places: OrEmpty<List<Text>>,
        /// Variables that lead it elsewhere, besides those of `env`.
        pub relocating_variables: OrEmpty<List<Text>>,
        /// Variables that switch the cache off by any value but an empty one and those that mean no.
        pub switched_off_by: OrEmpty<List<Text>>,
        /// Subcommands that fetch what only others use: `update` of apt.
        pub prepares: OrEmpty<List<Text>>,
        /// Words of commands that put what they make into the cache, for others to find it there: `install` of
        /// Maven. As they are, or behind a colon.
        pub publishes: OrEmpty<List<Text>>,
        /// Words with which the tool links into its cache: in an option, or as the value of a variable. Links
        /// out of a mount lead nowhere once the step is over.
        pub links: OrEmpty<List<Text>>,
        /// The commands that use the cache.
        pub commands: List<Command>,
    }

    /// A configuration file that a step with the cache sees.
    #[derive(Debug, PartialEq, Eq)]
    pub struct File {
        /// Where the step sees it.
        pub path: Text,
        /// What is in it.
        pub content: Text,
        /// What is in it in a Dockerfile's steps, where that is something else.
        pub dockerfile: Maybe<Text>,
    }

    /// How a system package manager installs a list of packages.
    #[derive(Debug, PartialEq, Eq)]
    pub struct Install {
        /// Argument vector that the packages are appended to.
        pub command: List<Text>,
        /// What is put behind it for recommended packages, too.
        pub recommends: Text,
        /// What is put behind it otherwise.
        pub no_recommends: Text,
    }

    /// A command that uses the cache, as scripts have it.
    #[derive(Debug, PartialEq, Eq)]
    pub struct Command {
        /// Names of the program, without directories; `*` is any version: digits and dots.
        pub programs: List<Text>,
        /// The Python module that is the same: `python -m MODULE`.
        pub module: Maybe<Text>,
        /// Subcommands, words apart by one space, that read the cache or fill it. An empty one is the
        /// program called with none, `*` called with any.
        pub uses: List<Text>,
        /// Those of them that install what lists name, and so need no other file of a project.
        pub lists: OrEmpty<List<Text>>,
        /// Those of them that leave in the cache what may be wanted after the step, so that a step of a Dockerfile has the
        /// mount only where it is asked for: `npx` installs programs there.
        pub unasked: OrEmpty<List<Text>>,
        /// Words that empty the cache and so would undo the mount: subcommands, and options that make
        /// them do so.
        pub clears: OrEmpty<List<Text>>,
        /// Options with which the cache is neither read nor filled.
        pub bypass: OrEmpty<List<Text>>,
        /// Options that lead to a cache elsewhere.
        pub relocating_options: OrEmpty<List<Text>>,
        /// Options before the subcommand whose value is a word of its own, and so no subcommand.
        pub options_with_value: OrEmpty<List<Text>>,
    }
}
