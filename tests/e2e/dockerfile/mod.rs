//! Dockerfiles through strake: what is built is what the daemon's own frontend builds.

mod advice;
mod builds;
mod corpus;
mod plant;
pub(crate) mod projects;
mod seeds;
mod strip;
mod wide;
mod wire;
