//! The parts that tests, benchmarks and fuzz targets look into, with the in-memory daemon that they
//! build on. None of it is an interface; the program is compiled without it.

pub mod cacheability {
    pub use crate::cacheability::{Cacheability, ExportRoots, with_cache_mounts};
}

pub mod context {
    pub use crate::context::{
        ContextError, Entry, MainContext, MainFiles, NamedSource, context_date, ignore,
        main_context, main_vertex, named_context, named_vertex, read_entry, read_files,
    };
}

pub mod delegate {
    pub use crate::delegate::{Frontend, check, forwarded, unknown_args};
}

pub mod diagnostics {
    pub use crate::diagnostics::{Diagnostic, codes, lint, source_details, text};
}

pub mod dockerfile {
    pub use crate::dockerfile::{
        Directives, Kind, OptOut, RewriteInput, Rewritten, RunStep, recognise, rewrite, steps,
    };
}

pub mod fingerprint {
    pub use crate::fingerprint::{FingerprintInput, fingerprint, taken};
}

pub mod gateway {
    pub use crate::gateway::{
        CacheImport, Capabilities, Environment, Failure, FileStat, Gateway, GatewayError,
        GrpcGateway, ImageStore, Importing, Reference, References, ResolveImage, ResolvedImage,
        RunError, SolveRequest, SolveResult, Warning, connect, fake, run, serve,
    };
}

pub mod git_url {
    pub use crate::git_url::GitUrl;
}

pub mod glob {
    pub use crate::glob::{Component, components};
}

pub mod image {
    pub use crate::image::{Env, Image};
}

pub mod manifest {
    pub use crate::manifest::{ReadInput, read};
}

pub mod mounts {
    pub use crate::mounts::agent;
    pub use crate::mounts::find::{Identity, cache_mounts};
    pub use crate::mounts::seed::{Content, Contents};
}

pub mod options {
    pub use crate::options::Options;
}

pub mod paths {
    pub use crate::paths::{destination, file_name, has_wildcards, is_below, join, parent};
}

pub mod pipeline {
    pub use crate::pipeline::run;
}

pub mod platform {
    pub use crate::platform::Platform;
}

pub mod presets {
    pub use crate::presets::{page, preset};
}

pub mod reference {
    pub use crate::reference::{ImageReference, is_digest, normalize};
}

pub mod shell {
    pub use crate::shell::{Exec, read};
}

pub mod source {
    pub use crate::source::SourceFile;
}

pub mod subrequests {
    pub use crate::subrequests::list;
}

pub mod template {
    pub use crate::template::{Place, Template};
}

pub mod time {
    pub use crate::time::{seconds, worked};
}
