//! Builds on a real BuildKit, through the real `docker buildx`: what a user types, and what comes
//! out. The engine is the one of `cargo xtask up`.

// A test that can't go on says why and ends.
#![allow(clippy::expect_used, clippy::unwrap_used)]

mod again;
mod agent;
mod airflow;
mod apt;
mod args;
mod boundaries;
mod caches;
mod calls;
mod ci;
mod compiled;
mod contexts;
mod copy;
mod dockerfile;
mod docs;
mod engines;
mod errors;
mod examples;
mod fetch;
mod files;
mod fingerprint;
mod harness;
mod image_config;
mod inputs;
mod life;
mod modifiers;
mod mounts;
mod options;
mod presets;
mod registry;
mod registry_caches;
mod report;
mod robustness;
mod run;
mod runners;
mod seeds;
mod smoke;
mod stages;
mod syntax_image;
mod uv;
