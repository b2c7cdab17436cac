//! The scenarios in which a file is built through strake.

/// What the builder has, and what the build is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scenario {
    /// An empty builder: every step runs.
    Cold,
    /// Every step runs, with the cache mounts that the build before it left.
    Warm,
    /// The last command is another one, the steps below come from the cache of layers, and the
    /// cache mounts are empty: what a step counts on must be in the image.
    LaterStep,
    /// An empty builder that takes what it can from a registry cache.
    Registry,
    /// The build is told `--no-cache`.
    NoCache,
    /// The built-in frontend's layers are there.
    Layers,
    /// An empty builder whose cache mounts are filled from a seed.
    Seed,
    /// The built-in frontend builds where strake has built: what strake leaves must not change
    /// that.
    StrakeFirst,
}

impl Scenario {
    /// What most mistakes show in.
    pub const USUAL: [Scenario; 4] =
        [Scenario::Cold, Scenario::Warm, Scenario::LaterStep, Scenario::Registry];
    /// All of them, the usual ones first.
    pub const ALL: [Scenario; 8] = [
        Scenario::Cold,
        Scenario::Warm,
        Scenario::LaterStep,
        Scenario::Registry,
        Scenario::NoCache,
        Scenario::Layers,
        Scenario::Seed,
        Scenario::StrakeFirst,
    ];

    /// What people call it.
    pub fn name(self) -> &'static str {
        match self {
            Scenario::Cold => "cold",
            Scenario::Warm => "warm",
            Scenario::LaterStep => "after a later step changed",
            Scenario::Registry => "from a registry cache",
            Scenario::NoCache => "--no-cache",
            Scenario::Layers => "on built-in layers",
            Scenario::Seed => "from a seed",
            Scenario::StrakeFirst => "built in, after strake",
        }
    }
}
