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
    for (file, count) in [
        ("FROM busybox\nRUN npm ci\nRUN cp -r /root/.npm /kept\n", 0),
        ("FROM busybox\nRUN npm ci\nRUN npm ci --offline\n", 0),
        ("FROM busybox\nRUN mvn package\nRUN mvn -o verify\n", 0),
        (
            "FROM busybox\nRUN apt-get update && apt-get install -d a\nRUN dpkg -i /var/cache/apt/archives/*\n",
            0,
        ),
        ("FROM busybox\nRUN npm ci\nRUN npm ci # own\n", 1),
    ] {
        assert_eq!(mounted(file).await, count, "{file}");
    }
}

/// What Go and cargo fetch is in the layers: who is offline finds it there.
#[tokio::test]
async fn what_is_lent_is_counted_on() {
    for (file, steps) in [
        ("FROM busybox\nRUN cargo fetch\nRUN cargo build --frozen\n", "cargo fetch"),
        ("FROM busybox\nRUN go mod download\nRUN GOPROXY=off go build\n", "go mod download"),
        ("FROM busybox\nRUN go mod download\nRUN cp -r /go/pkg/mod /kept\n", "go mod download"),
        // To find its home there may be a failure.
        ("FROM busybox\nRUN mkdir /root/.cargo && cargo build\n", ""),
        ("FROM busybox\nENV CARGO_HOME=/c\nRUN cargo build && rm -r /c/registry\n", ""),
        ("FROM busybox\nRUN go mod download && tar -cf /modules.tar /root\n", ""),
        ("FROM busybox\nRUN go build\nRUN cp -r /root/.cache/go-build /kept\n", ""),
        ("FROM busybox\nRUN go env GOCACHE && go build\n", ""),
    ] {
        let gateway = dockerfiles(file);
        build(&gateway, &[]).await.unwrap();
        let all: Vec<_> = solved(&gateway).iter().flat_map(mounts).collect();
        let with = all.iter().filter(|(_, ids)| !ids.is_empty()).map(|(step, _)| step.as_str());
        assert_eq!(with.collect::<Vec<_>>().join(","), steps, "{file}");
    }
}

/// A later step, or a file that is built on this image, installs by the lists that a step left.
#[tokio::test]
async fn apt_leaves_its_lists_in_the_layers() {
    for file in [
        "FROM busybox\nRUN apt-get update\nRUN apt-get install -y a\n",
        "FROM busybox\nRUN apt-get update && apt-get install -y a\nRUN ./install.sh\n",
        "FROM busybox\nRUN apt-get update; ls /var/lib/apt/lists\n",
        "FROM busybox\n# strake: off\nRUN apt-get update\nRUN apt-get install -y a\n",
    ] {
        let gateway = dockerfiles(file);
        build(&gateway, &[]).await.unwrap();
        assert!(added(&gateway, file) > 0, "{file}");
        let [ours] = solved(&gateway).try_into().unwrap();
        let all = ours.pb.def.concat();
        let text = String::from_utf8_lossy(&all);
        assert!(text.contains("Dir::Cache") && !text.contains("Dir::State"), "{text}");
    }
}

/// The directories above a mount are made by root, and stay: `go install` could not make `~/go/bin`
/// then.
#[tokio::test]
async fn only_root_has_mounts_among_the_files_of_the_image() {
    for (user, tool, mounted) in [
        ("root", "pnpm install", true),
        ("0:0", "poetry install", true),
        ("1234", "go install .", true),
        ("1234:1234", "cargo build", true),
        ("1234", "pnpm install", false),
        ("1234", "poetry install", false),
        ("1234", "npm ci", true),
    ] {
        let file = format!("FROM busybox\nRUN {tool} # first\nUSER {user}\nRUN {tool}\n");
        let gateway = dockerfiles(file.leak());
        build(&gateway, &[]).await.unwrap();
        let any = solved(&gateway).iter().flat_map(mounts).any(|(_, ids)| !ids.is_empty());
        assert_eq!(any, mounted, "{user}: {tool}");
    }
}

