//! From what the manifest says and what was resolved to what is done: every path absolute, every
//! variable filled in, every id made. Pure.

mod apt;
mod boundary;
mod budget;
mod exec;
mod files;
mod image_table;
mod layer;
mod links;
mod model;
mod packages;
mod parents;
mod scan;
mod shell;
mod stage;
mod title;

use std::collections::BTreeMap;
use strake_llb::Gather;

pub(crate) use boundary::TOKEN;
pub(crate) use files::needs_chmod;
pub(crate) use model::*;

use crate::diagnostics::Diagnostic;
use crate::manifest::model::Manifest;
use crate::options::{NoCache, Options};
use crate::resolve::Facts;
use crate::select::{Names, Selection, SourceRef};

/// Everything that planning reads.
#[derive(Clone, Copy)]
pub(crate) struct PlanInput<'a> {
    /// The manifest, read for this platform.
    pub manifest: &'a Manifest,
    /// The stages to build.
    pub selection: &'a Selection,
    pub facts: &'a Facts,
    pub options: &'a Options,
    /// What names in the manifest mean.
    pub names: &'a Names<'a>,
    /// A random text that no other build has, for layers that always run.
    pub nonce: &'a str,
}

/// Plans a build for one platform; the second value are warnings.
///
/// # Errors
/// All problems in one go.
pub(crate) fn plan(input: PlanInput<'_>) -> Result<(Plan, Vec<Diagnostic>), Vec<Diagnostic>> {
    let mut problems = Vec::new();
    let mut warnings = Vec::new();
    let mut states = BTreeMap::new();
    let mut stages = Vec::new();
    let budget = budget::Budget::new();
    for index in &input.selection.stages {
        if budget.is_spent() {
            break;
        }
        let mut planner = stage::StagePlanner::new(input, *index, &states, &budget);
        let (planned, state) = planner.run();
        problems.append(&mut planner.problems);
        warnings.append(&mut planner.warnings);
        states.insert(*index, state);
        stages.push(planned);
    }
    let scan = match input.selection.scan.as_ref().map(|scan| scan::plan(input, scan)) {
        Some(Ok(scan)) => Some(scan),
        Some(Err(problem)) => {
            problems.push(problem);
            None
        }
        None => None,
    };
    if !problems.is_empty() {
        return Err(problems);
    }
    let target = states.remove(&input.selection.target());
    let (mut image, base_image) =
        target.map(|state| (state.image, state.base_image)).unwrap_or_default();
    let created = image.created.clone();
    for title in titles(&stages) {
        image.add_history(title, created.clone());
    }
    let plan = Plan {
        platform: input.selection.platform.clone(),
        stages,
        image,
        base_image,
        run: run_defaults(input.options),
        epoch: input.options.source_date_epoch,
        scan,
    };
    Ok((plan, warnings))
}

/// What the target does, after what the stages below it do, from the bottom up.
fn titles(stages: &[PlannedStage]) -> Vec<String> {
    let by_index: BTreeMap<usize, &PlannedStage> =
        stages.iter().map(|stage| (stage.index, stage)).gather();
    let below = |stage: &&PlannedStage| match stage.base {
        SourceRef::Stage(index) => by_index.get(&index).copied(),
        _ => None,
    };
    let way: Vec<&PlannedStage> = std::iter::successors(stages.last(), below).collect();
    let layers = way.into_iter().rev().flat_map(|stage| &stage.layers);
    layers.flat_map(|layer| &layer.ops).map(|op| op.title.clone()).collect()
}

fn run_defaults(options: &Options) -> RunDefaults {
    RunDefaults {
        extra_hosts: options.extra_hosts.clone(),
        hostname: options.hostname.clone(),
        cgroup_parent: options.cgroup_parent.clone(),
        ulimits: options.ulimits.clone(),
        shm_size: options.shm_size,
        resources: options.resources.clone(),
        proxy: options.proxy.clone(),
    }
}

fn is_no_cache(options: &Options, stage: &str) -> bool {
    match &options.no_cache {
        NoCache::Off => false,
        NoCache::All => true,
        NoCache::Stages(stages) => stages.iter().any(|name| name.eq_ignore_ascii_case(stage)),
    }
}
