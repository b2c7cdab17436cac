//! Adding mounts to foreign execs. The tests of the workspace do so widely; here are the edges.
// Helpers of tests, too, may fail the test that calls them.
#![allow(clippy::unwrap_used)]

mod support;

use std::collections::BTreeMap;

use prost::Message as _;
use strake_llb::{
    AddedMount, Addition, CacheSharing, Definition, ExecOp, FileOp, Graph, InsertError,
    MarshalOptions, Mkfile, Mount, SecretOpt, SourceOp, digest,
};
use strake_proto::pb;
use support::fixture;

fn added(graph: &Graph, mount: Mount) -> AddedMount {
    AddedMount::new(graph, mount, &MarshalOptions::default()).unwrap()
}

fn cache(target: &str) -> AddedMount {
    added(&Graph::new(), Mount::cache(target, "id", CacheSharing::Locked))
}

fn file(target: &str) -> AddedMount {
    let mut graph = Graph::new();
    let file = graph.add(FileOp::new(None).mkfile(Mkfile::new("/file", 0o644, "x"))).output(0);
    added(&graph, Mount::bind(target, file).selector("/file").readonly())
}

/// Two steps, the first with a secret; and their digests.
fn steps() -> (Definition, [String; 2]) {
    let mut graph = Graph::new();
    let base = graph.add(SourceOp::image("docker.io/library/debian:bookworm")).output(0);
    let first = ExecOp::new(["first"]).env("A", "1").mount(Mount::root(Some(base)));
    let first = graph.add(first.mount(Mount::secret("/a", SecretOpt::new("a"))));
    let root = graph.mount_output(first, "/").unwrap();
    let second = graph.add(ExecOp::new(["second"]).mount(Mount::root(Some(root))));
    let definition = graph.marshal(Some(second.output(0)), &MarshalOptions::default()).unwrap();
    let digests = [1, 2].map(|at| digest(&definition.pb.def[at]).to_string());
    (definition, digests)
}

fn exec(definition: &Definition, at: usize) -> (pb::Op, pb::ExecOp) {
    let op = pb::Op::decode(definition.pb.def[at].as_slice()).unwrap();
    let Some(pb::op::Op::Exec(exec)) = op.op.clone() else { panic!("{op:?}") };
    (op, exec)
}

#[test]
fn mounts_and_variables_are_put_in_their_places() {
    let (definition, [first, second]) = steps();
    let env = vec![("B".to_owned(), "2".to_owned())];
    let whole =
        Addition { mounts: vec![cache("/z"), file("/c"), cache("/b")], env, ..Addition::default() };
    let half = Addition { mounts: vec![file("/c")], ..Addition::default() };
    let additions = BTreeMap::from([(first.clone(), whole), (second.clone(), half)]);
    let inserted = definition.insert(&additions).unwrap();
    let ours = inserted.definition;
    // The file comes first, once for both.
    assert_eq!(ours.pb.def.len(), definition.pb.def.len() + 1);
    let (op, exec_of) = exec(&ours, 2);
    let targets: Vec<&str> = exec_of.mounts.iter().map(|mount| mount.dest.as_str()).collect();
    assert_eq!(targets, ["/", "/b", "/c", "/z", "/a"]);
    assert_eq!(exec_of.meta.unwrap().env, ["A=1", "B=2"]);
    assert_eq!((op.inputs.len(), exec_of.mounts[2].input), (2, 1));
    assert_eq!(op.inputs[1].digest, digest(&ours.pb.def[0]).to_string());
    let caps = &ours.pb.metadata[&inserted.digests[&first]].caps;
    for cap in ["exec.mount.cache", "exec.mount.cache.sharing", "exec.mount.selector"] {
        assert!(caps.contains_key(cap), "{caps:?}");
    }
    assert!(!ours.pb.metadata[&inserted.digests[&second]].caps.contains_key("exec.mount.cache"));
    assert_eq!(ours.head().unwrap().0, inserted.digests[&second]);
    Graph::new().graft(&ours).unwrap();
}

