//! The life of a frontend: connect, build, give the outcome back, end.
//!
//! The connection runs on a thread of its own. So a panic in the build, which can't be caught in a
//! program that aborts on panics, still reaches the client: the panic hook returns an error over the
//! connection before the process ends. The process ends by `exit`, since Tokio's stdin waits for a
//! last line that never comes.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;

use super::SolveResult;
use super::environment::Environment;
use super::error::GatewayError;
use super::grpc::GrpcGateway;
use super::outcome::Failure;
use super::stdio::{Connection, connect};

/// How long a panicking process tries to say so.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// Why a frontend ends without a result.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// This process lacks what it needs to run at all.
    #[error("could not start: {0}")]
    Start(#[from] std::io::Error),
    /// The connection could not be set up, or ended before the build did.
    #[error(transparent)]
    Gateway(#[from] GatewayError),
    /// The build failed, and the daemon was told.
    #[error("the build failed: {0}")]
    Build(Failure),
}

/// Runs a frontend in a container of BuildKit: over stdin and stdout, with the options from the
/// environment. Ends the process.
pub fn run<B, F>(build: B) -> !
where
    B: FnOnce(Arc<GrpcGateway>, Environment) -> F,
    F: Future<Output = Result<SolveResult, Failure>>,
{
    let code = match start(build) {
        Ok(()) => 0,
        // The client shows it; in the daemon's log it would be noise.
        Err(RunError::Build(failure)) => {
            tracing::debug!(%failure, "the build failed");
            1
        }
        Err(error) => {
            tracing::error!(%error, "no result");
            1
        }
    };
    std::process::exit(code)
}

fn start<B, F>(build: B) -> Result<(), RunError>
where
    B: FnOnce(Arc<GrpcGateway>, Environment) -> F,
    F: Future<Output = Result<SolveResult, Failure>>,
{
    let environment = Environment::of_this_process();
    crate::log::start(environment.options.get("build-arg:STRAKE_LOG").map(String::as_str));
    let (opened, open) = oneshot::channel();
    let (ended, end) = oneshot::channel();
    let io = runtime()?;
    std::thread::Builder::new().name("connection".to_owned()).spawn(move || {
        io.block_on(drive_stdio(opened));
        // The build may have ended before.
        let _ = ended.send(());
    })?;
    runtime()?.block_on(async {
        let connection = open.await.map_err(|_| GatewayError::Closed)?;
        let gateway = Arc::new(GrpcGateway::new(connection, &environment).await?);
        return_on_panic(&gateway);
        let closed = async {
            let _ = end.await;
        };
        serve(gateway, environment, closed, build).await
    })
}

fn runtime() -> std::io::Result<Runtime> {
    Builder::new_current_thread().enable_time().build()
}

async fn drive_stdio(opened: oneshot::Sender<Connection>) {
    let stream = tokio::io::join(tokio::io::stdin(), tokio::io::stdout());
    match connect(stream).await {
        Ok((connection, driver)) => {
            // Nobody waits for it where the process is about to end.
            let _ = opened.send(connection);
            driver.await;
        }
        Err(error) => tracing::debug!(%error, "no connection"),
    }
}

/// Runs a build and gives its outcome back, once. `closed` ends when the connection does: a
/// cancelled build is dropped then, wherever it waits.
///
/// # Errors
/// The build failed and the daemon was told so, or the daemon could not be told.
pub async fn serve<B, F>(
    gateway: Arc<GrpcGateway>,
    environment: Environment,
    closed: impl Future<Output = ()>,
    build: B,
) -> Result<(), RunError>
where
    B: FnOnce(Arc<GrpcGateway>, Environment) -> F,
    F: Future<Output = Result<SolveResult, Failure>>,
{
    let outcome = tokio::select! {
        biased;
        outcome = build(Arc::clone(&gateway), environment) => outcome,
        () = closed => return Err(GatewayError::Closed.into()),
    };
    let failure = outcome.as_ref().err().cloned();
    match gateway.return_outcome(outcome).await {
        Ok(()) => failure.map_or(Ok(()), |failure| Err(RunError::Build(failure))),
        // The daemon is too old for this result, and can at least be told that.
        Err(error @ GatewayError::MissingCapability { .. }) => {
            let failure = Failure::from(error);
            gateway.return_outcome(Err(failure.clone())).await?;
            Err(RunError::Build(failure))
        }
        Err(error) => Err(error.into()),
    }
}

/// Makes a panic end in an error that the client sees, and in an exit.
fn return_on_panic(gateway: &Arc<GrpcGateway>) {
    let gateway = Arc::clone(gateway);
    std::panic::set_hook(Box::new(move |panic| {
        let message = format!("{panic}; this is a bug in strake");
        tracing::error!("{message}");
        let gateway = Arc::clone(&gateway);
        // The panicking thread may be in the middle of anything, a lock of its runtime included.
        let last_words = std::thread::spawn(move || {
            let reply = async {
                let failure = Failure::new(message).code(tonic::Code::Internal);
                tokio::time::timeout(LAST_WORDS, gateway.return_outcome(Err(failure))).await
            };
            runtime().map(|runtime| runtime.block_on(reply))
        });
        let _ = last_words.join();
        std::process::exit(101);
    }));
}
