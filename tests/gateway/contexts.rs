//! Contexts: which sources are asked for, with what attributes, and how they are shown.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use strake_frontend::testing::context::{
    ContextError, Entry, MainContext, MainFiles, NamedSource, context_date, main_context,
    main_vertex, named_context, named_vertex, read_entry, read_files,
};
use strake_frontend::testing::gateway::fake::{Call, FakeGateway, MODIFIED};
use strake_frontend::testing::gateway::{GatewayError, ImageStore};
use strake_frontend::testing::options::Options;
use strake_frontend::testing::platform::Platform;
use strake_llb::{Definition, Graph, MarshalOptions, Output};
use strake_proto::pb::SourceOp;

use crate::support::{build, display_names, local, source};

fn options(pairs: &[(&str, &str)]) -> Options {
    let raw = pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    Options::parse(raw, "session", &[Platform::new("linux", "amd64", "")]).unwrap()
}

fn attrs(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

/// What was solved, in order.
fn solved(fake: &FakeGateway) -> Vec<Definition> {
    let solves = fake.calls().into_iter().filter_map(|call| match call {
        Call::Solve(request) => request.definition,
        _ => None,
    });
    solves.collect()
}

fn marshal(add: impl FnOnce(&mut Graph) -> Option<Output>) -> Definition {
    let mut graph = Graph::new();
    let output = add(&mut graph);
    graph.marshal(output, &MarshalOptions::default()).unwrap()
}

fn vertex_of(main: &MainContext) -> Definition {
    marshal(|graph| main_vertex(graph, main, &BTreeSet::new()).unwrap())
}

fn local_source(definition: &Definition) -> (String, BTreeMap<String, String>) {
    let SourceOp { identifier, attrs } = source(definition);
    (identifier, attrs)
}

async fn entry_and_main(fake: &FakeGateway, options: &Options) -> (Entry, MainContext) {
    let entry = read_entry(fake, options).await.unwrap();
    let main = main_context(fake, options, &entry).await.unwrap();
    (entry, main)
}

#[tokio::test]
async fn a_local_build_loads_as_little_as_it_can() {
    let fake = FakeGateway::new().file("local://dockerfile", "dockerfile", "text").file(
        "local://context",
        ".dockerignore",
        "target\n",
    );
    let options = options(&[("local-sessionid:context", "other")]);
    let (entry, main) = entry_and_main(&fake, &options).await;
    assert_eq!(
        (entry.filename.as_str(), entry.text.as_slice()),
        ("Dockerfile", b"text".as_slice())
    );
    let [file, ignore] = solved(&fake).try_into().unwrap();
    assert_eq!(file, entry.definition);
    assert!(file.pb.metadata.contains_key(&entry.vertex));
    let expected = attrs(&[
        ("local.differ", "none"),
        ("local.followpaths", r#"["Dockerfile","Dockerfile.dockerignore","dockerfile"]"#),
        ("local.session", "session"),
        ("local.sharedkeyhint", "dockerfile"),
    ]);
    assert_eq!(local_source(&file), ("local://dockerfile".to_owned(), expected));
    assert_eq!(display_names(&file), ["[internal] load build definition from Dockerfile"]);
    let expected = attrs(&[
        ("local.differ", "none"),
        ("local.followpaths", r#"[".dockerignore"]"#),
        ("local.session", "other"),
        ("local.sharedkeyhint", "context-.dockerignore"),
    ]);
    assert_eq!(local_source(&ignore), ("local://context".to_owned(), expected));
    assert_eq!(display_names(&ignore), ["[internal] load .dockerignore"]);
    let expected = attrs(&[
        ("local.excludepatterns", r#"["target"]"#),
        ("local.session", "other"),
        ("local.sharedkeyhint", "context"),
    ]);
    let context = vertex_of(&main);
    assert_eq!(local_source(&context), ("local://context".to_owned(), expected));
    assert_eq!(display_names(&context), ["[internal] load build context"]);
}

#[tokio::test]
async fn the_files_own_ignore_file_comes_first() {
    let fake = FakeGateway::new()
        .file("local://dockerfile", "ci/strake.toml", "text")
        .file("local://dockerfile", "ci/strake.toml.dockerignore", "*\n!src\n")
        .file("local://context", ".dockerignore", "target\n");
    let (_, main) = entry_and_main(&fake, &options(&[("filename", "ci/strake.toml")])).await;
    let MainFiles::Local(directory) = main.files else { panic!("{main:?}") };
    assert_eq!(directory.excludes, ["*", "!src"]);
    assert_eq!(solved(&fake).len(), 1);
}

#[tokio::test]
async fn a_file_that_is_not_there_is_named() {
    let error = read_entry(&FakeGateway::new(), &options(&[])).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "can't read `Dockerfile`: open Dockerfile: no such file or directory"
    );
    assert!(matches!(&error, ContextError::Entry { source, .. } if source.is_not_found()));
    let failure = strake_frontend::testing::gateway::Failure::from(error);
    assert_eq!(
        failure.to_string(),
        "can't read `Dockerfile`: open Dockerfile: no such file or directory"
    );
}

#[tokio::test]
async fn a_repository_is_context_and_file_in_one() {
    let url = "https://github.com/a/b.git?keep-git-dir=true#v1";
    let fake = FakeGateway::new().file("git://github.com/a/b.git#v1", "Dockerfile", "text");
    let pairs = [("context", url), ("contextsubdir", "docs"), ("build-arg:SOURCE_DATE_EPOCH", "1")];
    let (entry, main) = entry_and_main(&fake, &options(&pairs)).await;
    let SourceOp { identifier, attrs: found } = source(&entry.definition);
    assert_eq!(identifier, "git://github.com/a/b.git#v1");
    let expected = attrs(&[
        ("git.authheadersecret", "GIT_AUTH_HEADER"),
        ("git.authtokensecret", "GIT_AUTH_TOKEN"),
        ("git.fullurl", "https://github.com/a/b.git"),
        ("git.keepgitdir", "true"),
        ("git.mtime", "commit"),
    ]);
    assert_eq!(found, expected);
    assert_eq!(display_names(&entry.definition), [format!("[internal] load git source {url}")]);
    // The file is that of the whole repository, the context its directory.
    assert_eq!(main.subdir.as_deref(), Some("docs"));
    assert_eq!(vertex_of(&main).pb.def.len(), 3);
    assert_eq!(solved(&fake).len(), 1);
}

#[tokio::test]
async fn a_download_is_an_archive_or_the_file() {
    let url = "https://example.com/x";
    let gzip: &[u8] = &[0x1f, 0x8b, 0x08, 0x00];
    let fake = FakeGateway::new().file(url, "context", gzip).file(url, "strake.toml", "text");
    let from_url = options(&[("context", url), ("filename", "strake.toml")]);
    let (entry, main) = entry_and_main(&fake, &from_url).await;
    assert_eq!(
        (entry.filename.as_str(), entry.text.as_slice()),
        ("strake.toml", b"text".as_slice())
    );
    assert_eq!(main.files, MainFiles::Http { url: url.to_owned(), archive: true });
    let calls = fake.calls();
    let first = calls.iter().find(|call| matches!(call, Call::ReadFile(..)));
    assert!(matches!(first, Some(Call::ReadFile(_, path, Some((0, 1024)))) if path == "context"));

    let fake = FakeGateway::new().file(url, "context", "text");
    let (entry, main) = entry_and_main(&fake, &from_url).await;
    assert_eq!((entry.filename.as_str(), entry.text.as_slice()), ("context", b"text".as_slice()));
    assert_eq!(main.files, MainFiles::Http { url: url.to_owned(), archive: false });
    assert_eq!(source(&vertex_of(&main)).attrs, attrs(&[("http.filename", "context")]));
    assert_eq!(display_names(&vertex_of(&main)), ["[internal] load remote build context"]);
}

#[tokio::test]
async fn inputs_take_the_place_of_directories() {
    let (file, context) = (local("elsewhere"), local("files"));
    let fake = FakeGateway::new()
        .input("dockerfile", file.clone())
        .input("context", context.clone())
        .file("local://elsewhere", "Dockerfile", "text");
    let (entry, main) = entry_and_main(&fake, &options(&[])).await;
    assert_eq!(entry.definition, file);
    assert_eq!(main.files, MainFiles::Input(context.clone()));
    assert_eq!(vertex_of(&main), context);

    let fake = fake.file("local://mine", "Dockerfile", "other");
    let entry = read_entry(&fake, &options(&[("dockerfilekey", "mine")])).await.unwrap();
    assert_eq!(entry.text, b"other");
}

/// Bake gives what it has built of another target, and for a call it has built nothing.
#[tokio::test]
async fn a_target_of_bake_is_not_there_in_a_call() {
    let fake = FakeGateway::new();
    let target = ("context:base", "target:base");
    let call = options(&[target, ("requestid", "frontend.lint")]);
    let amd64 = Platform::new("linux", "amd64", "");
    let source = named_context(&fake, &call, &call.contexts[0], &amd64).await;
    assert_eq!(source.unwrap(), NamedSource::Scratch);
    let build = options(&[target]);
    let error = named_context(&fake, &build, &build.contexts[0], &amd64).await.unwrap_err();
    assert_eq!(error.to_string(), "the client gave no input named `base`");
}

/// The build argument is `SOURCE_DATE_EPOCH=context`.
#[tokio::test]
async fn a_context_may_have_a_date() {
    let date = async |fake: &FakeGateway, context: &str| {
        let options = options(&[("context", context), ("build-arg:SOURCE_DATE_EPOCH", "context")]);
        let entry = read_entry(fake, &options).await.unwrap();
        context_date(fake, &entry).await.map_err(|error| error.to_string())
    };
    let git = "https://git.test/a.git";
    let fake = FakeGateway::new()
        .file("git://git.test/a.git", "Dockerfile", "text")
        .file("https://web.test/Dockerfile", "context", "text")
        .file("local://dockerfile", "Dockerfile", "text");
    assert_eq!(date(&fake, git).await, Ok(Some(MODIFIED)));
    assert_eq!(date(&fake, "https://web.test/Dockerfile").await, Ok(Some(MODIFIED)));
    assert_eq!(date(&fake, "").await, Ok(None));
    let old = fake.without("source.git.mtime");
    let error = date(&old, git).await.unwrap_err();
    assert!(error.contains("needs BuildKit 0.29 or newer"), "{error}");
}

#[tokio::test]
async fn files_of_the_context_are_read_in_one_solve() {
    let fake = FakeGateway::new()
        .file("local://dockerfile", "Dockerfile", "")
        .file("local://context", "a.sh", "a")
        .file("local://context", "b/c.sh", "c");
    let (_, main) = entry_and_main(&fake, &options(&[])).await;
    let before = solved(&fake).len();
    let files = read_files(&fake, &main, &["a.sh", "/b/c.sh", "none"]).await.unwrap();
    assert_eq!(files[0].as_deref().unwrap(), b"a");
    assert_eq!(files[1].as_deref().unwrap(), b"c");
    assert!(files[2].as_ref().unwrap_err().is_not_found());
    let solved = solved(&fake);
    assert_eq!(solved.len(), before + 1);
    let follow = &source(&solved[before]).attrs["local.followpaths"];
    assert_eq!(follow, r#"["a.sh","b/c.sh","none"]"#);
}

/// Looks a named context up for linux/arm64.
async fn named(
    fake: &FakeGateway,
    pairs: &[(&str, &str)],
    name: &str,
) -> Result<NamedSource, ContextError> {
    let options = options(pairs);
    let platform = Platform::new("linux", "arm64", "");
    let context = options.context(name, &platform).unwrap();
    named_context(fake, &options, context, &platform).await
}

fn named_definition(source: &NamedSource) -> Definition {
    marshal(|graph| named_vertex(graph, source, &BTreeSet::new()).unwrap())
}

#[tokio::test]
async fn named_images_are_pinned() {
    let fake = FakeGateway::new().image("docker.io/library/alpine:3", "linux/arm64", "{\"a\":1}");
    let pairs = [("context:base::linux/arm64", "docker-image://alpine:3")];
    let found = named(&fake, &pairs, "base").await.unwrap();
    assert_eq!(found.config(), Some(b"{\"a\":1}".as_slice()));
    let definition = named_definition(&found);
    let digest = format!("sha256:{:064x}", 7);
    let expected = format!("docker-image://docker.io/library/alpine:3@{digest}");
    assert_eq!(source(&definition).identifier, expected);
    assert_eq!(display_names(&definition), ["[context base::linux/arm64] alpine:3"]);
    let calls = fake.calls();
    let [Call::ResolveImage(asked)] = calls.as_slice() else { panic!("{calls:?}") };
    assert_eq!(asked.log_name, "[context base::linux/arm64] load metadata for alpine:3");
    assert_eq!(asked.resolve_mode, "default");
    let scratch = named(&fake, &[("context:base", "docker-image://scratch")], "base").await;
    assert_eq!(scratch.unwrap(), NamedSource::Scratch);
}

#[tokio::test]
async fn named_layouts_are_looked_up_in_the_clients_store() {
    let digest = format!("sha256:{}", "1".repeat(64));
    let reference = format!("docker.io/library/base@{digest}");
    let fake = FakeGateway::new().image(&reference, "", "{}");
    let spec = format!("oci-layout://store@{digest}");
    let found = named(&fake, &[("context:base", &spec)], "base").await.unwrap();
    let SourceOp { identifier, attrs: found } = source(&named_definition(&found));
    assert_eq!(identifier, format!("oci-layout://{reference}"));
    assert_eq!(found, attrs(&[("oci.session", "session"), ("oci.store", "store")]));
    let calls = fake.calls();
    let [Call::ResolveImage(asked)] = calls.as_slice() else { panic!("{calls:?}") };
    let store = ImageStore::OciLayout { session_id: "session".into(), store_id: "store".into() };
    assert_eq!(asked.store, store);
}

#[tokio::test]
async fn named_directories_have_ignore_files_of_their_own() {
    let fake = FakeGateway::new().file("local://directory", ".dockerignore", "a\n");
    let pairs = [("context:src", "local:directory"), ("sharedkey:localdir:src", "key")];
    let found = named(&fake, &pairs, "src").await.unwrap();
    let definition = named_definition(&found);
    let expected = attrs(&[
        ("local.excludepatterns", r#"["a"]"#),
        ("local.session", "session"),
        ("local.sharedkeyhint", "context:src-key"),
    ]);
    assert_eq!(local_source(&definition), ("local://directory".to_owned(), expected));
    assert_eq!(display_names(&definition), ["[context src] load from client"]);
    let ignore = &solved(&fake)[0];
    let hint = &source(ignore).attrs["local.sharedkeyhint"];
    assert_eq!(hint, "context:src-.dockerignore");
    assert_eq!(display_names(ignore), ["[context src] load .dockerignore"]);
}

#[tokio::test]
async fn other_named_contexts() {
    let fake = FakeGateway::new().input("stage", local("x"));
    let pairs = [
        ("context:in", "input:stage"),
        ("input-metadata:stage", r#"{"containerimage.config":"e30="}"#),
        ("context:none", "input:missing"),
        ("context:web", "https://example.com/a.tar"),
        ("context:git", "https://example.com/a.git#main:docs"),
    ];
    let input = named(&fake, &pairs, "in").await.unwrap();
    assert_eq!(input.config(), Some(b"{}".as_slice()));
    assert_eq!(named_definition(&input), local("x"));
    let missing = named(&fake, &pairs, "none").await.unwrap_err();
    assert_eq!(missing.to_string(), "the client gave no input named `missing`");
    let web = named_definition(&named(&fake, &pairs, "web").await.unwrap());
    assert_eq!(source(&web).identifier, "https://example.com/a.tar");
    assert_eq!(display_names(&web), ["[context web] https://example.com/a.tar"]);
    let git = named_definition(&named(&fake, &pairs, "git").await.unwrap());
    assert_eq!(source(&git).identifier, "git://example.com/a.git#main:docs");
}

#[tokio::test]
async fn source_policies_are_followed_but_not_in_a_cycle() {
    let replaced = |resolved: &str| GatewayError::NotAnImage {
        reference: "docker.io/library/alpine:latest".into(),
        resolved: resolved.into(),
    };
    let pairs = [("context:base", "docker-image://alpine")];
    let fake = FakeGateway::new().fail("resolve", replaced("https://example.com/rootfs.tar"));
    let found = named(&fake, &pairs, "base").await.unwrap();
    assert!(matches!(found, NamedSource::Http { .. }), "{found:?}");
    let fake = FakeGateway::new().fail("resolve", replaced("docker-image://alpine"));
    let error = named(&fake, &pairs, "base").await.unwrap_err();
    assert!(error.to_string().contains("cycle"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn file_and_ignore_file_are_read_at_the_same_time() {
    let fake = FakeGateway::new()
        .file("local://dockerfile", "strake.toml", "text")
        .delay("read", Duration::from_secs(1));
    read_entry(&fake, &options(&[("filename", "strake.toml")])).await.unwrap();
    assert_eq!(fake.most_under_way(), 2);
}

/// A pattern that looks everywhere is a request for each directory.
#[tokio::test]
async fn a_pattern_lists_so_many_directories() {
    let manifest = "# syntax=s\n[stage.app]\nfrom = 'scratch'\n\
                    layer = [{ run = ['/x'], inputs = ['**/*.txt'] }]\n";
    let mut daemon = FakeGateway::new().file("local://dockerfile", "Dockerfile", manifest);
    for number in 0..2_100 {
        daemon = daemon.file("local://context", &format!("d{number}/a.txt"), "");
    }
    let failure = build(&daemon, &[]).await.unwrap_err().to_string();
    assert!(failure.contains("looks into more than 2000 directories"), "{failure}");
    let listed = daemon.lines().iter().filter(|line| line.starts_with("list ")).count();
    assert_eq!(listed, 2_000);
}
