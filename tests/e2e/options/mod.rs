//! Every option of a build that BuildKit's own frontend knows: a flag of buildx changes something
//! that is seen inside a step or in the image. What no flag of this buildx reaches is tested over a
//! daemon in memory (`gateway/options.rs`).

mod arguments;
mod attestations;
pub(crate) mod cache;
mod checks;
mod containers;
mod dates;
mod images;
mod platforms;
