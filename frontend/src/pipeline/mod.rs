//! The only place where the phases meet. A build and the calls go the same way; the calls leave it
//! earlier, so they can't disagree with a build.

mod advice;
mod attest;
mod attestations;
mod calls;
mod dockerfile;
mod excerpt;
mod fingerprint;
mod mounts;
mod outcome;
mod registry;
mod report;
mod seeds;

use std::mem::take;

use futures_util::future::try_join_all;
use strake_llb::Definition;

use crate::cacheability::{Boundaries, CacheabilityError, CacheabilityInput, boundaries};
use crate::context::{self, Entry};
use crate::diagnostics::Diagnostic;
use crate::dockerfile::Kind;
use crate::gateway::{Environment, Failure, Gateway, Importing, SolveRequest, SolveResult};
use crate::lower::{LowerError, LowerInput, Lowered, lower};
use crate::manifest::model::Seed;
use crate::manifest::{self, ReadInput};
use crate::mounts::declared::Declarations;
use crate::mounts::seed::Found;
use crate::mounts::steps::Program;
use crate::options::Options;
use crate::plan::{Plan, PlanInput, plan};
use crate::platform::Platform;
use crate::resolve::{Caches, Facts, PlatformBuild, caches, resolve};
use crate::select::{self, Names, Product};
use crate::source::SourceFile;
use crate::subrequests::{self, Call};

use mounts::Mounted;
use registry::RegistryExport;
use report::Problems;
use seeds::{PrimeInput, Primed};

/// Builds what BuildKit asks for: an image, or the answer to a call.
///
/// # Errors
/// The status that the client is shown, with places in the manifest.
pub async fn run<G: Gateway>(
    gateway: &G,
    environment: &Environment,
) -> Result<SolveResult, Failure> {
    answer(gateway, environment).await.map_err(excerpt::none_is_none)
}

async fn answer<G: Gateway>(
    gateway: &G,
    environment: &Environment,
) -> Result<SolveResult, Failure> {
    let asked = environment.options.get("requestid").map(String::as_str);
    let without_nonce = (asked == Some(Call::Fingerprint.request()))
        .then(|| fingerprint::without_nonce(environment));
    let environment = without_nonce.as_ref().unwrap_or(environment);
    let (mut options, problems) = Options::read(
        environment.options.clone(),
        environment.session_id.clone(),
        &gateway.capabilities().platforms,
    );
    let (unusable, mut problems): (Vec<_>, Vec<_>) =
        problems.into_iter().partition(report::is_ignored);
    options.warnings = report::ignored(unusable);
    let entry = context::read_entry(gateway, &options).await;
    if let Ok(entry) = &entry
        && Kind::of(&entry.text) == Kind::Dockerfile
    {
        let file = SourceFile::new(&entry.filename, String::from_utf8_lossy(&entry.text));
        let file = file.dockerfile();
        if !options.raw.contains_key("build-arg:BUILDKIT_DOCKERFILE_CHECK") {
            options.check = crate::delegate::check(file.text());
        }
        let build = Build { gateway, options: &options, entry, file: &file, environment };
        return dockerfile::answer(build, &problems).await;
    }
    problems.extend(report::no_date(&options));
    if !problems.is_empty() {
        return Err(report::without_file(&problems));
    }
    report::check_required_caps(&options)?;
    let call = match &options.request {
        Some(request) => Some(Call::parse(request).ok_or_else(|| report::unknown_call(request))?),
        None => None,
    };
    if call == Some(Call::Describe) {
        return subrequests::describe().map_err(|error| report::answer(&error));
    }
    let entry = entry.map_err(report::entry)?;
    if Kind::of(&entry.text) == Kind::Neither {
        return Err(report::unknown_file(&entry.filename));
    }
    let file = report::source_file(&entry)?;
    resolve_epoch(gateway, &mut options, &entry).await?;
    let build = Build { gateway, options: &options, entry: &entry, file: &file, environment };
    match call {
        Some(Call::Targets) => build.targets(),
        Some(Call::Outline) => build.outline(),
        Some(Call::Lint) => build.check().await,
        Some(Call::Plan) => build.plan(subrequests::plan).await,
        Some(Call::Graph) => build.plan(subrequests::graph).await,
        Some(Call::Fingerprint) => build.fingerprint().await,
        Some(Call::Describe) | None => build.build().await,
    }
}

