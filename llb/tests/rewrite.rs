//! Rewriting definitions of others: what is not touched keeps its bytes, unknown fields included.
// Helpers of tests, too, may fail the test that calls them.
#![allow(clippy::unwrap_used)]

mod support;

use prost::Message as _;
use strake_llb::{
    CacheSharing, Definition, EditError, ExecOp, FileOp, Graph, MarshalOptions, Mkfile, Mount,
    MountKind, Op, Output, RawOp, SecretOpt, SourceOp, VertexId, digest,
};
use strake_proto::pb;
use support::fixture;

/// A field that nobody knows.
const UNKNOWN: &[u8] = &[0xfa, 0x3f, 3, b'n', b'e', b'w'];

fn raw(graph: &Graph, vertex: VertexId) -> &RawOp {
    match graph.op(vertex) {
        Op::Raw(raw) => raw,
        other => panic!("{other:?}"),
    }
}

fn execs(graph: &Graph) -> Vec<VertexId> {
    let is_exec = |v: &VertexId| matches!(graph.op(*v), Op::Raw(raw) if raw.exec().is_some());
    graph.vertices().filter(is_exec).collect()
}

fn marshal(graph: &Graph, output: impl Into<Option<Output>>) -> Definition {
    graph.marshal(output.into(), &MarshalOptions::default()).unwrap()
}

fn input(digest: &str, index: i64) -> Vec<u8> {
    let op = pb::Op {
        inputs: vec![pb::Input { digest: digest.to_owned(), index }],
        ..Default::default()
    };
    op.encode_to_vec()
}

/// A source, an operation of an unknown kind on top of it, and an unknown field in its input.
fn from_the_future() -> Definition {
    let source = fixture("image").ops[0].1.clone();
    let mut edge = pb::Input { digest: digest(&source).into(), index: 0 }.encode_to_vec();
    edge.extend_from_slice(UNKNOWN);
    let mut future = vec![0x0a, u8::try_from(edge.len()).unwrap()];
    future.extend_from_slice(&edge);
    future.extend_from_slice(UNKNOWN);
    let last = input(digest(&future).as_str(), 2);
    pb::Definition { def: vec![source, future, last], ..Default::default() }.into()
}

#[test]
fn unknown_fields_survive_a_graft() {
    let definition = from_the_future();
    let mut graph = Graph::new();
    let output = graph.graft(&definition).unwrap().unwrap();
    assert_eq!(output.index, 2);
    assert_eq!(marshal(&graph, output).pb.def, definition.pb.def);
}

#[test]
fn unknown_fields_survive_a_changed_input() {
    let definition = from_the_future();
    let mut graph = Graph::new();
    let output = graph.graft(&definition).unwrap().unwrap();
    let image = raw(&graph, output.vertex).inputs()[0];
    let exec =
        graph.add(ExecOp::new(["x"]).mount(Mount::scratch("/a")).mount(Mount::root(Some(image))));
    let second = graph.mount_output(exec, "/a").unwrap();
    assert_eq!(second.index, 1);
    graph.redirect(image, second).unwrap();

    let marshalled = marshal(&graph, output);
    assert_eq!(marshalled.pb.def.len(), 4);
    assert_eq!(marshalled.pb.def[0], definition.pb.def[0]);
    let future = &marshalled.pb.def[2];
    assert_eq!(future.windows(UNKNOWN.len()).filter(|bytes| *bytes == UNKNOWN).count(), 2);
    let op = pb::Op::decode(future.as_slice()).unwrap();
    assert_eq!(op.inputs[0].digest, digest(&marshalled.pb.def[1]).to_string());
    assert_eq!(op.inputs[0].index, 1);
}

#[test]
fn what_is_not_understood_is_not_edited() {
    let mut graph = Graph::new();
    let output = graph.graft(&from_the_future()).unwrap().unwrap();
    assert!(!graph.is_editable(output.vertex));
    let edit = graph.edit(output.vertex, |_| panic!("edited"));
    assert_eq!(edit, Err(EditError::NotUnderstood(output.vertex)));
    let typed = graph.add(SourceOp::local("a"));
    assert_eq!(graph.edit(typed, |_| ()), Err(EditError::NotRaw(typed)));
}

#[test]
fn an_edit_that_changes_nothing_keeps_the_bytes() {
    let definition = fixture("dockerfile-mixed").definition;
    let mut graph = Graph::new();
    let output = graph.graft(&definition).unwrap();
    for vertex in graph.vertices().collect::<Vec<_>>() {
        assert!(graph.is_editable(vertex));
        graph.edit(vertex, |_| ()).unwrap();
    }
    assert_eq!(marshal(&graph, output), definition);
}

