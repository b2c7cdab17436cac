//! What comes from outside may be anything: errors, never a panic, and no deep recursion.
// Helpers of tests, too, may fail the test that calls them.
#![allow(clippy::unwrap_used)]

mod support;

use prost::Message as _;
use strake_llb::{
    DecodeError, Definition, ExecOp, FileOp, Graph, InvalidOp, MarshalError, MarshalOptions,
    Mkfile, Mount, SourceOp, digest, dump,
};
use strake_proto::pb;
use support::{fixture, fixtures};

fn definition(def: Vec<Vec<u8>>) -> Definition {
    pb::Definition { def, ..Default::default() }.into()
}

fn refused(definition: &Definition) -> DecodeError {
    let mut graph = Graph::new();
    let error = graph.graft(definition).unwrap_err();
    assert!(graph.is_empty());
    assert_eq!(dump(definition).unwrap_or_default(), "");
    error
}

fn op(inputs: &[(&str, i64)]) -> Vec<u8> {
    let input =
        |(digest, index): &(&str, i64)| pb::Input { digest: (*digest).to_owned(), index: *index };
    let inputs = inputs.iter().map(input).collect();
    pb::Op { inputs, ..Default::default() }.encode_to_vec()
}

#[test]
fn malformed_operations_are_refused() {
    assert!(matches!(refused(&definition(vec![vec![0xff]])), DecodeError::Op { op: 0, .. }));
    assert!(matches!(refused(&definition(vec![vec![0x0a, 9]])), DecodeError::Op { op: 0, .. }));
    // A group, which prost skips, could not be patched.
    let group = [0xfb, 0x3f, 0xfc, 0x3f].to_vec();
    assert!(matches!(refused(&definition(vec![group])), DecodeError::Wire { op: 0, .. }));
    assert_eq!(refused(&definition(vec![vec![]])), DecodeError::NoHead);
}

#[test]
fn inputs_must_be_there() {
    let missing = refused(&definition(vec![op(&[("sha256:no", 0)])]));
    assert_eq!(missing, DecodeError::MissingInput { op: 0, digest: "sha256:no".into() });
    let leaf = fixture("image").ops[0].1.clone();
    let last = op(&[(digest(&leaf).as_str(), -1)]);
    let index = refused(&definition(vec![leaf, last]));
    assert_eq!(index, DecodeError::OutputIndex { op: 1, index: -1 });
}

#[test]
fn locations_must_have_a_file() {
    for source_index in [1, -1, i32::MAX] {
        let mut bad = fixture("dockerfile-apt").definition;
        for locations in bad.pb.source.as_mut().unwrap().locations.values_mut() {
            locations.locations[0].source_index = source_index;
        }
        let mut graph = Graph::new();
        let error = graph.graft(&bad).unwrap_err();
        assert_eq!(error, DecodeError::SourceIndex { index: source_index });
    }
}

#[test]
fn definitions_need_not_be_in_order() {
    let mut shuffled = fixture("dockerfile-mixed").definition;
    let last = shuffled.pb.def.len() - 1;
    shuffled.pb.def[..last].reverse();
    let first = shuffled.pb.def[0].clone();
    shuffled.pb.def.insert(0, first);
    let mut graph = Graph::new();
    let output = graph.graft(&shuffled).unwrap();
    let marshalled = graph.marshal(output, &MarshalOptions::default()).unwrap();
    let again = Graph::new().graft(&marshalled).unwrap();
    assert!(again.is_some());
    let mut before = fixture("dockerfile-mixed").definition.pb.def;
    let mut after = marshalled.pb.def;
    before.sort();
    after.sort();
    assert_eq!(before, after);
}

#[test]
fn damaged_fixtures_never_panic() {
    for fixture in fixtures() {
        let bytes = &fixture.definition_bytes;
        for at in (0..bytes.len()).step_by(3) {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1 << (at % 8);
            for bytes in [&damaged[..], &bytes[..at]] {
                let Ok(definition) = Definition::decode(bytes) else { continue };
                let mut graph = Graph::new();
                let Ok(output) = graph.graft(&definition) else { continue };
                let _ = graph.marshal(output, &MarshalOptions::default());
                let _ = dump(&definition);
            }
        }
    }
}

