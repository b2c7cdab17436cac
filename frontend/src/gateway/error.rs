//! What can go wrong in a call. A status that the daemon sent is kept with the bytes of its details,
//! so that it can be passed on as it came: the client finds the failed step and its source there.

use prost::Message;
use strake_proto::caps::first_release;
use strake_proto::rpc;

/// What went wrong in a call.
#[derive(Debug, Clone, thiserror::Error)]
pub enum GatewayError {
    /// The daemon answered with an error.
    #[error("{}", .0.message())]
    Rpc(
        /// Its gRPC status with all its details, untouched.
        Box<tonic::Status>,
    ),
    /// The daemon is too old for what was asked of it; it was not asked.
    #[error("{action} needs the capability `{capability}`, {}", since(capability))]
    MissingCapability {
        /// The capability's name on the wire.
        capability: String,
        action: &'static str,
    },
    /// A source policy put something else in the place of an image.
    #[error("the image {reference} was replaced with `{resolved}`, which is not an image")]
    NotAnImage {
        /// What was asked for.
        reference: String,
        /// What the daemon made of it, with a scheme: `https://...`.
        resolved: String,
    },
    /// The daemon is set up without a frontend that it could have.
    #[error("this BuildKit has no frontend `{0}`, which it needs for a Dockerfile")]
    NoFrontend(&'static str),
    /// The daemon closed the connection: the build was cancelled, or the daemon ended.
    #[error("the connection to BuildKit was closed")]
    Closed,
    /// The daemon did not answer in time.
    #[error("BuildKit did not answer `{0}` in time")]
    TimedOut(&'static str),
    /// The daemon's answer lacks what it must have.
    #[error("BuildKit's answer to `{call}` has no {missing}")]
    Malformed { call: &'static str, missing: &'static str },
    /// The outcome of the build was given back before.
    #[error("the build has already returned")]
    Returned,
}

fn since(capability: &str) -> String {
    match first_release(capability) {
        Some(release) => format!("which BuildKit has since {release}; this daemon is older"),
        None => "which this BuildKit does not have".to_owned(),
    }
}

impl GatewayError {
    /// As a status of the wire: the daemon's own as it came, or one with a code and the message.
    pub fn to_status(&self) -> rpc::Status {
        let code = match self {
            GatewayError::Rpc(status) => return wire_status(status),
            GatewayError::MissingCapability { .. }
            | GatewayError::NotAnImage { .. }
            | GatewayError::NoFrontend(_) => tonic::Code::FailedPrecondition,
            GatewayError::Closed => tonic::Code::Cancelled,
            GatewayError::TimedOut(_) => tonic::Code::DeadlineExceeded,
            GatewayError::Malformed { .. } | GatewayError::Returned => tonic::Code::Internal,
        };
        rpc::Status { code: code as i32, message: self.to_string(), details: Vec::new() }
    }

    /// Whether the daemon said that a file or image is not there. Registries answer with all sorts
    /// of codes, so this is true of the code `NotFound` alone, and of Go's words for a missing file.
    pub fn is_not_found(&self) -> bool {
        let GatewayError::Rpc(status) = self else {
            return false;
        };
        status.code() == tonic::Code::NotFound
            || status.message().contains("no such file or directory")
            || status.message().contains("file does not exist")
    }
}

/// The status as the daemon wrote it. gRPC sends it twice: code and message as headers, and whole,
/// with details, in a header of its own.
fn wire_status(status: &tonic::Status) -> rpc::Status {
    let whole = rpc::Status::decode(status.details()).unwrap_or_default();
    let code = status.code() as i32;
    if whole.code == code {
        return whole;
    }
    rpc::Status { code, message: status.message().to_owned(), details: whole.details }
}
