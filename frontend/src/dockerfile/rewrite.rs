//! Gives the steps of a Dockerfile's graph the cache mounts that their commands want. Pure: what is
//! asked for comes from the graph, the file's directives, and who recognises commands.
//!
//! A mount must never change what is built. So a step gets none where its author brought cache mounts
//! of his own, where something is mounted at the place already, where the environment leads the tool
//! elsewhere, and where nobody can say whose the mount must be. Nothing else of the graph changes.

use std::collections::{BTreeMap, BTreeSet};

use strake_llb::{AddedMount, Addition, Decoded, Definition, Graph, MarshalOptions, decode};

use super::compiled;
use super::directives::{Directives, StepDirectives};
use super::misplaced::Places;
use super::off::Off;
use super::recognise::{Finding, is_any_cached};
use super::step::{Step, lines, ranges, steps, taken_paths};
use crate::cache::{self, Preset, StepCache};
use crate::diagnostics::{Diagnostic, codes};
use crate::lower::{cache_mount, inline_mount};
use crate::manifest::model::Boundary;
use crate::mounts::settle;
use crate::mounts::steps::Program;
use crate::paths;
use crate::plan::{CacheMount, TOKEN};
use crate::source::Span;

/// Says which caches a step's commands use and may have, and which no other step may have because of
/// it.
pub type Recogniser<'a> = dyn Fn(&Step<'_>) -> Finding + 'a;

/// What a graph is rewritten with.
#[derive(Clone, Copy)]
pub struct RewriteInput<'a> {
    /// The graph of one platform.
    pub definition: &'a Definition,
    /// The Dockerfile's bytes: steps of other files are left alone.
    pub file: &'a [u8],
    /// Its directives.
    pub directives: &'a Directives,
    /// Who goes without, as the client says.
    pub off: &'a Off,
    /// `BUILDKIT_CACHE_MOUNT_NS`.
    pub namespace: &'a str,
    /// What no other build has.
    pub nonce: &'a str,
    /// How the daemon encodes operations.
    pub marshal: &'a MarshalOptions,
    /// strake's own program; none where the daemon does not tell its image.
    pub program: Option<Program<'a>>,
    /// Who knows commands.
    pub recognise: &'a Recogniser<'a>,
}

/// What steps get, by their digests.
pub type Additions = BTreeMap<String, Addition>;

/// A graph with its cache mounts.
#[derive(Debug)]
pub struct Rewritten {
    /// The graph.
    pub definition: Definition,
    /// What was added, by the digest that a step had before. The same steps may be in other graphs,
    /// those of attestations, and must stay the same there.
    pub additions: Additions,
    /// The steps of the file, in the order of the graph.
    pub steps: Vec<RewrittenStep>,
    /// The line on which the instruction of each operation begins, by its digest now.
    pub lines: BTreeMap<String, usize>,
    /// Why it is as it was, where it is; and directives that reach no step.
    pub warnings: Vec<Diagnostic>,
    /// Whether the graph is understood. One that is not is best left to whoever made it.
    pub is_understood: bool,
}

/// A step of the file.
#[derive(Debug, Clone)]
pub struct RewrittenStep {
    /// The digest that it has now.
    pub digest: String,
    /// The line on which its instruction begins.
    pub line: usize,
    /// Caches that were added: places and mounts.
    pub caches: Vec<(String, CacheMount)>,
    /// The ids of cache mounts of its own whose compiled output nobody can vouch for.
    pub unsettled: Vec<String>,
    /// Whether its result is worth a registry cache.
    pub boundary: Boundary,
    /// Where a directive says so.
    pub said: Option<Span>,
}

/// Rewrites the graph of one platform.
///
/// # Errors
/// What is wrong with the directives of its steps.
pub fn rewrite(input: RewriteInput<'_>) -> Result<Rewritten, Vec<Diagnostic>> {
    let decoded = match decode(&input.definition.pb) {
        Ok(decoded) => decoded,
        Err(error) => return Ok(as_it_was(input, &error.to_string())),
    };
    let (additions, mut steps) = additions(input, &decoded)?;
    let inserted = match input.definition.insert(&additions) {
        Ok(inserted) => inserted,
        Err(error) => return Ok(as_it_was(input, &error.to_string())),
    };
    for step in &mut steps {
        if let Some(digest) = inserted.digests.get(&step.digest) {
            step.digest.clone_from(digest);
        }
    }
    let definition = inserted.definition;
    let lines = lines(&definition, input.file).into_iter();
    let lines = lines.map(|(digest, line)| (digest.to_owned(), line)).collect();
    let warnings = places(input).unheeded();
    Ok(Rewritten { definition, additions, steps, lines, warnings, is_understood: true })
}

