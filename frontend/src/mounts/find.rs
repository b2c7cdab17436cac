//! The cache mounts of a definition. Pure, and the same for every definition.
//!
//! The daemon knows a mount by its id and by what it starts with, its base (`solver/llbsolver/mounts`).
//! Steps that take the same one are so the users of one mount, wherever each of them has it.

use std::collections::BTreeMap;

use strake_llb::{
    CacheSharing, DecodeError, Decoded, DecodedOp, Definition, Mount, decode, digest,
};
use strake_llb::{Graph, Output};
use strake_proto::pb;
use strake_proto::pb::op::Op;

/// The length of a [`CacheMount::key`], in hexadecimal digits.
const KEY: usize = 32;

/// A cache mount that steps of a definition share.
#[derive(Debug, Clone, PartialEq)]
pub struct CacheMount {
    /// What makes it this mount.
    pub identity: Identity,
    /// Where the first step that uses it has it.
    pub target: String,
    /// How it has to be taken, so that it is the mount which its steps take.
    pub sharing: CacheSharing,
    /// What makes its base; empty where there is none.
    base: Definition,
    /// The steps that use it, as indexes into the definition's operations.
    pub users: Vec<usize>,
    /// A user of it runs whatever the cache holds: the daemon empties the mount when it loads the
    /// definition.
    pub emptied: bool,
}

/// What makes two mounts the same.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Identity {
    /// Its id, with the namespace.
    pub id: String,
    /// Digest and output of what it starts with; `None` is an empty directory.
    pub base: Option<(String, i64)>,
    /// The directory of it that is mounted; empty for all of it.
    pub selector: String,
}

impl Identity {
    /// The id without the namespace, which is the builder's and not the content's.
    pub fn plain_id(&self, namespace: &str) -> &str {
        let rest = self.id.strip_prefix(namespace);
        rest.and_then(|rest| rest.strip_prefix('/')).unwrap_or(&self.id)
    }

    /// The name of its directory in a seed: the same on every builder.
    pub fn key(&self, namespace: &str) -> String {
        let (base, index) = self.base.clone().unwrap_or_default();
        let text = format!("{}\0{base}\0{index}\0{}", self.plain_id(namespace), self.selector);
        let digest = digest(text.as_bytes());
        let hex = digest.as_str().trim_start_matches("sha256:");
        hex.chars().take(KEY).collect()
    }
}

impl CacheMount {
    /// The mount for a step in `graph`, at another place.
    ///
    /// # Errors
    /// Its base does not hold together.
    pub fn mount(&self, graph: &mut Graph, target: &str) -> Result<Mount, DecodeError> {
        let base: Option<Output> = graph.graft(&self.base)?;
        let mount = Mount::cache(target, self.identity.id.clone(), self.sharing).base(base);
        Ok(mount.selector(self.identity.selector.clone()))
    }

    /// The same mount is taken elsewhere, too.
    pub fn also_as(&mut self, other: &CacheMount) {
        self.emptied |= other.emptied;
        // Whoever takes a locked mount in another way gets a second, empty one.
        if other.sharing == CacheSharing::Locked {
            self.sharing = CacheSharing::Locked;
        }
    }
}

/// The cache mounts of a definition, by identity.
///
/// # Errors
/// The definition does not hold together.
pub fn cache_mounts(definition: &Definition) -> Result<Vec<CacheMount>, DecodeError> {
    let decoded = decode(&definition.pb)?;
    let mut found: BTreeMap<Identity, CacheMount> = BTreeMap::new();
    for (at, op) in decoded.ops.iter().enumerate() {
        let metadata = definition.pb.metadata.get(op.digest.as_str());
        let ignored = metadata.is_some_and(|metadata| metadata.ignore_cache);
        for mount in mounts_of(op) {
            let new = one(definition, &decoded, op, mount);
            let known = found.entry(new.identity.clone()).or_insert_with(|| new.clone());
            known.users.push(at);
            known.also_as(&CacheMount { emptied: ignored, ..new });
        }
    }
    Ok(found.into_values().collect())
}

/// The cache mounts of one operation.
pub(super) fn mounts_of(op: &DecodedOp) -> impl Iterator<Item = &pb::Mount> {
    let mounts = match &op.op.op {
        Some(Op::Exec(exec)) => exec.mounts.as_slice(),
        _ => &[],
    };
    mounts.iter().filter(|mount| mount.mount_type() == pb::MountType::Cache)
}

