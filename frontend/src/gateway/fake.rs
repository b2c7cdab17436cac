//! BuildKit in memory, for tests: answers from what it was told, and records what it was asked. It
//! can fail, and it can take its time, which shows what is asked for at the same time.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use prost::Message;
use strake_llb::Definition;
use strake_proto::{caps, go, pb};

use super::{
    Capabilities, FileStat, Gateway, GatewayError, Reference, ResolveImage, ResolvedImage,
    SolveRequest, SolveResult, Warning,
};
use crate::platform::Platform;

/// A call that was made.
#[derive(Debug, Clone)]
pub enum Call {
    Solve(SolveRequest),
    /// A file was read: id of the reference, path, range.
    ReadFile(String, String, Option<(u64, u64)>),
    /// A directory was listed: id of the reference, path.
    ReadDir(String, String),
    /// A file was looked at: id of the reference, path.
    StatFile(String, String),
    /// An image was resolved.
    ResolveImage(ResolveImage),
    /// The inputs were asked for.
    Inputs,
    /// A warning was shown.
    Warn(Warning),
}

impl Call {
    /// The call in one line, which delays and failures are matched with: `solve local://context`,
    /// `read Dockerfile`, `list /`, `stat .`, `resolve docker.io/library/alpine:latest`, `inputs`,
    /// `warn ...`. A solve that fetches nothing is called as its vertices are: `solve [internal] look`.
    pub fn line(&self) -> String {
        match self {
            Call::Solve(request) if request.frontend.is_empty() => {
                let identifiers = identifiers(request.definition.as_ref());
                match identifiers.is_empty() {
                    true => format!("solve {}", names(request.definition.as_ref()).join(" ")),
                    false => format!("solve {}", identifiers.join(" ")),
                }
            }
            Call::Solve(request) => format!("solve {}", request.frontend),
            Call::ReadFile(_, path, _) => format!("read {path}"),
            Call::ReadDir(_, path) => format!("list {path}"),
            Call::StatFile(_, path) => format!("stat {path}"),
            Call::ResolveImage(request) => format!("resolve {}", request.reference),
            Call::Inputs => "inputs".to_owned(),
            Call::Warn(warning) => format!("warn {}", warning.short),
        }
    }
}

/// A solver of one's own; `None` leaves the request to the next one.
type Solver = Box<dyn Fn(&SolveRequest) -> Option<Result<SolveResult, GatewayError>> + Send + Sync>;

/// The config of an image: reference, platform's id.
type ConfigOf = fn(&str, &str) -> String;

/// When every file of it was changed, in seconds since 1970.
pub const MODIFIED: i64 = 1_700_000_000;

/// A daemon in memory, which has what a test gave it and records each call.
#[derive(Default)]
pub struct FakeGateway {
    capabilities: Capabilities,
    files: BTreeMap<(String, String), Vec<u8>>,
    images: BTreeMap<(String, String), ResolvedImage>,
    every_image: Option<ConfigOf>,
    inputs: BTreeMap<String, Definition>,
    solvers: Vec<Solver>,
    failures: Vec<(String, GatewayError)>,
    delays: Vec<(String, Duration)>,
    record: Mutex<Record>,
}

#[derive(Default)]
struct Record {
    calls: Vec<Call>,
    /// What each reference was made from.
    references: BTreeMap<String, Vec<String>>,
    under_way: usize,
    most_under_way: usize,
    dropped: usize,
}

impl std::fmt::Debug for FakeGateway {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("FakeGateway").field("calls", &self.calls().len()).finish_non_exhaustive()
    }
}

impl FakeGateway {
    /// A daemon of the newest kind, on linux/amd64, that knows no files and no images.
    pub fn new() -> Self {
        let names = |table: &[caps::Capability]| table.iter().map(|c| c.id.to_owned()).collect();
        let capabilities = Capabilities {
            frontend: names(caps::gateway::ALL),
            llb: names(caps::llb::ALL),
            platforms: vec![Platform::new("linux", "amd64", "")],
        };
        FakeGateway { capabilities, ..FakeGateway::default() }
    }

    /// Takes a capability away.
    #[must_use]
    pub fn without(mut self, capability: &str) -> Self {
        self.capabilities.frontend.remove(capability);
        self.capabilities.llb.remove(capability);
        self
    }

    /// Sets the worker's platforms.
    #[must_use]
    pub fn platforms(mut self, platforms: impl IntoIterator<Item = Platform>) -> Self {
        self.capabilities.platforms = platforms.into_iter().collect();
        self
    }

    /// Puts a file into everything that is made from a source, `local://context`, or into a
    /// reference, by its id.
    #[must_use]
    pub fn file(mut self, source: &str, path: &str, content: impl Into<Vec<u8>>) -> Self {
        self.files.insert((source.to_owned(), path.to_owned()), content.into());
        self
    }

