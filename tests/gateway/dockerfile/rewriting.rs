//! Which steps get which mounts.

use super::*;

#[tokio::test]
async fn steps_get_the_mounts_of_what_they_run() {
    let gateway = dockerfiles(NPM);
    let result = build(&gateway, &[("build-arg:BUILDKIT_CACHE_MOUNT_NS", "ns")]).await.unwrap();
    let [ours] = solved(&gateway).try_into().unwrap();
    let expected =
        [("npm ci".into(), vec!["ns/strake/npm/linux-amd64".into()]), ("make".into(), vec![])];
    assert_eq!(mounts(&ours), BTreeMap::from(expected));
    assert_ne!(id(&result), "theirs-amd64");
    assert_eq!(result.metadata, metadata());
    // The daemon finds the excerpt of a failing step by its digest.
    let located = ours.pb.source.unwrap().locations;
    assert!(
        ours.pb.def[1..3].iter().all(|op| located.contains_key(strake_llb::digest(op).as_str()))
    );
}

#[tokio::test]
async fn each_platform_is_rewritten() {
    let gateway = dockerfiles(NPM);
    let result = build(&gateway, &[("platform", "linux/amd64,linux/arm64")]).await.unwrap();
    let ids: Vec<_> = solved(&gateway).iter().map(|one| mounts(one)["npm ci"][0].clone()).collect();
    assert_eq!(ids, ["/strake/npm/linux-amd64", "/strake/npm/linux-arm64"]);
    let References::ByPlatform(references) = result.references else { panic!("one platform") };
    let keys: Vec<_> = references.keys().map(String::as_str).collect();
    assert_eq!(keys, ["linux/amd64", "linux/arm64"]);
    assert!(references.values().all(|one| !one.id.starts_with("theirs")));
}

