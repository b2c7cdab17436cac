//! Where files come from: the file that is built from, the main context, named contexts. The
//! functions here ask BuildKit and give plain data; [`main_vertex`] and [`named_vertex`] turn that
//! into LLB without asking anybody.

mod entry;
mod epoch;
mod files;
pub mod ignore;
mod locate;
mod main_context;
mod named;
mod source;
mod vertices;

pub use entry::{Entry, read_entry};
pub use epoch::context_date;
pub(crate) use files::open;
pub use files::read_files;
pub use main_context::main_context;
pub use named::named_context;
pub use source::{MainContext, MainFiles, NamedSource};
pub(crate) use vertices::git_source;
pub(crate) use vertices::marshal;
pub use vertices::{main_vertex, named_vertex};

use crate::gateway::{Failure, GatewayError};

/// The name under which the client offers the main context.
pub(crate) const MAIN_CONTEXT: &str = "context";

/// The name that a file from a web server gets.
const HTTP_FILE: &str = "context";

const DOCKERIGNORE: &str = ".dockerignore";

/// Why files can't be had.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ContextError {
    /// BuildKit could not fetch them.
    #[error("{0}")]
    Gateway(
        #[from]
        #[source]
        GatewayError,
    ),
    /// The file that is built from can't be read.
    #[error("can't read `{filename}`: {source}")]
    Entry { filename: String, source: GatewayError },
    /// The daemon does not know the date of a commit.
    #[error("`SOURCE_DATE_EPOCH=context` of a git repository needs BuildKit 0.29 or newer")]
    NoCommitDate,
    /// A named context means an input that the client did not give.
    #[error("the client gave no input named `{0}`")]
    NoInput(String),
    /// A source policy leads in a cycle, or to something that is no context.
    #[error("a source policy replaced it with `{resolved}`: {reason}")]
    Policy {
        /// What it was replaced by.
        resolved: String,
        /// Why that can't be used.
        reason: String,
    },
    /// What the client gave as an input is no definition.
    #[error("an input of the client is broken: {0}")]
    Input(#[from] strake_llb::DecodeError),
    /// The graph of a source can't be written.
    #[error(transparent)]
    Marshal(#[from] strake_llb::MarshalError),
}

impl From<ContextError> for Failure {
    fn from(error: ContextError) -> Self {
        Failure::from(anyhow::Error::new(error))
    }
}