/// Where the file's directives stand.
fn places<'a>(input: RewriteInput<'a>) -> Places<'a> {
    let ranges = ranges(input.definition, input.file);
    Places::new(input.directives, input.file, ranges.values())
}

/// The graph, left alone.
fn as_it_was(input: RewriteInput<'_>, reason: &str) -> Rewritten {
    let text = format!("no cache mounts are added: {reason}");
    Rewritten {
        definition: input.definition.clone(),
        additions: BTreeMap::new(),
        steps: Vec::new(),
        lines: BTreeMap::new(),
        warnings: vec![Diagnostic::warning(&codes::dockerfile::NOT_REWRITTEN, text)],
        is_understood: false,
    }
}

/// What every step gets, by its digest.
fn additions(
    input: RewriteInput<'_>,
    decoded: &Decoded,
) -> Result<(Additions, Vec<RewrittenStep>), Vec<Diagnostic>> {
    let (mut additions, mut found, mut problems) = (BTreeMap::new(), Vec::new(), Vec::new());
    let steps = steps(input.definition, decoded, input.file);
    let findings: Vec<Finding> = steps.iter().map(input.recognise).collect();
    let refused = refused(input, &steps, &findings, &taken_paths(decoded));
    for (step, finding) in steps.iter().zip(&findings) {
        match StepRewriter::new(input, step).rewrite(finding, &refused) {
            Ok((addition, rewritten)) => {
                if !addition.is_empty() {
                    additions.insert(step.digest.to_owned(), addition);
                }
                found.push(rewritten);
            }
            Err(wrong) => problems.extend(wrong),
        }
    }
    problems.extend(places(input).misplaced(&steps));
    if problems.is_empty() { Ok((additions, found)) } else { Err(problems) }
}

/// The presets that no step may have, but where a directive says so: a step would notice that what is in
/// the cache is not in the image, or could do without in another step only.
fn refused(
    input: RewriteInput<'_>,
    steps: &[Step<'_>],
    findings: &[Finding],
    taken: &BTreeSet<&str>,
) -> Vec<&'static str> {
    let mut refused: Vec<&str> =
        findings.iter().flat_map(|finding| &finding.against).map(|preset| preset.name).collect();
    refused.extend(counted_on(findings));
    refused.extend(prepared_for_unseen(findings));
    let copied = cache::PRESETS.iter().filter(|preset| is_any_cached(taken, preset));
    refused.extend(copied.map(|preset| preset.name));
    refused.extend(steps.iter().zip(findings).flat_map(|(step, found)| among_files(step, found)));
    // What one step prepares another counts on, and only one of them can have the mount.
    for (step, finding) in steps.iter().zip(findings) {
        let prepared = finding.uses.iter().filter(|preset| !preset.prepares.is_empty());
        let left_out = prepared.filter(|preset| {
            let mut rewriter = StepRewriter::new(input, step);
            let got = rewriter.wanted(finding, &[]);
            !got.iter().any(|one| one.name == preset.name) || rewriter.add(preset).is_err()
        });
        refused.extend(left_out.map(|preset| preset.name));
    }
    refused
}

/// The presets whose mounts a step of another user than root would have among the files of the image. The daemon
/// makes the folders above a mount, as root, and leaves them there: such a user could make nothing beside it, in
/// this step or in a later one (`~/.cargo/bin`, `~/go/bin`). Where a step of root had the mount, that would be so, too.
fn among_files<'a>(
    step: &Step<'_>,
    finding: &'a Finding,
) -> impl Iterator<Item = &'static str> + use<'a> {
    let user = step.user.split(':').next().unwrap_or_default();
    let is_root = matches!(user, "" | "0" | "root");
    let uses = finding.uses.iter().filter(move |_| !is_root);
    let among = uses.filter(|preset| {
        !paths::is_below(&preset.target(cache::Places::Dockerfile), "/dev/strake")
    });
    among.map(|preset| preset.name)
}

/// The presets in whose caches a step leaves what another one, which runs the same tool, may count on.
fn counted_on(findings: &[Finding]) -> impl Iterator<Item = &'static str> {
    let mut runs: BTreeMap<&str, usize> = BTreeMap::new();
    for preset in findings.iter().flat_map(|finding| &finding.uses) {
        *runs.entry(preset.name).or_default() += 1;
    }
    let left = findings.iter().flat_map(|finding| &finding.leaves).map(|preset| preset.name);
    left.filter(move |name| runs.get(name).is_some_and(|count| *count > 1))
}