/// The date that the image and its files get, where it is another's. Steps see it as a number, too.
async fn resolve_epoch<G: Gateway>(
    gateway: &G,
    options: &mut Options,
    entry: &Entry,
) -> Result<(), Failure> {
    if options.epoch_of.is_none() {
        return Ok(());
    }
    let date = context::context_date(gateway, entry).await.map_err(report::entry)?;
    let text = date.map(|date| date.to_string()).unwrap_or_default();
    options.build_args.insert("SOURCE_DATE_EPOCH".to_owned(), text);
    options.source_date_epoch = date;
    Ok(())
}

struct Build<'a, G> {
    gateway: &'a G,
    options: &'a Options,
    entry: &'a Entry,
    file: &'a SourceFile,
    environment: &'a Environment,
}

/// Graphs of all platforms, and the warnings found on the way.
struct Graphs {
    platforms: Vec<PlatformGraph>,
    /// What they were planned with.
    facts: Facts,
    /// What is made of them.
    product: Product,
    warnings: Vec<Diagnostic>,
}

/// The graph of one platform, and which of its layers are exportable.
struct PlatformGraph {
    plan: Plan,
    lowered: Lowered,
    boundaries: Boundaries,
    /// What is declared of its cache mounts.
    declarations: Declarations,
    seed: Option<Seed>,
}

impl PlatformGraph {
    /// An image, and the scan of it.
    fn prime_input<'a>(&'a mut self, found: &'a Found) -> PrimeInput<'a> {
        let PlatformGraph { lowered: Lowered { definition, scan, .. }, declarations, .. } = self;
        let definitions = std::iter::once(definition).chain(scan).collect();
        PrimeInput { declarations, found, definitions }
    }

    fn mounted<'a>(&'a self, found: &'a Found) -> Mounted<'a> {
        Mounted {
            platform: &self.lowered.platform,
            definition: &self.lowered.definition,
            declarations: &self.declarations,
            seed: self.seed.as_ref(),
            found,
        }
    }

    fn registry_export(&self) -> RegistryExport<'_> {
        let Lowered { platform, definition, .. } = &self.lowered;
        RegistryExport::new(platform, definition, &self.boundaries.roots)
    }
}

