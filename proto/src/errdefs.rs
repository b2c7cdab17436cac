//! Typed error details (`solver/errdefs`).
//!
//! BuildKit attaches them to the status of a failed call as `google.protobuf.Any`, with a type URL
//! that ends in `+json` and the JSON of Go's encoder as value. Clients turn them back into errors:
//! a [`Source`] makes buildx print the excerpt, a [`Subrequest`] tells it that a method does not
//! exist. What is not understood passes through untouched as [`Detail::Other`].

use prost::Message;

use crate::protobuf::Any;
use crate::rpc::Status;

mod messages;

pub use messages::{FrontendCap, Position, Range, Solve, Source, SourceInfo, Subject};
pub use messages::{Subrequest, Vertex};

/// What the type URLs of all details here start with.
const PREFIX: &str = "github.com/moby/buildkit/errdefs.";

/// What they end with.
const SUFFIX: &str = "+json";

/// Why a detail or a status cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum DetailError {
    /// The value of a detail is not the JSON that its type URL promises.
    #[error("malformed error detail {type_url}: {source}")]
    Json {
        /// The type URL that the detail came with.
        type_url: String,
        /// What is wrong with the value.
        source: serde_json::Error,
    },
    /// The bytes are no `google.rpc.Status`.
    #[error("malformed status: {0}")]
    Status(#[from] prost::DecodeError),
}

/// A detail of an error.
#[derive(Debug, Clone, PartialEq)]
pub enum Detail {
    /// The vertex that failed.
    Vertex(Vertex),
    /// The part of a file that is to blame.
    Source(Source),
    /// What was left of a failed vertex.
    Solve(Solve),
    /// A capability of the frontend that the client asked for and that is missing.
    FrontendCap(FrontendCap),
    /// A subrequest that the frontend does not have.
    Subrequest(Subrequest),
    /// Anything else, as it came.
    Other(Any),
}

impl Detail {
    /// Reads a detail.
    ///
    /// # Errors
    ///
    /// Fails if the type is known and the value is not of that type.
    pub fn from_any(any: &Any) -> Result<Self, DetailError> {
        let name = any.type_url.strip_prefix(PREFIX).and_then(|name| name.strip_suffix(SUFFIX));
        let detail = match name {
            Some("Vertex") => serde_json::from_slice(&any.value).map(Self::Vertex),
            Some("Source") => serde_json::from_slice(&any.value).map(Self::Source),
            Some("Solve") => serde_json::from_slice(&any.value).map(Self::Solve),
            Some("FrontendCap") => serde_json::from_slice(&any.value).map(Self::FrontendCap),
            Some("Subrequest") => serde_json::from_slice(&any.value).map(Self::Subrequest),
            _ => Ok(Self::Other(any.clone())),
        };
        detail.map_err(|source| DetailError::Json { type_url: any.type_url.clone(), source })
    }

    /// Writes a detail as JSON; one of another kind stays as it came.
    #[must_use]
    pub fn to_any(&self) -> Any {
        let (name, json) = match self {
            Self::Vertex(vertex) => ("Vertex", serde_json::to_vec(vertex)),
            Self::Source(source) => ("Source", serde_json::to_vec(source)),
            Self::Solve(solve) => ("Solve", serde_json::to_vec(solve)),
            Self::FrontendCap(cap) => ("FrontendCap", serde_json::to_vec(cap)),
            Self::Subrequest(subrequest) => ("Subrequest", serde_json::to_vec(subrequest)),
            Self::Other(any) => return any.clone(),
        };
        // These are structs with names for keys, which the encoder does not refuse.
        Any { type_url: format!("{PREFIX}{name}{SUFFIX}"), value: json.unwrap_or_default() }
    }
}

/// A status with details; `code` is one of gRPC's.
#[must_use]
pub fn status(code: i32, message: impl Into<String>, details: &[Detail]) -> Status {
    let details = details.iter().map(Detail::to_any).collect();
    Status { code, message: message.into(), details }
}

/// The details of a status, in order. One that is malformed is given as it came: an error report
/// is not the place for another error.
#[must_use]
pub fn details(status: &Status) -> Vec<Detail> {
    let read = |any: &Any| Detail::from_any(any).unwrap_or_else(|_| Detail::Other(any.clone()));
    status.details.iter().map(read).collect()
}

/// The bytes for the trailer `grpc-status-details-bin` (`tonic::Status::with_details` takes them).
#[must_use]
pub fn encode_status(status: &Status) -> Vec<u8> {
    status.encode_to_vec()
}

/// Reads the trailer `grpc-status-details-bin` (`tonic::Status::details` gives it).
///
/// # Errors
///
/// Fails if the bytes are no status.
pub fn decode_status(bytes: &[u8]) -> Result<Status, DetailError> {
    Ok(Status::decode(bytes)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source() -> Detail {
        Detail::Source(Source {
            info: Some(SourceInfo {
                filename: "strake.toml".into(),
                data: b"a = 1\n".to_vec(),
                language: "TOML".into(),
                definition: None,
            }),
            ranges: vec![Range::lines(1, 2)],
        })
    }

    #[test]
    fn a_source_is_written_as_go_does() {
        let any = source().to_any();
        assert_eq!(any.type_url, "github.com/moby/buildkit/errdefs.Source+json");
        assert_eq!(
            String::from_utf8(any.value).unwrap(),
            r#"{"info":{"filename":"strake.toml","data":"YSA9IDEK","language":"TOML"},"ranges":[{"start":{"line":1},"end":{"line":2}}]}"#
        );
    }

    #[test]
    fn a_status_keeps_its_details() {
        let details = [
            source(),
            Detail::Vertex(Vertex { digest: "sha256:00".into() }),
            Detail::FrontendCap(FrontendCap { name: "moby.buildkit.frontend.caps".into() }),
            Detail::Subrequest(Subrequest { name: "frontend.nothing".into() }),
            Detail::Solve(Solve { input_ids: vec!["a".into()], ..Solve::default() }),
            Detail::Other(Any { type_url: "x/stack.Stack+json".into(), value: b"{}".to_vec() }),
        ];
        let bytes = encode_status(&status(2, "failed", &details));
        let read = decode_status(&bytes).unwrap();
        assert_eq!((read.code, read.message.as_str()), (2, "failed"));
        assert_eq!(super::details(&read), details);
    }

    #[test]
    fn a_solve_detail_of_the_daemon_is_read() {
        let json = br#"{"inputIDs":["i"],"mountIDs":["m",""],"op":{"exec":{"network":"NONE"}},
            "file":{"index":"2"},"description":{"llb.customname":"x"},"later":true}"#;
        let type_url = "github.com/moby/buildkit/errdefs.Solve+json".to_owned();
        let detail = Detail::from_any(&Any { type_url, value: json.to_vec() }).unwrap();
        let Detail::Solve(solve) = detail else { panic!("{detail:?}") };
        assert_eq!(solve.mount_ids, ["m", ""]);
        assert_eq!(solve.file, Some(Subject { index: 2 }));
        assert_eq!(solve.description["llb.customname"], "x");
    }

    #[test]
    fn malformed_details_are_errors_and_pass_through() {
        let type_url = "github.com/moby/buildkit/errdefs.Source+json".to_owned();
        let any = Any { type_url, value: b"{".to_vec() };
        assert!(matches!(Detail::from_any(&any), Err(DetailError::Json { .. })));
        let status = Status { details: vec![any.clone()], ..Status::default() };
        assert_eq!(details(&status), [Detail::Other(any)]);
        assert!(decode_status(&[0xff]).is_err());
    }
}
