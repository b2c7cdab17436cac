//! A daemon's end of the gateway: a real gRPC server on one stream, with the in-memory BuildKit
//! behind it. It can answer as old daemons did.

mod service;
mod wire;

use std::sync::{Arc, Mutex, PoisonError};

use strake_frontend::testing::gateway::fake::FakeGateway;
use strake_frontend::testing::gateway::{Environment, GatewayError, GrpcGateway, connect};
use strake_proto::gateway::ReturnRequest;
use strake_proto::gateway::llb_bridge_server::LlbBridgeServer;
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// The largest message that BuildKit takes.
const MAX_MESSAGE: usize = 16 << 20;
/// What a stream in memory holds; small, so that large messages come in many pieces.
const PIPE: usize = 64 << 10;

/// How old the daemon is, apart from its capabilities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Age {
    /// Answers as a daemon of today.
    #[default]
    New,
    /// Answers a solve with ids alone.
    Ids,
    /// Answers a solve with one id outside of a result.
    BareId,
    /// Doesn't say what it can do, nor on what platforms.
    Silent,
}

/// The daemon, and what was returned to it.
#[derive(Debug)]
pub struct Bridge {
    fake: FakeGateway,
    age: Age,
    returned: Mutex<Vec<ReturnRequest>>,
    faults: Mutex<Vec<String>>,
    policy: Option<(String, String)>,
}

impl Bridge {
    /// A daemon of today.
    pub fn new(fake: FakeGateway) -> Self {
        Bridge {
            fake,
            age: Age::New,
            returned: Mutex::default(),
            faults: Mutex::default(),
            policy: None,
        }
    }

    /// Lets it answer as a daemon of this age.
    #[must_use]
    pub fn aged(mut self, age: Age) -> Self {
        self.age = age;
        self
    }

    /// Puts another source in the place of an image, as a source policy does.
    #[must_use]
    pub fn replacing(mut self, reference: &str, identifier: &str) -> Self {
        self.policy = Some((reference.to_owned(), identifier.to_owned()));
        self
    }

    /// The BuildKit behind it.
    pub fn fake(&self) -> &FakeGateway {
        &self.fake
    }

    /// What was sent that a daemon would have died of.
    pub fn faults(&self) -> Vec<String> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What was returned, all of it.
    pub fn returned(&self) -> Vec<ReturnRequest> {
        self.returned.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// A client and the daemon that it is connected to.
#[derive(Debug)]
pub struct Conversation {
    /// The client, as strake's build has it.
    pub gateway: Arc<GrpcGateway>,
    /// The daemon, which keeps what was returned to it.
    pub bridge: Arc<Bridge>,
    /// Ends when the connection does.
    pub closed: oneshot::Receiver<()>,
    line: JoinHandle<()>,
    _verdict: Verdict,
}

impl Conversation {
    /// Connects a client to a daemon over streams in memory.
    ///
    /// # Errors
    /// The client could not ask what the daemon can do.
    pub async fn start(bridge: Bridge, environment: &Environment) -> Result<Self, GatewayError> {
        let (ours, theirs) = tokio::io::duplex(PIPE);
        let bridge = Arc::new(bridge);
        let line = attach(Arc::clone(&bridge), theirs);
        let (connection, driver) = connect(ours).await?;
        let (ended, closed) = oneshot::channel();
        tokio::spawn(async move {
            driver.await;
            let _ = ended.send(());
        });
        let gateway = Arc::new(GrpcGateway::new(connection, environment).await?);
        let verdict = Verdict(Arc::clone(&bridge));
        Ok(Conversation { gateway, bridge, closed, line, _verdict: verdict })
    }

    /// Cuts the line, as the daemon does to a cancelled build.
    pub fn hang_up(&self) {
        self.line.abort();
    }
}

/// Fails the test where the daemon would have died.
#[derive(Debug)]
struct Verdict(Arc<Bridge>);

impl Drop for Verdict {
    fn drop(&mut self) {
        let faults = self.0.faults();
        assert!(std::thread::panicking() || faults.is_empty(), "{}", faults.join("\n"));
    }
}

/// Serves a client at the other end of any stream.
pub fn attach<S>(bridge: Arc<Bridge>, mut stream: S) -> JoinHandle<()>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let (mut near, far) = tokio::io::duplex(PIPE);
    tokio::spawn(serve(bridge, far));
    tokio::spawn(async move {
        // It fails where the client goes away, as clients do.
        let _ = tokio::io::copy_bidirectional(&mut stream, &mut near).await;
    })
}

async fn serve(bridge: Arc<Bridge>, stream: DuplexStream) {
    let service = LlbBridgeServer::from_arc(Arc::clone(&bridge))
        .max_decoding_message_size(MAX_MESSAGE)
        .max_encoding_message_size(MAX_MESSAGE);
    let incoming = tokio_stream::once(Ok::<_, std::io::Error>(stream));
    let server = tonic::transport::Server::builder().add_service(wire::Checked { bridge, service });
    let _ = server.serve_with_incoming(incoming).await;
}
