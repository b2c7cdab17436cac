//! Calls: what is asked before them, what goes out, what comes back.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use prost::Message;
use strake_frontend::testing::gateway::fake::{Call, FakeGateway, rpc_error};
use strake_frontend::testing::gateway::{
    CacheImport, Environment, Gateway, GatewayError, ImageStore, Importing, Reference, References,
    ResolveImage, SolveRequest, SolveResult, Warning,
};
use strake_frontend::testing::platform::Platform;
use strake_llb::{Graph, MarshalOptions, Range, SourceInfo, SourceOp};
use strake_proto::{protobuf, rpc};
use strake_tests::bridge::{Age, Bridge, Conversation};

use crate::support::{load, local, talk, talk_to};

fn image(reference: &str) -> ResolveImage {
    ResolveImage {
        reference: reference.to_owned(),
        platform: Some(Platform::new("linux", "arm64", "")),
        resolve_mode: "pull".to_owned(),
        log_name: "[internal] load metadata".to_owned(),
        store: ImageStore::Registry,
    }
}

#[tokio::test]
async fn the_daemon_says_what_it_can() {
    let platforms = ["linux/amd64", "linux/arm/v7"].map(|id| Platform::parse(id).unwrap());
    let talk = talk(FakeGateway::new().platforms(platforms.clone())).await;
    let capabilities = talk.gateway.capabilities();
    assert!(capabilities.frontend.contains("readdir"));
    assert!(!capabilities.frontend.contains("switched.off"));
    assert!(capabilities.llb.contains("mergeop"));
    assert_eq!(capabilities.platforms, platforms);
}

#[tokio::test]
async fn a_silent_daemon_is_taken_for_the_oldest() {
    let environment =
        Environment { platforms: vec![Platform::new("linux", "s390x", "")], ..Default::default() };
    let bridge = Bridge::new(FakeGateway::new()).aged(Age::Silent);
    let talk = Conversation::start(bridge, &environment).await.unwrap();
    let capabilities = talk.gateway.capabilities();
    let frontend: Vec<_> = capabilities.frontend.iter().map(String::as_str).collect();
    assert_eq!(frontend, ["readfile", "resolveimage", "solve.base", "solve.inlinereturn"]);
    assert_eq!(capabilities.platforms, environment.platforms);
}

#[tokio::test]
async fn capabilities_are_asked_for_before_a_call_is_made() {
    let missing = [
        "readdir",
        "statfile",
        "importcaches",
        "frontend.inputs",
        "gateway.warnings",
        "source.local",
        "source.ocilayout",
    ];
    let fake = missing.iter().fold(FakeGateway::new(), |fake, cap| fake.without(cap));
    let talk = talk(fake).await;
    let gateway = &talk.gateway;
    let reference = Reference::default();
    let import = CacheImport { kind: "registry".into(), attrs: Default::default() };
    let warning = Warning {
        vertex: String::new(),
        short: String::new(),
        detail: Vec::new(),
        url: String::new(),
        source: None,
        ranges: Vec::new(),
    };
    let layout = ImageStore::OciLayout { session_id: "s".into(), store_id: "x".into() };
    let errors = [
        gateway.read_dir(&reference, "/", "").await.unwrap_err(),
        gateway.stat_file(&reference, "/").await.unwrap_err(),
        gateway
            .solve(SolveRequest { cache_imports: vec![import], ..Default::default() })
            .await
            .unwrap_err(),
        gateway.inputs().await.unwrap_err(),
        gateway.warn(warning).await.unwrap_err(),
        gateway.solve(load("context")).await.unwrap_err(),
        gateway.resolve_image(ResolveImage { store: layout, ..image("x") }).await.unwrap_err(),
    ];
    let messages: Vec<_> = errors.iter().map(ToString::to_string).collect();
    let expected = [
        "listing a directory needs the capability `readdir`, which BuildKit has since 0.3; this daemon is older",
        "looking at a file needs the capability `statfile`, which BuildKit has since 0.3; this daemon is older",
        "importing a cache needs the capability `importcaches`, which BuildKit has since 0.4; this daemon is older",
        "reading the client's inputs needs the capability `frontend.inputs`, which BuildKit has since 0.7; this daemon is older",
        "showing a warning needs the capability `gateway.warnings`, which BuildKit has since 0.10; this daemon is older",
        "this build needs the capability `source.local`, which BuildKit has since 0.3; this daemon is older",
        "an image from an OCI layout needs the capability `source.ocilayout`, which BuildKit has since 0.11; this daemon is older",
    ];
    assert_eq!(messages, expected);
    assert!(talk.bridge.fake().calls().is_empty());
}

