//! The text of definitions.

mod support;

use strake_llb::{DumpOptions, Graph, Mount, PassthroughOp, SourceOp, dump, dump_with};
use support::{fixture, fixtures};

#[test]
fn fixtures_as_text() {
    for fixture in fixtures() {
        insta::assert_snapshot!(fixture.name.clone(), dump(&fixture.definition).unwrap());
    }
}

#[test]
fn no_digest_of_a_vertex_appears() {
    for fixture in fixtures() {
        let text = dump(&fixture.definition).unwrap();
        assert!(fixture.ops.iter().all(|(digest, _)| !text.contains(digest)), "{text}");
    }
}

#[test]
fn capabilities_on_request() {
    let options = DumpOptions { metadata: false, caps: true, locations: false };
    let text = dump_with(&fixture("dockerfile-apt").definition, options).unwrap();
    insta::assert_snapshot!(text);
}

#[test]
fn scratch_as_text() {
    assert_eq!(Graph::new().dump(None).unwrap(), "=> scratch\n");
}

#[test]
fn owners_and_passthrough_as_text() {
    let mut graph = Graph::new();
    let first = graph.add(SourceOp::local("a").session_id("s")).output(0);
    let base = graph.cache_base(None, 1000, 1000, 0o755);
    let mount = Mount::cache("/c", "c", strake_llb::CacheSharing::Shared).owned_base(base);
    let exec = strake_llb::ExecOp::new(["true"]).mount(Mount::root(None)).mount(mount);
    let exec = graph.add(exec).output(0);
    let pass = graph.add(PassthroughOp::new("p").wait_for(exec).pass(first));
    insta::assert_snapshot!(graph.dump(Some(pass.output(0))).unwrap());
}
