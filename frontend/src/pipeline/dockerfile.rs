//! The way of a Dockerfile: another frontend makes the graph, its steps get cache mounts, and the
//! result is given back as that frontend made it, but for what was rewritten.

use futures_util::future::try_join_all;
use strake_llb::{ByteOrder, Definition, MarshalOptions};
use strake_proto::caps::llb as cap;
use strake_proto::errdefs::Source;

use super::mounts::{self, Mounted};
use super::registry::{self, RegistryExport};
use super::seeds::{self, PrimeInput};
use super::{Build, attestations, excerpt, report};
use crate::cacheability::ExportRoots;
use crate::delegate::{Frontend, delegate, forwarded, syntax_place, unknown_args};
use crate::diagnostics::{Diagnostic, codes, source_details};
use crate::dockerfile::{
    Additions, Directives, OptOut, RewriteInput, Rewritten, export_roots, recognise, rewrite,
};
use crate::gateway::{Failure, Gateway, Importing, Reference, References};
use crate::gateway::{SolveRequest, SolveResult};
use crate::mounts::declared::Declarations;
use crate::mounts::seed::Found;
use crate::platform::Platform;
use crate::resolve::{Caches, caches};
use crate::select::Product;
use crate::subrequests::{self, Call, DockerfilePlan};

/// Builds a Dockerfile, or answers a call about it. `problems` are those of the options.
pub(super) async fn answer<G: Gateway>(
    build: Build<'_, G>,
    problems: &[Diagnostic],
) -> Result<SolveResult, Failure> {
    let file = build.file;
    let builder =
        DockerfileBuilder::new(build).map_err(|problems| report::failure(file, &problems))?;
    match problems.first() {
        None => builder.answer().await,
        Some(problem) => builder.left_alone(problem).await,
    }
}

/// The way out where the daemon's own frontend does not know what a file says.
const NEWER_LANGUAGE: &str = "if the file needs a newer Dockerfile frontend, name one at the \
    top: `# strake: dockerfile=docker/dockerfile:1` (`:1-labs` for experimental features)";

/// A slip is answered with what is near to it.
fn speaks_of_newer_language(message: &str) -> bool {
    let unknown = ["unknown flag: ", "unknown instruction: "];
    unknown.iter().any(|unknown| message.contains(unknown)) && !message.contains("did you mean")
}

/// What the daemon's own frontend says where it is older than named contexts.
const NO_CONTEXTS: &str = "unsupported frontend capability moby.buildkit.frontend.contexts";

/// That error names no release.
fn no_contexts() -> Diagnostic {
    let text = "this BuildKit does not support named contexts (`--build-context`) for Dockerfiles, \
                new in BuildKit 0.10";
    Diagnostic::error(&codes::graph::UNSUPPORTED, text)
        .help("update the builder: `docker buildx create --use` starts a current one")
}

/// Either [`subrequests::dockerfile_plan`] or [`subrequests::dockerfile_graph`].
type PlanAnswer = fn(&str, &[DockerfilePlan<'_>], u64) -> Result<SolveResult, serde_json::Error>;

/// Who builds a Dockerfile, and answers calls about it.
pub(super) struct DockerfileBuilder<'a, G> {
    pub(super) build: Build<'a, G>,
    pub(super) directives: Directives,
    pub(super) opt_out: OptOut,
    product: Product,
    /// The stage to build; the last where none is named.
    pub(super) target: Option<String>,
}

/// The graph of a platform.
struct PlatformGraph<'a> {
    platform: &'a Platform,
    rewritten: Rewritten,
    declarations: Declarations,
    /// What came of looking for its seed.
    found: Found,
}

impl<'a, G: Gateway> DockerfileBuilder<'a, G> {
    fn new(build: Build<'a, G>) -> Result<Self, Vec<Diagnostic>> {
        let directives = Directives::read(build.file)?;
        let argument = build.options.build_args.get("STRAKE_CACHE").map_or("", String::as_str);
        let opt_out = OptOut::of_argument(argument).map_err(|reason| {
            let text = format!("build argument `STRAKE_CACHE`: {reason}");
            vec![Diagnostic::error(&codes::dockerfile::INVALID_DIRECTIVE, text)]
        })?;
        let target = build.options.target.as_deref();
        let (target, product) = Product::of_target(target).map_err(|problem| vec![problem])?;
        let target = target.map(str::to_owned);
        Ok(DockerfileBuilder { build, directives, opt_out, product, target })
    }

