//! Cache mounts that travel: what keeps their content outside of a builder, and brings it back. All of
//! it works on definitions, whoever wrote them: [`find`] tells the cache mounts of one, [`steps`] makes
//! the graphs of the steps that look into a mount, fill it or write it down (both pure); [`agent`] is
//! what strake's own program does inside of those. [`settle`] is what it is told of a step with compiled output.

pub mod agent;
pub mod declared;
pub mod export;
pub mod find;
mod force;
pub mod prime;
pub mod seed;
pub mod settle;
pub mod steps;
pub mod words;
