//! What a step gets: mounts, variables, and strake's own program where something is to be done before and after
//! its command. None of a preset where its author brought cache mounts of his own, where something is mounted at the
//! place already, where the environment leads the tool elsewhere, and where nobody can say whose the mount must be.

use strake_llb::{AddedMount, Addition, Graph};

use super::compiled;
use super::directives::StepDirectives;
use super::opt_out::OptOut;
use super::recognise::{Finding, may_make_home};
use super::rewrite::{RewriteInput, RewrittenStep};
use super::step::RunStep;
use crate::cache::PlannedCacheMount;
use crate::cache::{self, StepCache};
use crate::diagnostics::{Diagnostic, codes};
use crate::lower::{cache_mount, inline_mount};
use crate::mounts::lead::{self, Lead};
use crate::mounts::lend::{self, Lend};
use crate::mounts::{settle, wrapper};
use crate::paths;
use crate::plan::TOKEN;
use crate::presets::{self, Boundary, Preset};

/// Why a step can't have a cache, and what lets it have one.
struct Obstacle {
    reason: String,
    help: Option<&'static str>,
}

impl From<String> for Obstacle {
    fn from(reason: String) -> Self {
        Obstacle { reason, help: None }
    }
}

/// Makes what one step gets.
pub(super) struct StepRewriter<'a> {
    input: RewriteInput<'a>,
    step: &'a RunStep<'a>,
    directives: Option<&'a StepDirectives>,
    graph: Graph,
    addition: Addition,
    caches: Vec<(String, PlannedCacheMount)>,
    /// Places that are taken.
    taken: Vec<String>,
    /// Mounts whose archives the step is lent.
    lent: Vec<Lend>,
    /// What leads a tool to its mount where the image has nothing of its.
    led: Option<Lead>,
}

impl<'a> StepRewriter<'a> {
    pub(super) fn new(input: RewriteInput<'a>, step: &'a RunStep<'a>) -> Self {
        StepRewriter {
            input,
            step,
            directives: input.directives.step(step.line),
            graph: Graph::new(),
            addition: Addition::default(),
            caches: Vec::new(),
            taken: step.targets.clone(),
            lent: Vec::new(),
            led: None,
        }
    }