/// Maven's repository is what a container or a script runs Maven by, and what Maven installs to.
#[tokio::test]
async fn mavens_repository_is_withheld_where_others_may_want_it() {
    for (steps, in_image, mounted) in [
        (&["mvn package"][..], false, 1),
        (&["mvn dependency:go-offline", "cp a b", "mvn package"], false, 2),
        (&["./prepare.sh", "mvn package"], false, 1),
        (&["mvn package"], true, 0),
        (&["mvn dependency:go-offline", "make"], false, 0),
        (&["mvn dependency:go-offline", "./build.sh", "mvn package"], false, 0),
        (&["mvn -q install:install-file -Dfile=a.jar", "mvn package"], false, 0),
        (&["mvn -B -f a/pom.xml clean install", "mvn -pl b package"], false, 0),
        (&["mvn -B clean install"], false, 1),
    ] {
        let steps: String = steps.iter().map(|step| format!("RUN {step}\n")).collect();
        let image = if in_image { "" } else { "FROM busybox\nCOPY --from=build /app.jar /\n" };
        let file: &'static str = format!("FROM busybox AS build\n{steps}{image}").leak();
        let gateway = dockerfiles(file);
        build(&gateway, &[]).await.unwrap();
        let execs = solved(&gateway).iter().flat_map(mounts).collect::<Vec<_>>();
        let count = execs.iter().filter(|(_, caches)| !caches.is_empty()).count();
        assert_eq!(count, mounted, "{file}: {execs:?}");
    }
}

/// What a step fetched with a secret, one without it can't fetch.
#[tokio::test]
async fn a_step_that_is_not_let_in_leaves_all_without_mounts() {
    for (first, second, mounted) in [
        ("npm ci # secret", "npm ci", false),
        ("npm ci", "npm ci # secret", true),
        ("npm ci # secret", "npm ci -g # secret", true),
        ("pip install a # agent", "pip install b", false),
        ("go mod download # secret", "go build", true),
    ] {
        let file: &'static str = format!("FROM busybox\nRUN {first}\nRUN {second}\n").leak();
        let gateway = dockerfiles(file);
        build(&gateway, &[]).await.unwrap();
        assert_eq!(added(&gateway, file) > 0, mounted, "{file}");
    }
}

/// Programs that are fetched to be run stay in the cache, for who runs them again.
#[tokio::test]
async fn what_is_fetched_to_be_run_has_a_mount_where_it_is_asked_for() {
    for (step, mounted) in [
        ("RUN npx cowsay a", false),
        ("RUN npm ci && npm exec cowsay", false),
        ("RUN uvx ruff check", false),
        ("RUN uv run --script a.py", false),
        ("# strake: uses=npm\nRUN npx cowsay a", true),
    ] {
        let file: &'static str = format!("FROM busybox\n{step}\n").leak();
        let gateway = dockerfiles(file);
        build(&gateway, &[]).await.unwrap();
        assert_eq!(added(&gateway, file) > 0, mounted, "{file}");
    }
}

/// The author has led the tool elsewhere, and asks for the cache: it is there.
#[tokio::test]
async fn a_mount_that_is_asked_for_is_where_the_tool_is_led() {
    for (env, place) in [("PIP_CACHE_DIR=/x", "/x"), ("OTHER=/x", "/dev/strake/cache/pip")] {
        let file: &'static str =
            format!("FROM busybox\nENV {env}\n# strake: uses=pip\nRUN pip install a\n").leak();
        let gateway = dockerfiles(file);
        build(&gateway, &[]).await.unwrap();
        let places: Vec<String> = solved(&gateway).iter().flat_map(places).collect();
        assert_eq!(places, [place], "{file}");
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
    const EXPLICIT: &str = "FROM busybox\nUSER app\n# strake: uid=7 gid=8\nRUN npm ci\n";
    let gateway = dockerfiles(NAMED);
    build(&gateway, &[]).await.unwrap();
    assert_eq!(added(&gateway, NAMED), 0);
    let failure = build(&dockerfiles(WANTED), &[]).await.unwrap_err().to_string();
    assert!(failure.contains("(unusable-cache)") && failure.contains("Dockerfile:3"), "{failure}");
    let gateway = dockerfiles(EXPLICIT);
    build(&gateway, &[]).await.unwrap();
    let [ours] = solved(&gateway).try_into().unwrap();
    assert_eq!(mounts(&ours)["npm ci"].len(), 1);
    let display_names = crate::support::display_names(&ours);
    assert!(
        display_names.iter().any(|name| name.contains("cache mount permissions")),
        "{display_names:?}"
    );
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
