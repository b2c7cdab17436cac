//! Our bytes are BuildKit's bytes: on what it wrote itself, nothing changes.

mod support;

use prost::Message as _;
use strake_llb::{ByteOrder, Graph, MarshalOptions, decode, digest, encode_op};
use strake_proto::pb;
use support::{fixture, fixtures};

#[test]
fn decoded_operations_encode_to_the_same_bytes() {
    for fixture in fixtures() {
        for (expected, bytes) in &fixture.ops {
            let op = pb::Op::decode(bytes.as_slice()).unwrap();
            let encoded = encode_op(&op, ByteOrder::Canonical);
            assert_eq!(encoded, *bytes, "{}", fixture.name);
            assert_eq!(digest(&encoded).as_str(), expected, "{}", fixture.name);
        }
    }
}

#[test]
fn fixtures_hold_the_operations_that_they_list() {
    for fixture in fixtures() {
        let bytes: Vec<_> = fixture.ops.iter().map(|(_, bytes)| bytes).collect();
        assert_eq!(fixture.definition.pb.def.iter().collect::<Vec<_>>(), bytes);
        let decoded = decode(&fixture.definition.pb).unwrap();
        let digests = decoded.ops.iter().map(|op| op.digest.as_str());
        let listed = fixture.ops.iter().map(|(digest, _)| digest.as_str());
        assert!(digests.eq(listed.take(fixture.ops.len() - 1)), "{}", fixture.name);
    }
}

#[test]
fn graft_and_marshal_change_nothing() {
    for fixture in fixtures() {
        let mut graph = Graph::new();
        let output = graph.graft(&fixture.definition).unwrap();
        let marshalled = graph.marshal(output, &MarshalOptions::default()).unwrap();
        assert_eq!(marshalled, fixture.definition, "{}", fixture.name);
        assert_eq!(marshalled.head(), fixture.definition.head());
    }
}

#[test]
fn a_definition_grafted_twice_is_there_once() {
    let fixture = fixture("dockerfile-mixed");
    let mut graph = Graph::new();
    let first = graph.graft(&fixture.definition).unwrap();
    let second = graph.graft(&fixture.definition).unwrap();
    let merged = graph.merge([first, second]);
    let marshalled = graph.marshal(merged, &MarshalOptions::default()).unwrap();
    assert_eq!(marshalled.pb.def.len(), fixture.definition.pb.def.len() + 1);
    let source = marshalled.pb.source.unwrap();
    assert_eq!(source.infos, fixture.definition.pb.source.as_ref().unwrap().infos);
}

#[test]
fn tag_order_is_another_digest_of_the_same_operation() {
    let fixture = fixture("exec-plain");
    let op = pb::Op::decode(fixture.ops[1].1.as_slice()).unwrap();
    let tag_order = encode_op(&op, ByteOrder::TagOrder);
    assert_ne!(tag_order, fixture.ops[1].1);
    assert_eq!(pb::Op::decode(tag_order.as_slice()).unwrap(), op);
}
