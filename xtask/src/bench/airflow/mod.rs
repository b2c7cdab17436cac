//! Airflow's CI image (`examples/airflow`) on empty builders: as a Dockerfile, as a Dockerfile whose mount is
//! carried by hand, and with strake. What is carried from one builder to the next is what a trusted
//! job publishes after a cold build.

mod project;
mod table;
mod variants;

use anyhow::Result;

use super::Bench;
use super::lab::{Cost, Lab};
use super::samples::Samples;
use crate::engine::Client;
use crate::ui;

pub(crate) use project::Project;
pub(crate) use table::{bars, section};
pub(crate) use variants::{Carried, Variant};

/// From nothing, with nothing published.
const COLD: &str = "cold";
/// What a trusted job does after it, for others.
const PUBLISH: &str = "publish";
const DEPENDENCY: &str = "dependency added";
const SOURCE: &str = "source changed";
/// Again on the same builder, after another change of the sources.
const WARM: &str = "source changed, warm";
/// The same, with all dependencies installed again.
const REINSTALL: &str = "reinstalled, warm";

/// What a build spends its time on.
const OS: &str = "seconds in steps of OS packages";
const UV: &str = "seconds in the step that brings uv";
const INSTALL: &str = "seconds in install steps";
const IMAGE: &str = "seconds to compress and unpack the image";

/// Measures all variants, each time in another order.
pub(crate) fn measure(bench: &Bench<'_>, samples: &mut Samples) -> Result<()> {
    let lab = Lab::start(bench)?;
    warm_up(bench, &lab)?;
    for run in 0..bench.runs {
        for turn in 0..Variant::ALL.len() {
            let variant = Variant::ALL[(turn + run) % Variant::ALL.len()];
            ui::step(format!("Airflow, run {} of {}: {}", run + 1, bench.runs, variant.name()));
            let carried = Carried::new(bench, &lab, &format!("run-{run}-{}", variant.key()))?;
            Round { bench, lab: &lab, variant, carried, run, samples }.measure()?;
        }
    }
    Ok(())
}

/// A build of each kind, so that the index proxy has everything, and no variant is the first to ask
/// for it.
fn warm_up(bench: &Bench<'_>, lab: &Lab<'_>) -> Result<()> {
    let project = Project::example(bench)?.with_dependency(0)?;
    for variant in [Variant::Dockerfile, Variant::Strake] {
        ui::step(format!("filling the index proxy: {}", variant.name()));
        let carried = Carried::new(bench, lab, "warm-up")?;
        lab.run(&mut variant.build(lab, &lab.empty_builder()?, &project, &carried))?;
    }
    Ok(())
}

/// All that is measured of one variant in one run.
struct Round<'a> {
    bench: &'a Bench<'a>,
    lab: &'a Lab<'a>,
    variant: Variant,
    carried: Carried,
    run: usize,
    samples: &'a mut Samples,
}

impl Round<'_> {
    fn measure(&mut self) -> Result<()> {
        let project = Project::example(self.bench)?;
        let builder = self.lab.empty_builder()?;
        let cold = self.build(&builder, &project)?.cold()?;
        self.note(COLD, &cold)?;
        let published = self.variant.publish(self.lab, &builder, &project, &self.carried)?;
        self.note(PUBLISH, &published)?;

        let added = project.with_dependency(0)?;
        let (_, cost) = self.arrive(&added)?;
        self.note(DEPENDENCY, &cost)?;

        let edited = Project::example(self.bench)?.with_edit("edited")?;
        let (builder, cost) = self.arrive(&edited)?;
        self.note(SOURCE, &cost)?;
        self.warm(&builder, &edited)
    }

    /// What follows on a builder that has built before.
    fn warm(&mut self, builder: &Client, project: &Project) -> Result<()> {
        let edited = project.with_edit("edited again")?;
        let cost = self.build(builder, &edited)?;
        self.note(WARM, &cost)?;
        let again = project.with_edit("edited once more")?;
        let mut build = self.variant.build(self.lab, builder, &again, &self.carried);
        if self.variant == Variant::Strake {
            build.arg(format!("--build-arg=DEPENDENCY_EPOCH={}", self.run));
        }
        let cost = self.lab.run(&mut build)?;
        self.note(REINSTALL, &cost)
    }

    fn build(&self, builder: &Client, project: &Project) -> Result<Cost> {
        self.lab.run(&mut self.variant.build(self.lab, builder, project, &self.carried))
    }

    /// A build on a builder that has nothing yet, with what was published.
    fn arrive(&self, project: &Project) -> Result<(Client, Cost)> {
        let builder = self.lab.empty_builder()?;
        let imported = self.variant.import(self.lab, &builder, &self.carried)?;
        let built = self.build(&builder, project)?;
        Ok((builder, imported.then(built)))
    }

    fn note(&mut self, case: &str, cost: &Cost) -> Result<()> {
        ui::note(format!("{case}: {}", ui::seconds(cost.report.time)));
        let variant = self.variant.name();
        for (figure, value) in [
            ("seconds", cost.report.time.as_secs_f64()),
            (OS, cost.report.seconds_in(self.variant.os_steps())),
            (UV, cost.report.seconds_in(self.variant.uv_steps())),
            (INSTALL, cost.report.seconds_in(self.variant.install_steps())),
            (IMAGE, cost.report.seconds_in(&["exporting to image"])),
            ("seconds to bring the mount back", cost.mounts),
            ("bytes from registry", cost.registry.down as f64),
            ("bytes to registry", cost.registry.up as f64),
            ("bytes from index", cost.index as f64),
            ("bytes of archives", cost.archive as f64),
        ] {
            self.samples.add(case, variant, figure, value)?;
        }
        Ok(())
    }
}
