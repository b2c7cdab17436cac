//! From a plan to the answer.

use std::collections::BTreeMap;

use super::{
    Because, CacheAnswer, Input, LayerAnswer, MountFacts, PlatformAnswer, PlatformPlan, SeedAnswer,
    SeededAnswer, SourceAnswer, StageAnswer, each_once, in_context,
};
use crate::cacheability::{Cause, LayerCacheability};
use crate::context::NamedSource;
use crate::mounts::seed::{Content, Found};
use crate::plan::{
    CopySource, FileAction, LayerAt, MountKind, OpKind, Plan, PlannedLayer, PlannedOp,
};
use crate::presets::Boundary;
use crate::resolve::{Facts, ResolvedSource};
use crate::select;
use crate::source::{SourceFile, Span};

/// What is planned for one platform.
pub(super) fn platform(
    of: PlatformPlan<'_>,
    facts: &Facts,
    file: &SourceFile,
    now: u64,
) -> PlatformAnswer {
    let describe = Describe { plan: of.plan, facts, file, mounts: of.mounts };
    let mut stages: Vec<StageAnswer> =
        of.plan.stages.iter().map(|stage| describe.stage(stage)).collect();
    for cacheability in &of.boundaries.layers {
        if let (Some(stage), Some((_, layer))) =
            (stages.get_mut(cacheability.at.stage), of.plan.layer(cacheability.at))
        {
            stage.layers.push(describe.layer(layer, cacheability));
        }
    }
    PlatformAnswer {
        target: of.plan.target().map_or_else(String::new, |stage| stage.name.clone()),
        platform: of.plan.platform.to_string(),
        seed: seed(of.seed, now),
        stages,
    }
}

pub(super) fn seed(found: &Found, now: u64) -> Option<SeedAnswer> {
    match (&found.seed, &found.warning) {
        (Some(seed), _) => Some(SeedAnswer::Found {
            name: seed.display_name.clone(),
            created: seed.image.as_ref().and_then(|image| image.created.clone()),
            age: seed.created().map(|created| now.saturating_sub(created)),
        }),
        (None, Some(warning)) => Some(SeedAnswer::Missing { reason: warning.message.clone() }),
        (None, None) => None,
    }
}

pub(super) fn seeded(of: &Content) -> SeededAnswer {
    SeededAnswer { entries: of.entries, bytes: of.bytes }
}

struct Describe<'a> {
    plan: &'a Plan,
    facts: &'a Facts,
    file: &'a SourceFile,
    mounts: &'a BTreeMap<String, MountFacts>,
}

