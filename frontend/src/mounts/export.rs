//! An image of what is in cache mounts: the seed that was published before, and over it one layer for
//! each mount that has changed. One after the other, so that what has not changed leaves no layer.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::try_join_all;
use strake_llb::Definition;

use super::agent::answer::{Answer, Counts, Outcome};
use super::declared::Declaration;
use super::find::CacheMount;
use super::prime::answer;
use super::seed::{Content, Contents, Seed};
use super::steps::{Exported, Program, StepError};
use super::words;
use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::seeds as codes;
use crate::gateway::{Failure, Gateway, GatewayError, SolveRequest};
use crate::image::Image;
use crate::platform::Platform;
use crate::time;

/// More layers than this are put together into one: each has to be fetched and unpacked, and what was
/// deleted is still in those below.
const MANY: usize = 8;

/// A mount that is exported.
#[derive(Debug, Clone)]
pub(crate) struct Task {
    pub mount: CacheMount,
    /// What is declared of it.
    pub declared: Declaration,
    /// Its id, without the namespace.
    pub id: String,
    /// Its directory in the seed.
    pub key: String,
}

/// What is exported for one platform.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Input<'a> {
    pub platform: &'a Platform,
    /// What its mounts are of.
    pub definition: &'a Definition,
    pub tasks: &'a [Task],
    /// What was published before.
    pub seed: Option<&'a Seed>,
    /// When the image is made, in seconds since 1970.
    pub now: i64,
}

/// An image to be made.
#[derive(Debug)]
pub(crate) struct Export {
    pub definition: Definition,
    /// Its config, as JSON bytes.
    pub config: Vec<u8>,
    /// What is to be reported of it.
    pub warnings: Vec<Diagnostic>,
}

/// Why nothing is exported.
#[derive(Debug)]
pub(crate) enum ExportError {
    /// What the user can fix.
    Refused(Vec<Diagnostic>),
    /// A step failed, or something else did.
    Failed(Failure),
}

impl From<GatewayError> for ExportError {
    fn from(error: GatewayError) -> Self {
        ExportError::Failed(error.into())
    }
}

impl From<StepError> for ExportError {
    fn from(error: StepError) -> Self {
        ExportError::Failed(Failure::new(error.to_string()))
    }
}

/// Shrinks the mounts, compares them with what was published, and says what is published now. The steps
/// of the user's own, which a command to shrink stands on, run on `build`.
///
/// # Errors
/// A mount that was published is empty; a step fails.
pub(crate) async fn export<G: Gateway, B: Gateway>(
    gateway: &G,
    build: &B,
    program: Program<'_>,
    input: Input<'_>,
) -> Result<Export, ExportError> {
    prune(build, program, input).await?;
    let names: Vec<String> =
        input.tasks.iter().map(|task| display_name(task, input.seed)).collect();
    let exported: Vec<Exported<'_>> =
        input.tasks.iter().zip(&names).map(|(task, name)| of_task(task, name)).collect();
    let source = input.seed.map(|seed| &seed.source);
    let mut sorted = Sorted::new(input);
    for (task, one) in input.tasks.iter().zip(&exported) {
        let definition = program.export(*one, &sorted.changed, source)?;
        let answer = answer(gateway, definition).await?;
        let answer =
            answer.ok_or_else(|| ExportError::Failed(Failure::new("a step gave no answer")))?;
        sorted.add(task, *one, answer);
    }
    let Sorted { changed, contents, mut warnings, .. } = sorted.finish(input)?;
    match input.seed {
        Some(seed) if changed.is_empty() => {
            let config = seed.source.config().map(<[u8]>::to_vec);
            let config = config.unwrap_or_else(|| config_of(input, &contents));
            let definition = program.image(&[], source, false)?;
            Ok(Export { definition, config, warnings })
        }
        seed => {
            let layers = seed.map_or(0, Seed::layers) + changed.len();
            let squash = layers > MANY;
            if squash {
                warnings.push(squashed(layers));
            }
            let definition = program.image(&changed, source, squash)?;
            Ok(Export { definition, config: config_of(input, &contents), warnings })
        }
    }
}

async fn prune<B: Gateway>(
    build: &B,
    program: Program<'_>,
    input: Input<'_>,
) -> Result<(), ExportError> {
    let mut definitions = Vec::new();
    // A cache may have several mounts; the command is for all of them.
    let mut known = BTreeSet::new();
    for task in input.tasks {
        if let Some(command) = &task.declared.prune
            && known.insert(&task.declared.name)
        {
            let display_name = format!("[mounts] {}: {command}", task.declared.name);
            definitions.push(program.prune(
                input.definition,
                &task.mount,
                command,
                &display_name,
            )?);
        }
    }
    let solves = definitions.into_iter().map(|definition| {
        build.solve(SolveRequest { evaluate: true, ..SolveRequest::of(definition) })
    });
    try_join_all(solves).await?;
    Ok(())
}

