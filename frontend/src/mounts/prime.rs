//! Filling cache mounts before a build: a step for each tells whether it is empty, another one fills
//! it. All at once; nothing that goes wrong fails the build.

use std::time::Duration;

use futures_util::future::join_all;
use strake_llb::{CacheSharing, Definition};
use tokio::time::Instant;

use super::agent::answer::{Answer, Outcome};
use super::find::CacheMount;
use super::seed::{Content, Seed};
use super::steps::{ANSWER, Program};
use super::words;
use crate::diagnostics::Diagnostic;
use crate::diagnostics::codes::seeds as codes;
use crate::gateway::{Gateway, GatewayError, SolveRequest};

/// How long a locked mount is waited for: another build has it, and may do so for long. As many
/// steps run as the machine has processors, and some time goes by until it is this one's turn.
const HELD: Duration = Duration::from_secs(4);

/// How long a seed of nothing may take, in seconds. A registry that answers may still fall silent, and the
/// daemon would wait without limit.
const PATIENCE: u64 = 60;
/// What comes and is unpacked in a second at least: bytes of files, and files.
const SLOWEST: (u64, u64) = (500_000, 1_000);
/// The longest that any seed may take, in seconds. How large it is it says itself, and it may say anything.
const LONGEST: u64 = 15 * 60;

/// A mount of a build that has a seed.
#[derive(Debug, Clone)]
pub(crate) struct Task<'a> {
    pub mount: CacheMount,
    pub name: String,
    /// The seed of the build.
    pub seed: &'a Seed,
    /// The mount's directory in the seed; none where it is not filled from it.
    pub key: Option<String>,
}

/// How a mount is when the build begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum State {
    /// There is nothing in it.
    Cold,
    /// There is something in it, and it was left as it is.
    Warm,
    /// Another build has it, or fills it: nobody knows what is in it.
    Held,
    /// It was filled from the seed, in so many milliseconds, with what was fetched for that.
    Primed(u64),
    /// Nobody knows what is in it, for this reason.
    Failed(String),
}

/// Looks into mounts. Those that the build empties are emptied.
pub(crate) async fn look<G: Gateway>(
    gateway: &G,
    program: Program<'_>,
    mounts: impl IntoIterator<Item = (&CacheMount, &str)>,
) -> Vec<State> {
    join_all(mounts.into_iter().map(|(mount, name)| probe(gateway, program, mount, name))).await
}

async fn probe<G: Gateway>(
    gateway: &G,
    program: Program<'_>,
    mount: &CacheMount,
    name: &str,
) -> State {
    let display_name = format!("[seed] {name}: look whether it is empty");
    let definition = match program.probe(mount, &display_name) {
        Ok(definition) => definition,
        Err(error) => return State::Failed(error.to_string()),
    };
    let state = run(gateway, definition);
    if mount.sharing != CacheSharing::Locked {
        return state.await;
    }
    // A solve that is given up is cancelled in the daemon.
    tokio::time::timeout(HELD, state).await.unwrap_or(State::Held)
}