#[test]
fn indexes_of_damaged_operations_do_no_harm() {
    let mut graph = Graph::new();
    let definition = fixture("file-chain").definition;
    let mut op = pb::Op::decode(definition.pb.def[2].as_slice()).unwrap();
    let Some(pb::op::Op::File(file)) = &mut op.op else { panic!() };
    file.actions[0].input = i64::MAX;
    file.actions[1].input = i64::MIN;
    let bytes = op.encode_to_vec();
    let last = pb::Op {
        inputs: vec![pb::Input { digest: digest(&bytes).into(), index: i64::MAX }],
        ..Default::default()
    };
    let mut def = definition.pb.def[..2].to_vec();
    def.extend([bytes, last.encode_to_vec()]);
    let hostile = pb::Definition { def, ..Default::default() }.into();
    let output = graph.graft(&hostile).unwrap().unwrap();
    assert!(dump(&hostile).unwrap().contains("file"));
    let local = graph.add(SourceOp::local("x")).output(0);
    // The operation is not in canonical order, but in that of old daemons.
    assert!(graph.edit(output.vertex, |op| op.input(local)).is_ok());
}

#[test]
fn long_chains_do_not_exhaust_the_stack() {
    let mut graph = Graph::new();
    let mut output = None;
    for number in 0..20_000 {
        let file = Mkfile::new("/a", 0o644, format!("{number}"));
        output = Some(graph.add(FileOp::new(output).mkfile(file)).output(0));
    }
    let definition = graph.marshal(output, &MarshalOptions::default()).unwrap();
    assert_eq!(definition.pb.def.len(), 20_001);
    let mut grafted = Graph::new();
    let output = grafted.graft(&definition).unwrap();
    assert_eq!(grafted.marshal(output, &MarshalOptions::default()).unwrap(), definition);
}

#[test]
fn incomplete_operations_are_errors() {
    let mut graph = Graph::new();
    let root = || Mount::root(None);
    let file = graph.add(SourceOp::local("a")).output(0);
    let cases = [
        (graph.add(ExecOp::new([""; 0]).mount(root())), InvalidOp::NoArgs),
        (graph.add(ExecOp::new(["x"]).cwd("").mount(root())), InvalidOp::NoCwd),
        (graph.add(ExecOp::new(["x"])), InvalidOp::NoRootMount),
        (
            graph.add(ExecOp::new(["x"]).mount(root()).mount(Mount::tmpfs("/t").base(file))),
            InvalidOp::TmpfsSource,
        ),
        (graph.add(FileOp::new(None)), InvalidOp::NoActions),
        (graph.add(strake_llb::MergeOp::new([file])), InvalidOp::TooFewInputs),
        (graph.add(strake_llb::PassthroughOp::new("")), InvalidOp::NoId),
        (graph.add(strake_llb::PassthroughOp::new("p").wait_for(file)), InvalidOp::TooFewInputs),
        (graph.add(SourceOp::new("")), InvalidOp::NoIdentifier),
    ];
    for (vertex, reason) in cases {
        let error = graph.marshal(Some(vertex.output(0)), &MarshalOptions::default());
        assert_eq!(error, Err(MarshalError::Invalid { vertex, reason }));
    }
}

#[test]
fn outputs_of_another_graph_are_errors() {
    let mut other = Graph::new();
    other.add(SourceOp::local("a"));
    let foreign = other.add(SourceOp::local("b"));
    let mut graph = Graph::new();
    let file = FileOp::new(Some(foreign.output(0))).mkfile(Mkfile::new("/a", 0o644, ""));
    let file = graph.add(file);
    let error = graph.marshal(Some(file.output(0)), &MarshalOptions::default());
    assert_eq!(error, Err(MarshalError::UnknownVertex(foreign)));
}

#[test]
fn a_cycle_made_by_a_rewrite_is_an_error() {
    let mut graph = Graph::new();
    let output = graph.graft(&fixture("exec-plain").definition).unwrap().unwrap();
    graph.edit(output.vertex, |op| op.input(output)).unwrap();
    let error = graph.marshal(Some(output), &MarshalOptions::default());
    assert_eq!(error, Err(MarshalError::Cycle));
}