    async fn answer(&self) -> Result<SolveResult, Failure> {
        match self.build.options.request.as_deref() {
            None => self.build().await,
            Some(call) if call == Call::Plan.request() => {
                self.plan(subrequests::dockerfile_plan).await
            }
            Some(call) if call == Call::Graph.request() => {
                self.plan(subrequests::dockerfile_graph).await
            }
            Some(call) if call == Call::Fingerprint.request() => self.fingerprint().await,
            Some(call) if call == Call::Lint.request() => self.check().await,
            Some(_) => self.delegate(self.build.gateway, false).await,
        }
    }

    /// What strake can't read of the options may be clear to the frontend, and is its to tell.
    async fn left_alone(&self, problem: &Diagnostic) -> Result<SolveResult, Failure> {
        let result = self.delegate(self.build.gateway, false).await?;
        let text = format!("no cache mounts are added: {}", problem.message);
        self.build.warn(&[Diagnostic::warning(&codes::dockerfile::NOT_REWRITTEN, text)]).await;
        Ok(result)
    }

    async fn build(&self) -> Result<SolveResult, Failure> {
        let build = &self.build;
        let delegated = async {
            // Whatever the other frontend solves imports the same caches: those that answered.
            let Caches { imports, warnings } = caches(build.gateway, build.options, &[]).await;
            let gateway = Importing::new(build.gateway, imports);
            let result = self.delegate(&gateway, false).await?;
            Ok((gateway, warnings, result))
        };
        let found = async { Ok::<_, Failure>(self.seeds().await) };
        let ((gateway, mut warnings, result), found) = tokio::try_join!(delegated, found)?;
        report::add_new(&mut warnings, build.options.warnings.clone());
        report::add_new(&mut warnings, unknown_args(&build.options.build_args));
        if self.product == Product::Image {
            let seeds = found.iter().filter_map(|seed| seed.warning.clone()).collect();
            report::add_new(&mut warnings, seeds);
            report::add_new(&mut warnings, self.advice(&result));
        }
        let graphs = self.graphs(&result, found)?;
        for graph in &graphs {
            report::add_new(&mut warnings, graph.rewritten.warnings.clone());
        }
        build.warn(&report::reported(build.options, warnings)).await;
        match self.product {
            Product::Image => self.image(&gateway, result, graphs).await,
            Product::Registry => self.registry(&gateway, graphs).await,
            Product::Mounts => {
                let mounted: Vec<_> = graphs.iter().map(|graph| self.mounted(graph)).collect();
                mounts::solve(build, &gateway, &mounted).await
            }
        }
    }

    /// What will be built, in the form that `answer` gives it.
    async fn plan(&self, answer: PlanAnswer) -> Result<SolveResult, Failure> {
        let found = async { Ok::<_, Failure>(self.seeds().await) };
        let (result, found) = tokio::try_join!(self.delegate(self.build.gateway, true), found)?;
        let graphs = self.graphs(&result, found)?;
        let mut platforms = Vec::new();
        for PlatformGraph { platform, rewritten: graph, declarations, found: seed } in &graphs {
            let mounts = seeds::known(&self.build, &graph.definition, declarations, seed).await?;
            platforms.push(DockerfilePlan { platform, graph, seed, mounts });
        }
        let target = self.target.as_deref().unwrap_or_default();
        answer(target, &platforms, self.build.environment.now)
            .map_err(|error| report::answer(&error))
    }

    async fn seeds(&self) -> Vec<Found> {
        let options = self.build.options;
        let seed = self.directives.seed.as_ref();
        let wanted = options.platforms.iter().map(|platform| (platform, seed));
        seeds::find(self.build.gateway, options, wanted).await
    }

