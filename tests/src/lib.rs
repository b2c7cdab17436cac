//! Shared test support.

pub mod bridge;
