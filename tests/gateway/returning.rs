//! The outcome of a build is given back once.

use std::sync::Arc;
use std::time::Duration;

use strake_frontend::testing::gateway::fake::FakeGateway;
use strake_frontend::testing::gateway::{
    Environment, Failure, Gateway, GatewayError, GrpcGateway, Reference, References, RunError,
    SolveResult, serve,
};
use strake_proto::gateway::result::Result as Refs;
use strake_proto::protobuf::Any;
use strake_proto::rpc::Status;
use strake_tests::bridge::{Bridge, Conversation};

use crate::support::{load, talk};

/// Runs a build to its end.
async fn build<B, F>(talk: Conversation, build: B) -> (Arc<Bridge>, Result<(), RunError>)
where
    B: FnOnce(Arc<GrpcGateway>, Environment) -> F,
    F: Future<Output = Result<SolveResult, Failure>>,
{
    let closed = async {
        let _ = talk.closed.await;
    };
    let outcome = serve(Arc::clone(&talk.gateway), Environment::default(), closed, build).await;
    (talk.bridge, outcome)
}

fn two_platforms() -> SolveResult {
    let reference = |id: &str| Reference { id: id.to_owned(), definition: None };
    let map = [("linux/amd64", reference("a")), ("linux/arm64", reference("b"))];
    let map = map.map(|(id, reference)| (id.to_owned(), reference));
    SolveResult {
        references: References::ByPlatform(map.into()),
        metadata: [("refs.platforms".to_owned(), b"{}".to_vec())].into(),
        attestations: [("linux/amd64".to_owned(), Default::default())].into(),
    }
}

#[tokio::test]
async fn a_result_is_returned_once() {
    let talk = talk(FakeGateway::new()).await;
    let (bridge, outcome) = build(talk, async |gateway, _| {
        let solved = gateway.solve(load("context")).await?;
        Ok(SolveResult::single(solved.single_reference()))
    })
    .await;
    outcome.unwrap();
    let returned = bridge.returned();
    assert_eq!(returned.len(), 1);
    let result = returned[0].result.as_ref().unwrap();
    let Some(Refs::Ref(reference)) = &result.result else { panic!("{result:?}") };
    assert_eq!(reference.id, "reference-1");
    assert!(returned[0].error.is_none());
}

#[tokio::test]
async fn the_second_return_is_refused() {
    let talk = talk(FakeGateway::new()).await;
    talk.gateway.return_outcome(Ok(SolveResult::default())).await.unwrap();
    let second = talk.gateway.return_outcome(Ok(SolveResult::default())).await;
    assert!(matches!(second, Err(GatewayError::Returned)));
    assert_eq!(talk.bridge.returned().len(), 1);
}

#[tokio::test]
async fn a_result_of_several_platforms_keeps_everything() {
    let talk = talk(FakeGateway::new()).await;
    let (bridge, outcome) = build(talk, async |_, _| Ok(two_platforms())).await;
    outcome.unwrap();
    let result = bridge.returned()[0].result.clone().unwrap();
    let Some(Refs::Refs(map)) = &result.result else { panic!("{result:?}") };
    assert_eq!(
        (map.refs["linux/amd64"].id.as_str(), map.refs["linux/arm64"].id.as_str()),
        ("a", "b")
    );
    assert_eq!(result.metadata["refs.platforms"], b"{}");
    assert!(result.attestations.contains_key("linux/amd64"));
}

#[tokio::test]
async fn old_daemons_get_ids() {
    let talk = talk(FakeGateway::new().without("proto.refarray")).await;
    let (bridge, outcome) = build(talk, async |_, _| Ok(two_platforms())).await;
    outcome.unwrap();
    let result = bridge.returned()[0].result.clone().unwrap();
    let Some(Refs::RefsDeprecated(map)) = &result.result else { panic!("{result:?}") };
    assert_eq!(map.refs["linux/arm64"], "b");
}

#[tokio::test]
async fn a_daemon_that_takes_one_platform_is_told_so() {
    let talk = talk(FakeGateway::new().without("returnmap")).await;
    let (bridge, outcome) = build(talk, async |_, _| Ok(two_platforms())).await;
    assert!(matches!(outcome, Err(RunError::Build(_))), "{outcome:?}");
    let returned = bridge.returned();
    assert_eq!(returned.len(), 1);
    let message = &returned[0].error.as_ref().unwrap().message;
    assert!(message.contains("`returnmap`"), "{message}");
}

#[tokio::test]
async fn what_a_solve_failed_with_is_passed_on() {
    use prost::Message;
    let detail = |url: &str| Any { type_url: url.to_owned(), value: b"{\"a\":1}".to_vec() };
    let whole = Status {
        code: 2,
        message: "exit code: 1".into(),
        details: vec![detail("solve"), detail("vertex")],
    };
    let bytes = whole.encode_to_vec().into();
    let sent = tonic::Status::with_details(tonic::Code::Unknown, whole.message.clone(), bytes);
    let talk = talk(FakeGateway::new().fail("solve", GatewayError::Rpc(Box::new(sent)))).await;
    let (bridge, outcome) = build(talk, async |gateway, _| {
        let error = gateway.solve(load("context")).await.unwrap_err();
        Err(Failure::from(error).context("building").detail(detail("ours")))
    })
    .await;
    assert!(matches!(outcome, Err(RunError::Build(_))), "{outcome:?}");
    let returned = bridge.returned();
    let error = returned[0].error.as_ref().unwrap();
    assert_eq!(error.message, "building: exit code: 1");
    assert_eq!(error.details, [detail("solve"), detail("vertex"), detail("ours")]);
    assert!(returned[0].result.is_none());
}

#[tokio::test]
async fn a_cancelled_build_ends_wherever_it_waits() {
    let talk = talk(FakeGateway::new()).await;
    let line = &talk;
    line.hang_up();
    let forever = async |_, _| {
        tokio::time::sleep(Duration::from_secs(3600)).await;
        Ok(SolveResult::default())
    };
    let (bridge, outcome) = build(talk, forever).await;
    assert!(matches!(outcome, Err(RunError::Gateway(GatewayError::Closed))), "{outcome:?}");
    assert!(bridge.returned().is_empty());
}