impl<G: Gateway> Build<'_, G> {
    async fn build(&self) -> Result<SolveResult, Failure> {
        let (graphs, caches, seeds) = match self.graphs_and_registries().await {
            Ok(all) => all,
            Err(problems) => return Err(problems.failure(self.file)),
        };
        let mut warnings = report::reported(self.options, graphs.warnings);
        if self.options.check.error && !warnings.is_empty() {
            return Err(report::failure(self.file, &report::as_errors(warnings)));
        }
        // What a registry answers today is no fault of the manifest, and never fails a build.
        warnings.extend(report::reported(self.options, caches.warnings));
        self.warn(&warnings).await;
        let gateway = Importing::new(self.gateway, caches.imports);
        match graphs.product {
            Product::Image => self.images(&gateway, graphs.platforms, &seeds).await,
            Product::Mounts => {
                let mounted = graphs.platforms.iter().zip(&seeds);
                let mounted: Vec<_> = mounted.map(|(graph, found)| graph.mounted(found)).collect();
                mounts::solve(self, &gateway, &mounted).await
            }
            Product::Registry => self.registry(&gateway, &graphs.platforms, &seeds).await,
        }
    }

    async fn images(
        &self,
        gateway: &Importing<'_, G>,
        mut graphs: Vec<PlatformGraph>,
        seeds: &[Found],
    ) -> Result<SolveResult, Failure> {
        self.warn_of(seeds).await;
        let inputs = graphs.iter_mut().zip(seeds).map(|(graph, found)| graph.prime_input(found));
        let primed = self.prime(gateway, inputs.collect()).await?;
        let image = self.image(gateway, graphs);
        let (image, ()) = tokio::join!(image, primed.tell(self.gateway));
        image
    }

    async fn registry(
        &self,
        gateway: &Importing<'_, G>,
        graphs: &[PlatformGraph],
        seeds: &[Found],
    ) -> Result<SolveResult, Failure> {
        let mut exports: Vec<RegistryExport<'_>> =
            graphs.iter().map(PlatformGraph::registry_export).collect();
        if exports.iter().any(|one| !one.cache_dependent.is_empty()) {
            self.warn_of(seeds).await;
        }
        let inputs = exports.iter_mut().zip(graphs).zip(seeds);
        let inputs =
            inputs.map(|((export, graph), found)| export.prime_input(&graph.declarations, found));
        let primed = self.prime(gateway, inputs.collect()).await?;
        let result = registry::solve(gateway, self.options, &exports);
        let (result, ()) = tokio::join!(result, primed.tell(self.gateway));
        result
    }

    /// Seeds that can't be used, each once.
    async fn warn_of(&self, seeds: &[Found]) {
        let mut warnings = Vec::new();
        let found = seeds.iter().filter_map(|seed| seed.warning.clone()).collect();
        report::add_new(&mut warnings, report::reported(self.options, found));
        self.warn(&warnings).await;
    }

    /// Fills cache mounts, and says what went wrong.
    async fn prime(
        &self,
        gateway: &Importing<'_, G>,
        inputs: Vec<PrimeInput<'_>>,
    ) -> Result<Primed, Failure> {
        let primed = seeds::prime(self, gateway, inputs).await?;
        self.warn(&report::reported(self.options, primed.warnings.clone())).await;
        Ok(primed)
    }

    async fn warn(&self, warnings: &[Diagnostic]) {
        report::warn(self.gateway, self.entry, self.file, warnings).await;
    }

    /// The image that strake runs in; none where the daemon does not tell.
    fn image_of_strake(&self) -> Option<Definition> {
        let image = Some(&self.environment.image).filter(|image| !image.is_empty())?;
        Definition::decode(image).ok()
    }

    /// strake's own program, for steps.
    fn program<'b>(&'b self, image: &'b Definition) -> Program<'b> {
        Program {
            image,
            path: &self.environment.program,
            platform: &self.options.build_platform,
            nonce: &self.environment.nonce,
            caps: &self.gateway.capabilities().llb,
        }
    }

    async fn image(
        &self,
        gateway: &Importing<'_, G>,
        graphs: Vec<PlatformGraph>,
    ) -> Result<SolveResult, Failure> {
        let mut lowered: Vec<Lowered> = graphs.into_iter().map(|graph| graph.lowered).collect();
        let solves = lowered
            .iter_mut()
            .map(|lowered| gateway.solve(SolveRequest::of(take(&mut lowered.definition))));
        let solved = try_join_all(solves).await?;
        let scans = lowered.iter().map(|lowered| attest::sbom(gateway, lowered));
        let attestations = try_join_all(scans).await?.into_iter().flatten().collect();
        let result = outcome::result(self.options, lowered, solved)?;
        Ok(SolveResult { attestations, ..result })
    }

    fn read(
        &self,
        platform: &Platform,
        lenient: bool,
    ) -> Result<manifest::model::Manifest, Vec<Diagnostic>> {
        let platform_args = self.options.platform_args(platform);
        let input = ReadInput {
            build_args: &self.options.build_args,
            platform_args: &platform_args,
            lenient,
        };
        manifest::read(self.file, input)
    }

    /// Registries answer while everything else is looked up.
    async fn graphs_and_registries(&self) -> Result<(Graphs, Caches, Vec<Found>), Problems> {
        let builds = self.select()?;
        let caches = async { Ok(caches(self.gateway, self.options, &builds).await) };
        let seeds = async { Ok(self.seeds(&builds).await) };
        tokio::try_join!(self.graphs(&builds), caches, seeds)
    }

    /// The seeds of all platforms, in their order.
    async fn seeds(&self, builds: &[PlatformBuild]) -> Vec<Found> {
        let wanted =
            builds.iter().map(|build| (&build.selection.platform, build.manifest.seed.as_ref()));
        seeds::find(self.gateway, self.options, wanted).await
    }

    /// The graphs alone, as calls want them: no registry is asked for its caches.
    async fn selected_graphs(&self) -> Result<Graphs, Problems> {
        self.graphs(&self.select()?).await
    }

    async fn graphs(&self, builds: &[PlatformBuild]) -> Result<Graphs, Problems> {
        let facts = resolve(self.gateway, self.options, self.entry, builds).await?;
        let product = builds.first().map(|build| build.selection.product).unwrap_or_default();
        let (mut platforms, mut warnings) = (Vec::new(), self.options.warnings.clone());
        for build in builds {
            let (graph, found) = self.graph(build, &facts)?;
            report::add_new(&mut warnings, build.manifest.warnings.clone());
            report::add_new(&mut warnings, found);
            platforms.push(graph);
        }
        Ok(Graphs { platforms, facts, product, warnings })
    }

    /// The graph of one platform, and warnings.
    fn graph(
        &self,
        build: &PlatformBuild,
        facts: &Facts,
    ) -> Result<(PlatformGraph, Vec<Diagnostic>), Problems> {
        let (plan, mut warnings) = plan(PlanInput {
            names: &Names::new(&build.manifest, self.options),
            manifest: &build.manifest,
            selection: &build.selection,
            facts,
            options: self.options,
            nonce: &self.environment.nonce,
        })?;
        let image = self.image_of_strake();
        let lowered = lower(LowerInput {
            plan: &plan,
            facts,
            resolve_mode: &self.options.resolve_mode,
            show_platform: self.options.multi_platform,
            file: self.file,
            file_definition: Some(&self.entry.definition),
            caps: &self.gateway.capabilities().llb,
            program: image.as_ref().map(|image| self.program(image)),
        })?;
        let (boundaries, found) = boundaries(CacheabilityInput { plan: &plan, lowered: &lowered })?;
        warnings.extend(found);
        if build.selection.product == Product::Registry {
            if let Some(problem) = registry::lacks(self.gateway) {
                return Err(Problems::Diagnostics(vec![problem]));
            }
            warnings.extend(boundaries.no_exportable_layer(&plan));
        }
        let declarations = Declarations::new(&plan, &build.manifest);
        let seed = build.manifest.seed.clone();
        Ok((PlatformGraph { plan, lowered, boundaries, declarations, seed }, warnings))
    }

    /// Reads the manifest and chooses what is built, for each platform.
    fn select(&self) -> Result<Vec<PlatformBuild>, Problems> {
        let mut builds = Vec::new();
        let mut problems = Vec::new();
        for platform in &self.options.platforms {
            let selected = self.read(platform, false).and_then(|manifest| {
                let selection = select::select(&manifest, self.options, platform)?;
                Ok(PlatformBuild { manifest, selection })
            });
            match selected {
                Ok(build) => builds.push(build),
                Err(found) => report::add_new(&mut problems, found),
            }
        }
        if problems.is_empty() { Ok(builds) } else { Err(Problems::Diagnostics(problems)) }
    }
}

impl From<Vec<Diagnostic>> for Problems {
    fn from(problems: Vec<Diagnostic>) -> Self {
        Problems::Diagnostics(problems)
    }
}

impl From<CacheabilityError> for Problems {
    fn from(error: CacheabilityError) -> Self {
        match error {
            CacheabilityError::NotExportable(problems) => Problems::Diagnostics(problems),
            CacheabilityError::Decode(error) => Problems::Failure(Failure::new(error.to_string())),
        }
    }
}

impl From<LowerError> for Problems {
    fn from(error: LowerError) -> Self {
        match error {
            LowerError::Unsupported(problems) => Problems::Diagnostics(problems),
            error => Problems::Failure(Failure::new(error.to_string())),
        }
    }
}
