//! Small values with a form of their own: modes, sizes, durations, ports, paths, names. Each reads a
//! [`Value`](super::reader::Value) and reports what is wrong with it.

mod duration;
mod mode;
mod names;
mod paths;
mod port;
mod reference;
mod size;
mod sources;

pub(crate) use duration::duration;
pub(crate) use mode::{mode, mode_bits};
pub(crate) use names::{
    environment_name, identifier, owner, package, parse_platform, platform, requirement,
};
pub(crate) use paths::{absolute_path, context_path, file_path};
pub(crate) use port::ports;
pub(crate) use reference::{image_reference, repository, tagged};
pub(crate) use size::size;
pub(crate) use sources::{archive_url, commit, digest, url};