#[tokio::test]
async fn large_files_and_parts_of_files_are_read() {
    let content: Vec<u8> = (0..10 << 20).map(|at: u32| (at % 251) as u8).collect();
    let talk = talk(FakeGateway::new().file("local://context", "big", content.clone())).await;
    let reference = talk.gateway.solve(load("context")).await.unwrap().single_reference();
    let whole = talk.gateway.read_file(&reference, "big", None).await.unwrap();
    assert!(whole == content);
    let part = talk.gateway.read_file(&reference, "/big", Some((1000, 24))).await.unwrap();
    assert_eq!(part, content[1000..1024]);
    let missing = talk.gateway.read_file(&reference, "small", None).await.unwrap_err();
    assert!(missing.is_not_found(), "{missing}");
    let listed = talk.gateway.read_dir(&reference, "/", "").await.unwrap();
    assert_eq!((listed[0].path.as_str(), listed[0].size), ("big", 10 << 20));
}

#[tokio::test]
async fn a_solve_carries_everything() {
    let answer = SolveResult {
        references: References::ByPlatform(
            [(
                "linux/amd64".to_owned(),
                Reference { id: "r".into(), definition: Some(local("x")) },
            )]
            .into(),
        ),
        metadata: [("containerimage.config".to_owned(), b"{}".to_vec())].into(),
        attestations: [("linux/amd64".to_owned(), Default::default())].into(),
    };
    let expected = answer.clone();
    let talk = talk(FakeGateway::new().on_solve(move |_| Some(Ok(answer.clone())))).await;
    let request = SolveRequest {
        frontend: "dockerfile.v0".into(),
        frontend_opts: [("target".to_owned(), "a".to_owned())].into(),
        frontend_inputs: [("context".to_owned(), local("input"))].into(),
        evaluate: true,
        ..SolveRequest::default()
    };
    let import = CacheImport {
        kind: "registry".into(),
        attrs: [("ref".to_owned(), "r/c".to_owned())].into(),
    };
    let importing = Importing::new(talk.gateway.as_ref(), vec![import.clone()]);
    assert_eq!(importing.solve(request).await.unwrap(), expected);
    let calls = talk.bridge.fake().calls();
    let [Call::Solve(sent)] = calls.as_slice() else { panic!("{calls:?}") };
    assert_eq!(sent.cache_imports, [import]);
    assert_eq!(sent.frontend_opts["target"], "a");
    let json = r#"[{"Type":"registry","Attrs":{"ref":"r/c"}}]"#;
    assert_eq!(sent.frontend_opts["cache-imports"], json);
    assert_eq!(sent.frontend_inputs["context"], local("input"));
    assert!(sent.evaluate && sent.definition.is_none());
}

#[tokio::test]
async fn all_forms_of_answers_are_understood() {
    let theirs = || Reference { id: "theirs".into(), definition: Some(local("context")) };
    for age in [Age::New, Age::Ids, Age::BareId] {
        let fake = FakeGateway::new().on_solve(move |request| {
            (!request.frontend.is_empty()).then(|| Ok(SolveResult::single(theirs())))
        });
        let talk = talk_to(Bridge::new(fake).aged(age)).await;
        let own = talk.gateway.solve(load("context")).await.unwrap().single_reference();
        // One's own definition is known.
        assert_eq!((own.id.as_str(), own.definition), ("reference-1", None), "{age:?}");
        let another = SolveRequest { frontend: "dockerfile.v0".into(), ..SolveRequest::default() };
        let result = talk.gateway.solve(another).await.unwrap().single_reference();
        let definition = theirs().definition.filter(|_| age == Age::New);
        assert_eq!((result.id.as_str(), result.definition), ("theirs", definition), "{age:?}");
    }
}