    /// Has every image that it was not told of, with this config (of a reference and a platform's id).
    #[must_use]
    pub fn every_image(mut self, config: fn(&str, &str) -> String) -> Self {
        self.every_image = Some(config);
        self
    }

    /// Adds an image, for a platform's id or, where that is empty, for all. The digest is made from
    /// the config's length, unless the reference has one.
    #[must_use]
    pub fn image(mut self, reference: &str, platform: &str, config: impl Into<Vec<u8>>) -> Self {
        let image = resolved(reference, config.into());
        self.images.insert((reference.to_owned(), platform.to_owned()), image);
        self
    }

    /// Adds an input of the client's.
    #[must_use]
    pub fn input(mut self, name: &str, definition: Definition) -> Self {
        self.inputs.insert(name.to_owned(), definition);
        self
    }

    /// Answers solves. Solvers are asked in the order they were added; what none of them answers
    /// gets a new reference, if it is a definition.
    #[must_use]
    pub fn on_solve(
        mut self,
        solver: impl Fn(&SolveRequest) -> Option<Result<SolveResult, GatewayError>>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        self.solvers.push(Box::new(solver));
        self
    }

    /// Makes calls fail whose [line](Call::line) holds a text.
    #[must_use]
    pub fn fail(mut self, needle: &str, error: GatewayError) -> Self {
        self.failures.push((needle.to_owned(), error));
        self
    }

    /// Makes calls slow whose [line](Call::line) holds a text.
    #[must_use]
    pub fn delay(mut self, needle: &str, delay: Duration) -> Self {
        self.delays.push((needle.to_owned(), delay));
        self
    }

    /// All calls so far, in the order in which they came.
    pub fn calls(&self) -> Vec<Call> {
        self.record().calls.clone()
    }

    /// All calls so far as [lines](Call::line).
    pub fn lines(&self) -> Vec<String> {
        self.record().calls.iter().map(Call::line).collect()
    }

    /// The most calls that were under way at once.
    pub fn most_under_way(&self) -> usize {
        self.record().most_under_way
    }

    /// Calls that were given up before their answer.
    pub fn dropped(&self) -> usize {
        self.record().dropped
    }

    fn record(&self) -> MutexGuard<'_, Record> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records a call, waits, and fails where it is to fail.
    async fn take(&self, call: Call) -> Result<(), GatewayError> {
        let line = call.line();
        let mut under_way = UnderWay::start(self, call);
        let delay = self.delays.iter().find(|(needle, _)| line.contains(needle));
        if let Some((_, delay)) = delay {
            tokio::time::sleep(*delay).await;
        }
        under_way.answered = true;
        let failure = self.failures.iter().find(|(needle, _)| line.contains(needle));
        failure.map_or(Ok(()), |(_, error)| Err(error.clone()))
    }

    fn solve_definition(&self, definition: Option<&Definition>) -> SolveResult {
        let sources = identifiers(definition);
        let mut record = self.record();
        let id = format!("reference-{}", record.references.len() + 1);
        record.references.insert(id.clone(), sources);
        SolveResult::single(Reference { id, definition: definition.cloned() })
    }

    /// Files of a reference, by path without leading slash.
    fn files_of(&self, reference: &Reference) -> BTreeMap<String, &Vec<u8>> {
        let mut sources = self.record().references.get(&reference.id).cloned().unwrap_or_default();
        sources.push(reference.id.clone());
        let files = self.files.iter().filter(|((source, _), _)| sources.contains(source));
        files.map(|((_, path), content)| (relative(path).to_owned(), content)).collect()
    }

    fn missing(path: &str) -> GatewayError {
        rpc_error(tonic::Code::Unknown, &format!("open {path}: no such file or directory"))
    }
}

/// An error as the daemon sends it.
pub fn rpc_error(code: tonic::Code, message: &str) -> GatewayError {
    GatewayError::Rpc(Box::new(tonic::Status::new(code, message)))
}

/// The sources that a definition fetches, by identifier, in order.
pub fn identifiers(definition: Option<&Definition>) -> Vec<String> {
    let ops = definition.iter().flat_map(|definition| &definition.pb.def);
    let sources = ops.filter_map(|bytes| match pb::Op::decode(bytes.as_slice()).ok()?.op? {
        pb::op::Op::Source(source) => Some(source.identifier),
        _ => None,
    });
    sources.collect()
}

/// How the vertices of a definition are shown.
fn names(definition: Option<&Definition>) -> Vec<&str> {
    let metadata = definition.iter().flat_map(|definition| definition.pb.metadata.values());
    let names = metadata.filter_map(|metadata| metadata.description.get("llb.customname"));
    names.map(String::as_str).collect()
}

fn resolved(reference: &str, config: Vec<u8>) -> ResolvedImage {
    let digest = match reference.split_once('@') {
        Some((_, digest)) => digest.to_owned(),
        None => format!("sha256:{:064x}", config.len()),
    };
    ResolvedImage { reference: reference.to_owned(), digest, config }
}

fn relative(path: &str) -> &str {
    path.trim_start_matches("./").trim_start_matches('/')
}

