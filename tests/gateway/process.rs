//! A frontend as a process, with the daemon at its stdin and stdout.

use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use strake_frontend::testing::gateway::fake::FakeGateway;
use strake_frontend::testing::gateway::{Reference, SolveResult};
use strake_tests::bridge::{Bridge, attach};
use tokio::process::{Child, Command};

const PATIENCE: Duration = Duration::from_secs(30);

struct Frontend {
    bridge: Arc<Bridge>,
    child: Child,
    line: tokio::task::JoinHandle<()>,
}

impl Frontend {
    fn start(told: &str) -> Self {
        let answer = SolveResult::single(Reference { id: "solved".into(), definition: None });
        let fake = FakeGateway::new().on_solve(move |_| Some(Ok(answer.clone())));
        let bridge = Arc::new(Bridge::new(fake));
        let mut child = Command::new(env!("CARGO_BIN_EXE_stub-frontend"))
            .env("BUILDKIT_FRONTEND_OPT_0", format!("stub={told}"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let stream = tokio::io::join(child.stdout.take().unwrap(), child.stdin.take().unwrap());
        let line = attach(Arc::clone(&bridge), stream);
        Frontend { bridge, child, line }
    }

    async fn end(&mut self) -> ExitStatus {
        tokio::time::timeout(PATIENCE, self.child.wait()).await.unwrap().unwrap()
    }
}

#[tokio::test]
async fn a_build_that_is_done_ends_the_process() {
    let mut frontend = Frontend::start("build");
    assert!(frontend.end().await.success());
    let returned = frontend.bridge.returned();
    assert_eq!(returned.len(), 1);
    assert!(returned[0].result.is_some());
}

#[tokio::test]
async fn a_failed_build_returns_its_error() {
    let mut frontend = Frontend::start("fail");
    assert_eq!(frontend.end().await.code(), Some(1));
    let returned = frontend.bridge.returned();
    assert_eq!(returned[0].error.as_ref().unwrap().message, "the stub was told to fail");
}

#[tokio::test]
async fn a_panic_is_an_error_that_the_client_sees() {
    let mut frontend = Frontend::start("panic");
    assert_eq!(frontend.end().await.code(), Some(101));
    let returned = frontend.bridge.returned();
    assert_eq!(returned.len(), 1);
    let message = &returned[0].error.as_ref().unwrap().message;
    assert!(message.contains("the stub was told to"), "{message}");
    assert!(message.ends_with("this is a bug in strake"), "{message}");
}

#[tokio::test]
async fn a_cancelled_build_ends_the_process() {
    let mut frontend = Frontend::start("hang");
    tokio::time::sleep(Duration::from_millis(200)).await;
    frontend.line.abort();
    assert_eq!(frontend.end().await.code(), Some(1));
    assert!(frontend.bridge.returned().is_empty());
}
