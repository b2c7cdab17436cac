//! `--call=fingerprint`: the way of a build up to its graph, and a step that reads the files which that takes of the
//! client.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::try_join_all;
use strake_llb::{Decoded, Definition, decode};

use super::dockerfile::DockerfileBuilder;
use super::{Build, outcome, report};
use crate::diagnostics::{Diagnostic, codes};
use crate::fingerprint::{FingerprintInput, Taken, fingerprint, taken};
use crate::gateway::{Environment, Failure, Gateway, SolveResult};
use crate::mounts::agent::answer::Outcome;
use crate::mounts::prime;
use crate::platform::Platform;
use crate::presets::Boundary;
use crate::subrequests::{self, PlatformFingerprint};

/// An environment in which nothing differs from one build to the next.
pub(super) fn without_nonce(environment: &Environment) -> Environment {
    Environment { nonce: String::new(), ..environment.clone() }
}

/// What is built for a platform, whoever made the graph.
pub(super) struct Printed<'a> {
    pub(super) target: String,
    pub(super) platform: &'a Platform,
    pub(super) definition: &'a Definition,
    /// The image's config, as JSON.
    pub(super) config: Vec<u8>,
    /// Operations that every build runs again.
    pub(super) always: BTreeSet<String>,
}

impl<G: Gateway> Build<'_, G> {
    pub(super) async fn fingerprint(&self) -> Result<SolveResult, Failure> {
        let graphs =
            self.selected_graphs().await.map_err(|problems| problems.failure(self.file))?;
        let printed = graphs.platforms.iter().map(|graph| {
            let none = graph.lowered.layers.iter().filter(|layer| {
                let planned = graph.plan.layer(layer.at);
                planned.is_some_and(|(_, layer)| layer.boundary.kind == Boundary::None)
            });
            Ok(Printed {
                target: graph.plan.target().map_or_else(String::new, |stage| stage.name.clone()),
                platform: &graph.lowered.platform,
                definition: &graph.lowered.definition,
                config: outcome::json(&outcome::image(&graph.lowered, self.options))?,
                always: none.flat_map(|layer| &layer.ops).map(ToString::to_string).collect(),
            })
        });
        let printed: Vec<Printed<'_>> = printed.collect::<Result<_, Failure>>()?;
        self.fingerprint_of(&printed).await
    }

    async fn fingerprint_of(&self, all: &[Printed<'_>]) -> Result<SolveResult, Failure> {
        let platforms = all.iter().map(|printed| async {
            let definition = printed.definition;
            let decoded =
                decode(&definition.pb).map_err(|error| Failure::new(error.to_string()))?;
            let contents = self.contents(definition, &decoded, &taken(&decoded)).await?;
            let fingerprint = fingerprint(FingerprintInput {
                definition,
                decoded: &decoded,
                contents: &contents,
                config: &printed.config,
                always: &printed.always,
            });
            let (target, platform) = (printed.target.clone(), printed.platform);
            Ok::<_, Failure>(PlatformFingerprint { target, platform, fingerprint })
        });
        let platforms = try_join_all(platforms).await?;
        subrequests::fingerprint(&platforms).map_err(|error| report::answer(&error))
    }

    /// The digests of the files that operations take of the client.
    async fn contents(
        &self,
        definition: &Definition,
        decoded: &Decoded,
        taken: &[Taken<'_>],
    ) -> Result<BTreeMap<(usize, usize), String>, Failure> {
        if taken.is_empty() {
            return Ok(BTreeMap::new());
        }
        let Some(image) = self.image_of_strake() else {
            let text = "files can't be read: this BuildKit does not tell strake its image, \
                        new in BuildKit 0.10";
            return Err(report::without_file(&[Diagnostic::error(
                &codes::seeds::NO_PROGRAM,
                text,
            )]));
        };
        let step = self.program(&image).digests(definition, decoded, taken);
        let step = step.map_err(|error| Failure::new(error.to_string()))?;
        let answer = prime::answer(self.gateway, step).await?;
        match answer.map(|answer| answer.outcome) {
            Some(Outcome::Digested(digests)) if digests.len() == taken.len() => {
                let places = taken.iter().map(|taken| (taken.at, taken.input));
                Ok(places.zip(digests).collect())
            }
            Some(Outcome::Failed(failure)) => {
                Err(Failure::new(format!("files can't be read: {}", failure.reason)))
            }
            _ => Err(Failure::new("the step that reads files gave no answer")),
        }
    }
}

impl<G: Gateway> DockerfileBuilder<'_, G> {
    pub(super) async fn fingerprint(&self) -> Result<SolveResult, Failure> {
        let options = self.build.options;
        let result = self.delegate(self.build.gateway, true).await?;
        let graphs =
            self.rewritten(&result).map_err(|all| report::failure(self.build.file, &all))?;
        let graphs: Vec<_> = graphs.filter_map(|(on, graph)| Some((on, graph?))).collect();
        let printed = graphs.iter().map(|(platform, graph)| {
            let none = graph.steps.iter().filter(|step| step.boundary == Boundary::None);
            let config = result.metadata.get(&outcome::config_key(options, &platform.id()));
            Printed {
                target: self.target.clone().unwrap_or_default(),
                platform,
                definition: &graph.definition,
                config: config.cloned().unwrap_or_default(),
                always: none.map(|step| step.digest.clone()).collect(),
            }
        });
        let printed: Vec<Printed<'_>> = printed.collect();
        self.build.fingerprint_of(&printed).await
    }
}