/// What is scanned is what is built; and the scanner's own step, which is none of the file's, gets no
/// mount although it runs npm.
#[tokio::test]
async fn attestations_stand_on_the_rewritten_steps() {
    let gateway = daemon(NPM).on_solve(|request| {
        let reference =
            Reference { id: "theirs".into(), definition: Some(definition(NPM, "amd64")) };
        let scanned = Ref { id: "scan".into(), def: Some(scan(NPM).pb) };
        let attestation = Attestation { r#ref: Some(scanned), ..Attestation::default() };
        let attestations = Attestations { attestation: vec![attestation] };
        let result = SolveResult {
            attestations: [("linux/amd64".to_owned(), attestations)].into(),
            ..SolveResult::single(reference)
        };
        (!request.frontend.is_empty()).then_some(Ok(result))
    });
    let result = build(&gateway, &[]).await.unwrap();
    let [image, scan] = solved(&gateway).try_into().unwrap();
    let attested = &result.attestations["linux/amd64"].attestation[0];
    assert_ne!(attested.r#ref.as_ref().unwrap().id, "scan");
    let steps = image.pb.def.len() - 1;
    assert!(image.pb.def[..steps].iter().all(|op| scan.pb.def.contains(op)), "steps run twice");
    let exec = mounts(&scan);
    assert_eq!(exec["npm ci"].len() + exec["ci"].len(), 1, "{exec:?}");
}

/// A mount may be empty whenever a step runs: the steps below may come from a cache of layers.
#[tokio::test]
async fn no_step_counts_on_what_another_left_in_a_mount() {
    let mounted = async |file: &'static str| -> usize {
        let gateway = dockerfiles(file);
        build(&gateway, &[]).await.unwrap();
        added(&gateway, file)
    };
    const WHOLE: &str = "FROM busybox\nRUN apt-get update && apt-get install -y a\n\
                         RUN apt-get update; apt-get install -y b; rm -rf /var/lib/apt/lists/*\n";
    assert_eq!(mounted(WHOLE).await, 2);
    for file in [
        "FROM busybox\nRUN apt-get update\nRUN apt-get install -y a\n",
        "FROM busybox\nRUN apt-get install -y a\n",
        "FROM busybox\nRUN apt-get update && apt-get install -y a\nRUN apt-get install -y b\n",
        "FROM busybox\nRUN apt-get update || true; apt-get install -y a; ls /var/lib/apt/lists\n",
        "FROM busybox\nRUN apt-get update && apt-get install -y a\n\
         RUN apt-get update && apt-get install -y a # own\n",
        "FROM busybox\nRUN apt-get update && apt-get install -y a\n\
         # strake: off\nRUN apt-get update && apt-get install -y b\n",
        "FROM busybox\nRUN npm ci\nRUN cp -r /root/.npm /kept\n",
        "FROM busybox\nRUN npm ci\nRUN npm ci --offline\n",
        "FROM busybox\nRUN cargo fetch\nRUN cargo build --frozen\n",
        "FROM busybox\nRUN mvn package\nRUN mvn -o verify\n",
        "FROM busybox\nRUN GOPROXY=off go build\n",
    ] {
        assert_eq!(mounted(file).await, 0, "{file}");
    }
    assert_eq!(mounted("FROM busybox\nRUN npm ci\nRUN npm ci # own\n").await, 1);
}

/// The folders above a mount are made by root, and stay: `go install` could not make `~/go/bin` then.
#[tokio::test]
async fn only_root_has_mounts_among_the_files_of_the_image() {
    for (user, tool, mounted) in [
        ("root", "go install .", true),
        ("0:0", "cargo build", true),
        ("1234", "go install .", false),
        ("1234:1234", "cargo build", false),
        ("1234", "pnpm install", false),
        ("1234", "poetry install", false),
        ("1234", "npm ci", true),
        ("1234", "mvn package", true),
    ] {
        let file = format!("FROM busybox\nRUN {tool} # first\nUSER {user}\nRUN {tool}\n");
        let gateway = dockerfiles(file.leak());
        build(&gateway, &[]).await.unwrap();
        let any = solved(&gateway).iter().flat_map(mounts).any(|(_, ids)| !ids.is_empty());
        assert_eq!(any, mounted, "{user}: {tool}");
    }
}

/// What Maven installs, it installs into its cache.
#[tokio::test]
async fn what_a_step_leaves_in_a_cache_for_another_stays_in_the_image() {
    const DRIVER: &str =
        "FROM busybox\nRUN mvn -q install:install-file -Dfile=a.jar\nRUN mvn package\n";
    const MODULES: &str =
        "FROM busybox\nRUN mvn -B -f a/pom.xml clean install\nRUN mvn -pl b package\n";
    const ALONE: &str = "FROM busybox\nRUN mvn -B clean install\nRUN make install\n";
    const NONE: &str = "FROM busybox\nRUN mvn dependency:go-offline\nRUN mvn package\n";
    for (file, mounted) in [(DRIVER, 0), (MODULES, 0), (ALONE, 1), (NONE, 2)] {
        let gateway = dockerfiles(file);
        build(&gateway, &[]).await.unwrap();
        let execs = solved(&gateway).iter().flat_map(mounts).collect::<Vec<_>>();
        let count = execs.iter().filter(|(_, caches)| !caches.is_empty()).count();
        assert_eq!(count, mounted, "{file}: {execs:?}");
    }
}

/// A script may install packages by the lists that a step above it left.
#[tokio::test]
async fn lists_that_a_script_may_want_stay_in_the_image() {
    const UPDATE: &str = "RUN apt-get update && apt-get install -y a";
    let mounted = async |file: String| {
        let gateway = dockerfiles(file.leak());
        build(&gateway, &[]).await.unwrap();
        solved(&gateway).iter().flat_map(mounts).any(|(_, ids)| !ids.is_empty())
    };
    for script in
        ["./install.sh", "sh -e /tmp/install", "curl http://a.test | bash", ". /a", "sudo /srv/a"]
    {
        let file = format!("FROM busybox\n{UPDATE}\nRUN {script}\n");
        assert!(!mounted(file).await, "{script}");
        let file = format!("FROM busybox\n{UPDATE} && rm -rf /var/lib/apt/lists/*\nRUN {script}\n");
        assert!(mounted(file).await, "{script}");
        let file = format!("FROM busybox\nRUN {script}\n{UPDATE}\n");
        assert!(mounted(file).await, "{script}");
    }
    for other in [
        "make",
        "/usr/bin/make",
        "./configure --x",
        "/venv/bin/python -m a",
        "sh -c 'make a'",
        "$X a",
    ] {
        assert!(mounted(format!("FROM busybox\n{UPDATE}\nRUN {other}\n")).await, "{other}");
    }
}

#[tokio::test]
async fn a_step_with_caches_of_its_own_keeps_to_them() {
    const OWN: &str = "FROM busybox\nRUN npm ci # own\n";
    let gateway = dockerfiles(OWN);
    build(&gateway, &[]).await.unwrap();
    assert_eq!(solved(&gateway), [definition(OWN, "amd64")]);
    let gateway = dockerfiles("FROM busybox\n# strake: uses=npm\nRUN npm ci # own\n");
    build(&gateway, &[]).await.unwrap();
    assert_eq!(mounts(&solved(&gateway)[0])["npm ci # own"].len(), 2);
}

#[tokio::test]
async fn a_user_without_a_number_needs_a_directive() {
    const NAMED: &str = "FROM busybox\nUSER app\nRUN npm ci\n";
    const WANTED: &str = "FROM busybox\nUSER app\n# strake: uses=npm\nRUN npm ci\n";
    const SAID: &str = "FROM busybox\nUSER app\n# strake: uid=7 gid=8\nRUN npm ci\n";
    let gateway = dockerfiles(NAMED);
    build(&gateway, &[]).await.unwrap();
    assert_eq!(added(&gateway, NAMED), 0);
    let failure = build(&dockerfiles(WANTED), &[]).await.unwrap_err().to_string();
    assert!(failure.contains("(unusable-cache)") && failure.contains("Dockerfile:3"), "{failure}");
    let gateway = dockerfiles(SAID);
    build(&gateway, &[]).await.unwrap();
    let [ours] = solved(&gateway).try_into().unwrap();
    assert_eq!(mounts(&ours)["npm ci"].len(), 1);
    let shown = crate::support::shown(&ours);
    assert!(shown.iter().any(|name| name.contains("cache mount permissions")), "{shown:?}");
}

/// A link out of a mount leads nowhere once the step is over.
#[tokio::test]
async fn a_tool_that_links_into_its_cache_has_no_mount() {
    for (step, mounts) in [
        ("uv sync", 1),
        ("uv sync --link-mode=copy", 1),
        ("uv sync --link-mode symlink", 0),
        ("uv sync --link-mode=symlink", 0),
        ("UV_LINK_MODE=symlink uv sync", 0),
        ("export UV_LINK_MODE=symlink; uv sync", 0),
    ] {
        let file: &'static str = format!("FROM busybox\nRUN {step}\n").leak();
        let gateway = dockerfiles(file);
        build(&gateway, &[]).await.unwrap();
        assert_eq!(added(&gateway, file), mounts, "{step}");
    }
}
