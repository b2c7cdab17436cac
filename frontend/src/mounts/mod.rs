//! Cache mounts that travel: what keeps their content outside of a builder, and brings it back.
//! [`agent`] is what strake's own program does inside of steps.

pub mod agent;
pub mod words;
