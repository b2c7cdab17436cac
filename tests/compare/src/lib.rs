//! Would strake change an image? A Dockerfile is built by the frontend that is part of BuildKit and through
//! strake, in several scenarios (`Scenario`), and what comes out is compared: the config, every
//! file, the exit and the error. What the built-in frontend itself does not make twice the same is
//! left out.
//!
//! It knows `docker buildx` and nothing of strake but the name of its image, so it can't share a mistake
//! with what it judges.

mod builder;
mod built;
mod caches;
mod comparison;
mod difference;
mod error;
mod image;
mod later;
mod report;
mod scenario;
mod subject;
pub mod tree;

pub use builder::{Builder, Content, buildx};
pub use built::{Built, first as first_of};
pub use caches::Caches;
pub use comparison::{Comparison, Lab, compare, in_scenarios};
pub use difference::{Difference, Noise};
pub use report::report;
pub use scenario::Scenario;
pub use subject::Subject;
