//! What is advised about a Dockerfile: in the progress of a build, and by `--call=check` beside what the
//! frontend that builds it finds.

use futures_util::future::join;

use super::dockerfile::{DockerfileBuilder, definition_of};
use super::report;
use crate::diagnostics::{Diagnostic, lint_more};
use crate::dockerfile::{AdviceInput, advice};
use crate::gateway::{Failure, Gateway, SolveResult};

impl<G: Gateway> DockerfileBuilder<'_, G> {
    /// The advice on the graphs of all platforms.
    pub(super) fn advice(&self, result: &SolveResult) -> Vec<Diagnostic> {
        let (options, entry) = (self.build.options, self.build.entry);
        let mut all = Vec::new();
        for platform in &options.platforms {
            let Some(definition) = definition_of(result, platform) else { continue };
            let found = advice(AdviceInput {
                definition,
                file: self.build.file,
                bytes: &entry.text,
                directives: &self.directives,
                opt_out: &self.opt_out,
                given: &options.build_args,
            });
            report::add_new(&mut all, found);
        }
        all
    }

    /// A file with mistakes has no graph to advise on; the answer tells of the
    /// mistakes.
    pub(super) async fn check(&self) -> Result<SolveResult, Failure> {
        let gateway = self.build.gateway;
        let (answer, built) =
            join(self.delegate(gateway, false), self.delegate(gateway, true)).await;
        let mut answer = answer?;
        if let Ok(built) = built {
            let mut found = self.advice(&built);
            match self.rewritten(&built) {
                Ok(graphs) => {
                    let graphs = graphs.filter_map(|(_, rewritten)| rewritten);
                    graphs.for_each(|graph| report::add_new(&mut found, graph.warnings));
                }
                Err(problems) => report::add_new(&mut found, problems),
            }
            let found = report::reported(self.build.options, found);
            lint_more::add(&mut answer.metadata, self.build.file, &found);
        }
        Ok(answer)
    }
}
