//! Takes out again what strake added to a definition, working on nothing but its bytes.

use std::collections::{BTreeMap, BTreeSet};

use crate::dockerfile::wire::{Field, digest, map, parse, text, value, write};

/// What is taken out.
pub(crate) struct Added {
    /// Whether a mount at this place was added.
    pub(crate) mount: fn(&str) -> bool,
    /// Whether a variable, `NAME=VALUE`, was added.
    pub(crate) variable: fn(&str) -> bool,
}

/// The definition as it was.
pub(crate) fn strip(definition: &[u8], added: &Added) -> Vec<u8> {
    let fields = parse(definition);
    let ops: Vec<&[u8]> = fields.iter().filter_map(|field| field.bytes_of(1)).collect();
    let mut stripper = Stripper {
        added,
        ops: ops.iter().map(|op| (digest(op), *op)).collect(),
        done: BTreeMap::new(),
        touched: BTreeSet::new(),
    };
    let last = *ops.last().unwrap();
    stripper.op(last);
    let Stripper { done, touched, .. } = stripper;
    let mut kept = Vec::new();
    for field in fields {
        match &field {
            Field::Bytes(1, op) => {
                if let Some(op) = done.get(&digest(op)) {
                    kept.push(Field::Bytes(1, op.clone()));
                }
            }
            Field::Bytes(2, entry) => {
                let key = text(entry, 1);
                if let Some(op) = done.get(&key) {
                    let mut entry = renamed(entry, op);
                    if touched.contains(&key) {
                        entry = map(&entry, 2, |metadata| without_caps(metadata, op));
                    }
                    kept.push(Field::Bytes(2, entry));
                }
            }
            Field::Bytes(3, source) => {
                let source = map(source, 1, |entry| {
                    done.get(&text(entry, 1)).map_or(entry.to_vec(), |op| renamed(entry, op))
                });
                kept.push(Field::Bytes(3, source));
            }
            _ => kept.push(field),
        }
    }
    write(&kept)
}

fn renamed(entry: &[u8], op: &[u8]) -> Vec<u8> {
    map(entry, 1, |_| digest(op).into_bytes())
}

struct Stripper<'a> {
    added: &'a Added,
    ops: BTreeMap<String, &'a [u8]>,
    /// Stripped operations by the digest that they had; only those that are still stood on.
    done: BTreeMap<String, Vec<u8>>,
    /// Operations of which something was taken.
    touched: BTreeSet<String>,
}

impl Stripper<'_> {
    fn op(&mut self, op: &[u8]) -> Vec<u8> {
        let key = digest(op);
        if let Some(done) = self.done.get(&key) {
            return done.clone();
        }
        let bare = map(op, 2, |exec| self.exec(exec));
        let was_touched = bare != op;
        let bare = if was_touched { without_inputs(&bare) } else { bare };
        let bare = map(&bare, 1, |input| {
            let below = self.ops[&text(input, 1)];
            let below = self.op(below);
            map(input, 1, |_| digest(&below).into_bytes())
        });
        if was_touched {
            self.touched.insert(key.clone());
        }
        self.done.insert(key, bare.clone());
        bare
    }

    fn exec(&self, exec: &[u8]) -> Vec<u8> {
        let mut fields = parse(exec);
        // A `Mount` has its place as field 3.
        fields
            .retain(|field| !field.bytes_of(2).is_some_and(|it| (self.added.mount)(&text(it, 3))));
        map(&write(&fields), 1, |meta| {
            let mut fields = parse(meta);
            fields.retain(|field| {
                let variable = field.bytes_of(2).map(|it| String::from_utf8_lossy(it).into_owned());
                !variable.is_some_and(|variable| (self.added.variable)(&variable))
            });
            write(&fields)
        })
    }
}

/// Takes out the inputs behind the last that a mount refers to.
fn without_inputs(op: &[u8]) -> Vec<u8> {
    let mut fields = parse(op);
    let exec = fields.iter().find_map(|field| field.bytes_of(2)).unwrap();
    let mounts = parse(exec).into_iter().filter_map(|field| match field {
        Field::Bytes(2, mount) => Some(value(&mount, 1)),
        _ => None,
    });
    // Minus one is scratch.
    let last = mounts.filter(|index| *index < 1 << 32).max();
    let keep = last.map_or(0, |index| index + 1);
    let mut index = 0;
    fields.retain(|field| {
        let is_input = field.number() == 1;
        index += u64::from(is_input);
        !is_input || index <= keep
    });
    write(&fields)
}

/// Takes out the capabilities of mounts that an exec does not have.
fn without_caps(metadata: &[u8], op: &[u8]) -> Vec<u8> {
    let fields = parse(op);
    let exec = parse(fields.iter().find_map(|field| field.bytes_of(2)).unwrap());
    let mounts: Vec<&[u8]> = exec.iter().filter_map(|field| field.bytes_of(2)).collect();
    let has_cache = mounts.iter().any(|mount| value(mount, 6) == 3);
    let has_selector = mounts.iter().any(|mount| !text(mount, 2).is_empty());
    let has_bind = mounts.iter().any(|mount| value(mount, 6) == 0 && value(mount, 1) < 1 << 32);
    let mut fields = parse(metadata);
    fields.retain(|field| match field.bytes_of(5).map(|entry| text(entry, 1)).as_deref() {
        Some("exec.mount.cache" | "exec.mount.cache.sharing") => has_cache,
        Some("exec.mount.selector") => has_selector,
        Some("exec.mount.bind") => has_bind,
        _ => true,
    });
    write(&fields)
}