fn one(
    definition: &Definition,
    decoded: &Decoded,
    op: &DecodedOp,
    mount: &pb::Mount,
) -> CacheMount {
    let option = mount.cache_opt.clone().unwrap_or_default();
    let base = usize::try_from(mount.input).ok().and_then(|input| op.inputs.get(input).copied());
    let sharing = match option.sharing() {
        pb::CacheSharingOpt::Shared => CacheSharing::Shared,
        pb::CacheSharingOpt::Private => CacheSharing::Private,
        pb::CacheSharingOpt::Locked => CacheSharing::Locked,
    };
    CacheMount {
        identity: Identity {
            // The daemon takes the place of a mount that has no id.
            id: if option.id.is_empty() { mount.dest.clone() } else { option.id },
            base: base.map(|(base, index)| (decoded.ops[base].digest.to_string(), index)),
            selector: mount.selector.clone(),
        },
        target: mount.dest.clone(),
        sharing,
        base: base.map(|base| definition.cut(decoded, base)).unwrap_or_default(),
        users: Vec::new(),
        emptied: false,
    }
}

#[cfg(test)]
mod tests {
    use strake_llb::{ExecOp, MarshalOptions, VertexId};

    use super::*;

    fn run(graph: &mut Graph, below: Option<Output>, mounts: Vec<Mount>) -> VertexId {
        let op = ExecOp::new(["true"]).mount(Mount::root(below));
        graph.add(mounts.into_iter().fold(op, ExecOp::mount))
    }

    fn found(graph: &Graph, top: VertexId) -> Vec<CacheMount> {
        let definition = graph.marshal(Some(top.into()), &MarshalOptions::default());
        cache_mounts(&definition.expect("a graph")).expect("a definition")
    }

    #[test]
    fn users_of_one_mount_are_put_together() {
        let mut graph = Graph::new();
        let cache = |target: &str, sharing| Mount::cache(target, "ns/a", sharing);
        let below = run(&mut graph, None, vec![cache("/x", CacheSharing::Shared)]);
        let other = Mount::cache("/b", "ns/b", CacheSharing::Private);
        let mounts = vec![cache("/y", CacheSharing::Locked), other, Mount::tmpfs("/t")];
        let top = run(&mut graph, Some(below.into()), mounts);
        graph.metadata_mut(top).ignore_cache = true;
        let found = found(&graph, top);
        let facts: Vec<_> = found
            .iter()
            .map(|mount| (&*mount.identity.id, &*mount.target, mount.sharing, &*mount.users))
            .collect();
        assert_eq!(
            facts,
            [
                ("ns/a", "/x", CacheSharing::Locked, [0, 1].as_slice()),
                ("ns/b", "/b", CacheSharing::Private, [1].as_slice()),
            ]
        );
        assert!(found.iter().all(|mount| mount.emptied));
    }

    #[test]
    fn another_base_is_another_mount_and_is_taken_along() {
        let mut graph = Graph::new();
        let mounts: Vec<Mount> = [7, 8]
            .map(|uid| {
                let base = graph.cache_base(None, uid, uid, 0o755);
                Mount::cache(format!("/{uid}"), "a", CacheSharing::Shared).owned_base(base)
            })
            .into();
        let mounts = [mounts, vec![Mount::cache("/root", "a", CacheSharing::Shared)]].concat();
        let top = run(&mut graph, None, mounts);
        let found = found(&graph, top);
        assert_eq!(found.len(), 3);
        let keys: std::collections::BTreeSet<_> =
            found.iter().map(|mount| mount.identity.key("")).collect();
        assert_eq!(keys.len(), 3);
        for mount in found {
            let mut elsewhere = Graph::new();
            let taken = mount.mount(&mut elsewhere, "/mount").expect("a mount");
            let step = run(&mut elsewhere, None, vec![taken]);
            let again = self::found(&elsewhere, step).remove(0);
            assert_eq!(again.identity, mount.identity);
        }
    }

    #[test]
    fn the_namespace_is_not_in_the_key() {
        let identity = |id: &str| Identity { id: id.into(), base: None, selector: String::new() };
        assert_eq!(identity("one/a/b").key("one"), identity("two/a/b").key("two"));
        assert_eq!(identity("/a/b").key(""), identity("two/a/b").key("two"));
        assert_ne!(identity("/a/b").key(""), identity("/a/c").key(""));
        assert_eq!(identity("one/a").plain_id("on"), "one/a");
        assert_eq!(identity("/root/.cache").plain_id(""), "root/.cache");
        assert_eq!(identity("one").key("").len(), KEY);
    }
}
