//! The bytes that the daemon is sent, before anything reads them: what would end a daemon that is written
//! in Go is refused here, and fails the test.

use std::convert::Infallible;
use std::sync::{Arc, PoisonError};
use std::task::{Context, Poll};

use http_body_util::{BodyExt as _, Full};
use strake_proto::gateway::llb_bridge_server::LlbBridgeServer;
use strake_proto::go::{self, Shape};
use tonic::Status;
use tonic::body::Body;
use tonic::codegen::{BoxFuture, Service, http};
use tonic::server::NamedService;

use super::Bridge;

/// In front of every message: whether it is compressed, and its length.
const FRAME: usize = 5;

/// The service, with a look at all that it is sent.
#[derive(Debug, Clone)]
pub(super) struct Checked {
    pub(super) bridge: Arc<Bridge>,
    pub(super) service: LlbBridgeServer<Bridge>,
}

impl NamedService for Checked {
    const NAME: &'static str = <LlbBridgeServer<Bridge> as NamedService>::NAME;
}

impl Service<http::Request<Body>> for Checked {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<Self::Response, Infallible>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let mut this = self.clone();
        Box::pin(async move {
            let (head, body) = request.into_parts();
            let bytes = match body.collect().await {
                Ok(all) => all.to_bytes(),
                Err(status) => return Ok(status.into_http()),
            };
            let message = bytes.get(FRAME..).unwrap_or_default();
            let method = head.uri.path().rsplit('/').next().unwrap_or_default();
            if let Some(fault) = shape(method).and_then(|shape| go::fault(shape, message)) {
                let fault = format!("a daemon would die of this {method}: {fault}");
                let mut faults = this.bridge.faults.lock().unwrap_or_else(PoisonError::into_inner);
                faults.push(fault.clone());
                return Ok(Status::internal(fault).into_http());
            }
            this.service.call(http::Request::from_parts(head, Body::new(Full::new(bytes)))).await
        })
    }
}

fn shape(method: &str) -> Option<&'static Shape> {
    match method {
        "Solve" => Some(&go::SOLVE_REQUEST),
        "Return" => Some(&go::RETURN_REQUEST),
        "Warn" => Some(&go::WARN_REQUEST),
        "ResolveSourceMeta" => Some(&go::RESOLVE_SOURCE_META_REQUEST),
        _ => None,
    }
}
