//! `plan` of a Dockerfile: its graph, step by step.

use std::collections::BTreeMap;

use strake_llb::{Decoded, decode};
use strake_proto::pb::op::Op;
use strake_proto::pb::{self, CacheSharingOpt, MountType};

use super::describe::{seed, seeded, state};
use super::graph_sources::GraphSources;
use super::{
    Answer, Because, CacheAnswer, LayerAnswer, MountFacts, PlatformAnswer, SourceAnswer,
    StageAnswer, answer, graph::drawn, text,
};
use crate::cache::PlannedCacheMount;
use crate::cacheability::Cacheability;
use crate::dockerfile::{Rewritten, RewrittenStep, cacheability};
use crate::gateway::SolveResult;
use crate::mounts::seed::Found;
use crate::platform::Platform;
use crate::presets::Boundary;

/// What is planned for one platform.
#[derive(Debug)]
pub(crate) struct DockerfilePlan<'a> {
    pub platform: &'a Platform,
    pub graph: &'a Rewritten,
    /// What its empty cache mounts are filled from.
    pub seed: &'a Found,
    /// What is known of its cache mounts, by their ids.
    pub mounts: BTreeMap<String, MountFacts>,
}

/// Answers `plan` for all platforms; `target` is empty where none is named, which is the last. `now` is
/// in seconds since 1970.
///
/// # Errors
/// Never in practice; see [`answer`].
pub(crate) fn plan(
    target: &str,
    platforms: &[DockerfilePlan<'_>],
    now: u64,
) -> Result<SolveResult, serde_json::Error> {
    let answered = described(target, platforms, now);
    answer(&answered, text::text(&answered))
}

/// Answers `graph`, as [`plan`].
///
/// # Errors
/// Never in practice; see [`answer`].
pub(crate) fn graph(
    target: &str,
    platforms: &[DockerfilePlan<'_>],
    now: u64,
) -> Result<SolveResult, serde_json::Error> {
    drawn(described(target, platforms, now))
}

fn described(target: &str, platforms: &[DockerfilePlan<'_>], now: u64) -> Answer {
    let platforms = platforms.iter().map(|of| {
        let stages = stages(of);
        let last = stages.last().map_or("", |stage| &stage.name);
        let target = if target.is_empty() { last } else { target };
        PlatformAnswer {
            target: target.to_owned(),
            platform: of.platform.to_string(),
            seed: seed(of.seed, now),
            stages,
        }
    });
    Answer { platforms: platforms.collect() }
}

/// In the order of the file: each stands on and takes from those before it.
fn stages(of: &DockerfilePlan<'_>) -> Vec<StageAnswer> {
    let graph = of.graph;
    let Ok(decoded) = decode(&graph.definition.pb) else { return Vec::new() };
    let describe = Describe { of, cacheability: cacheability(graph, &decoded), decoded };
    let stage_of = |at| Some(describe.step(at)?.0.to_owned());
    let sources = GraphSources { decoded: &describe.decoded, stage_of: &stage_of };
    let mut stages: Vec<StageAnswer> = Vec::new();
    for at in describe.decoded.inputs_first() {
        let Some((name, action)) = describe.step(at) else { continue };
        let known = stages.iter().position(|known| known.name == name).unwrap_or_else(|| {
            stages.push(StageAnswer {
                name: name.to_owned(),
                platform: of.platform.to_string(),
                from: SourceAnswer::scratch(),
                line: 0,
                layers: Vec::new(),
            });
            stages.len() - 1
        });
        let stage = &mut stages[known];
        let is_own = |from: &SourceAnswer| from.kind == "stage" && from.name == stage.name;
        if let Some(from) = sources.base(at).filter(|from| !is_own(from)) {
            stage.from = from;
        }
        if let Some(layer) = describe.layer(at, action, &sources) {
            stage.layers.push(layer);
        }
    }
    stages.retain(|stage| !stage.layers.is_empty());
    for stage in &mut stages {
        stage.layers.sort_by_key(|layer| layer.line);
        stage.line = stage.layers[0].line;
    }
    stages.sort_by_key(|stage| stage.line);
    stages
}

struct Describe<'a> {
    of: &'a DockerfilePlan<'a>,
    decoded: Decoded,
    cacheability: Cacheability,
}

impl Describe<'_> {
    /// The stage that an operation is of, and what it does. The Dockerfile frontend names steps
    /// `[stage 2/3] RUN ...`, and one that is no instruction otherwise.
    fn step(&self, at: usize) -> Option<(&str, &str)> {
        let (label, action) = self.name(at)?.strip_prefix('[')?.split_once("] ")?;
        let (stage, number) = label.rsplit_once(' ').unwrap_or(("", label));
        number.split_once('/')?;
        Some((stage, action))
    }

    /// A step of the file.
    fn layer(&self, at: usize, action: &str, sources: &GraphSources<'_>) -> Option<LayerAnswer> {
        // A linked copy is one instruction, and a merge besides.
        if matches!(self.decoded.ops[at].op.op, Some(Op::Merge(_))) {
            return None;
        }
        let digest = self.decoded.ops[at].digest.as_str();
        let step = self.of.graph.steps.iter().find(|step| step.digest == digest);
        let boundary = step.map_or(Boundary::Registry, |step| step.boundary);
        let blamed = self.cacheability.blame(at);
        let because = blamed.filter(|blamed| *blamed != at).and_then(|at| self.name(at));
        Some(LayerAnswer {
            name: String::new(),
            line: *self.of.graph.lines.get(digest)?,
            actions: vec![action.to_owned()],
            boundary: boundary.name(),
            explicit: step.is_some_and(|step| step.explicit.is_some()),
            exportable: blamed.is_none(),
            because: because.map(|name| Because::Step(name.to_owned())),
            caches: self.caches(at, step),
            inputs: sources.inputs(at),
        })
    }

    /// Those that were added and those of the file.
    fn caches(&self, at: usize, step: Option<&RewrittenStep>) -> Vec<CacheAnswer> {
        let Some(Op::Exec(exec)) = &self.decoded.ops[at].op.op else { return Vec::new() };
        let added: Vec<&(String, PlannedCacheMount)> =
            step.iter().flat_map(|step| &step.caches).collect();
        let caches = exec.mounts.iter().filter(|mount| mount.mount_type() == MountType::Cache);
        let answer = |mount: &pb::Mount| {
            let cache = added.iter().find(|(target, _)| *target == mount.dest);
            let opt = mount.cache_opt.clone().unwrap_or_default();
            let known = self.of.mounts.get(&opt.id);
            CacheAnswer {
                name: cache.map_or_else(String::new, |(_, cache)| cache.name.clone()),
                sharing: match opt.sharing() {
                    CacheSharingOpt::Shared => "shared",
                    CacheSharingOpt::Private => "private",
                    CacheSharingOpt::Locked => "locked",
                },
                seed: known.and_then(|known| known.seeded.as_ref()).map(seeded),
                state: known.and_then(state),
                id: opt.id,
                target: mount.dest.clone(),
                owner: cache
                    .and_then(|(_, cache)| cache.owner)
                    .map(|(uid, gid, _)| format!("{uid}:{gid}")),
            }
        };
        caches.map(answer).collect()
    }

    fn name(&self, at: usize) -> Option<&str> {
        let metadata = &self.of.graph.definition.pb.metadata;
        let description: &BTreeMap<String, String> =
            &metadata.get(self.decoded.ops[at].digest.as_str())?.description;
        description.get("llb.customname").map(String::as_str)
    }
}
