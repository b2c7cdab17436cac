//! `plan` and `graph` of a build with a seed.

use super::*;

#[tokio::test]
async fn a_plan_tells_of_the_seed_and_fills_nothing() {
    let plan = [("requestid", "frontend.plan")];
    for (probe, own, other) in [("empty", "to be primed", "cold"), ("warm", "warm", "warm")] {
        let gateway = with(&[("probe", probe)]);
        let result = build(&gateway, &plan).await.unwrap();
        let text = String::from_utf8(result.metadata["result.txt"].clone()).unwrap();
        assert!(text.contains(&format!("SEED:     {TAG}, 3 hours old\n")), "{text}");
        let told = format!("cache own at /cache, locked, {own}, 12.3 MB in the seed, id");
        assert!(text.contains(&told), "{text}");
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
