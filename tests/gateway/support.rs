//! What the conversations have in common.

use strake_frontend::testing::gateway::fake::{Call, FakeGateway};
use strake_frontend::testing::gateway::{Environment, Failure, SolveRequest, SolveResult};
use strake_frontend::testing::pipeline;
use strake_llb::{Graph, MarshalOptions, SourceOp};
use strake_proto::pb;
use strake_tests::bridge::{Bridge, Conversation};

/// A conversation with a daemon of today.
pub(crate) async fn talk(fake: FakeGateway) -> Conversation {
    talk_to(Bridge::new(fake)).await
}

/// A conversation with any daemon.
pub(crate) async fn talk_to(bridge: Bridge) -> Conversation {
    Conversation::start(bridge, &Environment::default()).await.unwrap()
}

/// A definition that loads a local directory.
pub(crate) fn local(name: &str) -> strake_llb::Definition {
    let mut graph = Graph::new();
    let source = graph.add(SourceOp::from(SourceOp::local(name).session_id("session")));
    graph.marshal(Some(source.into()), &MarshalOptions::default()).unwrap()
}

/// A request that loads a local directory.
pub(crate) fn load(name: &str) -> SolveRequest {
    SolveRequest::of(local(name))
}

/// The only source of a definition.
pub(crate) fn source(definition: &strake_llb::Definition) -> pb::SourceOp {
    use prost::Message;
    let ops = definition.pb.def.iter().map(|op| pb::Op::decode(op.as_slice()).unwrap().op);
    let mut sources = ops.filter_map(|op| match op {
        Some(pb::op::Op::Source(source)) => Some(source),
        _ => None,
    });
    let source = sources.next().unwrap();
    assert!(sources.next().is_none(), "more than one source");
    source
}

/// How the vertices of a definition are shown.
pub(crate) fn display_names(definition: &strake_llb::Definition) -> Vec<String> {
    let metadata = definition.pb.metadata.values();
    metadata.filter_map(|op| op.description.get("llb.customname").cloned()).collect()
}

/// A whole build, with frontend options.
pub(crate) async fn build(
    gateway: &FakeGateway,
    options: &[(&str, &str)],
) -> Result<SolveResult, Failure> {
    let options =
        options.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    let environment =
        Environment { options, session_id: "session".into(), ..Environment::default() };
    pipeline::run(gateway, &environment).await
}

/// What was solved, in order.
pub(crate) fn solves(gateway: &FakeGateway) -> Vec<SolveRequest> {
    let solves = gateway.calls().into_iter().filter_map(|call| match call {
        Call::Solve(request) => Some(request),
        _ => None,
    });
    solves.collect()
}
