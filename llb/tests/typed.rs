//! What the typed builder writes is what BuildKit's own library writes: the fixtures, built by hand.
// Helpers of tests, too, may fail the test that calls them.
#![allow(clippy::unwrap_used)]

mod support;

use std::collections::BTreeSet;

use strake_llb::{
    CacheSharing, Copy, Definition, ExecOp, FileOp, Graph, MarshalOptions, Mkdir, Mkfile, Mount,
    NetMode, Output, Platform, ProgressGroup, ProxyEnv, Range, ResolveMode, Rm, SecretEnv,
    SecretOpt, SecurityMode, SourceInfo, SourceOp, SshOpt, Symlink, VertexId,
};
use support::{caps, fixture};

const DEBIAN: &str = "docker.io/library/debian:bookworm-slim@sha256:0000000000000000000000000000000000000000000000000000000000000001";

fn amd64() -> Platform {
    Platform::new("linux", "amd64")
}

fn options() -> MarshalOptions {
    MarshalOptions { platform: Some(amd64()), ..MarshalOptions::default() }
}

/// Bytes, order, metadata, capabilities and source map are those of the fixture. Capabilities of
/// file actions, which BuildKit's library loses, come on top.
fn check(graph: &Graph, output: impl Into<Output>, name: &str) {
    let expected = fixture(name);
    let built = graph.marshal(Some(output.into()), &options()).unwrap();
    assert_eq!(built.pb.def, expected.definition.pb.def, "{name}");
    assert_eq!(built.pb.source, expected.definition.pb.source, "{name}");
    assert_eq!(without_file_caps(&built), without_file_caps(&expected.definition), "{name}");
    for (digest, expected) in caps(&expected.definition) {
        let built = &caps(&built)[&digest];
        assert!(built.is_superset(&expected), "{name}");
        assert!(built.difference(&expected).all(|cap| is_of_files(cap)), "{name}");
    }
}

/// Whether a file action asks for it; symbolic modes have no capability of their own.
fn is_of_files(cap: &str) -> bool {
    cap.starts_with("file.") || cap == "exec.validexitcode"
}

fn without_file_caps(definition: &Definition) -> Definition {
    let mut definition = definition.clone();
    for metadata in definition.pb.metadata.values_mut() {
        metadata.caps.retain(|cap, _| !is_of_files(cap));
    }
    definition
}

fn debian(graph: &mut Graph) -> VertexId {
    graph.add(SourceOp::image(DEBIAN).platform(amd64()).resolve_mode(ResolveMode::PreferLocal))
}

fn context(graph: &mut Graph) -> VertexId {
    let context = graph.add(
        SourceOp::local("context")
            .session_id("s1")
            .include_patterns(["a", "b/**"])
            .exclude_patterns(["*.md", "!README.md"])
            .follow_paths(["a", "b"])
            .shared_key_hint("context"),
    );
    graph.metadata_mut(context).custom_name("[internal] load build context");
    context
}

#[test]
fn sources() {
    let mut graph = Graph::new();
    let image = debian(&mut graph);
    check(&graph, image, "image");
    let arm64 = Platform::new("linux", "arm64").variant("v8");
    let arm64 =
        graph.add(SourceOp::image(DEBIAN).platform(arm64).resolve_mode(ResolveMode::PreferLocal));
    check(&graph, arm64, "image-arm64");
    let local = context(&mut graph);
    check(&graph, local, "local");
    let git = graph.add(
        SourceOp::git("github.com/moby/buildkit.git#v0.25.0")
            .full_url("https://github.com/moby/buildkit.git")
            .keep_git_dir(),
    );
    check(&graph, git, "git");
    let http = graph.add(
        SourceOp::http("https://example.com/a.tgz")
            .checksum("sha256:2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881")
            .filename("a.tgz")
            .perm(0o644)
            .uid(1)
            .gid(2),
    );
    check(&graph, http, "http");
}

#[test]
fn exec_plain() {
    let mut graph = Graph::new();
    let base = debian(&mut graph);
    let exec = graph.add(
        ExecOp::new(["/bin/sh", "-c", "echo hi"])
            .env("B", "0")
            .env("B", "2")
            .env("A", "1")
            .cwd("/w")
            .user("1000:1000")
            .mount(Mount::root(Some(base.output(0)))),
    );
    graph.metadata_mut(exec).custom_name("[s 1/2] RUN echo hi");
    check(&graph, exec, "exec-plain");
}

