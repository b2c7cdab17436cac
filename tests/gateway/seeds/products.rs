//! What is made other than images: `@mounts` and `@registry`.

use super::*;

/// The same bytes, so that the digest is the same.
#[tokio::test]
async fn an_export_without_a_change_is_the_seed_itself() {
    let gateway = with(&[("export", "unchanged")]);
    let result = build(&gateway, &[("target", "@mounts")]).await.unwrap();
    assert_eq!(result.metadata["containerimage.config"], seed("linux/amd64"));
    assert_eq!(result.metadata["image.name"], TAG.as_bytes());
    assert!(!display_names(&built(&gateway)).iter().any(|name| name.contains("own")));
    // The mount that is not exported is not looked at; the other was shrunk before.
    assert_eq!(commands(&gateway), ["export"]);
    let order: Vec<bool> = solves(&gateway)
        .iter()
        .map(|request| display_names(request.definition.as_ref().unwrap()))
        .filter(|names| names.iter().any(|name| name.starts_with("[mounts] own")))
        .map(|names| names.iter().any(|name| name == "[mounts] own: clean"))
        .collect();
    assert_eq!(order, [true, false]);
}

/// Whatever the build is told of caches, its mounts are exported as they are.
#[tokio::test]
async fn an_export_empties_nothing() {
    let gateway = with(&[("export", "unchanged")]);
    build(&gateway, &[("target", "@mounts"), ("no-cache", "")]).await.unwrap();
    for request in solves(&gateway) {
        let definition = request.definition.unwrap();
        assert!(definition.pb.metadata.values().all(|metadata| !metadata.ignore_cache));
    }
}

#[tokio::test]
async fn an_export_with_a_change_says_what_is_in_it() {
    let gateway = with(&[("export", "exported")]);
    let options =
        [("target", "app@mounts"), ("platform", "linux/amd64"), ("multi-platform", "true")];
    let result = build(&gateway, &options).await.unwrap();
    let config = Image::parse(&result.metadata["containerimage.config/linux/amd64"]).unwrap();
    let contents = Contents::of(&config).unwrap();
    let content = contents.mounts.values().next().unwrap();
    assert_eq!((content.id.as_str(), content.entries), ("strake/project/app/own/linux-amd64", 7));
    assert_eq!(config.created.as_deref(), Some("2026-11-23T23:00:00Z"));
    let graph = dump(&built(&gateway)).unwrap();
    assert!(!graph.contains("merge") && !graph.contains("diff"), "{graph}");
}

#[tokio::test]
async fn an_export_that_would_lose_something_fails() {
    for (outcome, said) in [
        ("refused", "mount-empty"),
        ("failed\ncode io\nreason a disk broke", "a disk broke (export-failed)"),
        ("primed", "its step gave an unexpected answer (export-failed)"),
    ] {
        let gateway = with(&[("export", outcome)]);
        let failed = build(&gateway, &[("target", "@mounts")]).await.unwrap_err().to_string();
        assert!(failed.contains(said), "{failed}");
    }
    let down = "failed to do request: Head \"https://r.test\": connection refused";
    let gateway = with_program(daemon(MANIFEST))
        .fail("solve docker-image://r.test/mounts", rpc_error(tonic::Code::Unknown, down));
    let failed = build(&gateway, &[("target", "@mounts")]).await.unwrap_err().to_string();
    assert!(failed.contains("seed-unavailable") && failed.contains("STRAKE_SEED=off"), "{failed}");
    let gateway = with(&[("export", "unchanged")]);
    let options = [("target", "@mounts"), ("build-arg:STRAKE_MOUNTS", "own, other")];
    let failed = build(&gateway, &options).await.unwrap_err().to_string();
    assert!(failed.contains("exports no cache mount `other` (unknown-mount)"), "{failed}");
}

#[tokio::test]
async fn a_target_without_mounts_has_nothing_to_export() {
    const NO_MOUNTS: &str =
        "[stage.app]\nfrom = \"scratch\"\n[[stage.app.layer]]\nmkdir = \"/x\"\n";
    let gateway = with_program(daemon(NO_MOUNTS));
    let failed = build(&gateway, &[("target", "@mounts")]).await.unwrap_err().to_string();
    assert!(failed.contains("the target uses no cache mounts (nothing-to-export)"), "{failed}");
}

/// Layers that are exportable are exported without a word of seeds where no mount is needed for
/// them.
#[tokio::test]
async fn what_is_exportable_without_mounts_needs_no_seed() {
    for gateway in [with(&[]), daemon(MANIFEST)] {
        build(&gateway, &[("target", "@registry")]).await.unwrap();
        assert_eq!((commands(&gateway), warnings(&gateway)), (Vec::new(), Vec::new()));
    }
}

/// A layer may be exported though it is made with a mount, as apt's are: that one is filled, and no
/// other.
#[tokio::test]
async fn what_is_exportable_is_made_with_mounts_from_the_seed() {
    let gateway = with(&[("probe", "empty"), ("prime", "primed")]);
    build(&gateway, &[("target", "dependent@registry")]).await.unwrap();
    assert_eq!(commands(&gateway), ["probe", "prime"]);
    assert_eq!(summaries(&gateway).len(), 1);
    let runs = |gateway: &FakeGateway| -> Vec<Definition> {
        let definitions = solves(gateway).into_iter().filter_map(|request| request.definition);
        let exported = |name: &String| name.ends_with("exported");
        definitions.filter(|definition| display_names(definition).iter().any(exported)).collect()
    };
    // What is solved is the same without a seed.
    let plain = with(&[]);
    build(&plain, &[("target", "dependent@registry"), ("build-arg:STRAKE_SEED", "off")])
        .await
        .unwrap();
    assert_eq!(runs(&gateway), runs(&plain));
    assert_eq!(runs(&plain).len(), 1);
    // The daemon must not empty what was filled.
    let gateway = with(&[("probe", "empty"), ("prime", "primed")]);
    build(&gateway, &[("target", "dependent@registry"), ("no-cache", "")]).await.unwrap();
    for definition in runs(&gateway) {
        assert!(cache_mounts(&definition).unwrap().iter().all(|mount| !mount.emptied));
    }
    // What is wrong with a seed that would be used is said.
    let gateway = daemon(MANIFEST);
    build(&gateway, &[("target", "dependent@registry")]).await.unwrap();
    assert_eq!(warnings(&gateway).len(), 1, "{:?}", warnings(&gateway));
}