impl Task<'_> {
    /// Whether a mount in this state is filled.
    pub(crate) fn is_filled(&self, state: &State) -> bool {
        self.key.is_some() && *state == State::Cold
    }

    /// What is wrong with a mount in this state. One that was only looked at makes no difference.
    pub(crate) fn problem(&self, state: &State) -> Option<Diagnostic> {
        let State::Failed(why) = state else { return None };
        if self.key.is_none() && !self.mount.emptied {
            return None;
        }
        let text =
            format!("`{}` can't be filled from `{}`: {why}", self.name, self.seed.display_name);
        Some(Diagnostic::warning(&codes::BROKEN, text).help("the build goes on without it"))
    }

    /// `uv primed (ghcr.io/x:main, 3 hours old, 12.3 MB, in 1.2 s)`
    pub(crate) fn status(&self, state: &State, now: u64) -> String {
        let state = match state {
            State::Primed(milliseconds) => {
                let size = self.content().map(|content| words::bytes(content.bytes));
                let seconds = format!("in {:.1} s", *milliseconds as f64 / 1000.0);
                let facts =
                    [Some(self.seed.display_name.clone()), self.age(now), size, Some(seconds)];
                format!("primed ({})", facts.into_iter().flatten().collect::<Vec<_>>().join(", "))
            }
            State::Cold => "cold (not in the seed)".to_owned(),
            State::Warm => "warm".to_owned(),
            State::Held => "in use by another build".to_owned(),
            State::Failed(_) if self.key.is_none() => "unknown (not in the seed)".to_owned(),
            State::Failed(_) => "not primed (see the warning)".to_owned(),
        };
        format!("{} {state}", self.name)
    }

    /// `[seed] uv: fill from ghcr.io/x:main, 3 hours old, 1,234 files and directories of 12.3 MB`
    fn display_name(&self, now: u64) -> String {
        let size = self.content().map(|content| {
            let (files, bytes) = (words::number(content.entries), words::bytes(content.bytes));
            format!("{files} files and directories of {bytes}")
        });
        let head = format!("[seed] {}: fill from {}", self.name, self.seed.display_name);
        [Some(head), self.age(now), size].into_iter().flatten().collect::<Vec<_>>().join(", ")
    }

    /// How long filling it may take. Of a local directory nobody knows how much there is, and the
    /// client, which has it, is there.
    fn patience(&self) -> Option<Duration> {
        self.seed.image.as_ref()?;
        // All mounts of a seed are fetched as one.
        let contents = self.seed.contents.mounts.values();
        let (bytes, entries) = contents.fold((0u64, 0u64), |(bytes, entries), content| {
            (bytes.saturating_add(content.bytes), entries.saturating_add(content.entries))
        });
        let seconds = PATIENCE + bytes / SLOWEST.0 + entries / SLOWEST.1;
        Some(Duration::from_secs(seconds.min(LONGEST)))
    }

    fn age(&self, now: u64) -> Option<String> {
        let created = self.seed.created()?;
        Some(format!("{} old", words::age(now.saturating_sub(created))))
    }

    /// What the seed has of it; a local directory does not say.
    fn content(&self) -> Option<&Content> {
        let content = self.seed.contents.mounts.get(self.key.as_ref()?);
        content.filter(|content| content.entries > 0)
    }
}

/// Fills those mounts that are filled in these states, and gives the states of all. `now` is in
/// seconds since 1970.
pub(crate) async fn fill<G: Gateway>(
    gateway: &G,
    program: Program<'_>,
    tasks: &[Task<'_>],
    states: Vec<State>,
    now: u64,
) -> Vec<State> {
    let states = tasks.iter().zip(states).map(|(task, state)| async move {
        match &task.key {
            Some(key) if task.is_filled(&state) => {
                let display_name = task.display_name(now);
                match program.prime(&task.mount, &task.seed.source, key, &display_name) {
                    Ok(definition) => in_time(task, run(gateway, definition)).await,
                    Err(error) => State::Failed(error.to_string()),
                }
            }
            _ => state,
        }
    });
    join_all(states).await
}

async fn in_time(task: &Task<'_>, filled: impl Future<Output = State>) -> State {
    let Some(patience) = task.patience() else { return filled.await };
    let silent = || State::Failed(format!("it did not arrive within {} s", patience.as_secs()));
    tokio::time::timeout(patience, filled).await.unwrap_or_else(|_| silent())
}

async fn run<G: Gateway>(gateway: &G, definition: Definition) -> State {
    let begun = Instant::now();
    let outcome = match answer(gateway, definition).await {
        Ok(Some(answer)) => answer.outcome,
        Ok(None) => return State::Failed("its step gave no answer".to_owned()),
        Err(error) => return State::Failed(error.to_string()),
    };
    match outcome {
        Outcome::Empty => State::Cold,
        Outcome::Primed => State::Primed(begun.elapsed().as_millis() as u64),
        Outcome::Failed(failure) => State::Failed(failure.reason),
        Outcome::Warm => State::Warm,
        Outcome::Busy => State::Held,
        Outcome::Exported | Outcome::Unchanged | Outcome::Refused | Outcome::Digested(_) => {
            State::Failed("its step gave an unexpected answer".to_owned())
        }
    }
}

/// Runs a step of strake's own program and reads what it tells; `None` if that can't be read.
///
/// # Errors
/// The step could not be run, or failed.
pub(crate) async fn answer<G: Gateway>(
    gateway: &G,
    definition: Definition,
) -> Result<Option<Answer>, GatewayError> {
    let request = SolveRequest { evaluate: true, ..SolveRequest::of(definition) };
    let reference = gateway.solve(request).await?.single_reference();
    let text = gateway.read_file(&reference, ANSWER, None).await?;
    Ok(std::str::from_utf8(&text).ok().and_then(Answer::parse))
}
