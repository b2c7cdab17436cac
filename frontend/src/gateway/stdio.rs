//! The transport: HTTP/2 without TLS over a pair of streams, which in a container are stdin and
//! stdout. There is one connection and never a second one: nothing here can connect again, and when
//! the daemon closes the streams, every call fails at once.

use std::pin::Pin;
use std::task::{Context, Poll};

use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncRead, AsyncWrite};
use tonic::body::Body;
use tonic::codegen::{Service, http};

use super::error::GatewayError;

/// Details of an error come in a header and can hold a whole source file; the usual limit of
/// 16 KiB loses them, and the whole answer.
const MAX_HEADERS: u32 = 16 << 20;

/// What may be under way before the reader asks for more. As large as a message, so that a big file
/// comes without waiting for window updates.
const WINDOW: u32 = 16 << 20;

/// One end of the connection; clones share it.
#[derive(Debug, Clone)]
pub struct Connection {
    sender: http2::SendRequest<Body>,
}

impl Connection {
    /// Whether the daemon has closed it.
    pub fn is_closed(&self) -> bool {
        self.sender.is_closed()
    }
}

/// Starts HTTP/2 on a stream. The future that comes with the connection does its work, and has to be
/// driven; it ends when the connection is closed.
///
/// # Errors
/// The stream was closed before anything could be said.
pub async fn connect<S>(
    stream: S,
) -> Result<(Connection, impl Future<Output = ()> + Send + use<S>), GatewayError>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let (sender, connection) = http2::Builder::new(TokioExecutor::new())
        .max_header_list_size(MAX_HEADERS)
        .initial_stream_window_size(WINDOW)
        .initial_connection_window_size(WINDOW)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(|_| GatewayError::Closed)?;
    let driver = async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "the connection ended");
        }
    };
    Ok((Connection { sender }, driver))
}

impl Service<http::Request<Body>> for Connection {
    type Response = http::Response<hyper::body::Incoming>;
    type Error = hyper::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.sender.poll_ready(context)
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        Box::pin(self.sender.send_request(request))
    }
}
