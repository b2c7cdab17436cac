//! Plants fields that nobody knows into every message of a definition, as a daemon of the future may.

use std::collections::BTreeMap;

use crate::dockerfile::wire::{Field, digest, map, parse, text, write};

/// The definition with unknown fields in its operations, their inputs, mounts and environments, its
/// metadata, its source map, and itself.
pub(crate) fn plant(definition: &[u8]) -> Vec<u8> {
    let fields = parse(definition);
    let ops: BTreeMap<String, &[u8]> =
        fields.iter().filter_map(|field| field.bytes_of(1)).map(|op| (digest(op), op)).collect();
    let mut planted = BTreeMap::new();
    for op in ops.values() {
        plant_op(op, &ops, &mut planted);
    }
    let entry = |entry: &[u8]| {
        let renamed = planted.get(&text(entry, 1)).map(|op| digest(op));
        let entry = map(entry, 1, |key| renamed.clone().map_or(key.to_vec(), String::into_bytes));
        map(&entry, 2, unknown)
    };
    let definition = map(definition, 1, |op| planted[&digest(op)].clone());
    let definition = map(&definition, 2, entry);
    let definition =
        map(&definition, 3, |source| unknown(&map(&map(source, 1, entry), 2, unknown)));
    unknown(&definition)
}

fn plant_op(
    op: &[u8],
    ops: &BTreeMap<String, &[u8]>,
    planted: &mut BTreeMap<String, Vec<u8>>,
) -> Vec<u8> {
    let key = digest(op);
    if let Some(done) = planted.get(&key) {
        return done.clone();
    }
    let done = map(op, 1, |input| {
        let below = plant_op(ops[&text(input, 1)], ops, planted);
        unknown(&map(input, 1, |_| digest(&below).into_bytes()))
    });
    let done = map(&done, 2, |exec| unknown(&map(&map(exec, 1, unknown), 2, unknown)));
    let done = unknown(&done);
    planted.insert(key, done.clone());
    done
}

/// Behind all others, as one that knows them would write them.
fn unknown(message: &[u8]) -> Vec<u8> {
    let mut fields = parse(message);
    fields.push(Field::Bytes(1001, b"from the future".to_vec()));
    fields.push(Field::Number(1002, 42));
    fields.push(Field::Fixed(1003, 5, vec![1, 2, 3, 4]));
    write(&fields)
}
