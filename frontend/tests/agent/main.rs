//! The program as it runs inside of steps, on real directories.

#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod export;
mod interruption;
mod lend;
mod prime;
mod settle;
mod snapshot;
mod support;
mod torture;
mod unprivileged;