#[test]
fn a_cache_mount_is_added_in_its_place() {
    let definition = fixture("dockerfile-mixed").definition;
    let mut graph = Graph::new();
    let output = graph.graft(&definition).unwrap();
    let npm = execs(&graph)[0];
    let mount = Mount::cache("/cache/npm", "npm", CacheSharing::Locked);
    graph.edit(npm, |op| op.mount(&mount)).unwrap().unwrap();
    let secret = Mount::secret("/a", SecretOpt::new("a"));
    graph.edit(npm, |op| op.mount(&secret)).unwrap().unwrap();

    let exec = raw(&graph, npm).exec().unwrap();
    let targets: Vec<_> = exec.mounts.iter().map(|mount| mount.dest.as_str()).collect();
    assert_eq!(targets, ["/", "/cache/npm", "/root/.npmrc", "/a"]);

    let rewritten = marshal(&graph, output);
    let before = definition.pb.def.iter();
    let same = before.zip(&rewritten.pb.def).map(|(before, after)| before == after);
    // The step, everything above it, and what does not stand on it.
    let expected = [true, true, true, false, false, false, true, false, false, false];
    assert_eq!(same.collect::<Vec<_>>(), expected);
    let caps = &rewritten.pb.metadata[digest(&rewritten.pb.def[3]).as_str()].caps;
    assert!(caps.contains_key("exec.mount.cache") && caps.contains_key("exec.mount.secret"));
    let located = |definition: &Definition, at: usize| {
        let source = definition.pb.source.as_ref().unwrap();
        source.locations[digest(&definition.pb.def[at]).as_str()].clone()
    };
    assert_eq!(located(&rewritten, 3), located(&definition, 3));
    // What was rewritten is a definition like any other.
    let mut again = Graph::new();
    let output = again.graft(&rewritten).unwrap();
    assert_eq!(marshal(&again, output), rewritten);
}

#[test]
fn outputs_of_an_exec_stay_as_they_are() {
    let mut graph = Graph::new();
    let output = graph.graft(&fixture("exec-mounts").definition).unwrap().unwrap();
    let exec = output.vertex;
    assert_eq!(graph.mount_output(exec, "/out"), Some(exec.output(1)));
    assert_eq!(graph.mount_output(exec, "/run/ssh.sock"), None);
    let edit = graph.edit(exec, |op| op.mount(&Mount::scratch("/new"))).unwrap();
    assert_eq!(edit, Err(EditError::NewOutput));
    let bind = Mount::bind("/new", raw(&graph, exec).inputs()[1]).readonly();
    graph.edit(exec, |op| op.mount(&bind)).unwrap().unwrap();
    assert_eq!(raw(&graph, exec).inputs().len(), 3);
}

#[test]
fn a_new_input_moves_the_results_of_file_actions() {
    let mut graph = Graph::new();
    let output = graph.graft(&fixture("file-chain").definition).unwrap().unwrap();
    let owned_by_result = |op: &mut strake_llb::OpEdit| {
        let Some(pb::op::Op::File(file)) = op.body_mut() else { panic!() };
        let user = pb::NamedUserOpt { name: "a".into(), input: 2 };
        let user = pb::UserOpt { user: Some(pb::user_opt::User::ByName(user)) };
        let owner = Some(pb::ChownOpt { user: Some(user), group: None });
        let Some(pb::file_action::Action::Symlink(link)) = &mut file.actions[4].action else {
            panic!()
        };
        link.owner = owner;
    };
    graph.edit(output.vertex, owned_by_result).unwrap();
    let other = graph.add(SourceOp::local("other")).output(0);
    let index = graph.edit(output.vertex, |op| op.input(other)).unwrap();
    assert_eq!(index, 2);
    let Some(pb::op::Op::File(file)) = &raw(&graph, output.vertex).op().op else { panic!() };
    let inputs: Vec<_> = file.actions.iter().map(|action| action.input).collect();
    assert_eq!(inputs, [0, 3, 4, 5, 6]);
    assert_eq!(file.actions[2].secondary_input, 1);
    let text = graph.dump(Some(output)).unwrap();
    assert!(text.contains("mkfile /d/f 0600 owner=0:daemon@n1 "), "{text}");
    assert!(text.contains("symlink /link -> /d/f owner=a@a1 "), "{text}");
    let not_exec = graph.edit(output.vertex, |op| op.mount(&Mount::tmpfs("/t"))).unwrap();
    assert_eq!(not_exec, Err(EditError::NotExec));
}

#[test]
fn redirecting_puts_something_on_top_without_a_cycle() {
    let mut graph = Graph::new();
    let output = graph.graft(&fixture("exec-plain").definition).unwrap().unwrap();
    let base = raw(&graph, output.vertex).inputs()[0];
    let file = FileOp::new(Some(base)).mkfile(Mkfile::new("/a", 0o644, "a"));
    let file = graph.add(file).output(0);
    graph.redirect(base, file).unwrap();
    assert_eq!(raw(&graph, output.vertex).inputs(), [file]);
    assert_eq!(graph.op(file.vertex).inputs(), [base]);
    assert_eq!(marshal(&graph, output).pb.def.len(), 4);
}

#[test]
fn mounts_of_a_grafted_exec_can_be_mounted_again() {
    let fixture = fixture("exec-mounts");
    let mut graph = Graph::new();
    let output = graph.graft(&fixture.definition).unwrap().unwrap();
    let exec = ExecOp::new(["again"]).platform(strake_llb::Platform::new("linux", "amd64"));
    let exec = graph.op(output.vertex).mounts().into_iter().fold(exec, ExecOp::mount);
    let again = graph.add(exec);
    let definition = marshal(&graph, again.output(0));
    let mounts = |op: &[u8]| match pb::Op::decode(op).unwrap().op {
        Some(pb::op::Op::Exec(exec)) => exec.mounts,
        other => panic!("{other:?}"),
    };
    assert_eq!(mounts(&definition.pb.def[3]), mounts(&fixture.definition.pb.def[3]));

    let cache = graph.op(output.vertex).mounts().remove(3).at("/seed");
    assert_eq!((cache.target(), cache.selected()), ("/seed", "/sub"));
    let kind = MountKind::Cache { id: "idc".into(), sharing: CacheSharing::Private };
    assert_eq!(cache.kind(), &kind);
    assert_eq!(cache.source(), Some(raw(&graph, output.vertex).inputs()[1]));
}
