//! The calls: the way of a build, left where the answer is known.

use super::Build;
use super::report::{self, Problems};
use crate::gateway::{Failure, Gateway, SolveResult};
use crate::manifest;
use crate::options::Options;
use crate::select;
use crate::subrequests::{self, PlatformPlan};

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

    pub(super) async fn plan(&self) -> Result<SolveResult, Failure> {
        let graphs =
            self.selected_graphs().await.map_err(|problems| problems.failure(self.file))?;
        let platforms: Vec<PlatformPlan<'_>> = graphs
            .platforms
            .iter()
            .map(|graph| PlatformPlan { plan: &graph.plan, boundaries: &graph.boundaries })
            .collect();
        subrequests::plan(&platforms, &graphs.facts, self.file)
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
