//! Seeds on the way of a build: looked for while everything else is, used between the graphs and
//! their solve. What is solved is the same with a seed and without.

use std::collections::{BTreeMap, BTreeSet};
use strake_llb::Gather;

use futures_util::future::{join_all, try_join_all};
use strake_llb::{Definition, decode};

use super::Build;
use crate::cacheability::Cacheability;
use crate::diagnostics::{Diagnostic, codes::seeds as codes};
use crate::gateway::{Failure, Gateway, Importing, SolveRequest};
use crate::manifest::model as manifest;
use crate::mounts::declared::Declarations;
use crate::mounts::find::{CacheMount, Identity, cache_mounts};
use crate::mounts::prime::{self, State, Task};
use crate::mounts::seed::{self, Found, Seed};
use crate::mounts::steps::Program;
use crate::options::Options;
use crate::platform::Platform;
use crate::subrequests::MountFacts;

/// Looks for the seeds of all platforms, in their order; each comes with what the file says.
pub(super) async fn find<'a, G: Gateway>(
    gateway: &G,
    options: &Options,
    platforms: impl Iterator<Item = (&'a Platform, Option<&'a manifest::Seed>)>,
) -> Vec<Found> {
    let finds = platforms.map(|(platform, seed)| async move {
        match seed::locate(options, seed, platform) {
            Some((location, span)) => seed::find(gateway, options, &location, platform, span).await,
            None => Found::default(),
        }
    });
    join_all(finds).await
}

/// What is solved of one platform, whoever made it.
pub(super) struct PrimeInput<'a> {
    pub(super) declarations: &'a Declarations,
    pub(super) found: &'a Found,
    pub(super) definitions: Vec<&'a mut Definition>,
}

/// What came of filling the mounts of a build.
#[derive(Default)]
pub(super) struct Primed {
    pub(super) warnings: Vec<Diagnostic>,
    /// How each mount is; none where no seed was found.
    summary: Option<Definition>,
}

impl Primed {
    /// Shows how the mounts are: a vertex that has it for a name, and makes next to nothing.
    pub(super) async fn tell<G: Gateway>(&self, gateway: &G) {
        let Some(summary) = &self.summary else { return };
        let request = SolveRequest { evaluate: true, ..SolveRequest::of(summary.clone()) };
        if let Err(error) = gateway.solve(request).await {
            tracing::warn!(%error, "the state of the cache mounts could not be shown");
        }
    }
}

/// Fills the empty cache mounts of all platforms, and meanwhile does what does not need them. Only
/// what the build itself does fails.
///
/// # Errors
/// What the build does fails.
pub(super) async fn prime<G: Gateway>(
    build: &Build<'_, G>,
    gateway: &Importing<'_, G>,
    mut inputs: Vec<PrimeInput<'_>>,
) -> Result<Primed, Failure> {
    let tasks = tasks(build, &inputs)?;
    if tasks.is_empty() {
        return Ok(Primed::default());
    }
    let Some(image) = build.image_of_strake() else {
        let text = "cache mounts are not filled: this BuildKit does not tell strake its image, \
                    new in BuildKit 0.10";
        let warnings = vec![Diagnostic::warning(&codes::NO_PROGRAM, text)];
        return Ok(Primed { warnings, summary: None });
    };
    let (program, now) = (build.program(&image), build.environment.now);
    let mounts = tasks.iter().map(|task| (&task.mount, task.name.as_str()));
    let mut states = prime::look(build.gateway, program, mounts).await;
    if tasks.iter().any(|task| task.mount.emptied) {
        force(program, &mut inputs)?;
    }
    let filled = tasks.iter().zip(&states).filter(|(task, state)| task.is_filled(state));
    let waiting: BTreeSet<Identity> = filled.map(|(task, _)| task.mount.identity.clone()).gather();
    if !waiting.is_empty() {
        let fill = async { Ok(prime::fill(build.gateway, program, &tasks, states, now).await) };
        (states, ()) = tokio::try_join!(fill, meanwhile(gateway, &inputs, &waiting))?;
    }
    let statuses = tasks.iter().zip(&states);
    let statuses: Vec<String> = statuses.map(|(task, state)| task.status(state, now)).collect();
    let problems = tasks.iter().zip(&states).filter_map(|(task, state)| task.problem(state));
    let summary = program.summary(&format!("[seed] cache mounts: {}", statuses.join(", "))).ok();
    Ok(Primed { warnings: problems.collect(), summary })
}

