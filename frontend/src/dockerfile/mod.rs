//! A Dockerfile, unchanged. Strake has no Dockerfile parser: the daemon's own frontend, or the one that
//! the file names, makes the graph, with every option as the client gave it. The steps of that graph
//! get cache mounts, and nothing else of it changes.

mod addition;
mod advice;
mod compiled;
mod directives;
mod kind;
mod misplaced;
mod opt_out;
mod recognise;
mod registry_export;
mod rewrite;
mod seed;
mod step;
mod withheld;

pub(crate) use advice::{AdviceInput, advice};
pub use directives::Directives;
pub use kind::Kind;
pub use opt_out::OptOut;
pub use recognise::recognise;
pub(crate) use registry_export::{cacheability, export_roots};
pub(crate) use rewrite::{Additions, RewrittenStep};
pub use rewrite::{RewriteInput, Rewritten, rewrite};
pub use step::{RunStep, steps};