/// The presets of which a step leaves what it prepared where one behind it runs a script that can't be looked
/// into. A step is behind those that it stands on.
fn prepared_for_unseen(findings: &[Finding]) -> impl Iterator<Item = &'static str> {
    let last = findings.iter().rposition(|finding| finding.runs_unseen).unwrap_or_default();
    let above = findings.iter().take(last);
    above.flat_map(|finding| &finding.leaves_prepared).map(|preset| preset.name)
}

/// Why a step can't have a cache whose place the author has chosen.
const ELSEWHERE: &str = "leads elsewhere";

struct StepRewriter<'a> {
    input: RewriteInput<'a>,
    step: &'a Step<'a>,
    said: Option<&'a StepDirectives>,
    graph: Graph,
    addition: Addition,
    caches: Vec<(String, CacheMount)>,
    /// Places that are taken.
    taken: Vec<String>,
}

impl<'a> StepRewriter<'a> {
    fn new(input: RewriteInput<'a>, step: &'a Step<'a>) -> Self {
        StepRewriter {
            input,
            step,
            said: input.directives.step(step.line),
            graph: Graph::new(),
            addition: Addition::default(),
            caches: Vec::new(),
            taken: step.targets.clone(),
        }
    }

    fn rewrite(
        mut self,
        finding: &Finding,
        refused: &[&str],
    ) -> Result<(Addition, RewrittenStep), Vec<Diagnostic>> {
        if let Some(said) = self.said.filter(|said| !said.problems.is_empty()) {
            return Err(said.problems.clone());
        }
        let mut problems = Vec::new();
        let mut boundary = boundary_of_own(&self.step.caches);
        for preset in self.wanted(finding, refused) {
            match self.add(preset) {
                Ok(()) if preset.boundary == Boundary::Mount => boundary = Boundary::Mount,
                Ok(()) => {}
                Err(reason) => problems.extend(self.problem(preset, &reason)),
            }
        }
        let said = self.said.and_then(|said| said.boundary.as_ref());
        let boundary = said.map_or(boundary, |said| said.value);
        if boundary == Boundary::None {
            let token = inline_mount(&mut self.graph, TOKEN, self.input.nonce, 0o444);
            let failed = self.mount(token).err();
            problems.extend(
                failed.map(|why| Diagnostic::error(&codes::dockerfile::UNUSABLE_CACHE, why)),
            );
        }
        let unsettled = match self.settle() {
            Ok(()) => Vec::new(),
            Err(()) => self.step.cache_ids.clone(),
        };
        let rewritten = RewrittenStep {
            unsettled,
            digest: self.step.digest.to_owned(),
            line: self.step.line,
            caches: self.caches,
            boundary,
            said: said.map(|said| said.span),
        };
        if problems.is_empty() { Ok((self.addition, rewritten)) } else { Err(problems) }
    }

    /// Has a step with compiled output run by strake's own program.
    fn settle(&mut self) -> Result<(), ()> {
        let Some(said) = compiled::settle(self.step, self.said) else { return Ok(()) };
        let off =
            [Some(self.input.off), Some(&self.input.directives.off), self.said.map(|s| &s.off)];
        if off.into_iter().flatten().any(|off| *off == Off::Everybody) {
            return Err(());
        }
        let program = self.input.program.ok_or(())?;
        let mount = program.mounted(&mut self.graph).map_err(|_| ())?;
        self.mount(mount).map_err(|_| ())?;
        self.addition.env.push((settle::VARIABLE.to_owned(), said.to_text()));
        self.addition.wrapper = [settle::PROGRAM, settle::COMMAND].map(str::to_owned).into();
        self.addition.writable = true;
        Ok(())
    }