/// A program that runs the command; and what was read-only can be written, though nobody sees it later.
#[test]
fn a_command_is_wrapped_and_its_inputs_can_be_written() {
    let mut graph = Graph::new();
    let base = graph.add(SourceOp::image("docker.io/library/debian:bookworm")).output(0);
    let bind = Mount::bind("/src", base).readonly();
    let step = ExecOp::new(["make", "all"]).env("A", "1").mount(Mount::root(Some(base)).readonly());
    let step = graph.add(step.mount(bind.clone()).mount(Mount::scratch("/out")));
    let output = graph.mount_output(step, "/out");
    let definition = graph.marshal(output, &MarshalOptions::default()).unwrap();
    let wrapper = vec!["/wrap".to_owned(), "run".to_owned()];
    let addition = Addition { wrapper, writable: true, ..Addition::default() };
    let digest = digest(&definition.pb.def[1]).to_string();
    let ours = definition.insert(&BTreeMap::from([(digest, addition)])).unwrap().definition;
    let exec_of = exec(&ours, 1).1;
    assert_eq!(exec_of.meta.unwrap().args, ["/wrap", "run", "make", "all"]);
    let facts: Vec<_> =
        exec_of.mounts.iter().map(|m| (m.dest.as_str(), m.readonly, m.output)).collect();
    assert_eq!(facts, [("/", true, -1), ("/out", false, 0), ("/src", false, -1)]);
    // The same bytes as those of a step that was made so.
    let made = ExecOp::new(["/wrap", "run", "make", "all"]).env("A", "1");
    let made = made.mount(Mount::root(Some(base)).readonly()).mount(bind.discarded());
    let made = graph.add(made.mount(Mount::scratch("/out")));
    let output = graph.mount_output(made, "/out");
    let made = graph.marshal(output, &MarshalOptions::default()).unwrap();
    assert_eq!(made.pb.def[1], ours.pb.def[1]);
}

#[test]
fn what_can_not_be_added_is_refused() {
    let (definition, [first, _]) = steps();
    let add = |digest: String, mount| {
        let addition = Addition { mounts: vec![mount], ..Addition::default() };
        definition.insert(&BTreeMap::from([(digest, addition)]))
    };
    let scratch = added(&Graph::new(), Mount::scratch("/new"));
    assert_eq!(add(first, scratch).unwrap_err(), InsertError::NewOutput("/new".into()));
    let image = digest(&definition.pb.def[0]).to_string();
    assert_eq!(add(image, cache("/new")).unwrap_err(), InsertError::NotExec);
    let elsewhere = add("sha256:00".into(), cache("/new")).unwrap();
    assert_eq!((elsewhere.definition, elsewhere.digests.len()), (definition.clone(), 0));
}

/// A definition of tomorrow goes the whole way; one that was changed is written anew.
#[test]
fn a_decoded_definition_keeps_its_bytes() {
    let mut bytes = fixture("dockerfile-mixed").definition_bytes;
    bytes.extend([0xfa, 0x3f, 3, b'n', b'e', b'w']);
    let mut definition = Definition::decode(&bytes).unwrap();
    assert_eq!(definition.encode_to_vec(), bytes);
    assert_eq!(
        definition.clone().insert(&BTreeMap::new()).unwrap().definition.encode_to_vec(),
        bytes
    );
    definition.pb.def.pop();
    assert_ne!(definition.encode_to_vec(), bytes);
    assert_eq!(Definition::decode(&definition.encode_to_vec()).unwrap(), definition);
}

/// A length may be written with more bytes than it takes. Where nothing is added, nothing is written anew.
#[test]
fn nothing_added_is_nothing_changed() {
    let bytes = [0x1a, 0x80, 0x00];
    let definition = Definition::decode(&bytes).unwrap();
    let same = definition.insert(&BTreeMap::new()).unwrap();
    assert_eq!(same.definition.encode_to_vec(), bytes);
    assert!(same.digests.is_empty());
}
