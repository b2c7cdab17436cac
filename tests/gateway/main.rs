//! Conversations of the real gRPC client with a real gRPC server, over streams in memory or over the
//! stdin and stdout of a process.

#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod boundaries;
mod caches;
mod calls;
mod contexts;
mod dockerfile;
mod options;
mod process;
mod returning;
mod seeds;
mod support;