    /// Each preset once.
    fn wanted(&self, finding: &Finding, refused: &[&str]) -> Vec<&'static Preset> {
        let mut wanted: Vec<&'static Preset> = match self.said.and_then(|said| said.uses.as_ref()) {
            Some(uses) => uses.value.clone(),
            None if !self.step.caches.is_empty() => Vec::new(),
            None => {
                let uses = finding.uses.iter().copied();
                uses.filter(|preset| !refused.contains(&preset.name)).collect()
            }
        };
        let off =
            [Some(self.input.off), Some(&self.input.directives.off), self.said.map(|s| &s.off)];
        wanted.retain(|preset| !off.iter().flatten().any(|off| off.has(preset.name)));
        let mut seen = Vec::new();
        wanted.retain(|preset| {
            let new = !seen.contains(&preset.name);
            seen.push(preset.name);
            new
        });
        wanted
    }

    /// Adds all that a preset wants, or nothing of it.
    fn add(&mut self, preset: &'static Preset) -> Result<(), String> {
        let user = self.user();
        let step = self.step.cache(&user, self.input.namespace);
        let cache = cache::preset_cache(preset, step).map_err(|problem| problem.message)?;
        let env = self.env(preset, &cache)?;
        let targets = cache.mounts.iter().map(|(target, _)| target.as_str());
        let mut places = targets.chain(cache.file.iter().map(|(path, _)| *path));
        if let Some(place) = places.find(|place| self.is_taken(place)) {
            return Err(format!("something is mounted at `{place}`"));
        }
        for (target, mount) in &cache.mounts {
            let mount = cache_mount(&mut self.graph, target, mount);
            self.mount(mount)?;
        }
        if let Some((path, content)) = &cache.file {
            let mount = inline_mount(&mut self.graph, path, content.as_bytes(), 0o644);
            self.mount(mount)?;
        }
        self.addition.env.extend(env);
        self.caches.extend(cache.mounts);
        Ok(())
    }

    fn mount(&mut self, mount: strake_llb::Mount) -> Result<(), String> {
        self.taken.push(mount.target().to_owned());
        let added = AddedMount::new(&self.graph, mount, self.input.marshal);
        self.addition.mounts.push(added.map_err(|error| error.to_string())?);
        Ok(())
    }

    /// The variables that are not there yet. One that leads the tool elsewhere is the author's will;
    /// one about anything else is, too, and does no harm to the mount.
    fn env(&self, preset: &Preset, cache: &StepCache<'_>) -> Result<Vec<(String, String)>, String> {
        let mut missing = Vec::new();
        for (name, value) in &cache.preset_env {
            let added = self.addition.env.iter().find(|(known, _)| known == name);
            let there = added.map(|(_, value)| value.as_str()).or(self.step.env.get(name));
            match there {
                None => missing.push(((*name).to_owned(), value.clone())),
                Some(there) if there == value => {}
                Some(_) if is_place(value, preset, cache) => {
                    return Err(format!("`{name}` {ELSEWHERE}"));
                }
                Some(_) => {}
            }
        }
        Ok(missing)
    }

    fn is_taken(&self, place: &str) -> bool {
        let mut taken = self.taken.iter();
        taken.any(|taken| paths::is_below(place, taken) || paths::is_below(taken, place))
    }

    /// The step's user, or whom a directive names.
    fn user(&self) -> String {
        let (uid, gid) = self.said.map_or((None, None), |said| (said.uid, said.gid));
        match (uid, gid) {
            (None, None) => self.step.user.to_owned(),
            (uid, gid) => format!("{}:{}", uid.unwrap_or(0), gid.unwrap_or(0)),
        }
    }

    /// What a directive asks for must be there; what was merely recognised may be left out.
    fn problem(&self, preset: &Preset, reason: &str) -> Option<Diagnostic> {
        let uses = self.said?.uses.as_ref()?;
        let text = format!("this step can't have the cache `{}`: {reason}", preset.name);
        let problem = Diagnostic::error(&codes::dockerfile::UNUSABLE_CACHE, text).at(uses.span);
        Some(match reason.ends_with(ELSEWHERE) {
            true => {
                problem.help("without that variable the mount is where strake leads the tool to")
            }
            false => problem.help("whose it is can be said: `# strake: uid=... gid=...`"),
        })
    }
}

/// The boundary of a step by the cache mounts that its author gave it: those of a system package manager
/// alone are no reason to do without a registry.
fn boundary_of_own(caches: &[String]) -> Boundary {
    let system = cache::PRESETS.iter().filter(|preset| preset.boundary == Boundary::Registry);
    let of_system = |target: &String| {
        system
            .clone()
            .flat_map(|preset| preset.places)
            .any(|place| paths::is_below(target, place) || is_folder_of(target, place))
    };
    if caches.iter().all(of_system) { Boundary::Registry } else { Boundary::Mount }
}

/// `/var/lib/apt`, of which the cache is but a part; `/var/cache` is that of many.
fn is_folder_of(target: &str, place: &str) -> bool {
    target.matches('/').count() > 2 && paths::is_below(place, target)
}

/// Whether a variable leads the tool to the mount, or to the file that does.
fn is_place(value: &str, preset: &Preset, cache: &StepCache<'_>) -> bool {
    let leads = |place: &str| value.contains(place);
    cache.mounts.iter().any(|(target, _)| leads(target))
        || cache.file.as_ref().is_some_and(|(path, _)| leads(path))
        || leads(&preset.target(cache::Places::Dockerfile))
}
