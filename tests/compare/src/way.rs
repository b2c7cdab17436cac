//! The ways in which a file is built through strake.

/// What the builder has, and what the build is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// An empty builder.
    Cold,
    /// Every step runs, with the cache mounts that the build before it left.
    Warm,
    /// The last command is another one, the steps below come from the cache of layers, and the cache mounts are
    /// empty: what a step counts on must be in the image.
    LaterStep,
    /// An empty builder that takes what it can from a registry cache.
    Registry,
    /// With `--no-cache`.
    NoCache,
    /// The built-in frontend's layers are there.
    Layers,
    /// An empty builder whose cache mounts are filled from a seed.
    Seed,
    /// The built-in frontend builds where strake has built: what strake leaves must not change that.
    StrakeFirst,
}

impl Way {
    /// What most mistakes show in.
    pub const USUAL: [Way; 4] = [Way::Cold, Way::Warm, Way::LaterStep, Way::Registry];
    /// All of them.
    pub const ALL: [Way; 8] = [
        Way::Cold,
        Way::Warm,
        Way::LaterStep,
        Way::Registry,
        Way::NoCache,
        Way::Layers,
        Way::Seed,
        Way::StrakeFirst,
    ];

    /// For people.
    pub fn name(self) -> &'static str {
        match self {
            Way::Cold => "cold",
            Way::Warm => "warm",
            Way::LaterStep => "after a later step changed",
            Way::Registry => "from a registry cache",
            Way::NoCache => "--no-cache",
            Way::Layers => "on built-in layers",
            Way::Seed => "from a seed",
            Way::StrakeFirst => "built in, after strake",
        }
    }
}
