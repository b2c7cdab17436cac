//! Parts of definitions.
// Helpers of tests, too, may fail the test that calls them.
#![allow(clippy::unwrap_used)]

mod support;

use strake_llb::{Definition, ExecOp, Graph, MarshalOptions, Mount, SourceOp, decode, dump};
use support::{fixture, fixtures};

/// Cut at its head, a definition is what it was, in every byte.
#[test]
fn the_whole_is_a_part() {
    for fixture in fixtures() {
        let decoded = decode(&fixture.definition.pb).unwrap();
        let Some(head) = decoded.head else { continue };
        let cut = fixture.definition.cut(&decoded, head);
        assert_eq!(cut, fixture.definition, "{}", fixture.name);
    }
}

/// What is cut is what would have been marshalled.
#[test]
fn a_part_is_what_it_would_be_alone() {
    let mut graph = Graph::new();
    let base = graph.add(SourceOp::image("docker.io/library/debian:12"));
    let run = |graph: &mut Graph, name: &str, on| {
        let step = ExecOp::new([name]).mount(Mount::root(Some(on))).mount(Mount::scratch("/out"));
        let step = graph.add(step);
        graph.metadata_mut(step).custom_name(name);
        graph.mount_output(step, "/out").unwrap()
    };
    let one = run(&mut graph, "one", base.output(0));
    let two = run(&mut graph, "two", one);
    let marshal = |head| graph.marshal(Some(head), &MarshalOptions::default()).unwrap();
    let whole = marshal(two);
    let decoded = decode(&whole.pb).unwrap();
    assert_eq!(whole.cut(&decoded, (1, one.index)), marshal(one));
    assert_ne!(whole.cut(&decoded, (1, 0)), marshal(one));
}

#[test]
fn locations_and_metadata_go_with_their_operations() {
    let whole = fixture("metadata").definition;
    let decoded = decode(&whole.pb).unwrap();
    let cut = whole.cut(&decoded, (0, 0));
    assert_eq!(cut.pb.def.len(), 2);
    assert_eq!(cut.pb.metadata.len(), 2);
    let text = dump(&whole).unwrap();
    let first = dump(&cut).unwrap();
    assert!(text.starts_with(first.split("=>").next().unwrap()), "{first}\n{text}");
}

#[test]
fn nothing_is_cut_where_nothing_is() {
    let whole = fixture("image").definition;
    let decoded = decode(&whole.pb).unwrap();
    assert_eq!(whole.cut(&decoded, (99, 0)), Definition::default());
}