    /// What the other frontend answers; to a call, or as if the client had asked for none.
    pub(super) async fn delegate<D: Gateway>(
        &self,
        gateway: &D,
        without_call: bool,
    ) -> Result<SolveResult, Failure> {
        let raw = &self.build.options.raw;
        let directive = self.directives.dockerfile.as_ref().map(|image| image.value.as_str());
        let frontend = Frontend::of(self.build.file.text(), directive, raw);
        let mut theirs = forwarded(raw);
        if without_call {
            theirs.remove("requestid");
        }
        if self.product != Product::Image {
            theirs.remove("target");
            theirs.extend(self.target.clone().map(|stage| ("target".to_owned(), stage)));
        }
        delegate(gateway, &frontend, theirs).await.map_err(|error| {
            let failure = Failure::from(error).handed_on();
            let failure = match &frontend {
                Frontend::BuiltIn => failure,
                Frontend::Image { .. } => self.at_its_name(failure),
            };
            match failure.to_string() {
                _ if frontend != Frontend::BuiltIn => failure,
                text if text.contains(NO_CONTEXTS) => {
                    report::failure(self.build.file, &[no_contexts()])
                }
                text if speaks_of_newer_language(&text) => failure.help(NEWER_LANGUAGE),
                _ => failure,
            }
        })
    }

    /// A failure of another frontend's image that tells no place is that of the line which names the image.
    fn at_its_name(&self, failure: Failure) -> Failure {
        let file = self.build.file;
        let directive = self.directives.dockerfile.as_ref().map(|image| image.span);
        match directive.or_else(|| syntax_place(file.text())) {
            Some(span) if !excerpt::has_one(&failure) => {
                let info = Some(source_details::info(file));
                let ranges = vec![source_details::range(file, span)];
                excerpt::add(failure, vec![Source { info, ranges }])
            }
            _ => failure,
        }
    }

    /// The graphs of all platforms, in the order of the options, with what was found of their seeds; none
    /// where the daemon does not tell.
    fn graphs(
        &self,
        result: &SolveResult,
        found: Vec<Found>,
    ) -> Result<Vec<PlatformGraph<'a>>, Failure> {
        let fail = |problems: Vec<Diagnostic>| report::failure(self.build.file, &problems);
        let mut graphs = Vec::new();
        for ((platform, rewritten), found) in self.rewritten(result).map_err(fail)?.zip(found) {
            let Some(rewritten) = rewritten else { continue };
            let caches = rewritten.steps.iter().flat_map(|step| &step.caches);
            let declarations = Declarations::of_presets(caches.map(|(_, cache)| cache));
            let unsettled = rewritten.steps.iter().flat_map(|step| &step.unsettled);
            let declarations = declarations.without_seed(unsettled);
            graphs.push(PlatformGraph { platform, rewritten, declarations, found });
        }
        Ok(graphs)
    }

    /// The rewritten graph of each platform, in the order of the options; none where the daemon does not
    /// tell. The error is what is wrong with the file's directives.
    pub(super) fn rewritten(
        &self,
        result: &SolveResult,
    ) -> Result<impl Iterator<Item = (&'a Platform, Option<Rewritten>)>, Vec<Diagnostic>> {
        let image = self.build.image_of_strake();
        let canonical = self.build.gateway.capabilities().llb.contains(cap::EXEC_VALID_EXIT_CODE);
        let byte_order = if canonical { ByteOrder::Canonical } else { ByteOrder::TagOrder };
        let marshal = MarshalOptions { byte_order, ..MarshalOptions::default() };
        let (mut problems, mut all) = (Vec::new(), Vec::new());
        for platform in &self.build.options.platforms {
            let Some(definition) = definition_of(result, platform) else {
                all.push((platform, None));
                continue;
            };
            let rewritten = rewrite(RewriteInput {
                definition,
                file: &self.build.entry.text,
                directives: &self.directives,
                opt_out: &self.opt_out,
                namespace: &self.build.options.cache_namespace,
                nonce: &self.build.environment.nonce,
                marshal: &marshal,
                program: image.as_ref().map(|image| self.build.program(image)),
                recognise: &recognise,
            });
            match rewritten {
                Ok(rewritten) => all.push((platform, Some(rewritten))),
                Err(wrong) => report::add_new(&mut problems, wrong),
            }
        }
        if problems.is_empty() { Ok(all.into_iter()) } else { Err(problems) }
    }

    /// The result with what was rewritten in the place of what it was.
    async fn image(
        &self,
        gateway: &Importing<'_, G>,
        mut result: SolveResult,
        mut graphs: Vec<PlatformGraph<'a>>,
    ) -> Result<SolveResult, Failure> {
        let mut attested = attestations::inserted(&result, &additions(&graphs))?;
        let mut inputs: Vec<PrimeInput<'_>> =
            graphs.iter_mut().map(PlatformGraph::prime_input).collect();
        if let Some(first) = inputs.first_mut() {
            first.definitions.extend(attested.iter_mut());
        }
        let primed = self.build.prime(gateway, inputs).await?;
        let understood = graphs.into_iter().filter(|graph| graph.rewritten.is_understood);
        let solves = understood.map(|graph| solve(gateway, graph));
        for (platform, solved) in try_join_all(solves).await? {
            put(&mut result, platform, solved);
        }
        let attested = attestations::solve_changed(gateway, &mut result, attested);
        let (attested, ()) = tokio::join!(attested, primed.tell(self.build.gateway));
        attested?;
        Ok(result)
    }

    async fn registry(
        &self,
        gateway: &Importing<'_, G>,
        graphs: Vec<PlatformGraph<'a>>,
    ) -> Result<SolveResult, Failure> {
        let fail = |problems: Vec<Diagnostic>| report::failure(self.build.file, &problems);
        if let Some(problem) = registry::lacks(gateway) {
            return Err(fail(vec![problem]));
        }
        let roots = graphs.iter().map(|graph| export_roots(&graph.rewritten));
        let roots: Vec<ExportRoots> = roots.collect::<Result<_, _>>().map_err(fail)?;
        if roots.iter().all(|roots| roots.outputs().is_empty()) {
            let text = "no step that the target needs is exportable: there is nothing to export";
            let warning = Diagnostic::warning(&codes::graph::NO_EXPORTABLE_LAYER, text);
            self.build.warn(&report::reported(self.build.options, vec![warning])).await;
        }
        let exports = graphs.iter().zip(&roots);
        let exports = exports.map(|(PlatformGraph { platform, rewritten, .. }, roots)| {
            RegistryExport::new(platform, &rewritten.definition, roots)
        });
        let mut exports: Vec<RegistryExport<'_>> = exports.collect();
        let inputs = exports.iter_mut().zip(&graphs);
        let inputs = inputs.map(|(export, of)| export.prime_input(&of.declarations, &of.found));
        let primed = self.build.prime(gateway, inputs.collect()).await?;
        let result = registry::solve(gateway, self.build.options, &exports);
        let (result, ()) = tokio::join!(result, primed.tell(self.build.gateway));
        result
    }

    fn mounted<'b>(&'b self, graph: &'b PlatformGraph<'a>) -> Mounted<'b> {
        Mounted {
            platform: graph.platform,
            definition: &graph.rewritten.definition,
            declarations: &graph.declarations,
            seed: self.directives.seed.as_ref(),
            found: &graph.found,
        }
    }
}

