//! Seeds on the way of a build: looked for while everything else is, used between the graphs and
//! their solve. What is solved is the same with a seed and without.

use std::collections::{BTreeMap, BTreeSet};
use strake_llb::Gather;

use futures_util::future::{join_all, try_join_all};
use strake_llb::{Definition, decode};

use super::{Build, Graph};
use crate::diagnostics::{Diagnostic, codes::seeds as codes};
use crate::gateway::{Failure, Gateway, Importing, SolveRequest};
use crate::mounts::find::{CacheMount, Identity, cache_mounts};
use crate::mounts::prime::{self, Task};
use crate::mounts::seed::{self, Content, Found, Seed};
use crate::mounts::steps::Program;
use crate::options::Options;
use crate::purity::Purity;
use crate::resolve::PlatformBuild;
use crate::select::Product;

/// Looks for the seeds of all platforms, in their order.
pub(super) async fn find<G: Gateway>(
    gateway: &G,
    options: &Options,
    builds: &[PlatformBuild],
) -> Vec<Found> {
    let finds = builds.iter().map(|build| async {
        let platform = &build.selection.platform;
        match seed::wanted(options, build.manifest.seed.as_ref(), platform) {
            Some((wanted, span)) if build.selection.product != Product::Registry => {
                seed::find(gateway, options, &wanted, platform, span).await
            }
            _ => Found::default(),
        }
    });
    join_all(finds).await
}

/// Fills the empty cache mounts of all platforms, and meanwhile does what does not need them.
/// Gives back what went wrong with that; only what the build itself does fails.
///
/// # Errors
/// What the build does fails.
pub(super) async fn prime<G: Gateway>(
    build: &Build<'_, G>,
    gateway: &Importing<'_, G>,
    graphs: &mut [Graph],
    found: &[Found],
) -> Result<Vec<Diagnostic>, Failure> {
    let tasks = tasks(build, graphs, found)?;
    if tasks.is_empty() {
        return Ok(Vec::new());
    }
    let Some(image) = build.image_of_strake() else {
        let text =
            "cache mounts are not filled: this BuildKit does not say what image strake runs in";
        return Ok(vec![Diagnostic::warning(&codes::NO_PROGRAM, text)]);
    };
    let program = build.program(&image);
    let emptied = tasks.iter().any(|task| task.mount.emptied);
    let (tasks, mut warnings) = prime::empty(build.gateway, program, tasks).await;
    if emptied {
        force(program, graphs)?;
    }
    if tasks.is_empty() {
        return Ok(warnings);
    }
    let waiting = tasks.iter().map(|task| task.mount.identity.clone()).gather();
    let fill =
        async { Ok(prime::fill(build.gateway, program, &tasks, build.environment.now).await) };
    let (failed, ()) = tokio::try_join!(fill, meanwhile(gateway, graphs, &waiting))?;
    warnings.extend(failed);
    Ok(warnings)
}

/// The mounts that a seed may fill, each once. Of two platforms that have one in common, the first
/// fills it.
fn tasks<'a, G: Gateway>(
    build: &Build<'_, G>,
    graphs: &[Graph],
    found: &'a [Found],
) -> Result<Vec<Task<'a>>, Failure> {
    let mut tasks: Vec<Task<'a>> = Vec::new();
    let mut known = BTreeSet::new();
    for (graph, seed) in graphs.iter().zip(found.iter().map(|found| &found.seed)) {
        let Some(seed) = seed else { continue };
        for mount in mounts(&graph.lowered.definition)? {
            if known.insert(mount.identity.clone()) {
                tasks.extend(task(build, graph, mount, seed));
            }
        }
    }
    Ok(tasks)
}

/// A mount of which the seed has nothing is looked at all the same where the build empties it.
fn task<'a, G: Gateway>(
    build: &Build<'_, G>,
    graph: &Graph,
    mount: CacheMount,
    seed: &'a Seed,
) -> Option<Task<'a>> {
    let namespace = &build.options.cache_namespace;
    let declared = graph.declarations.of(&mount, namespace);
    let key = mount.identity.key(namespace);
    let filled = declared.seed && seed.contents.mounts.contains_key(&key);
    (filled || mount.emptied).then(|| Task {
        name: declared.name,
        key: if filled { key } else { String::new() },
        mount,
        seed,
    })
}

/// What a seed has of the mounts of a platform, by their ids.
pub(super) fn contents<G: Gateway>(
    build: &Build<'_, G>,
    graph: &Graph,
    found: &Found,
) -> Result<BTreeMap<String, Content>, Failure> {
    let mut contents = BTreeMap::new();
    let Some(seed) = &found.seed else { return Ok(contents) };
    for mount in mounts(&graph.lowered.definition)? {
        if let Some(task) = task(build, graph, mount, seed)
            && let Some(content) = seed.contents.mounts.get(&task.key)
        {
            contents.insert(task.mount.identity.id, content.clone());
        }
    }
    Ok(contents)
}

/// The cache mounts of a definition.
pub(super) fn mounts(definition: &Definition) -> Result<Vec<CacheMount>, Failure> {
    cache_mounts(definition).map_err(|error| Failure::new(error.to_string()))
}

fn force(program: Program<'_>, graphs: &mut [Graph]) -> Result<(), Failure> {
    let forced = |definition: &Definition| {
        program.forced(definition).map_err(|error| Failure::new(error.to_string()))
    };
    for graph in graphs {
        graph.lowered.definition = forced(&graph.lowered.definition)?;
        graph.lowered.scan = graph.lowered.scan.as_ref().map(forced).transpose()?;
    }
    Ok(())
}

/// Solves the highest outputs that need none of some mounts.
async fn meanwhile<G: Gateway>(
    gateway: &Importing<'_, G>,
    graphs: &[Graph],
    waiting: &BTreeSet<Identity>,
) -> Result<(), Failure> {
    let mut definitions = Vec::new();
    for graph in graphs {
        definitions.extend(without(&graph.lowered.definition, waiting)?);
    }
    let solves = definitions.into_iter().map(|definition| {
        gateway.solve(SolveRequest { evaluate: true, ..SolveRequest::of(definition) })
    });
    try_join_all(solves).await?;
    Ok(())
}

fn without(
    definition: &Definition,
    waiting: &BTreeSet<Identity>,
) -> Result<Vec<Definition>, Failure> {
    let users = mounts(definition)?.into_iter();
    let users = users.filter(|mount| waiting.contains(&mount.identity));
    let users: BTreeSet<usize> = users.flat_map(|mount| mount.users).gather();
    let decoded = decode(&definition.pb).map_err(|error| Failure::new(error.to_string()))?;
    let purity = Purity::of(&decoded, &users);
    Ok(purity.heads().iter().map(|head| definition.cut(&decoded, *head)).collect())
}