fn exec_with_mounts(graph: &mut Graph) -> VertexId {
    let base = debian(graph).output(0);
    let busybox = graph.add(SourceOp::image("docker.io/library/busybox:latest")).output(0);
    let context = context(graph).output(0);
    let secret = SecretOpt { uid: 1, gid: 2, optional: true, ..SecretOpt::new("x") };
    let exec = ExecOp::new(["make", "all"])
        .hostname("hn")
        .extra_host("h", "10.0.0.1")
        .ulimit("nofile", 10, 20)
        .cgroup_parent("cg")
        .proxy_env(ProxyEnv { http_proxy: "http://p".into(), ..ProxyEnv::default() })
        .network(NetMode::None)
        .security(SecurityMode::Insecure)
        .valid_exit_codes([0, 3])
        .secret_env(SecretEnv { id: "tok".into(), name: "TOKEN".into(), optional: false })
        .mount(Mount::ssh("/run/ssh.sock", SshOpt { optional: true, ..SshOpt::new("default") }))
        .mount(Mount::secret("/run/secrets/x", secret))
        .mount(Mount::tmpfs("/tmp/t").size(1 << 20))
        .mount(Mount::bind("/ro", context).readonly().selector("/dir"))
        .mount(Mount::scratch("/out"))
        .mount(Mount::cache("/cache/b", "idb", CacheSharing::Locked))
        .mount(
            Mount::cache("/cache/c", "idc", CacheSharing::Private).base(busybox).selector("/sub"),
        )
        .mount(Mount::cache("/cache/a", "ida", CacheSharing::Shared))
        .mount(Mount::root(Some(base)));
    graph.add(exec)
}

#[test]
fn exec_with_every_kind_of_mount() {
    let mut graph = Graph::new();
    let exec = exec_with_mounts(&mut graph);
    check(&graph, graph.mount_output(exec, "/").unwrap(), "exec-mounts");
    check(&graph, graph.mount_output(exec, "/out").unwrap(), "exec-second-output");
    for target in ["/ro", "/cache/a", "/tmp/t", "/run/secrets/x", "/nothing"] {
        assert_eq!(graph.mount_output(exec, target), None, "{target}");
    }
}

#[test]
fn file_chain() {
    let mut graph = Graph::new();
    let (base, context) = (debian(&mut graph), context(&mut graph));
    let copy = Copy::new(context.output(0), "a", "/d/")
        .mode("u+x")
        .include_patterns(["*.c"])
        .exclude_patterns(["x"])
        .follow_symlinks()
        .dir_copy_contents()
        .attempt_unpack()
        .create_dest_path()
        .wildcard()
        .allow_empty_wildcard();
    let mkdir =
        Mkdir::new("/d", 0o755).parents().chown((5, 6)).timestamp(1_700_000_000_000_000_000);
    let file = graph.add(
        FileOp::new(Some(base.output(0)))
            .mkdir(mkdir)
            .mkfile(Mkfile::new("/d/f", 0o600, "content\n").chown("root:daemon"))
            .copy(copy)
            .rm(Rm::new("/old").allow_not_found().wildcard())
            .symlink(Symlink::new("/d/f", "/link")),
    );
    graph.metadata_mut(file).custom_name("files");
    check(&graph, file, "file-chain");
    let definition = graph.marshal(Some(file.output(0)), &options()).unwrap();
    let required: BTreeSet<_> = definition.required_caps();
    for cap in ["exec.validexitcode", "file.copy.includeexcludepatterns", "file.symlink.create"] {
        assert!(required.contains(cap), "{cap}");
    }
}

#[test]
fn copy_onto_scratch() {
    let mut graph = Graph::new();
    let base = debian(&mut graph);
    let copy = Copy::new(base.output(0), "/etc/os-release", "/os");
    let file = graph.add(FileOp::new(None).copy(copy));
    check(&graph, file, "scratch-copy");
}

#[test]
fn merge_and_diff() {
    let mut graph = Graph::new();
    let base = debian(&mut graph).output(0);
    let mut diff = |name: &str, data: &str| {
        let file = Mkfile::new(name, 0o644, data);
        let file = graph.add(FileOp::new(Some(base)).mkfile(file));
        graph.diff(Some(base), Some(file.output(0)))
    };
    let (a, b) = (diff("/a", "a"), diff("/b", "b"));
    let merged = graph.merge([Some(base), None, a, b]).unwrap();
    graph.metadata_mut(merged.vertex).custom_name("merge");
    check(&graph, merged, "merge-diff");
}

#[test]
fn metadata() {
    let mut graph = Graph::new();
    let base = debian(&mut graph).output(0);
    let exec = graph.add(ExecOp::new(["x"]).mount(Mount::root(Some(base))));
    let metadata = graph.metadata_mut(exec);
    metadata.ignore_cache = true;
    metadata.export_cache = Some(false);
    metadata.group(ProgressGroup { id: "pg".into(), name: "group".into(), weak: true });
    check(&graph, exec, "metadata");
}

