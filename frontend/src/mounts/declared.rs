//! What is declared of cache mounts besides what their steps have: names, commands, and what is
//! exported. Pure. A mount of which nothing is declared, such as one of a Dockerfile, is exported
//! as it is.

use std::collections::{BTreeMap, BTreeSet};
use strake_llb::Gather;

use super::find::CacheMount;
use crate::cache::PlannedCacheMount;
use crate::manifest::model::{Cache, Manifest};
use crate::plan::{MountKind, OpKind, Plan};
use crate::presets::preset;

/// What is declared of a cache mount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Declaration {
    /// Its name in the manifest, or its id without the namespace.
    pub name: String,
    /// It is filled from the seed, and a part of it.
    pub seed: bool,
    /// The most of it that is exported, in bytes.
    pub keep: Option<u64>,
    /// The command that shrinks it before an export.
    pub prune: Option<String>,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Declarations {
    by_id: BTreeMap<String, Declaration>,
    /// Those that are not filled.
    unfilled: BTreeSet<String>,
}

impl Declarations {
    /// What a manifest says of the mounts of a plan.
    pub(crate) fn new(plan: &Plan, manifest: &Manifest) -> Self {
        let layers = plan.stages.iter().flat_map(|stage| &stage.layers);
        let execs = layers.flat_map(|layer| &layer.ops).filter_map(|op| match &op.kind {
            OpKind::Exec(exec) => Some(exec),
            _ => None,
        });
        let caches = execs.flat_map(|exec| &exec.mounts).filter_map(|mount| match &mount.kind {
            MountKind::Cache(cache) => Some(cache),
            _ => None,
        });
        let by_id =
            caches.map(|cache| (cache.id.clone(), declaration(&cache.name, &manifest.caches)));
        Declarations { by_id: by_id.gather(), unfilled: BTreeSet::new() }
    }

    /// What the presets say of mounts that were added to a Dockerfile's steps.
    pub(crate) fn of_presets<'a>(caches: impl Iterator<Item = &'a PlannedCacheMount>) -> Self {
        let by_id = caches.map(|cache| (cache.id.clone(), declaration(&cache.name, &[])));
        Declarations { by_id: by_id.gather(), unfilled: BTreeSet::new() }
    }

    /// The same, but that mounts of these ids are not filled from a seed: nobody can tell what is in them.
    pub(crate) fn without_seed<'a>(mut self, ids: impl Iterator<Item = &'a String>) -> Self {
        self.unfilled.extend(ids.cloned());
        self
    }

    /// What is declared of a mount; one of which nothing is declared is called by its id, without
    /// the namespace.
    pub(crate) fn of(&self, mount: &CacheMount, namespace: &str) -> Declaration {
        let id = &mount.identity.id;
        let declared = self.by_id.get(id).cloned();
        declared.unwrap_or_else(|| Declaration {
            name: mount.identity.plain_id(namespace).to_owned(),
            seed: !self.unfilled.contains(id),
            keep: None,
            prune: None,
        })
    }
}

fn declaration(name: &str, declared: &[Cache]) -> Declaration {
    let declared = declared.iter().find(|cache| cache.name.value == name);
    Declaration {
        name: name.to_owned(),
        seed: declared.is_none_or(|cache| cache.seed),
        keep: declared.and_then(|cache| cache.keep),
        prune: declared
            .and_then(|cache| Some(cache.prune.as_ref()?.value.clone()))
            .or_else(|| preset(name)?.prune.map(str::to_owned)),
    }
}