/// Counts a call while it is under way.
struct UnderWay<'a> {
    fake: &'a FakeGateway,
    answered: bool,
}

impl<'a> UnderWay<'a> {
    fn start(fake: &'a FakeGateway, call: Call) -> Self {
        let mut record = fake.record();
        record.calls.push(call);
        record.under_way += 1;
        record.most_under_way = record.most_under_way.max(record.under_way);
        UnderWay { fake, answered: false }
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        let mut record = self.fake.record();
        record.under_way -= 1;
        record.dropped += usize::from(!self.answered);
    }
}

impl Gateway for FakeGateway {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn solve(&self, request: SolveRequest) -> Result<SolveResult, GatewayError> {
        for definition in request.definition.iter().chain(request.frontend_inputs.values()) {
            let fault = go::fault(&go::DEFINITION, &definition.encode_to_vec());
            assert!(fault.is_none(), "a daemon would die of this definition: {fault:?}");
        }
        self.take(Call::Solve(request.clone())).await?;
        if let Some(answer) = self.solvers.iter().find_map(|solver| solver(&request)) {
            return answer;
        }
        if !request.frontend.is_empty() {
            let message = format!("invalid frontend: {}", request.frontend);
            return Err(rpc_error(tonic::Code::Unknown, &message));
        }
        Ok(self.solve_definition(request.definition.as_ref()))
    }

    async fn read_file(
        &self,
        reference: &Reference,
        path: &str,
        range: Option<(u64, u64)>,
    ) -> Result<Vec<u8>, GatewayError> {
        self.take(Call::ReadFile(reference.id.clone(), path.to_owned(), range)).await?;
        let files = self.files_of(reference);
        let content = files.get(relative(path)).ok_or_else(|| Self::missing(path))?;
        let Some((from, many)) = range else {
            return Ok(content.to_vec());
        };
        let at = |offset: u64| usize::try_from(offset).unwrap_or(usize::MAX).min(content.len());
        Ok(content[at(from)..at(from.saturating_add(many))].to_vec())
    }

    async fn read_dir(
        &self,
        reference: &Reference,
        path: &str,
        _include: &str,
    ) -> Result<Vec<FileStat>, GatewayError> {
        self.take(Call::ReadDir(reference.id.clone(), path.to_owned())).await?;
        let directory = match relative(path) {
            "" | "." => String::new(),
            directory => format!("{}/", directory.trim_end_matches('/')),
        };
        let files = self.files_of(reference).into_iter();
        let entries = files.filter_map(|(path, content)| {
            let rest = path.strip_prefix(&directory)?;
            let size = i64::try_from(content.len()).unwrap_or(i64::MAX);
            Some(match rest.split_once('/') {
                Some((name, _)) => {
                    FileStat { path: name.to_owned(), mode: DIRECTORY, size: 0, modified: MODIFIED }
                }
                None => FileStat { path: rest.to_owned(), mode: 0o644, size, modified: MODIFIED },
            })
        });
        let mut entries: Vec<_> = entries.collect();
        entries.dedup();
        Ok(entries)
    }

    async fn stat_file(&self, reference: &Reference, path: &str) -> Result<FileStat, GatewayError> {
        self.take(Call::StatFile(reference.id.clone(), path.to_owned())).await?;
        if matches!(path, "." | "/") {
            return Ok(FileStat {
                path: path.to_owned(),
                mode: DIRECTORY,
                size: 0,
                modified: MODIFIED,
            });
        }
        let files = self.files_of(reference);
        let content = files.get(relative(path)).ok_or_else(|| Self::missing(path))?;
        let size = i64::try_from(content.len()).unwrap_or(i64::MAX);
        Ok(FileStat { path: path.to_owned(), mode: 0o644, size, modified: MODIFIED })
    }

    async fn resolve_image(&self, request: ResolveImage) -> Result<ResolvedImage, GatewayError> {
        self.take(Call::ResolveImage(request.clone())).await?;
        let platform = request.platform.as_ref().map(Platform::id).unwrap_or_default();
        let reference = request.reference;
        let mut image = None;
        for platform in [platform.clone(), String::new()] {
            image = image.or_else(|| self.images.get(&(reference.clone(), platform)).cloned());
        }
        let every = |config: ConfigOf| resolved(&reference, config(&reference, &platform).into());
        image = image.or_else(|| self.every_image.map(every));
        let message = format!("{reference}: not found");
        image.ok_or_else(|| rpc_error(tonic::Code::Unknown, &message))
    }

    async fn inputs(&self) -> Result<BTreeMap<String, Definition>, GatewayError> {
        self.take(Call::Inputs).await?;
        Ok(self.inputs.clone())
    }

    async fn warn(&self, warning: Warning) -> Result<(), GatewayError> {
        self.take(Call::Warn(warning)).await
    }
}

/// Go's mode of a directory.
const DIRECTORY: u32 = 0x8000_0000 | 0o755;
