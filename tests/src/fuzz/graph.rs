//! Definitions that come from elsewhere: read, taken into a graph, cut, and given cache mounts.

use std::collections::{BTreeMap, BTreeSet};

use prost::Message as _;
use strake_frontend::testing::cacheability::{Cacheability, ExportRoots, with_cache_mounts};
use strake_frontend::testing::dockerfile::{Directives, OptOut, RewriteInput, recognise, rewrite};
use strake_frontend::testing::fingerprint::{FingerprintInput, fingerprint, taken};
use strake_frontend::testing::mounts::cache_mounts;
use strake_frontend::testing::source::SourceFile;
use strake_llb::{Decoded, Definition, Graph, MarshalOptions, decode, digest, dump};
use strake_proto::pb;
use strake_proto::pb::op::Op as Body;

/// A field that no version knows, behind some operations.
const UNKNOWN: [u8; 4] = [0xc2, 0x3e, 1, b'x'];

/// A definition, as it is and with its inputs put right: in the input of a fuzzer an operation is named
/// `#3`, by its place, since nobody guesses a digest.
pub(super) fn check(input: &[u8]) {
    let Ok(definition) = Definition::decode(input) else { return };
    assert!(definition.encode_to_vec() == input, "what came in goes out");
    check_definition(&definition);
    check_definition(&linked(definition.pb).into());
}

fn linked(mut definition: pb::Definition) -> pb::Definition {
    let mut digests: Vec<String> = Vec::new();
    for entry in &mut definition.def {
        if let Ok(mut op) = pb::Op::decode(entry.as_slice()) {
            for input in &mut op.inputs {
                rename(&mut input.digest, &digests);
            }
            *entry = op.encode_to_vec();
        }
        if digests.len() % 2 == 1 {
            entry.extend(UNKNOWN);
        }
        digests.push(digest(entry).to_string());
    }
    let name = |mut name: String| {
        rename(&mut name, &digests);
        name
    };
    let metadata = std::mem::take(&mut definition.metadata).into_iter();
    definition.metadata = metadata.map(|(key, value)| (name(key), value)).collect();
    if let Some(source) = &mut definition.source {
        let locations = std::mem::take(&mut source.locations).into_iter();
        source.locations = locations.map(|(key, value)| (name(key), value)).collect();
    }
    definition
}

fn rename(name: &mut String, digests: &[String]) {
    let place = name.strip_prefix('#').and_then(|place| place.parse::<usize>().ok());
    if let Some(digest) = place.and_then(|place| digests.get(place)) {
        name.clone_from(digest);
    }
}

fn check_definition(definition: &Definition) {
    let shown = dump(definition);
    assert_eq!(shown, dump(definition));
    let Ok(decoded) = decode(&definition.pb) else { return };
    check_graft(definition, &decoded);
    check_cuts(definition, &decoded);
    let _ = cache_mounts(definition);
    taken(&decoded);
    fingerprint(FingerprintInput {
        definition,
        decoded: &decoded,
        contents: &BTreeMap::new(),
        config: b"{}",
        always: &BTreeSet::new(),
    });
    check_rewriting(definition, &decoded);
}

/// What was taken in and is sent on has the bytes that it had.
fn check_graft(definition: &Definition, decoded: &Decoded) {
    let mut graph = Graph::new();
    let Ok(output) = graph.graft(definition) else { return };
    let Ok(again) = graph.marshal(output, &MarshalOptions::default()) else { return };
    let there: BTreeSet<&[u8]> = definition.pb.def.iter().map(Vec::as_slice).collect();
    let ops = again.pb.def.split_last().map_or(&[][..], |(_, ops)| ops);
    assert!(ops.iter().all(|op| there.contains(op.as_slice())), "an operation has other bytes");
    let head = decoded.head.map(|(op, index)| (decoded.ops[op].digest.to_string(), index));
    assert_eq!(again.head(), head);
}

/// What is solved alone holds together.
fn check_cuts(definition: &Definition, decoded: &Decoded) {
    let cacheability = Cacheability::of(decoded, &with_cache_mounts(decoded));
    let roots = ExportRoots::new(decoded.clone(), &cacheability);
    for root in roots.outputs() {
        let cut = roots.definition(definition, *root);
        let again = decode(&cut.pb).map(|cut| cut.ops.len());
        assert!(again.is_ok_and(|count| count <= decoded.ops.len()), "a part does not decode");
    }
    roots.cache_dependent(definition);
}

/// Cache mounts are all that is added.
fn check_rewriting(definition: &Definition, decoded: &Decoded) {
    let source = definition.pb.source.as_ref();
    let file = source.and_then(|source| source.infos.first()).map_or(&[][..], |info| &info.data);
    let text = String::from_utf8_lossy(file);
    let directives = Directives::read(&SourceFile::new("Dockerfile", text).dockerfile());
    let input = RewriteInput {
        definition,
        file,
        directives: &directives.unwrap_or_default(),
        opt_out: &OptOut::default(),
        namespace: "",
        nonce: "nonce",
        marshal: &MarshalOptions::default(),
        program: None,
        recognise: &recognise,
    };
    let Ok(rewritten) = rewrite(input) else { return };
    if let Ok(same) = definition.insert(&BTreeMap::new()) {
        assert!(same.definition.encode_to_vec() == definition.encode_to_vec(), "nothing is added");
    }
    let Ok(inserted) = definition.insert(&rewritten.additions) else { return };
    assert!(inserted.definition == rewritten.definition, "the same is added the same way");
    let after = decode(&rewritten.definition.pb);
    assert!(after.is_ok(), "{after:?}");
    let Ok(after) = after else { return };
    let places = after.ops.iter().enumerate().map(|(at, op)| (op.digest.as_str(), at));
    let places: BTreeMap<&str, usize> = places.collect();
    let name = |old: &str| inserted.digests.get(old).cloned().unwrap_or_else(|| old.to_owned());
    for before in &decoded.ops {
        let at = places.get(name(before.digest.as_str()).as_str());
        assert!(at.is_some(), "an operation is gone");
        let Some(now) = at.and_then(|at| after.ops.get(*at)) else { continue };
        check_same(&before.op, &now.op, &name);
        assert_eq!(before.bytes.ends_with(&UNKNOWN), now.bytes.ends_with(&UNKNOWN));
    }
    let head = |of: &Decoded| of.head.map(|(op, index)| (of.ops[op].digest.to_string(), index));
    assert_eq!(head(decoded).map(|(old, index)| (name(&old), index)), head(&after));
}

/// An operation is what it was, but for mounts, variables and inputs that came to it.
fn check_same(before: &pb::Op, now: &pb::Op, name: &dyn Fn(&str) -> String) {
    let mut now = now.clone();
    let mut inputs = before.inputs.clone();
    inputs.iter_mut().for_each(|input| input.digest = name(&input.digest));
    assert!(now.inputs.starts_with(&inputs), "inputs moved");
    now.inputs.clone_from(&before.inputs);
    if let (Some(Body::Exec(before)), Some(Body::Exec(now))) = (&before.op, &mut now.op) {
        let mut left = before.mounts.iter().peekable();
        now.mounts.retain(|mount| left.next_if(|old| *old == mount).is_some());
        if let (Some(before), Some(now)) = (&before.meta, &mut now.meta) {
            assert!(now.env.starts_with(&before.env), "variables moved");
            now.env.truncate(before.env.len());
        }
    }
    assert!(now == *before, "{before:?} became {now:?}");
}