#[tokio::test]
async fn old_daemons_are_made_to_run_what_was_solved() {
    let evaluate = SolveRequest { evaluate: true, ..load("context") };
    let old = || FakeGateway::new().without("gateway.solve.evaluate");
    let cases = [
        (FakeGateway::new(), ["solve local://context", ""]),
        (old(), ["solve local://context", "stat ."]),
        (old().without("statfile"), ["solve local://context", "list /"]),
    ];
    for (fake, lines) in cases {
        let talk = talk(fake).await;
        talk.gateway.solve(evaluate.clone()).await.unwrap();
        let lines: Vec<_> = lines.into_iter().filter(|line| !line.is_empty()).collect();
        assert_eq!(talk.bridge.fake().lines(), lines);
    }
}

#[tokio::test]
async fn images_are_resolved_by_daemons_of_any_age() {
    for resolver in [true, false] {
        let fake = FakeGateway::new().image("docker.io/library/a:1", "linux/arm64", "{}");
        let fake = if resolver { fake } else { fake.without("source.metaresolver") };
        let age = if resolver { Age::New } else { Age::Ids };
        let talk = talk_to(Bridge::new(fake).aged(age)).await;
        let found = talk.gateway.resolve_image(image("docker.io/library/a:1")).await.unwrap();
        assert_eq!(found.reference, "docker.io/library/a:1");
        assert_eq!(found.config, b"{}");
        let layout = ImageStore::OciLayout { session_id: "s".into(), store_id: "x".into() };
        let request = ResolveImage { store: layout, ..image("docker.io/library/a:1") };
        talk.gateway.resolve_image(request.clone()).await.unwrap();
        let calls = talk.bridge.fake().calls();
        let [Call::ResolveImage(first), Call::ResolveImage(second)] = calls.as_slice() else {
            panic!("{calls:?}")
        };
        assert_eq!((first, second), (&image("docker.io/library/a:1"), &request));
    }
}

#[tokio::test]
async fn an_image_that_a_policy_replaced_is_reported() {
    let bridge = Bridge::new(FakeGateway::new()).replacing("docker.io/library/a:1", "https://x/y");
    let talk = talk_to(bridge).await;
    let error = talk.gateway.resolve_image(image("docker.io/library/a:1")).await.unwrap_err();
    let GatewayError::NotAnImage { resolved, .. } = error else { panic!("{error}") };
    assert_eq!(resolved, "https://x/y");
}

#[tokio::test]
async fn details_of_errors_come_through_untouched() {
    // More than the usual limit on headers: a source excerpt holds the whole file.
    let detail = protobuf::Any { type_url: "unknown/type+json".into(), value: vec![7; 200 << 10] };
    let whole =
        rpc::Status { code: 2, message: "did not work: \"ä\"".into(), details: vec![detail] };
    let bytes = whole.encode_to_vec().into();
    let sent = tonic::Status::with_details(tonic::Code::Unknown, whole.message.clone(), bytes);
    let fake = FakeGateway::new().fail("solve", GatewayError::Rpc(Box::new(sent)));
    let talk = talk(fake).await;
    let error = talk.gateway.solve(load("context")).await.unwrap_err();
    assert_eq!(error.to_string(), whole.message);
    assert_eq!(error.to_status(), whole);
}

#[tokio::test]
async fn calls_are_under_way_at_the_same_time() {
    let delay = Duration::from_millis(100);
    let names: Vec<_> = (0..20).map(|number| format!("docker.io/library/a:{number}")).collect();
    let fake = FakeGateway::new().delay("resolve", delay);
    let fake = names.iter().fold(fake, |fake, name| fake.image(name, "", "{}"));
    let talk = talk(fake).await;
    let start = Instant::now();
    let found = join_all(names.iter().map(|name| talk.gateway.resolve_image(image(name)))).await;
    assert!(found.iter().all(Result::is_ok));
    assert_eq!(talk.bridge.fake().most_under_way(), names.len());
    assert!(start.elapsed() < delay * 10, "{:?}", start.elapsed());
}

