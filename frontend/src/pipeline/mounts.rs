//! The result of `@mounts`: an image of what is in the cache mounts of a build.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::try_join_all;
use strake_llb::Definition;

use super::outcome::{ExportPlatform, PLATFORMS, Platforms, config_key, json};
use super::{Build, report, seeds};
use crate::diagnostics::codes::seeds as codes;
use crate::diagnostics::{Diagnostic, Severity};
use crate::gateway::{Failure, Gateway, Importing, References, SolveRequest, SolveResult};
use crate::manifest::model as manifest;
use crate::mounts::declared::Declarations;
use crate::mounts::export::{Export, ExportError, Input, Task, export};
use crate::mounts::seed::{self, Found};
use crate::platform::Platform;

/// What the image is named where the client says `name=*` (`exporter/containerimage/exptypes`).
const NAME: &str = "image.name";

/// The graph of a platform, whoever made it, as far as its cache mounts are concerned.
pub(super) struct Mounted<'a> {
    pub(super) platform: &'a Platform,
    pub(super) definition: &'a Definition,
    /// What is declared of the mounts.
    pub(super) declarations: &'a Declarations,
    /// The seed that the file names.
    pub(super) seed: Option<&'a manifest::Seed>,
    /// What came of looking for it.
    pub(super) found: &'a Found,
}

/// Exports the mounts of all platforms.
///
/// # Errors
/// Nothing is exported where one mount can't be.
pub(super) async fn solve<G: Gateway>(
    build: &Build<'_, G>,
    gateway: &Importing<'_, G>,
    graphs: &[Mounted<'_>],
) -> Result<SolveResult, Failure> {
    let refused = |problems: &[Diagnostic]| report::failure(build.file, problems);
    can_tell(graphs).map_err(|problems| refused(&problems))?;
    let tasks = tasks(build, graphs)?.map_err(|problem| refused(&[problem]))?;
    let Some(image) = build.image_of_strake() else {
        let text = "cache mounts can't be read: this BuildKit does not tell strake its image, \
                    new in BuildKit 0.10";
        return Err(refused(&[Diagnostic::error(&codes::NO_PROGRAM, text)]));
    };
    let program = build.program(&image);
    let definitions: Vec<Definition> = graphs.iter().map(as_it_is).collect();
    let exports = graphs.iter().zip(&definitions).zip(&tasks);
    let exports = exports.map(|((graph, definition), tasks)| {
        let input = Input {
            platform: graph.platform,
            definition,
            tasks,
            seed: graph.found.seed.as_ref(),
            now: build.options.source_date_epoch.unwrap_or(build.environment.now.cast_signed()),
        };
        export(build.gateway, gateway, program, input)
    });
    let exports = try_join_all(exports).await.map_err(|error| match error {
        ExportError::Refused(problems) => refused(&problems),
        ExportError::Failed(failure) => failure,
    })?;
    for export in &exports {
        build.warn(&report::reported(build.options, export.warnings.clone())).await;
    }
    let name = graphs.first().and_then(|graph| {
        let platforms: Vec<Platform> = graphs.iter().map(|graph| graph.platform.clone()).collect();
        seed::export_name(build.options, graph.seed, &platforms)
    });
    result(build, graphs, exports, name).await
}

/// The definition of a build that empties no mount: `--no-cache` is for what is built.
fn as_it_is(graph: &Mounted<'_>) -> Definition {
    let mut definition = graph.definition.clone();
    for metadata in definition.pb.metadata.values_mut() {
        metadata.ignore_cache = false;
    }
    definition
}

/// Without an answer of the registry nobody knows what was published: an export would throw it away.
/// A seed of other platforms stays under its tag, or gets this one besides.
fn can_tell(graphs: &[Mounted<'_>]) -> Result<(), Vec<Diagnostic>> {
    let fatal =
        |warning: &&Diagnostic| ![&codes::MISSING, &codes::PLATFORM].contains(&warning.code);
    let problems = graphs.iter().filter_map(|graph| graph.found.warning.as_ref()).filter(fatal);
    let problems: Vec<Diagnostic> = problems
        .map(|warning| Diagnostic { severity: Severity::Error, ..warning.clone() })
        .map(|problem| problem.help("`--build-arg STRAKE_SEED=off` exports without the seed"))
        .collect();
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

/// The mounts of each platform that are wanted. The second error is the user's.
fn tasks<G: Gateway>(
    build: &Build<'_, G>,
    graphs: &[Mounted<'_>],
) -> Result<Result<Vec<Vec<Task>>, Diagnostic>, Failure> {
    let (namespace, wanted) = (&build.options.cache_namespace, &build.options.exported_mounts);
    let (mut all, mut names) = (Vec::new(), BTreeSet::new());
    for graph in graphs {
        let mut tasks = Vec::new();
        for mount in seeds::mounts(graph.definition)? {
            let declared = graph.declarations.of(&mount, namespace);
            let (id, key) =
                (mount.identity.plain_id(namespace).to_owned(), mount.identity.key(namespace));
            if declared.seed {
                names.insert(declared.name.clone());
                tasks.push(Task { mount, declared, id, key });
            }
        }
        tasks.retain(|task| wanted.is_empty() || wanted.contains(&task.declared.name));
        all.push(tasks);
    }
    Ok(match wanted.iter().find(|name| !names.contains(*name)) {
        Some(unknown) => Err(unknown_mount(unknown, &names)),
        None => Ok(all),
    })
}

fn unknown_mount(name: &str, names: &BTreeSet<String>) -> Diagnostic {
    let text = format!("`STRAKE_MOUNTS`: the target exports no cache mount `{name}`");
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let help = format!("the exported mounts are {}", names.join(", "));
    Diagnostic::error(&codes::UNKNOWN_MOUNT, text).help(help)
}

async fn result<G: Gateway>(
    build: &Build<'_, G>,
    graphs: &[Mounted<'_>],
    exports: Vec<Export>,
    name: Option<String>,
) -> Result<SolveResult, Failure> {
    let solves = exports.iter().map(|export| {
        let request = SolveRequest::of(export.definition.clone());
        build.gateway.solve(request)
    });
    let solved = try_join_all(solves).await?;
    let (mut metadata, mut references) = (BTreeMap::new(), BTreeMap::new());
    let mut platforms = Platforms { platforms: Vec::new() };
    for ((graph, export), solved) in graphs.iter().zip(exports).zip(solved) {
        let (platform, id) = (graph.platform.clone(), graph.platform.id());
        metadata.insert(config_key(build.options, &id), export.config);
        references.insert(id.clone(), solved.single_reference());
        platforms.platforms.push(ExportPlatform { id, platform });
    }
    metadata.insert(PLATFORMS.to_owned(), json(&platforms)?);
    metadata.extend(name.map(|name| (NAME.to_owned(), name.into_bytes())));
    let references = match build.options.multi_platform {
        true => References::ByPlatform(references),
        false => References::Single(references.into_values().next()),
    };
    Ok(SolveResult { references, metadata, attestations: BTreeMap::new() })
}
