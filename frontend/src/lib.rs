//! The strake frontend as a library: from BuildKit's raw options to a result, in phases that each
//! take one type and give one type. `docs/ARCHITECTURE.md` draws the whole way.

#![allow(missing_docs, reason = "a program: comments are where they say something")]
#![cfg_attr(
    not(feature = "testing"),
    allow(dead_code, unreachable_pub, unused_imports, reason = "tests alone look into it")
)]

use std::ffi::OsString;

mod cache;
mod cacheability;
mod caps;
mod context;
mod delegate;
mod diagnostics;
mod dockerfile;
mod fingerprint;
mod gateway;
mod git_url;
mod glob;
mod image;
mod log;
mod lower;
mod manifest;
mod mounts;
mod options;
mod paths;
mod pipeline;
mod plan;
mod platform;
mod presets;
mod recognise;
mod reference;
mod resolve;
mod select;
mod shell;
mod source;
mod subrequests;
mod template;
#[cfg(feature = "testing")]
pub mod testing;
mod text;
mod time;

/// Does what the program was started for: with arguments, what it was mounted into a step for;
/// without, the build that BuildKit runs it for. Ends the process.
pub fn run(arguments: &[OsString]) -> ! {
    if let Some(status) = mounts::agent::run(arguments) {
        std::process::exit(status.into());
    }
    gateway::run(|gateway, environment| async move {
        pipeline::run(gateway.as_ref(), &environment).await
    })
}
