//! The strake frontend as a library: from BuildKit's raw options to a result, in phases that each
//! take one type and give one type. `docs/ARCHITECTURE.md` draws the whole way.

pub mod cache;
pub mod cacheability;
mod caps;
pub mod context;
pub mod delegate;
pub mod diagnostics;
pub mod dockerfile;
pub mod fingerprint;
pub mod gateway;
pub mod git_url;
pub mod glob;
pub mod image;
pub mod log;
pub mod lower;
pub mod manifest;
pub mod mounts;
pub mod options;
pub mod paths;
pub mod pipeline;
pub mod plan;
pub mod platform;
pub mod presets;
pub mod recognise;
pub mod reference;
pub mod resolve;
pub mod select;
pub mod shell;
pub mod source;
pub mod subrequests;
pub mod template;
mod text;
pub mod time;
