//! What can be wrong with an operation.

use crate::wire::WireError;

/// What is wrong with an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidOp {
    /// An exec has no command.
    #[error("an exec needs arguments")]
    NoArgs,
    /// An exec's working directory is empty.
    #[error("an exec needs a working directory")]
    NoCwd,
    /// An exec has no root file system, not even scratch.
    #[error("an exec needs a mount at /")]
    NoRootMount,
    /// A tmpfs is mounted from something.
    #[error("a tmpfs mount has no source")]
    TmpfsSource,
    /// A file operation does nothing.
    #[error("a file operation needs an action")]
    NoActions,
    /// A merge has fewer than two inputs, or a passthrough no output.
    #[error("too few inputs")]
    TooFewInputs,
    /// A source does not say what to fetch.
    #[error("a source needs an identifier")]
    NoIdentifier,
    /// A passthrough has no id.
    #[error("a passthrough needs an id")]
    NoId,
    /// An input has no digest yet.
    #[error("an input is missing")]
    UnknownInput,
    /// The bytes of a vertex from elsewhere cannot be patched.
    #[error("malformed bytes: {0}")]
    Wire(#[from] WireError),
}
