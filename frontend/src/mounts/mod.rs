//! Cache mounts that are exported: what keeps their content outside of a builder, and brings it
//! back. All of it works on definitions, whoever wrote them: [`find`] tells the cache mounts of
//! one, [`steps`] makes the graphs of the steps that look into a mount, fill it or write it down
//! (both pure); [`agent`] is what strake's own program does inside of those. [`wrapper`] has it run
//! the command of a user's step; [`settle`], [`lend`] and [`lead`] are what it is told there.

pub mod agent;
pub(crate) mod declared;
pub(crate) mod export;
pub(crate) mod find;
mod force;
pub(crate) mod lead;
pub(crate) mod lend;
pub(crate) mod prime;
pub(crate) mod seed;
pub(crate) mod settle;
pub(crate) mod steps;
pub(crate) mod words;
pub(crate) mod wrapper;
