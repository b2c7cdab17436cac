//! Filling cache mounts before a build: a step for each tells whether it is empty, another one fills
//! it. All at once; nothing that goes wrong fails the build.

use std::time::Duration;

use futures_util::future::join_all;
use strake_llb::{CacheSharing, Definition};

use super::agent::answer::{Answer, Outcome};
use super::find::CacheMount;
use super::seed::Seed;
use super::steps::{ANSWER, Program};
use super::words;
use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::seeds as codes;
use crate::gateway::{Gateway, GatewayError, SolveRequest};

/// How long a locked mount is waited for: another build has it, so there is something in it. As many
/// steps run as the machine has processors, and some time goes by until it is this one's turn.
const HELD: Duration = Duration::from_secs(4);

/// A mount that may be filled.
#[derive(Debug, Clone)]
pub struct Task<'a> {
    /// The mount.
    pub mount: CacheMount,
    /// Its name.
    pub name: String,
    /// Its folder in the seed.
    pub key: String,
    /// What it is filled from.
    pub seed: &'a Seed,
}

/// What strake's own steps tell.
#[derive(Debug)]
enum Told {
    Answer(Answer),
    /// Another build has the mount.
    Held,
    Failed(String),
}

/// The mounts that are empty and of which the seed has something. Those that the build empties
/// are emptied, whatever the seed has.
pub async fn empty<'a, G: Gateway>(
    gateway: &G,
    program: Program<'_>,
    tasks: Vec<Task<'a>>,
) -> (Vec<Task<'a>>, Vec<Diagnostic>) {
    let probes = tasks.iter().map(|task| probe(gateway, program, task));
    let told = join_all(probes).await;
    let (mut empty, mut warnings) = (Vec::new(), Vec::new());
    for (task, told) in tasks.into_iter().zip(told) {
        match told {
            Told::Answer(Answer { outcome: Outcome::Empty, .. }) => empty.push(task),
            Told::Answer(Answer { outcome: Outcome::Failed(failure), .. }) => {
                warnings.push(failed(&task, &failure.reason));
            }
            Told::Failed(why) => warnings.push(failed(&task, &why)),
            Told::Answer(_) | Told::Held => {}
        }
    }
    empty.retain(|task| task.seed.contents.mounts.contains_key(&task.key));
    (empty, warnings)
}

async fn probe<G: Gateway>(gateway: &G, program: Program<'_>, task: &Task<'_>) -> Told {
    let shown = format!("[seed] {}: look whether it is empty", task.name);
    let definition = match program.probe(&task.mount, &shown) {
        Ok(definition) => definition,
        Err(error) => return Told::Failed(error.to_string()),
    };
    let answer = run(gateway, definition);
    if task.mount.sharing != CacheSharing::Locked {
        return answer.await;
    }
    // A solve that is given up is cancelled in the daemon.
    tokio::time::timeout(HELD, answer).await.unwrap_or(Told::Held)
}

/// Fills mounts. `now` is in seconds since 1970.
pub async fn fill<G: Gateway>(
    gateway: &G,
    program: Program<'_>,
    tasks: &[Task<'_>],
    now: u64,
) -> Vec<Diagnostic> {
    let primes = tasks.iter().map(|task| async move {
        let definition =
            program.prime(&task.mount, &task.seed.source, &task.key, &shown(task, now));
        let told = match definition {
            Ok(definition) => run(gateway, definition).await,
            Err(error) => Told::Failed(error.to_string()),
        };
        match told {
            Told::Answer(Answer { outcome: Outcome::Failed(failure), .. }) => {
                Some(failed(task, &failure.reason))
            }
            Told::Failed(why) => Some(failed(task, &why)),
            Told::Answer(_) | Told::Held => None,
        }
    });
    join_all(primes).await.into_iter().flatten().collect()
}

/// `[seed] uv: fill from ghcr.io/x:main, 3 hours old, 1,234 files and folders of 12.3 MB`
fn shown(task: &Task<'_>, now: u64) -> String {
    let created = task.seed.created();
    let age = created.map(|created| format!("{} old", words::age(now.saturating_sub(created))));
    let content = task.seed.contents.mounts.get(&task.key).filter(|content| content.entries > 0);
    let size = content.map(|content| {
        let (files, bytes) = (words::number(content.entries), words::bytes(content.bytes));
        format!("{files} files and folders of {bytes}")
    });
    let head = format!("[seed] {}: fill from {}", task.name, task.seed.shown);
    [Some(head), age, size].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

async fn run<G: Gateway>(gateway: &G, definition: Definition) -> Told {
    match answer(gateway, definition).await {
        Ok(Some(answer)) => Told::Answer(answer),
        Ok(None) => Told::Failed("its step gave no answer".to_owned()),
        Err(error) => Told::Failed(error.to_string()),
    }
}

/// Runs a step of strake's own program and reads what it tells; `None` if that can't be read.
///
/// # Errors
/// The step could not be run, or failed.
pub(super) async fn answer<G: Gateway>(
    gateway: &G,
    definition: Definition,
) -> Result<Option<Answer>, GatewayError> {
    let request = SolveRequest { evaluate: true, ..SolveRequest::of(definition) };
    let reference = gateway.solve(request).await?.single_reference();
    let text = gateway.read_file(&reference, ANSWER, None).await?;
    Ok(std::str::from_utf8(&text).ok().and_then(Answer::parse))
}

fn failed(task: &Task<'_>, why: &str) -> Diagnostic {
    let text = format!("`{}` can't be filled from `{}`: {why}", task.name, task.seed.shown);
    Diagnostic::warning(&codes::BROKEN, text).help("the build goes on without it")
}
