//! What is asked for at the same time, and what is not asked for.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::gateway::fake::FakeGateway;
use crate::gateway::{Environment, Failure, SolveResult};
use crate::pipeline;

const MANIFEST: &str = r#"
[stage.app]
from = "one"
[[stage.app.layer]]
copy = { from = "two", src = "/x", dest = "/x" }
[[stage.app.layer]]
copy = { src = "y", dest = "/y" }
[[stage.app.layer]]
run = { file = "script.sh" }

[stage.unused]
from = "three"

[stage.last]
from = "app"
"#;

fn build(gateway: &FakeGateway) -> Result<SolveResult, Failure> {
    let environment = Environment {
        options: BTreeMap::from([("filename".into(), "strake.toml".into())]),
        ..Environment::default()
    };
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_time().start_paused(true).build().unwrap();
    runtime.block_on(pipeline::run(gateway, &environment))
}

fn daemon() -> FakeGateway {
    let config = r#"{"os":"linux","architecture":"amd64"}"#;
    FakeGateway::new()
        .file("local://dockerfile", "strake.toml", MANIFEST)
        .file("local://context", "script.sh", "make\n")
        .image("docker.io/library/one:latest", "", config)
        .image("docker.io/library/two:latest", "", config)
}

#[test]
fn what_is_independent_is_asked_for_at_once() {
    let slow = Duration::from_secs(1);
    let gateway = daemon().delay("resolve", slow).delay("solve local://context", slow);
    build(&gateway).unwrap();
    // Two images and the ignore file of the context.
    assert_eq!(gateway.most_under_way(), 3, "{:#?}", gateway.lines());
}

#[test]
fn unused_stages_are_not_asked_for() {
    let gateway = daemon();
    build(&gateway).unwrap();
    assert!(gateway.lines().iter().all(|line| !line.contains("three")));
}

#[test]
fn everything_that_is_missing_is_reported_at_once() {
    let gateway = FakeGateway::new().file("local://dockerfile", "strake.toml", MANIFEST);
    let failure = build(&gateway).unwrap_err().to_string();
    for missing in ["library/one", "library/two", "script.sh"] {
        assert!(failure.contains(missing), "{failure}");
    }
}
