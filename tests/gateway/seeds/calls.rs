//! Calls that run steps of strake's own program: `plan` and `graph` of a build with a seed, and `fingerprint`.

use super::*;

#[tokio::test]
async fn a_plan_tells_of_the_seed_and_fills_nothing() {
    let plan = [("requestid", "frontend.plan")];
    for (probe, own, other) in [("empty", "to be primed", "cold"), ("warm", "warm", "warm")] {
        let gateway = with(&[("probe", probe)]);
        let result = build(&gateway, &plan).await.unwrap();
        let text = String::from_utf8(result.metadata["result.txt"].clone()).unwrap();
        assert!(text.contains(&format!("SEED:     {TAG}, 3 hours old\n")), "{text}");
        let answer = format!("cache own at /cache, locked, {own}, 12.3 MB in the seed, id");
        assert!(text.contains(&answer), "{text}");
        assert!(text.contains(&format!("cache other at /other, shared, {other}, id")), "{text}");
        let json = &result.metadata["result.json"];
        let json: serde_json::Value = serde_json::from_slice(json).unwrap();
        assert_eq!(json["platforms"][0]["seed"]["age"], 10_800);
        assert_eq!(commands(&gateway), ["probe", "probe"]);
    }
    // A question empties no mount: the build would.
    let gateway = with(&[("probe", "warm")]);
    let result = build(&gateway, &[plan[0], ("no-cache", "")]).await.unwrap();
    let text = String::from_utf8(result.metadata["result.txt"].clone()).unwrap();
    assert!(text.contains("locked, to be primed, 12.3 MB") && text.contains("cold"), "{text}");
    for request in solves(&gateway) {
        let mounts = cache_mounts(request.definition.as_ref().unwrap()).unwrap();
        assert!(mounts.iter().all(|mount| !mount.emptied));
    }

    let gateway = daemon(MANIFEST)
        .fail("solve docker-image://r.test/mounts:main-", not_found(TAG))
        .fail("solve docker-image://r.test/mounts:main", not_found("r.test/mounts:main"));
    let result = build(&gateway, &plan).await.unwrap();
    let text = String::from_utf8(result.metadata["result.txt"].clone()).unwrap();
    assert!(text.contains("SEED:     none: there is no seed yet"), "{text}");
}

#[tokio::test]
async fn a_graph_draws_what_the_seed_fills_and_looks_as_a_plan_does() {
    let call = [("requestid", "frontend.graph")];
    let gateway = with(&[]);
    let result = build(&gateway, &call).await.unwrap();
    let text = String::from_utf8(result.metadata["result.txt"].clone()).unwrap();
    let json: serde_json::Value = serde_json::from_slice(&result.metadata["result.json"]).unwrap();
    let node = |kind: &str, name: &str| {
        let mut nodes = json["nodes"].as_array().unwrap().iter();
        nodes.position(|node| node["kind"] == kind && node["name"] == name).unwrap()
    };
    let (seed, own) = (node("seed", TAG), node("cache", "own"));
    let fills = json["edges"].as_array().unwrap().iter().filter(|edge| edge["kind"] == "fills");
    let fills: Vec<_> = fills.map(|edge| (edge["from"].clone(), edge["to"].clone())).collect();
    assert_eq!(fills, [(seed.into(), own.into())], "the seed has nothing of the other one");
    assert!(text.starts_with("flowchart TD\n"), "{text}");
    assert!(text.contains(&format!("n{seed} -. \"fills\" .-> n{own}\n")), "{text}");
    assert_eq!(commands(&gateway), ["probe", "probe"]);
}

/// Takes files of the client in two places, and one of them is copied from two directories.
const TAKING: &str = r#"
[stage.app]
from = "busybox"

[[stage.app.layer]]
copy = { src = ["a", "b"], dest = "/app/" }

[[stage.app.layer]]
inputs = ["list"]
boundary = "none"
run = "make"
"#;

fn taking(digests: &str) -> FakeGateway {
    let text = format!("strake answer 1\noutcome {digests}\nentries 7\nbytes 70\n");
    with_program(daemon(TAKING).file("digest", "answer", text))
}

async fn fingerprint(
    gateway: &FakeGateway,
    options: &[(&str, &str)],
) -> Result<serde_json::Value, Failure> {
    let call = [&[("requestid", "frontend.fingerprint")], options].concat();
    let result = build(gateway, &call).await?;
    let answer: serde_json::Value =
        serde_json::from_slice(&result.metadata["result.json"]).unwrap();
    Ok(answer["platforms"][0].clone())
}

#[tokio::test]
async fn a_fingerprint_is_of_the_files_that_layers_take() {
    let gateway = taking("digested\ndigest 00\ndigest 01");
    let before = fingerprint(&gateway, &[]).await.unwrap();
    assert_eq!(commands(&gateway), ["digest"], "nothing else is run");
    assert_eq!(before["target"], "app");
    assert_eq!(fingerprint(&gateway, &[]).await.unwrap(), before);
    let always: Vec<_> = before["steps"].as_array().unwrap().iter().collect();
    let always: Vec<_> = always.iter().filter(|step| step["always"] == true).collect();
    assert_eq!(always.len(), 1, "{before:#}");

    let other = fingerprint(&taking("digested\ndigest 00\ndigest 02"), &[]).await.unwrap();
    assert_ne!(other["layers"], before["layers"]);
    let labelled = fingerprint(&gateway, &[("label:a", "b")]).await.unwrap();
    assert_eq!(labelled["layers"], before["layers"]);
    assert_ne!(labelled["image"], before["image"]);
}

#[tokio::test]
async fn without_the_files_there_is_no_fingerprint() {
    for (answer, reason) in [
        ("failed\ncode io\nreason it is gone", "files can't be read: it is gone"),
        ("digested\ndigest 00", "gave no answer"),
        ("warm", "gave no answer"),
    ] {
        let failure = fingerprint(&taking(answer), &[]).await.unwrap_err().to_string();
        assert!(failure.contains(reason), "{failure}");
    }
    let options = [("requestid", "frontend.fingerprint")];
    let failure = pipeline::run(&taking("warm"), &environment(&options)).await.unwrap_err();
    assert!(failure.to_string().contains("does not tell strake its image"), "{failure}");
}
