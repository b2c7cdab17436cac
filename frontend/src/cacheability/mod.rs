//! Which vertices of a definition may be exported to a registry cache. Pure, and the same for every
//! definition, whoever wrote it: a vertex is cacheable if neither it nor anything that it stands on
//! or takes from is declared uncacheable. Inputs of every kind count (the root, what is bound or
//! copied from, what is merged or compared): the result of a step holds what it took from each.
//!
//! A vertex can't have a boundary: BuildKit exports whatever is in the graph that was solved
//! (`OpMetadata.export_cache` is not heeded for what was run or loaded), and a layer goes with all
//! that are below it. So what is exportable is solved on its own: the highest cacheable outputs.

mod layers;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

pub(crate) use layers::{
    Boundaries, CacheabilityError, CacheabilityInput, Cause, LayerCacheability, boundaries,
};

use strake_llb::{Decoded, Definition, Gather};
use strake_proto::pb::{MountType, op::Op};

/// What is cacheable in a definition. Operations are named by their index in it.
#[derive(Debug)]
pub struct Cacheability {
    /// For each operation that is not cacheable, the lowest declared uncacheable that it stands on
    /// or is.
    lowest: Vec<Option<usize>>,
    uncacheable: BTreeSet<usize>,
    roots: Vec<(usize, i64)>,
}

impl Cacheability {
    /// Looks at a definition of which some operations are declared uncacheable.
    pub fn of(definition: &Decoded, uncacheable: &BTreeSet<usize>) -> Self {
        let mut lowest: Vec<Option<usize>> = vec![None; definition.ops.len()];
        let mut rank = vec![0; definition.ops.len()];
        for (number, at) in definition.inputs_first().into_iter().enumerate() {
            rank[at] = number;
            let below = definition.ops[at].inputs.iter().filter_map(|(input, _)| lowest[*input]);
            let own = uncacheable.contains(&at).then_some(at);
            lowest[at] = below.chain(own).min_by_key(|blamed| rank[*blamed]);
        }
        let roots = roots(definition, &lowest);
        Cacheability { lowest, uncacheable: uncacheable.clone(), roots }
    }

    /// Whether an operation is cacheable.
    pub fn is_cacheable(&self, op: usize) -> bool {
        self.blame(op).is_none()
    }

    /// The operation declared uncacheable because of which this one is not cacheable: itself, or
    /// the lowest that it stands on or takes from. What is put below that one is free of all
    /// others, too.
    pub fn blame(&self, op: usize) -> Option<usize> {
        let own = Some(op).filter(|op| self.uncacheable.contains(op));
        own.or_else(|| self.lowest.get(op).copied().flatten())
    }

    /// The highest cacheable outputs: those that something uncacheable wants, or the result itself.
    /// In the order of the definition.
    pub fn roots(&self) -> &[(usize, i64)] {
        &self.roots
    }
}

/// The definitions of outputs that depend on cache mounts.
pub(crate) type CacheDependent = BTreeMap<(usize, i64), Definition>;

/// The highest cacheable outputs of a definition, the export roots: each is solved on its own.
#[derive(Debug, Default)]
pub struct ExportRoots {
    decoded: Decoded,
    outputs: Vec<(usize, i64)>,
}

impl ExportRoots {
    /// Those of a definition, decoded.
    pub fn new(decoded: Decoded, cacheability: &Cacheability) -> Self {
        ExportRoots { decoded, outputs: cacheability.roots().to_vec() }
    }

    /// The outputs, in the order of the definition.
    pub fn outputs(&self) -> &[(usize, i64)] {
        &self.outputs
    }

    /// Those that depend on cache mounts, with their definitions.
    pub fn cache_dependent(&self, whole: &Definition) -> CacheDependent {
        let cacheability = Cacheability::of(&self.decoded, &with_cache_mounts(&self.decoded));
        let dependent = self.outputs.iter().filter(|(op, _)| !cacheability.is_cacheable(*op));
        dependent.map(|root| (*root, self.definition(whole, *root))).gather()
    }

    /// The definition of one of them, from the whole one.
    pub fn definition(&self, whole: &Definition, root: (usize, i64)) -> Definition {
        whole.cut(&self.decoded, root)
    }
}

/// Operations with a cache mount. Where nothing is declared, these are rebuilt from it.
pub fn with_cache_mounts(definition: &Decoded) -> BTreeSet<usize> {
    let has_cache = |op: &Option<Op>| match op {
        Some(Op::Exec(exec)) => {
            exec.mounts.iter().any(|mount| mount.mount_type() == MountType::Cache)
        }
        _ => false,
    };
    let ops = definition.ops.iter().enumerate();
    ops.filter(|(_, op)| has_cache(&op.op.op)).map(|(at, _)| at).collect()
}

/// The cacheable outputs that the uncacheable part of the graph stands on, or the result where all
/// is cacheable.
fn roots(definition: &Decoded, lowest: &[Option<usize>]) -> Vec<(usize, i64)> {
    let mut roots = BTreeSet::new();
    let mut seen = BTreeSet::new();
    let mut open: Vec<(usize, i64)> = definition.head.into_iter().collect();
    while let Some((at, index)) = open.pop() {
        if lowest[at].is_none() {
            roots.extend(is_worth_a_cache(definition, at).then_some((at, index)));
        } else if seen.insert(at) {
            open.extend(&definition.ops[at].inputs);
        }
    }
    roots.into_iter().collect()
}

/// What stands on nothing need not be exported on its own: an image, a repository or a URL is had
/// from where it is, a context from the client, and files made from nothing are in the definition.
/// As a part of what stands on them, they are exported all the same.
fn is_worth_a_cache(definition: &Decoded, at: usize) -> bool {
    let op = &definition.ops[at];
    !op.inputs.is_empty() || matches!(op.op.op, Some(Op::Exec(_)))
}
