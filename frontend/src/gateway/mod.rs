//! What strake asks of BuildKit, in strake's own terms. [`Gateway`] is the only way to the daemon;
//! the gRPC client over stdin and stdout implements it ([`GrpcGateway`]), and so does the in-memory
//! [`fake`]. `Return` is not part of it: [`run`] gives the outcome back, once.

use std::collections::BTreeMap;
use std::future::Future;

use strake_llb::Definition;

mod environment;
mod error;
#[cfg(any(test, feature = "testing"))]
pub mod fake;
mod grpc;
mod importing;
mod outcome;
mod raw;
mod run;
mod stdio;
mod types;
mod wire;

pub use environment::Environment;
pub use error::GatewayError;
pub use grpc::GrpcGateway;
pub use importing::Importing;
pub use outcome::Failure;
pub use run::{RunError, run, serve};
pub use stdio::connect;
pub use types::{
    CacheImport, Capabilities, FileStat, ImageStore, Reference, References, ResolveImage,
    ResolvedImage, SolveRequest, SolveResult, Warning,
};

/// BuildKit, as a frontend sees it. Calls may be under way at the same time.
pub trait Gateway {
    /// Capabilities and workers, asked once at the start.
    fn capabilities(&self) -> &Capabilities;

    /// Solves a definition or runs another frontend.
    fn solve(
        &self,
        request: SolveRequest,
    ) -> impl Future<Output = Result<SolveResult, GatewayError>>;

    /// Reads a file of a reference, whole or a part (offset and length in bytes).
    fn read_file(
        &self,
        reference: &Reference,
        path: &str,
        range: Option<(u64, u64)>,
    ) -> impl Future<Output = Result<Vec<u8>, GatewayError>>;

    /// Lists a directory of a reference; `include` is a pattern, or empty.
    fn read_dir(
        &self,
        reference: &Reference,
        path: &str,
        include: &str,
    ) -> impl Future<Output = Result<Vec<FileStat>, GatewayError>>;

    /// Facts of a file of a reference.
    fn stat_file(
        &self,
        reference: &Reference,
        path: &str,
    ) -> impl Future<Output = Result<FileStat, GatewayError>>;

    /// Digest and config of an image.
    fn resolve_image(
        &self,
        request: ResolveImage,
    ) -> impl Future<Output = Result<ResolvedImage, GatewayError>>;

    /// The definitions that the client gave as inputs, by name.
    fn inputs(&self) -> impl Future<Output = Result<BTreeMap<String, Definition>, GatewayError>>;

    /// Shows a warning in the client's progress.
    fn warn(&self, warning: Warning) -> impl Future<Output = Result<(), GatewayError>>;
}
