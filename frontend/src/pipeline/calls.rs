//! The calls: the way of a build, left where the answer is known.

use futures_util::future::try_join_all;

use super::Build;
use super::report::{self, Problems};
use super::seeds;
use crate::gateway::{Failure, Gateway, SolveResult};
use crate::manifest;
use crate::options::Options;
use crate::resolve::Facts;
use crate::select;
use crate::source::SourceFile;
use crate::subrequests::{self, PlatformPlan};

/// Either [`subrequests::plan`] or [`subrequests::graph`].
type PlanAnswer =
    fn(&[PlatformPlan<'_>], &Facts, &SourceFile, u64) -> Result<SolveResult, serde_json::Error>;

impl<G: Gateway> Build<'_, G> {
    pub(super) async fn check(&self) -> Result<SolveResult, Failure> {
        let mut found = match self.selected_graphs().await {
            Ok(graphs) => graphs.warnings,
            Err(Problems::Diagnostics(problems)) => problems,
            Err(problems) => return Err(problems.failure(self.file)),
        };
        // Stages that the target does not need are looked at, too.
        for platform in &self.options.platforms {
            if let Ok(manifest) = self.read(platform, false) {
                report::add_new(&mut found, select::check(&manifest, self.options, platform));
            }
        }
        let found = report::reported(self.options, found);
        report::lint(self.file, &found)
    }

    /// What will be built, in the form that `answer` gives it.
    pub(super) async fn plan(&self, answer: PlanAnswer) -> Result<SolveResult, Failure> {
        let failure = |problems: Problems| problems.failure(self.file);
        let builds = self.select().map_err(failure)?;
        let found = async { Ok(self.seeds(&builds).await) };
        let (graphs, found) = tokio::try_join!(self.graphs(&builds), found).map_err(failure)?;
        let known = graphs.platforms.iter().zip(&found);
        let known = known.map(|(graph, found)| {
            seeds::known(self, &graph.lowered.definition, &graph.declarations, found)
        });
        let known = try_join_all(known).await?;
        let platforms = graphs.platforms.iter().zip(&found).zip(&known);
        let platforms = platforms.map(|((graph, seed), mounts)| PlatformPlan {
            plan: &graph.plan,
            boundaries: &graph.boundaries,
            seed,
            mounts,
        });
        let platforms: Vec<PlatformPlan<'_>> = platforms.collect();
        answer(&platforms, &graphs.facts, self.file, self.environment.now)
            .map_err(|error| report::answer(&error))
    }

    pub(super) fn targets(&self) -> Result<SolveResult, Failure> {
        let manifest = self.first_manifest()?;
        let default = Options { target: None, ..self.options.clone() };
        let default = select::target(&manifest, &default).ok().map(|target| target.stage);
        subrequests::targets(&manifest, default, self.file).map_err(|error| report::answer(&error))
    }

    pub(super) fn outline(&self) -> Result<SolveResult, Failure> {
        let manifest = self.first_manifest()?;
        let platform = self.options.platforms.first().unwrap_or(&self.options.build_platform);
        let selection = select::select_leniently(&manifest, self.options, platform)
            .map_err(|problems| report::failure(self.file, &problems))?;
        subrequests::outline(&manifest, &selection, self.file)
            .map_err(|error| report::answer(&error))
    }

    /// The manifest for the first platform; arguments that must be given may be missing.
    fn first_manifest(&self) -> Result<manifest::model::Manifest, Failure> {
        let platform = self.options.platforms.first().unwrap_or(&self.options.build_platform);
        self.read(platform, true).map_err(|problems| report::failure(self.file, &problems))
    }
}