#[tokio::test]
async fn a_call_that_is_given_up_is_given_up_by_the_daemon_too() {
    let fake = FakeGateway::new().delay("resolve", Duration::from_secs(3600)).file(
        "local://context",
        "a",
        "b",
    );
    let talk = talk(fake).await;
    let asked = talk.gateway.resolve_image(image("docker.io/library/a:1"));
    let given_up = tokio::time::timeout(Duration::from_millis(50), asked).await;
    assert!(given_up.is_err());
    // The connection is as good as before.
    talk.gateway.solve(load("context")).await.unwrap();
    assert_eq!(talk.bridge.fake().dropped(), 1);
}

#[tokio::test]
async fn a_closed_connection_fails_every_call_and_is_not_opened_again() {
    let fake = FakeGateway::new().delay("solve", Duration::from_secs(3600));
    let talk = talk(fake).await;
    let waiting = talk.gateway.solve(load("context"));
    let cut = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        talk.hang_up();
    };
    let (waiting, ()) = tokio::join!(waiting, cut);
    assert!(matches!(waiting, Err(GatewayError::Closed)), "{waiting:?}");
    let after = talk.gateway.solve(load("context")).await;
    assert!(matches!(after, Err(GatewayError::Closed)), "{after:?}");
    assert_eq!(talk.bridge.fake().calls().len(), 1);
    talk.closed.await.unwrap();
}

#[tokio::test]
async fn an_error_of_the_daemon_is_no_closed_connection() {
    let refused = rpc_error(tonic::Code::Unavailable, "registry is down");
    let talk = talk(FakeGateway::new().fail("resolve", refused)).await;
    let error = talk.gateway.resolve_image(image("a")).await.unwrap_err();
    assert!(matches!(error, GatewayError::Rpc(_)), "{error:?}");
    assert_eq!(error.to_string(), "registry is down");
}

/// Scratch has no id, and a daemon that is asked for a file of it speaks of ids.
#[tokio::test]
async fn scratch_has_no_files() {
    let talk = talk(FakeGateway::new()).await;
    let scratch = Reference::default();
    let error = talk.gateway.read_file(&scratch, "Dockerfile", None).await.unwrap_err();
    assert!(error.to_string().contains("open Dockerfile: no such file or directory"), "{error}");
    assert!(talk.bridge.fake().calls().is_empty());
}

/// A request that loads a local directory, with the text of the file that asks for it.
fn load_for_a_file(name: &str) -> SolveRequest {
    let mut graph = Graph::new();
    let source = graph.add(SourceOp::local(name));
    let data = b"text".to_vec();
    let file = graph.add_source_info(SourceInfo { data, ..SourceInfo::default() });
    graph.locate(source, file, [Range::lines(1, 1)]);
    SolveRequest::of(graph.marshal(Some(source.into()), &MarshalOptions::default()).unwrap())
}

/// Whatever a file asks for, the daemon gets it bit by bit.
#[tokio::test]
async fn solves_take_turns() {
    let slow = FakeGateway::new().delay("solve", Duration::from_millis(50));
    let talk = talk(slow).await;
    let requests = (0..200).map(|number| load_for_a_file(&format!("c{number}")));
    let solves = requests.map(|request| talk.gateway.solve(request));
    for solved in join_all(solves).await {
        solved.unwrap();
    }
    assert_eq!(talk.bridge.fake().most_under_way(), 64);
}

/// Steps may take an hour, and hosts that are asked for something may be silent: what strake wants to know
/// meanwhile waits for neither.
#[tokio::test]
async fn questions_wait_for_no_turn() {
    let slow = FakeGateway::new().delay("solve local://slow", Duration::from_secs(3600));
    let talk = talk(slow).await;
    let steps = (0..64).map(|number| load_for_a_file(&format!("slow{number}")));
    let asked = (0..100).map(|number| load(&format!("slow-question{number}")));
    let solves = join_all(steps.chain(asked).map(|request| talk.gateway.solve(request)));
    let look = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        talk.gateway.solve(load("look")).await
    };
    tokio::select! {
        _ = solves => panic!("they take an hour"),
        looked = tokio::time::timeout(Duration::from_secs(20), look) => {
            looked.expect("an answer at once").unwrap();
        }
    }
}
