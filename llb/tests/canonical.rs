//! Our bytes are BuildKit's bytes: on what it wrote itself, nothing changes.

mod support;

use prost::Message as _;
use strake_llb::{ByteOrder, Definition, Graph, MarshalOptions, decode, digest, encode_op};
use strake_proto::{go, pb};
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

/// BuildKit's library writes maps in any order, so it is the lengths that are compared.
#[test]
fn decoded_definitions_encode_to_as_many_bytes() {
    for fixture in fixtures() {
        let anew = Definition::from(fixture.definition.pb).encode_to_vec();
        assert_eq!(anew.len(), fixture.definition_bytes.len(), "{}", fixture.name);
        for bytes in [&anew, &fixture.definition_bytes] {
            assert_eq!(go::fault(&go::DEFINITION, bytes), None, "{}", fixture.name);
        }
    }
}

/// `prost` leaves an empty value out, and then Go reads a nil.
#[test]
fn every_entry_of_a_map_has_its_value() {
    let mut definition = fixture("dockerfile-mixed").definition.pb;
    let source = definition.source.get_or_insert_default();
    source.locations.values_mut().for_each(|at| *at = pb::Locations::default());
    for metadata in definition.metadata.values_mut() {
        *metadata = pb::OpMetadata::default();
    }
    let metadata = pb::OpMetadata {
        description: [("name".to_owned(), String::new()), (String::new(), String::new())].into(),
        caps: [("source.image".to_owned(), false)].into(),
        ..pb::OpMetadata::default()
    };
    definition.metadata.insert("sha256:00".to_owned(), metadata);
    assert!(go::fault(&go::DEFINITION, &definition.encode_to_vec()).is_some());
    let bytes = Definition::from(definition.clone()).encode_to_vec();
    assert_eq!(go::fault(&go::DEFINITION, &bytes), None);
    assert_eq!(pb::Definition::decode(bytes.as_slice()), Ok(definition));
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