    /// What the step gets, and what it is then.
    ///
    /// # Errors
    /// What is wrong with its directives.
    pub(super) fn rewrite(
        mut self,
        finding: &Finding,
        withheld: &[&str],
    ) -> Result<(Addition, RewrittenStep), Vec<Diagnostic>> {
        if let Some(directives) =
            self.directives.filter(|directives| !directives.problems.is_empty())
        {
            return Err(directives.problems.clone());
        }
        let mut problems = Vec::new();
        let mut boundary = boundary_of_own(&self.step.caches);
        for preset in self.wanted(finding, withheld) {
            match self.add(preset) {
                Ok(()) if preset.boundary == Boundary::Mount => boundary = Boundary::Mount,
                Ok(()) => {}
                Err(obstacle) => problems.extend(self.problem(preset, &obstacle)),
            }
        }
        let explicit = self.directives.and_then(|directives| directives.boundary.as_ref());
        let boundary = explicit.map_or(boundary, |explicit| explicit.value);
        if boundary == Boundary::None {
            let token = inline_mount(&mut self.graph, TOKEN, self.input.nonce, 0o444);
            let failed = self.mount(token).err();
            problems.extend(
                failed.map(|why| Diagnostic::error(&codes::dockerfile::UNUSABLE_CACHE, why)),
            );
        }
        self.tell();
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
            explicit: explicit.map(|explicit| explicit.span),
        };
        if problems.is_empty() { Ok((self.addition, rewritten)) } else { Err(problems) }
    }

    /// Has a step with compiled output be told of it.
    fn settle(&mut self) -> Result<(), ()> {
        let Some(settle) = compiled::settle(self.step, self.directives) else { return Ok(()) };
        if self.opt_outs().any(|opt_out| *opt_out == OptOut::Everything) {
            return Err(());
        }
        self.wrap().map_err(drop)?;
        self.addition.env.push((settle::VARIABLE.to_owned(), settle.to_text()));
        self.addition.writable = true;
        Ok(())
    }

    /// Has strake's own program run the step's command.
    fn wrap(&mut self) -> Result<(), String> {
        if !self.addition.wrapper.is_empty() {
            return Ok(());
        }
        let program = self.input.program.ok_or("this BuildKit does not tell strake its image")?;
        let mount = program.mounted(&mut self.graph).map_err(|error| error.to_string())?;
        self.mount(mount)?;
        self.addition.wrapper = [wrapper::PROGRAM, wrapper::COMMAND].map(str::to_owned).into();
        Ok(())
    }

    /// What the program is told of lent archives, and of where to lead a tool.
    fn tell(&mut self) {
        if !self.lent.is_empty() {
            self.addition.env.push((lend::VARIABLE.to_owned(), lend::to_text(&self.lent)));
        }
        let text = self.led.as_ref().and_then(Lead::to_text);
        self.addition.env.extend(text.map(|text| (lead::VARIABLE.to_owned(), text)));
    }

    fn opt_outs(&self) -> impl Iterator<Item = &OptOut> {
        let all = [
            Some(self.input.opt_out),
            Some(&self.input.directives.opt_out),
            self.directives.map(|s| &s.opt_out),
        ];
        all.into_iter().flatten()
    }

    /// The presets that the step is to have, each once.
    fn wanted(&self, finding: &Finding, withheld: &[&str]) -> Vec<&'static Preset> {
        let mut wanted: Vec<&'static Preset> =
            match self.directives.and_then(|directives| directives.uses.as_ref()) {
                Some(uses) => uses.value.clone(),
                None if !self.step.caches.is_empty() => Vec::new(),
                None => {
                    let uses = finding.uses.iter().copied();
                    uses.filter(|preset| !withheld.contains(&preset.name)).collect()
                }
            };
        wanted.retain(|preset| !self.opt_outs().any(|opt_out| opt_out.has(preset.name)));
        let mut seen = Vec::new();
        wanted.retain(|preset| {
            let new = !seen.contains(&preset.name);
            seen.push(preset.name);
            new
        });
        wanted
    }

    /// Adds all that a preset wants, or nothing of it.
    fn add(&mut self, preset: &'static Preset) -> Result<(), Obstacle> {
        let user = self.user();
        let place = self.place_asked_for(preset);
        let step = self.step.cache(&user, self.input.namespace, place.as_deref());
        let cache = cache::preset_cache(preset, step).map_err(|problem| Obstacle {
            reason: problem.message,
            help: Some("give the owner: `# strake: uid=... gid=...`"),
        })?;
        let env = self.env(preset, &cache)?;
        let targets = cache.mounts.iter().map(|(target, _)| target.as_str());
        let mut places = targets.chain(cache.file.iter().map(|(path, _)| *path));
        if let Some(place) = places.find(|place| self.is_taken(place)) {
            return Err(format!("something is mounted at `{place}`").into());
        }
        let makes_home = preset.lend.map(|_| may_make_home(preset, self.step));
        if makes_home == Some(None) {
            return Err(Obstacle {
                reason: format!("its commands touch the downloads of {}", preset.name),
                help: Some("move those commands into another step"),
            });
        }
        if preset.lend.is_some() || preset.store.is_some() {
            self.has_program()?;
        }
        for (target, mount) in &cache.mounts {
            let mount = cache_mount(&mut self.graph, target, mount);
            self.mount(mount)?;
        }
        if let Some((path, content)) = &cache.file {
            let mount = inline_mount(&mut self.graph, path, content.as_bytes(), 0o644);
            self.mount(mount)?;
        }
        let mounts = cache.mounts.iter().map(|(target, _)| target.clone());
        let makes_home = makes_home.flatten().unwrap_or_default();
        self.lent.extend(
            mounts.filter_map(|mount| Some(Lend { lock: preset.lend?, mount, makes_home })),
        );
        match preset
            .store
            .filter(|_| self.directives.is_none_or(|directives| directives.uses.is_none()))
        {
            Some(directory) => self.led = Some(Lead { directory: directory.to_owned(), env }),
            None => self.addition.env.extend(env),
        }
        self.caches.extend(cache.mounts);
        Ok(())
    }

    /// Whether strake's own program can run the step's command. If so, it does.
    fn has_program(&mut self) -> Result<(), String> {
        let os = &self.step.platform.os;
        if self.step.args.is_empty() || !(os.is_empty() || os == "linux") {
            return Err("strake's program can't run its command".to_owned());
        }
        self.wrap()
    }

    /// Where the author has led the tool, if the cache is asked for: the mount is there.
    fn place_asked_for(&self, preset: &Preset) -> Option<String> {
        self.directives?.uses.as_ref()?;
        let mut leading = preset.env.iter().filter(|(_, value)| *value == "${target}");
        let place = leading.find_map(|(name, _)| self.step.env.get(name))?;
        (!place.is_empty()).then(|| paths::join(self.step.workdir, place))
    }

    fn mount(&mut self, mount: strake_llb::Mount) -> Result<(), String> {
        self.taken.push(mount.target().to_owned());
        let added = AddedMount::new(&self.graph, mount, self.input.marshal);
        self.addition.mounts.push(added.map_err(|error| error.to_string())?);
        Ok(())
    }

    /// The variables that are not there yet. One that leads the tool elsewhere is the author's will;
    /// one about anything else is, too, and does no harm to the mount.
    fn env(
        &self,
        preset: &Preset,
        cache: &StepCache<'_>,
    ) -> Result<Vec<(String, String)>, Obstacle> {
        let mut missing = Vec::new();
        for (name, value) in &cache.preset_env {
            let added = self.addition.env.iter().find(|(known, _)| known == name);
            let there = added.map(|(_, value)| value.as_str()).or(self.step.env.get(name));
            match there {
                None => missing.push(((*name).to_owned(), value.clone())),
                Some(there) if there == value => {}
                Some(_) if is_place(value, preset, cache) => {
                    return Err(Obstacle {
                        reason: format!("`{name}` points elsewhere"),
                        help: Some("leave that variable out: strake points the tool to the mount"),
                    });
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
        let (uid, gid) =
            self.directives.map_or((None, None), |directives| (directives.uid, directives.gid));
        match (uid, gid) {
            (None, None) => self.step.user.to_owned(),
            (uid, gid) => format!("{}:{}", uid.unwrap_or(0), gid.unwrap_or(0)),
        }
    }

    /// What a directive asks for must be there; what was merely recognised may be left out.
    fn problem(&self, preset: &Preset, obstacle: &Obstacle) -> Option<Diagnostic> {
        let uses = self.directives?.uses.as_ref()?;
        let Obstacle { reason, help } = obstacle;
        let text = format!("this step can't have the cache `{}`: {reason}", preset.name);
        let problem = Diagnostic::error(&codes::dockerfile::UNUSABLE_CACHE, text).at(uses.span);
        Some(match help {
            Some(help) => problem.help(*help),
            None => problem,
        })
    }
}

/// The boundary of a step by the cache mounts that its author gave it: those of a system package manager
/// alone are no reason to do without a registry.
fn boundary_of_own(caches: &[String]) -> Boundary {
    let system = presets::PRESETS.iter().filter(|preset| preset.boundary == Boundary::Registry);
    let of_system = |target: &String| {
        system
            .clone()
            .flat_map(|preset| preset.places.iter().chain(preset.in_layers))
            .any(|place| paths::is_below(target, place) || is_directory_of(target, place))
    };
    if caches.iter().all(of_system) { Boundary::Registry } else { Boundary::Mount }
}

/// `/var/lib/apt`, of which the cache is but a part; `/var/cache` is that of many.
fn is_directory_of(target: &str, place: &str) -> bool {
    target.matches('/').count() > 2 && paths::is_below(place, target)
}

/// Whether a variable leads the tool to the mount, or to the file that does.
fn is_place(value: &str, preset: &Preset, cache: &StepCache<'_>) -> bool {
    let leads = |place: &str| value.contains(place);
    cache.mounts.iter().any(|(target, _)| leads(target))
        || cache.file.as_ref().is_some_and(|(path, _)| leads(path))
        || leads(&preset.target(presets::Places::Dockerfile))
}
