//! A part of a definition as a definition of its own.

use prost::Message as _;
use strake_proto::pb;

use crate::Definition;
use crate::decode::Decoded;
use crate::digest::digest;

impl Definition {
    /// The definition of one of the vertices: all that it stands on, with the bytes, metadata and
    /// locations that they have here. `decoded` is this definition, decoded; `head` is an index into
    /// its operations, and one of the outputs. Where there is no such operation, it is scratch.
    #[must_use]
    pub fn cut(&self, decoded: &Decoded, head: (usize, i64)) -> Self {
        let Some(top) = decoded.ops.get(head.0) else { return Self::default() };
        let input = pb::Input { digest: top.digest.to_string(), index: head.1 };
        let last = pb::Op { inputs: vec![input], ..pb::Op::default() }.encode_to_vec();
        let mut cut = Definition::default();
        for at in below(decoded, head.0) {
            let op = &decoded.ops[at];
            cut.take(self, op.digest.as_str(), op.digest.as_str());
            cut.pb.def.push(op.bytes.clone());
        }
        // The last entry lists what the metadata of all others needs; more than that does no harm.
        if let Some(old) = self.pb.def.last() {
            cut.take(self, digest(old).as_str(), digest(&last).as_str());
        }
        cut.pb.def.push(last);
        let infos = self.pb.source.iter().flat_map(|source| &source.infos).cloned();
        cut.pb.source.get_or_insert_default().infos = infos.collect();
        cut
    }

    /// Takes over all that `from` says about an entry, under the digest that it has here.
    fn take(&mut self, from: &Definition, old: &str, new: &str) {
        if let Some(metadata) = from.pb.metadata.get(old) {
            self.pb.metadata.insert(new.to_owned(), metadata.clone());
        }
        if let Some(resources) = from.linux_resources.get(old) {
            self.linux_resources.insert(new.to_owned(), resources.clone());
        }
        let source = from.pb.source.as_ref();
        if let Some(locations) = source.and_then(|source| source.locations.get(old)) {
            let source = self.pb.source.get_or_insert_default();
            source.locations.insert(new.to_owned(), locations.clone());
        }
    }
}

/// The indexes of an operation and of all that it stands on, in the definition's order.
fn below(decoded: &Decoded, head: usize) -> Vec<usize> {
    let mut found = vec![false; decoded.ops.len()];
    let mut open = vec![head];
    while let Some(at) = open.pop() {
        if !std::mem::replace(&mut found[at], true) {
            open.extend(decoded.ops[at].inputs.iter().map(|(input, _)| *input));
        }
    }
    (0..found.len()).filter(|at| found[*at]).collect()
}
