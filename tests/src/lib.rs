//! Shared test support.

pub mod bridge;
pub mod dry;
pub mod generate;
pub mod pages;
pub mod picture;
