//! `plan`: what a build will do, without doing it: stages, layers in order, which of them are
//! exportable through a registry cache and, where one does not, because of which; the mounts and
//! what the layers take from elsewhere. A call of strake's own, as text for people and as JSON for
//! tools.

mod describe;
mod dockerfile;
mod graph;
mod graph_sources;
mod text;

use std::collections::BTreeMap;

pub(crate) use dockerfile::{DockerfilePlan, graph as dockerfile_graph, plan as dockerfile_plan};
pub(crate) use graph::graph;

use serde::Serialize;

use super::answer;
use crate::cacheability::Boundaries;
use crate::gateway::SolveResult;
use crate::mounts::seed::{Content, Found};
use crate::plan::Plan;
use crate::resolve::Facts;
use crate::source::SourceFile;

/// What is planned for one platform.
#[derive(Clone, Copy)]
pub(crate) struct PlatformPlan<'a> {
    pub plan: &'a Plan,
    /// Which layers are exportable.
    pub boundaries: &'a Boundaries,
    /// What its empty cache mounts are filled from.
    pub seed: &'a Found,
    /// What is known of its cache mounts, by their ids.
    pub mounts: &'a BTreeMap<String, MountFacts>,
}

/// What is known of a cache mount before the build.
#[derive(Debug, Clone)]
pub(crate) struct MountFacts {
    /// What the seed has of it.
    pub seeded: Option<Content>,
    /// Whether there is something in it; none where nobody knows.
    pub warm: Option<bool>,
}

#[derive(Serialize)]
struct Answer {
    platforms: Vec<PlatformAnswer>,
}

#[derive(Serialize)]
struct PlatformAnswer {
    target: String,
    platform: String,
    /// None where no seed is wanted.
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<SeedAnswer>,
    stages: Vec<StageAnswer>,
}

#[derive(Serialize)]
struct StageAnswer {
    name: String,
    platform: String,
    from: SourceAnswer,
    line: usize,
    layers: Vec<LayerAnswer>,
}

/// Where files come from.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct SourceAnswer {
    /// `scratch`, `context`, `stage`, `image`, `named-context`, `dockerfile`, `url`, `git`.
    kind: &'static str,
    /// A reference, a name or a URL; the main context has none.
    #[serde(skip_serializing_if = "String::is_empty")]
    name: String,
    /// Only an image has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<String>,
}

impl SourceAnswer {
    fn scratch() -> Self {
        SourceAnswer { kind: "scratch", name: String::new(), digest: None }
    }
}

/// What empty cache mounts are filled from.
#[derive(Serialize)]
#[serde(untagged)]
enum SeedAnswer {
    Found {
        name: String,
        /// RFC 3339; a local directory does not say.
        #[serde(skip_serializing_if = "Option::is_none")]
        created: Option<String>,
        /// Seconds; of when the question was asked.
        #[serde(skip_serializing_if = "Option::is_none")]
        age: Option<u64>,
    },
    Missing {
        reason: String,
    },
}

#[derive(Serialize)]
struct LayerAnswer {
    /// Empty where the manifest gives none.
    #[serde(skip_serializing_if = "String::is_empty")]
    name: String,
    line: usize,
    actions: Vec<String>,
    boundary: &'static str,
    /// The manifest says the boundary; otherwise it is by what the layer uses.
    explicit: bool,
    /// Its result goes into a registry cache.
    exportable: bool,
    /// Because of what it does not, although it is a registry layer.
    #[serde(skip_serializing_if = "Option::is_none")]
    because: Option<Because>,
    caches: Vec<CacheAnswer>,
    inputs: Vec<Input>,
}

/// What keeps a layer from being exported.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum Because {
    Layer {
        stage: String,
        /// Its name or, where it has none, what it does.
        layer: String,
        line: usize,
    },
    /// A step of a Dockerfile or of a context, named as it is shown.
    Step(String),
}

#[derive(Serialize)]
struct CacheAnswer {
    /// A Dockerfile's own mounts have none.
    #[serde(skip_serializing_if = "String::is_empty")]
    name: String,
    id: String,
    target: String,
    sharing: &'static str,
    /// `uid:gid` of a new mount; root's where none is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<String>,
    /// What the seed has of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<SeededAnswer>,
    /// How the build will find it: `warm`, `primed` from the seed, or `cold`.
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<&'static str>,
}

#[derive(Serialize)]
struct SeededAnswer {
    entries: u64,
    bytes: u64,
}

/// Files that a layer takes from elsewhere.
#[derive(PartialEq, Serialize)]
struct Input {
    from: SourceAnswer,
    /// Path there; a URL has it in its name.
    #[serde(skip_serializing_if = "String::is_empty")]
    path: String,
}

/// Each once, in the order of their use.
fn each_once(used: impl Iterator<Item = Input>) -> Vec<Input> {
    let mut inputs = Vec::new();
    for input in used {
        if !inputs.contains(&input) {
            inputs.push(input);
        }
    }
    inputs
}

/// A path in the main context, as files have it: relative to it.
fn in_context(path: &str) -> &str {
    match path.trim_start_matches('/') {
        "" => ".",
        relative => relative,
    }
}

/// Answers the call for all platforms. `now` is in seconds since 1970.
///
/// # Errors
/// Never in practice; see [`answer`].
pub(crate) fn plan(
    platforms: &[PlatformPlan<'_>],
    facts: &Facts,
    file: &SourceFile,
    now: u64,
) -> Result<SolveResult, serde_json::Error> {
    let answered = described(platforms, facts, file, now);
    answer(&answered, text::text(&answered))
}

fn described(platforms: &[PlatformPlan<'_>], facts: &Facts, file: &SourceFile, now: u64) -> Answer {
    let describe = |of: &PlatformPlan<'_>| describe::platform(*of, facts, file, now);
    Answer { platforms: platforms.iter().map(describe).collect() }
}
