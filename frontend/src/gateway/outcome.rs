//! What a build ends in when it fails: a status with details, which the client prints. An error that
//! came from a solve is passed on with its details as they were; strake's own errors carry the place
//! in the source file.

use strake_proto::protobuf::Any;
use strake_proto::rpc;

use super::error::GatewayError;

/// A failed build, ready for `Return`.
#[derive(Debug, Clone, PartialEq)]
pub struct Failure {
    status: rpc::Status,
}

impl Failure {
    /// A failure of strake's own.
    pub fn new(message: impl Into<String>) -> Self {
        let code = tonic::Code::Unknown as i32;
        Failure { status: rpc::Status { code, message: message.into(), details: Vec::new() } }
    }

    /// The same with another code.
    #[must_use]
    pub fn code(mut self, code: tonic::Code) -> Self {
        self.status.code = code as i32;
        self
    }

    /// Says before the message what was being done.
    #[must_use]
    pub fn context(mut self, doing: impl std::fmt::Display) -> Self {
        self.status.message = format!("{doing}: {}", self.status.message);
        self
    }

    /// Says behind the message what to do about it.
    #[must_use]
    pub fn help(mut self, help: &str) -> Self {
        self.status.message = format!("{}\nhelp: {help}", self.status.message);
        self
    }

    /// What another frontend failed with, to be given back in its place. Each hop turns the order of
    /// the details round (BuildKit's `grpcerrors` wraps the first innermost and lists the outermost
    /// first), so that excerpts would be shown in the wrong one.
    #[must_use]
    pub fn handed_on(mut self) -> Self {
        self.status.details.reverse();
        self
    }

    /// Adds a typed detail behind those that are there.
    #[must_use]
    pub fn detail(mut self, detail: Any) -> Self {
        self.status.details.push(detail);
        self
    }

    /// The status as it is sent.
    pub fn status(&self) -> &rpc::Status {
        &self.status
    }

    /// The status as it is sent.
    pub fn into_status(self) -> rpc::Status {
        self.status
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.status.message)
    }
}

impl std::error::Error for Failure {}

impl From<rpc::Status> for Failure {
    fn from(status: rpc::Status) -> Self {
        Failure { status }
    }
}

impl From<GatewayError> for Failure {
    fn from(error: GatewayError) -> Self {
        Failure { status: error.to_status() }
    }
}

/// Keeps the details of what the daemon sent, and the words that were put before it.
impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        let sent = error.chain().find_map(|cause| {
            let gateway = cause.downcast_ref::<GatewayError>().map(GatewayError::to_status);
            gateway.or_else(|| cause.downcast_ref::<Failure>().map(|f| f.status.clone()))
        });
        let message = message(&error);
        match sent {
            Some(status) => Failure { status: rpc::Status { message, ..status } },
            None => Failure::new(message),
        }
    }
}

/// An error with its causes. A cause that the error before it has in its own words is left out.
fn message(error: &anyhow::Error) -> String {
    let mut message = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if message.is_empty() {
            message = cause;
        } else if !message.ends_with(&cause) {
            message = format!("{message}: {cause}");
        }
    }
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_before_an_error_keep_its_details() {
        let detail = Any { type_url: "type".into(), value: b"value".to_vec() };
        let failure = Failure::new("no space left").detail(detail.clone());
        let error = anyhow::Error::new(failure).context("solving");
        let failure = Failure::from(error).context("building");
        assert_eq!(failure.to_string(), "building: solving: no space left");
        assert_eq!(failure.status().details, [detail]);
    }
}
