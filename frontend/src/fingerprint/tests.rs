use strake_llb::{
    CacheSharing, Copy, ExecOp, FileOp, Graph, HttpSource, MarshalOptions, Mkfile, Mount, Output,
    ProxyEnv, ResolveMode, SourceOp, decode,
};

use super::*;

/// What a graph may differ in.
#[derive(Clone)]
struct Build {
    session: &'static str,
    excluded: &'static str,
    image: &'static str,
    resolved: ResolveMode,
    cache: &'static str,
    proxy: &'static str,
    command: &'static str,
    copied: &'static str,
    config: &'static str,
    /// What the client's files are.
    content: &'static str,
}

const BUILD: Build = Build {
    session: "one",
    excluded: "x",
    image: "busybox@sha256:00",
    resolved: ResolveMode::Default,
    cache: "a",
    proxy: "http://a",
    command: "make",
    copied: "/src",
    config: r#"{"config":{"Cmd":["a"]},"created":"2026-01-01T00:00:00Z","history":[{"created_by":"a"}]}"#,
    content: "00",
};

impl Build {
    fn definition(&self) -> Definition {
        let mut graph = Graph::new();
        let context = SourceOp::local("context")
            .session_id(self.session)
            .exclude_patterns([self.excluded])
            .shared_key_hint(self.session);
        let context = graph.add(SourceOp::from(context));
        let image = SourceOp::image(self.image).resolve_mode(self.resolved);
        let image = graph.add(SourceOp::from(image));
        let copy = Copy::new(Some(context.into()), self.copied, "/app/");
        let files = graph.add(FileOp::new(Some(image.into())).copy(copy));
        let proxy = ProxyEnv { http_proxy: self.proxy.into(), ..ProxyEnv::default() };
        let run = ExecOp::new([self.command])
            .proxy_env(proxy)
            .mount(Mount::root(Some(files.into())))
            .mount(Mount::bind("/in", context.output(0)).selector("/b").readonly())
            .mount(Mount::cache("/cache", self.cache, CacheSharing::Shared));
        let run = graph.add(run);
        graph.metadata_mut(files).custom_name("copy");
        graph.metadata_mut(run).custom_name("run");
        let top = graph.mount_output(run, "/");
        graph.marshal(top, &MarshalOptions::default()).unwrap()
    }

    fn fingerprint(&self) -> Fingerprint {
        let definition = self.definition();
        let decoded = decode(&definition.pb).unwrap();
        let contents = taken(&decoded).into_iter();
        let contents = contents.map(|of| ((of.at, of.input), self.content.to_owned()));
        fingerprint(FingerprintInput {
            definition: &definition,
            decoded: &decoded,
            contents: &contents.collect(),
            config: self.config.as_bytes(),
            always: &BTreeSet::new(),
        })
    }
}