fn display_name(task: &Task, seed: Option<&Seed>) -> String {
    let name = &task.declared.name;
    match seed.filter(|seed| seed.contents.mounts.contains_key(&task.key)) {
        Some(seed) => format!("[mounts] {name}: compare with {}", seed.display_name),
        None => format!("[mounts] {name}: take all of it"),
    }
}

fn of_task<'a>(task: &'a Task, display_name: &'a str) -> Exported<'a> {
    Exported { mount: &task.mount, key: &task.key, display_name, keep: task.declared.keep }
}

/// What the answers mean.
struct Sorted<'a> {
    /// The mounts that have changed.
    changed: Vec<Exported<'a>>,
    /// What is in the image.
    contents: Contents,
    warnings: Vec<Diagnostic>,
    /// Why nothing is exported.
    refused: Vec<Diagnostic>,
}

impl<'a> Sorted<'a> {
    fn new(input: Input<'_>) -> Self {
        let contents = input.seed.map(|seed| seed.contents.clone()).unwrap_or_default();
        Sorted { changed: Vec::new(), contents, warnings: Vec::new(), refused: Vec::new() }
    }

    fn add(&mut self, task: &Task, exported: Exported<'a>, answer: Answer) {
        let known = self.contents.mounts.contains_key(&task.key);
        match answer.outcome {
            Outcome::Unchanged => {}
            // Nothing was published of it, and there is nothing.
            Outcome::Exported if answer.counts.entries == 0 && !known => {}
            Outcome::Exported => {
                self.changed.push(exported);
                self.count(task, answer.counts);
            }
            Outcome::Refused => self.refused.push(emptied(task)),
            Outcome::Failed(failure) => self.refused.push(failed(task, &failure.reason)),
            Outcome::Empty
            | Outcome::Warm
            | Outcome::Busy
            | Outcome::Primed
            | Outcome::Digested(_) => {
                self.refused.push(failed(task, "its step gave an unexpected answer"));
            }
        }
    }

    fn finish(mut self, input: Input<'_>) -> Result<Self, ExportError> {
        if self.contents.mounts.is_empty() && self.refused.is_empty() {
            self.refused.push(nothing(input));
        }
        if self.refused.is_empty() { Ok(self) } else { Err(ExportError::Refused(self.refused)) }
    }

    fn count(&mut self, task: &Task, counts: Counts) {
        let content = Content { id: task.id.clone(), entries: counts.entries, bytes: counts.bytes };
        self.contents.mounts.insert(task.key.clone(), content);
        let name = &task.declared.name;
        let mut tell = |count: u64, what: &str| {
            if count > 0 {
                let text = format!("`{name}` is exported without {} {what}", words::number(count));
                self.warnings.push(Diagnostic::warning(&codes::LEFT_OUT, text));
            }
        };
        tell(counts.over_cap, "least recently used files: `keep` limits its size");
        tell(counts.skipped, "entries that a layer can't hold");
        tell(counts.moving, "entries that changed while they were read");
    }
}

fn config_of(input: Input<'_>, contents: &Contents) -> Vec<u8> {
    let mut image = Image { created: Some(time::rfc3339(input.now)), ..Image::default() };
    image.set_platform(input.platform);
    image.rootfs = serde_json::json!({ "type": "layers" });
    image.config.labels = Some(BTreeMap::new());
    contents.put(&mut image);
    // An image that was made here can always be written.
    image.to_json().unwrap_or_default()
}

fn emptied(task: &Task) -> Diagnostic {
    let name = &task.declared.name;
    let text = format!("the cache mount `{name}` is empty, but its published copy is not");
    Diagnostic::error(&codes::MOUNT_EMPTY, text)
        .help("build first, on the same builder: the build fills it")
        .help("`--build-arg STRAKE_MOUNTS=...` names the mounts to export; published copies of others stay")
        .help("`--build-arg STRAKE_SEED=off` publishes only what is there now")
}

fn failed(task: &Task, why: &str) -> Diagnostic {
    let text = format!("the cache mount `{}` can't be exported: {why}", task.declared.name);
    Diagnostic::error(&codes::EXPORT_FAILED, text)
}

fn nothing(input: Input<'_>) -> Diagnostic {
    if input.tasks.is_empty() {
        let text = "there is nothing to export: the target uses no cache mounts";
        return Diagnostic::error(&codes::NOTHING_TO_EXPORT, text)
            .help("`--target STAGE@mounts` exports those of another stage");
    }
    Diagnostic::error(&codes::NOTHING_TO_EXPORT, "there is nothing to export: all mounts are empty")
        .help("build first, on the same builder: the build fills them")
}

fn squashed(layers: usize) -> Diagnostic {
    let text = format!("{layers} layers of cache mounts are merged into one");
    Diagnostic::warning(&codes::SQUASHED, text)
        .help("this export is sent in full; later ones are differences again")
}