/// The mounts of a build, each once. Of two platforms that have one in common, the first fills it.
fn tasks<'a, G: Gateway>(
    build: &Build<'_, G>,
    inputs: &[PrimeInput<'a>],
) -> Result<Vec<Task<'a>>, Failure> {
    let (mut tasks, mut known) = (Vec::new(), BTreeSet::new());
    for input in inputs {
        let Some(seed) = &input.found.seed else { continue };
        for mount in mounts_of(input)? {
            if known.insert(mount.identity.clone()) {
                tasks.push(task(build, input.declarations, mount, seed));
            }
        }
    }
    Ok(tasks)
}

fn task<'a, G: Gateway>(
    build: &Build<'_, G>,
    declarations: &Declarations,
    mount: CacheMount,
    seed: &'a Seed,
) -> Task<'a> {
    let namespace = &build.options.cache_namespace;
    let declared = declarations.of(&mount, namespace);
    let key = mount.identity.key(namespace);
    let filled = declared.seed && seed.contents.mounts.contains_key(&key);
    Task { name: declared.name, key: filled.then_some(key), mount, seed }
}

/// What is known beforehand of the mounts of a platform, by their ids. Whether one is empty is looked
/// up without a change to it; the build would empty those that `--no-cache` is for.
pub(super) async fn known<G: Gateway>(
    build: &Build<'_, G>,
    definition: &Definition,
    declarations: &Declarations,
    found: &Found,
) -> Result<BTreeMap<String, MountFacts>, Failure> {
    let all = mounts(definition)?;
    let names = all.iter().map(|mount| declarations.of(mount, &build.options.cache_namespace).name);
    let names: Vec<String> = names.collect();
    let mut asked = all.clone();
    asked.iter_mut().for_each(|mount| mount.emptied = false);
    let asked = asked.iter().zip(names.iter().map(String::as_str));
    let states = match build.image_of_strake() {
        Some(image) => prime::look(build.gateway, build.program(&image), asked).await,
        None => vec![State::Failed(String::new()); all.len()],
    };
    let facts = all.into_iter().zip(states).map(|(mount, state)| {
        let (id, emptied) = (mount.identity.id.clone(), mount.emptied);
        let seeded = found.seed.as_ref().and_then(|seed| {
            let task = task(build, declarations, mount, seed);
            seed.contents.mounts.get(&task.key?).cloned()
        });
        let warm = match state {
            State::Failed(_) | State::Held => None,
            state => Some(state != State::Cold && !emptied),
        };
        (id, MountFacts { seeded, warm })
    });
    Ok(facts.gather())
}

/// The cache mounts of a definition.
pub(super) fn mounts(definition: &Definition) -> Result<Vec<CacheMount>, Failure> {
    cache_mounts(definition).map_err(|error| Failure::new(error.to_string()))
}

/// The cache mounts of a part: how each has to be taken, whichever definition uses it.
fn mounts_of(input: &PrimeInput<'_>) -> Result<Vec<CacheMount>, Failure> {
    let mut all: BTreeMap<Identity, CacheMount> = BTreeMap::new();
    for definition in &input.definitions {
        for mount in mounts(definition)? {
            match all.get_mut(&mount.identity) {
                Some(known) => known.also_as(&mount),
                None => drop(all.insert(mount.identity.clone(), mount)),
            }
        }
    }
    Ok(all.into_values().collect())
}

fn force(program: Program<'_>, inputs: &mut [PrimeInput<'_>]) -> Result<(), Failure> {
    for definition in inputs.iter_mut().flat_map(|input| &mut input.definitions) {
        let forced = program.forced(definition);
        **definition = forced.map_err(|error| Failure::new(error.to_string()))?;
    }
    Ok(())
}

/// Solves the highest outputs that need none of some mounts, and has the daemon fetch those that a cache has: it
/// does so no sooner than somebody looks into them, and the steps that wait would be the first to.
async fn meanwhile<G: Gateway>(
    gateway: &Importing<'_, G>,
    inputs: &[PrimeInput<'_>],
    waiting: &BTreeSet<Identity>,
) -> Result<(), Failure> {
    let mut definitions = Vec::new();
    for definition in inputs.iter().flat_map(|input| &input.definitions) {
        definitions.extend(without(definition, waiting)?);
    }
    let solves = definitions.into_iter().map(|definition| async {
        let request = SolveRequest { evaluate: true, ..SolveRequest::of(definition) };
        let output = gateway.solve(request).await?.single_reference();
        // What can't be fetched now is asked for again by the build, which fails by it if it needs it.
        if let Err(error) = gateway.stat_file(&output, "/").await {
            tracing::debug!(%error, "an output could not be looked into");
        }
        Ok::<_, Failure>(())
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
    let cacheability = Cacheability::of(&decoded, &users);
    Ok(cacheability.roots().iter().map(|root| definition.cut(&decoded, *root)).collect())
}