#[test]
fn dockerfile_with_apt() {
    const DOCKERFILE_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    let expected = fixture("dockerfile-apt").definition;
    let mut graph = Graph::new();
    let info = &expected.pb.source.as_ref().unwrap().infos[0];
    let source = graph.add_source_info(SourceInfo::from(info));
    let run = |command: &str, root: Option<Output>| {
        ExecOp::new(["/bin/sh", "-c", command])
            .env("PATH", DOCKERFILE_PATH)
            .env("V", "1")
            .platform(amd64())
            .mount(Mount::root(root))
    };
    let step = |graph: &mut Graph, exec: ExecOp, name: &str, command: &str, line: i32| {
        let vertex = graph.add(exec);
        let metadata = graph.metadata_mut(vertex);
        metadata.custom_name(name).describe("com.docker.dockerfile.v1.command", command);
        graph.locate(vertex, source, [Range::lines(line, line)]);
        graph.mount_output(vertex, "/")
    };
    let apt = "apt-get update && apt-get install -y --no-install-recommends curl=$V && rm -rf /var/lib/apt/lists/*";
    let name = format!("[stage-0 1/2] RUN {}", apt.replace("$V", "1"));
    let first = step(&mut graph, run(apt, None), &name, &format!("RUN {apt}"), 3);
    let command =
        "RUN --mount=type=cache,target=/var/cache/apt,sharing=locked apt-get install -y git";
    let mount = Mount::cache("/var/cache/apt", "//var/cache/apt", CacheSharing::Locked);
    let exec = run("apt-get install -y git", first).mount(mount);
    let name = format!("[stage-0 2/2] {command}");
    let last = step(&mut graph, exec, &name, command, 4).unwrap();
    check(&graph, last, "dockerfile-apt");
}

#[test]
fn the_same_graph_gives_the_same_bytes() {
    let marshal = || {
        let mut graph = Graph::new();
        let exec = exec_with_mounts(&mut graph);
        let output = graph.mount_output(exec, "/out");
        graph.marshal(output, &options()).unwrap().encode_to_vec()
    };
    let first = marshal();
    assert!((0..50).all(|_| marshal() == first));
}

#[test]
fn scratch_is_the_empty_definition() {
    let definition = Graph::new().marshal(None, &options()).unwrap();
    assert!(definition.is_empty());
    assert_eq!(definition.head(), None);
    assert!(definition.required_caps().is_empty());
}

#[test]
fn only_what_is_reachable_is_marshalled() {
    let mut graph = Graph::new();
    let base = debian(&mut graph);
    exec_with_mounts(&mut graph);
    let unused = SourceInfo { filename: "unused".into(), ..SourceInfo::default() };
    graph.add_source_info(unused);
    check(&graph, base, "image");
}

#[test]
fn duplicates_are_one_vertex_with_the_metadata_of_all() {
    let mut graph = Graph::new();
    let file =
        |graph: &mut Graph| graph.add(FileOp::new(None).mkfile(Mkfile::new("/a", 0o644, "a")));
    let (a, b) = (file(&mut graph), file(&mut graph));
    graph.metadata_mut(a).describe("x", "1").describe("y", "1");
    graph.metadata_mut(b).describe("y", "2").ignore_cache = true;
    let merged = graph.merge([Some(a.output(0)), Some(b.output(0))]);
    let definition = graph.marshal(merged, &options()).unwrap();
    assert_eq!(definition.pb.def.len(), 3);
    let digests = graph.digests(merged.unwrap(), &options()).unwrap();
    assert_eq!(digests[&a], digests[&b]);
    let metadata = &definition.pb.metadata[digests[&a].as_str()];
    assert!(metadata.ignore_cache);
    assert_eq!(metadata.description["x"], "1");
    assert_eq!(metadata.description["y"], "2");
}

#[test]
fn a_local_source_without_a_session_is_made_unique() {
    let mut graph = Graph::new();
    let local = graph.add(SourceOp::local("context")).output(0);
    let marshal = |id: &str| {
        let options = MarshalOptions { local_unique_id: id.into(), ..options() };
        graph.marshal(Some(local), &options).unwrap()
    };
    assert_ne!(marshal("a").pb.def, marshal("b").pb.def);
    assert!(marshal("a").required_caps().contains("source.local.unique"));
}

#[test]
fn resource_limits_come_with_the_bytes() {
    let mut graph = Graph::new();
    let exec = graph.add(ExecOp::new(["x"]).mount(Mount::root(None)));
    let limits = strake_llb::LinuxResources { memory: 1 << 30, ..Default::default() };
    graph.metadata_mut(exec).custom_name("limited").linux_resources = Some(limits);
    let definition = graph.marshal(Some(exec.output(0)), &options()).unwrap();
    assert!(definition.required_caps().contains("exec.meta.linux.resources"));
    let decoded = Definition::decode(&definition.encode_to_vec()).unwrap();
    assert_eq!(decoded, definition);
    let mut other = Graph::new();
    let output = other.graft(&decoded).unwrap();
    assert_eq!(other.marshal(output, &options()).unwrap(), definition);
}