impl Describe<'_> {
    /// A stage, without its layers.
    fn stage(&self, stage: &crate::plan::PlannedStage) -> StageAnswer {
        StageAnswer {
            name: stage.name.clone(),
            platform: stage.platform.to_string(),
            from: self.source(&stage.base),
            line: self.line(stage.span),
            layers: Vec::new(),
        }
    }

    fn layer(&self, layer: &PlannedLayer, cacheability: &LayerCacheability) -> LayerAnswer {
        LayerAnswer {
            name: layer.name.clone(),
            line: self.line(layer.span),
            actions: layer.ops.iter().map(|op| op.title.clone()).collect(),
            boundary: layer.boundary.kind.name(),
            explicit: layer.boundary.explicit,
            exportable: cacheability.cause.is_none(),
            because: self.because(layer, cacheability),
            caches: layer.ops.iter().flat_map(|op| self.caches(op)).collect(),
            inputs: each_once(layer.ops.iter().flat_map(|op| self.inputs_of(op))),
        }
    }

    /// A mount or none layer is its own reason, which its boundary tells.
    fn because(&self, layer: &PlannedLayer, cacheability: &LayerCacheability) -> Option<Because> {
        match cacheability.cause.as_ref()? {
            Cause::Layer(at)
                if *at == cacheability.at && layer.boundary.kind != Boundary::Registry =>
            {
                None
            }
            Cause::Layer(at) => self.because_of(*at),
            Cause::Step(name) => Some(Because::Step(name.clone())),
        }
    }

    fn because_of(&self, at: LayerAt) -> Option<Because> {
        let (stage, layer) = self.plan.layer(at)?;
        let name = match layer.name.as_str() {
            "" => layer.ops.first().map_or_else(String::new, |op| op.title.clone()),
            name => name.to_owned(),
        };
        Some(Because::Layer { stage: stage.name.clone(), layer: name, line: self.line(layer.span) })
    }

    fn inputs_of(&self, op: &PlannedOp) -> Vec<Input> {
        match &op.kind {
            OpKind::Exec(exec) => {
                exec.mounts.iter().filter_map(|mount| self.mounted(&mount.kind)).collect()
            }
            OpKind::Files(actions) | OpKind::Linked(actions) => {
                actions.iter().filter_map(|action| self.copied(action)).collect()
            }
        }
    }

    fn mounted(&self, kind: &MountKind) -> Option<Input> {
        match kind {
            MountKind::Bind { from, source, .. } => Some(self.input(from, source)),
            MountKind::Download { url, checksum, .. } => Some(download(url, Some(checksum))),
            _ => None,
        }
    }

    fn copied(&self, action: &FileAction) -> Option<Input> {
        let FileAction::Copy(copy) = action else { return None };
        Some(match &copy.from {
            CopySource::Ref(from) => self.input(from, &copy.src),
            CopySource::Url { url, checksum, .. } => download(url, checksum.as_ref()),
            CopySource::Git(url) => {
                let from = SourceAnswer { kind: "git", name: url.remote.clone(), digest: None };
                Input { from, path: copy.src.clone() }
            }
        })
    }

    fn input(&self, source_ref: &select::SourceRef, path: &str) -> Input {
        let path = match source_ref {
            select::SourceRef::MainContext => in_context(path),
            _ => path,
        };
        Input { from: self.source(source_ref), path: path.to_owned() }
    }

    fn source(&self, source_ref: &select::SourceRef) -> SourceAnswer {
        let (kind, name) = match source_ref {
            select::SourceRef::Scratch => ("scratch", String::new()),
            select::SourceRef::MainContext => ("context", String::new()),
            select::SourceRef::Stage(index) => ("stage", self.stage_name(*index)),
            select::SourceRef::Image { reference, .. } => ("image", reference.clone()),
            select::SourceRef::Context { key, .. } => ("named-context", key.clone()),
            select::SourceRef::Dockerfile { stage, .. } => ("dockerfile", self.stage_name(*stage)),
        };
        let digest = match self.facts.sources.get(source_ref) {
            Some(ResolvedSource::Image(image)) => digest(&image.reference),
            Some(ResolvedSource::Named(
                NamedSource::Image { digest, .. } | NamedSource::OciLayout { digest, .. },
            )) => Some(digest.clone()),
            _ => None,
        };
        SourceAnswer { kind, name, digest }
    }

    fn stage_name(&self, index: usize) -> String {
        let stage = self.plan.stages.iter().find(|stage| stage.index == index);
        stage.map_or_else(String::new, |stage| stage.name.clone())
    }

    fn line(&self, span: Span) -> usize {
        self.file.line_column(span.start).line
    }

    fn caches(&self, op: &PlannedOp) -> Vec<CacheAnswer> {
        let OpKind::Exec(exec) = &op.kind else { return Vec::new() };
        let cache = |mount: &crate::plan::Mount| match &mount.kind {
            MountKind::Cache(cache) => {
                let known = self.mounts.get(&cache.id);
                let seeded = known.and_then(|known| known.seeded.as_ref());
                Some(CacheAnswer {
                    name: cache.name.clone(),
                    id: cache.id.clone(),
                    target: mount.target.clone(),
                    sharing: cache.sharing.name(),
                    owner: cache.owner.map(|(uid, gid, _)| format!("{uid}:{gid}")),
                    seed: seeded.map(self::seeded),
                    state: known.and_then(state),
                })
            }
            _ => None,
        };
        exec.mounts.iter().filter_map(cache).collect()
    }
}

/// How the build will find a mount.
pub(super) fn state(known: &MountFacts) -> Option<&'static str> {
    Some(match (known.warm?, &known.seeded) {
        (true, _) => "warm",
        (false, Some(_)) => "primed",
        (false, None) => "cold",
    })
}

fn download(url: &str, checksum: Option<&String>) -> Input {
    let from = SourceAnswer { kind: "url", name: url.to_owned(), digest: checksum.cloned() };
    Input { from, path: String::new() }
}

fn digest(reference: &str) -> Option<String> {
    reference.split_once('@').map(|(_, digest)| digest.to_owned())
}
