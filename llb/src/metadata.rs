//! What a definition says about a vertex beside its operation.
//!
//! Nothing here enters the digest: two vertices with the same operation are one vertex, and their
//! metadata is merged as BuildKit's own library does.

use crate::Gather;
use std::collections::{BTreeMap, BTreeSet};

use strake_proto::caps::llb as cap;
use strake_proto::pb;
use strake_proto::pb::LinuxResources;

/// The description key whose value clients show as the name of a step.
pub(crate) const CUSTOM_NAME: &str = "llb.customname";

/// Metadata of a vertex.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Metadata {
    /// Runs the vertex whatever the cache holds. On an exec with cache mounts this also empties
    /// those mounts, for every build of the daemon.
    pub ignore_cache: bool,
    /// Texts for clients, by keys such as `llb.customname`. Not part of the cache key.
    pub description: BTreeMap<String, String>,
    /// Whether the result is exported with the cache; `None` leaves it to the exporter.
    pub export_cache: Option<bool>,
    /// The group under which clients show the vertex.
    pub progress_group: Option<ProgressGroup>,
    /// Limits of an exec's control group.
    pub linux_resources: Option<LinuxResources>,
    /// Capabilities that the vertex needs, beyond those that its operation is seen to use.
    pub caps: BTreeSet<String>,
}

/// Vertices that clients show as one step.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProgressGroup {
    /// What members have in common.
    pub id: String,
    /// The name to show.
    pub name: String,
    /// Shows the members apart where nothing but this group would be left.
    pub weak: bool,
}

impl Metadata {
    /// Sets the name that clients show.
    pub fn custom_name(&mut self, name: impl Into<String>) -> &mut Self {
        self.describe(CUSTOM_NAME, name)
    }

    /// The name that clients show, if one is set.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.description.get(CUSTOM_NAME).map(String::as_str)
    }

    /// Sets one text of the description.
    pub fn describe(&mut self, key: impl Into<String>, value: impl Into<String>) -> &mut Self {
        self.description.insert(key.into(), value.into());
        self
    }

    /// Sets the progress group.
    pub fn group(&mut self, group: ProgressGroup) -> &mut Self {
        self.progress_group = Some(group);
        self
    }

    pub(crate) fn need(&mut self, caps: impl IntoIterator<Item = &'static str>) {
        self.caps.extend(caps.into_iter().map(str::to_owned));
    }

    /// Adds what `other` says; where both speak, `other` wins.
    pub(crate) fn merge(&mut self, other: Self) {
        self.ignore_cache |= other.ignore_cache;
        self.description.extend(other.description);
        self.export_cache = other.export_cache.or(self.export_cache);
        self.caps.extend(other.caps);
        self.progress_group = other.progress_group.or(self.progress_group.take());
        self.linux_resources = other.linux_resources.or(self.linux_resources.take());
    }

    /// The capabilities of metadata itself, which the last entry of a definition lists.
    pub(crate) fn own_caps(&self) -> impl Iterator<Item = &'static str> + use<> {
        [
            self.ignore_cache.then_some(cap::META_IGNORE_CACHE),
            (!self.description.is_empty()).then_some(cap::META_DESCRIPTION),
            self.export_cache.map(|_| cap::META_EXPORT_CACHE),
        ]
        .into_iter()
        .flatten()
    }

    pub(crate) fn from_pb(pb: &pb::OpMetadata, linux_resources: Option<&LinuxResources>) -> Self {
        Self {
            ignore_cache: pb.ignore_cache,
            description: pb.description.clone(),
            export_cache: pb.export_cache.map(|cache| cache.value),
            progress_group: pb.progress_group.as_ref().map(|group| ProgressGroup {
                id: group.id.clone(),
                name: group.name.clone(),
                weak: group.weak,
            }),
            linux_resources: linux_resources.cloned(),
            caps: pb.caps.keys().cloned().gather(),
        }
    }

    /// The message, and `linux_resources`, for which it has no place.
    pub(crate) fn into_pb(self) -> (pb::OpMetadata, Option<LinuxResources>) {
        let metadata = pb::OpMetadata {
            ignore_cache: self.ignore_cache,
            description: self.description,
            export_cache: self.export_cache.map(|value| pb::ExportCache { value }),
            caps: self.caps.into_iter().map(|id| (id, true)).gather(),
            progress_group: self
                .progress_group
                .map(|ProgressGroup { id, name, weak }| pb::ProgressGroup { id, name, weak }),
        };
        (metadata, self.linux_resources)
    }
}
