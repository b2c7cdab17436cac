//! What is known of a tool.

/// A tool with a cache. Everything is a fact about the tool, or about the mount that it would get.
#[derive(Debug)]
pub(crate) struct Tool<'a> {
    pub commands: &'a [ToolCommand<'a>],
    /// Where it would get mounts, as absolute paths or below a variable (`${HOME}/.cargo/registry`).
    pub mounts: &'a [&'a str],
    /// Variables that lead it to the mounts; none where they are where the tool looks by itself.
    pub leads: &'a [&'a str],
    /// Variables that lead it elsewhere, besides those.
    pub relocating_variables: &'a [&'a str],
    /// Variables that switch the cache off by any value but an empty one and those that mean no.
    pub switched_off_by: &'a [&'a str],
    /// Directories where it keeps its cache unless it is led elsewhere, in the same form.
    pub places: &'a [&'a str],
    /// Subcommands that fetch what only others use: `update` of apt.
    pub prepares: &'a [&'a str],
}

impl Tool<'_> {
    /// Whether the mounts are in a home directory, where another user does not find them.
    pub(super) fn is_at_home(&self) -> bool {
        self.mounts.iter().any(|mount| mount.starts_with("${HOME}"))
    }
}

/// A command that uses the cache, as scripts have it.
#[derive(Debug)]
pub(crate) struct ToolCommand<'a> {
    /// Names of the program, without directories; `*` is any version: digits and dots.
    pub programs: &'a [&'a str],
    /// The Python module that is the same: `python -m MODULE`.
    pub module: Option<&'a str>,
    /// Subcommands, words apart by one space, that read the cache or fill it. An empty one is the
    /// program called with none, `*` called with any.
    pub uses: &'a [&'a str],
    /// Words that empty the cache: subcommands, and options that make them do so.
    pub clears: &'a [&'a str],
    /// Options with which the cache is neither read nor filled.
    pub bypass: &'a [&'a str],
    /// Options that lead to a cache elsewhere.
    pub relocating_options: &'a [&'a str],
    /// Options before the subcommand whose value is a word of its own, and so no subcommand.
    pub options_with_value: &'a [&'a str],
}
