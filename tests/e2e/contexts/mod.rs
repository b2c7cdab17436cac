//! Every form of context: the main one, named ones, and names that mean something else with them.

mod bake;
mod ignore;
mod local;
mod named;
mod overrides;
mod remote;
mod stdin;