#[test]
fn what_makes_no_other_image_is_no_part_of_it() {
    let before = BUILD.fingerprint();
    for (what, other) in [
        ("another client", Build { session: "two", ..BUILD }),
        ("another file that is not sent", Build { excluded: "y", ..BUILD }),
        ("another cache", Build { cache: "b", ..BUILD }),
        ("another proxy", Build { proxy: "", ..BUILD }),
        ("an image by another way", Build { resolved: ResolveMode::ForcePull, ..BUILD }),
        ("another day", Build { config: r#"{"config":{"Cmd":["a"]},"created":"2027"}"#, ..BUILD }),
    ] {
        assert_eq!(other.fingerprint(), before, "{what}");
    }
}

#[test]
fn what_makes_another_image_is_a_part_of_it() {
    let before = BUILD.fingerprint();
    for (what, other, first) in [
        ("files", Build { content: "01", ..BUILD }, "copy"),
        ("a base", Build { image: "busybox@sha256:01", ..BUILD }, "copy"),
        ("a copy", Build { copied: "/source", ..BUILD }, "copy"),
        ("a command", Build { command: "ninja", ..BUILD }, "run"),
    ] {
        let after = other.fingerprint();
        assert_ne!(after.layers, before.layers, "{what}");
        assert_ne!(after.image, before.image, "{what}");
        let changed = before.steps.iter().zip(&after.steps).find(|(one, other)| one != other);
        assert_eq!(changed.unwrap().0.name, first, "{what}");
    }
    let after = Build { config: r#"{"config":{"Cmd":["b"]}}"#, ..BUILD }.fingerprint();
    assert_eq!(after.layers, before.layers);
    assert_ne!(after.image, before.image);
}

#[test]
fn what_is_taken_is_known_by_its_use() {
    let definition = BUILD.definition();
    let decoded = decode(&definition.pb).unwrap();
    let taken = taken(&decoded);
    let files: Vec<_> = taken.iter().map(|taken| taken.files.as_slice()).collect();
    assert_eq!(files.len(), 2);
    assert!(matches!(files[0], [TakenFiles::Copied(copy)] if copy.src == "/src"), "{files:?}");
    assert_eq!(files[1], [TakenFiles::Mounted("/b")]);
}

#[test]
fn a_directory_that_is_stood_on_is_taken_whole() {
    let mut graph = Graph::new();
    let context = graph.add(SourceOp::from(SourceOp::local("context").session_id("s")));
    let base: Output = context.into();
    let file = graph.add(FileOp::new(Some(base)).mkfile(Mkfile::new("/a", 0o644, "a")));
    let merged = graph.merge([Some(file.into()), Some(base)]);
    let definition = graph.marshal(merged, &MarshalOptions::default()).unwrap();
    let decoded = decode(&definition.pb).unwrap();
    let taken = taken(&decoded);
    assert_eq!(taken.len(), 2);
    assert!(taken.iter().all(|taken| taken.files == [TakenFiles::Everything]), "{taken:?}");
}

#[test]
fn what_may_be_another_thing_tomorrow_is_named() {
    let commit = "0123456789012345678901234567890123456789";
    let mut graph = Graph::new();
    let http = |url: &str| -> HttpSource { SourceOp::http(url) };
    let sources: Vec<Option<Output>> = vec![
        SourceOp::from(http("https://a/pinned").checksum("sha256:00")),
        SourceOp::from(http("https://a/moving")),
        SourceOp::from(SourceOp::git(format!("git://a/pinned.git#{commit}:directory"))),
        SourceOp::from(SourceOp::git("git://a/moving.git#main")),
        SourceOp::from(SourceOp::image("a/moving:latest")),
        SourceOp::from(SourceOp::image("a/pinned@sha256:00")),
    ]
    .into_iter()
    .map(|source| Some(graph.add(source).into()))
    .collect();
    let merged = graph.merge(sources);
    let definition = graph.marshal(merged, &MarshalOptions::default()).unwrap();
    let unpinned = unpinned(&decode(&definition.pb).unwrap());
    assert_eq!(unpinned.len(), 3, "{unpinned:?}");
    assert!(unpinned.iter().all(|name| name.contains("moving")), "{unpinned:?}");
}

/// What is not understood can't be told apart from what it was, and is never taken for the same.
#[test]
fn an_operation_of_tomorrow_is_another_one_for_each_client() {
    let of_tomorrow = |build: &Build| {
        let definition = build.definition();
        let mut decoded = decode(&definition.pb).unwrap();
        let run = decoded.head.unwrap().0;
        // A field that nobody knows.
        decoded.ops[run].bytes.extend([0xf8, 0x3f, 0x01]);
        decoded.ops[run].digest = digest(&decoded.ops[run].bytes);
        digests(&decoded, &BTreeMap::new())[run].clone()
    };
    assert_eq!(of_tomorrow(&BUILD), of_tomorrow(&BUILD));
    assert_ne!(of_tomorrow(&BUILD), of_tomorrow(&Build { session: "two", ..BUILD }));
}
