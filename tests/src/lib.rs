//! Shared test support.

pub mod bridge;
pub mod dry;
pub mod fuzz;
pub mod generate;
pub mod pages;
pub mod picture;
