//! Cache mounts that are exported: what keeps their content outside of a builder, and brings it
//! back. All of it works on definitions, whoever wrote them: [`find`] tells the cache mounts of
//! one, [`steps`] makes the graphs of the steps that look into a mount, fill it or write it down
//! (both pure); [`agent`] is what strake's own program does inside of those. [`wrapper`] has it run
//! the command of a user's step; [`settle`], [`lend`] and [`lead`] are what it is told there.

pub mod agent;
pub mod declared;
pub mod export;
pub mod find;
mod force;
pub mod lead;
pub mod lend;
pub mod prime;
pub mod seed;
pub mod settle;
pub mod steps;
pub mod words;
pub mod wrapper;