impl PlatformGraph<'_> {
    fn prime_input(&mut self) -> PrimeInput<'_> {
        let PlatformGraph { rewritten, declarations, found, .. } = self;
        PrimeInput { declarations, found, definitions: vec![&mut rewritten.definition] }
    }
}

/// What the steps of all platforms got.
fn additions(graphs: &[PlatformGraph<'_>]) -> Additions {
    graphs.iter().flat_map(|graph| graph.rewritten.additions.clone()).collect()
}

/// The graph that the other frontend made for a platform.
pub(super) fn definition_of<'b>(
    result: &'b SolveResult,
    platform: &Platform,
) -> Option<&'b Definition> {
    let reference = match &result.references {
        References::Single(reference) => reference.as_ref(),
        References::ByPlatform(references) => references.get(&platform.id()),
    };
    reference?.definition.as_ref()
}

/// Solves the graph of a platform, whether or not it is another now: the provenance of a reference that
/// another frontend made names that frontend, and not strake.
async fn solve<'a, G: Gateway>(
    gateway: &G,
    graph: PlatformGraph<'a>,
) -> Result<(&'a Platform, Reference), Failure> {
    let solved = gateway.solve(SolveRequest::of(graph.rewritten.definition)).await?;
    Ok((graph.platform, solved.single_reference()))
}

/// Puts what was solved anew in its place.
fn put(result: &mut SolveResult, platform: &Platform, solved: Reference) {
    match &mut result.references {
        References::Single(reference) => *reference = Some(solved),
        References::ByPlatform(references) => {
            references.insert(platform.id(), solved);
        }
    }
}
