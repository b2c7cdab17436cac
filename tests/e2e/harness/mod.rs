//! What every end-to-end test needs: the engine, a directory to build, a build and its outcome, the
//! image that it made, and servers on loopback.

mod agent;
mod build;
mod cache;
mod engine;
mod fresh;
mod git;
mod host;
mod image;
mod index;
mod listing;
mod made;
mod project;
pub(crate) mod relay;
mod server;
mod times;

pub(crate) use agent::Agent;
pub(crate) use build::{Build, Files, Outcome};
pub(crate) use cache::{CacheImage, RandomBytes};
pub(crate) use engine::{Engine, Runner, engine};
pub(crate) use git::Repository;
pub(crate) use host::Host;
pub(crate) use image::Image;
pub(crate) use index::Index;
pub(crate) use listing::Listing;
pub(crate) use made::{
    default_network_is_the_hosts, push, pushed, repository, rust_image, sha256, to_registry,
    unique, unique_image,
};
pub(crate) use project::Project;
pub(crate) use relay::{Break, How, Relay};
pub(crate) use server::Server;
