//! What it costs to publish the cache mount after one added dependency: the difference, against a tarball of
//! all of it.

use anyhow::Result;

use super::Bench;
use super::airflow::{Carried, Project, Way};
use super::lab::Lab;
use super::samples::Samples;
use crate::ui;

const CASE: &str = "export after one added dependency";
const WAYS: [Way; 2] = [Way::Tarball, Way::Strake];

/// Adds a dependency, builds and exports, with both ways, as often as there are runs.
pub(crate) fn measure(bench: &Bench<'_>, samples: &mut Samples) -> Result<()> {
    let lab = Lab::start(bench)?;
    let builder = lab.empty_builder()?;
    let project = Project::example(bench)?;
    let carried = WAYS.map(|way| Carried::new(bench, &lab, &format!("export-{}", way.key())));
    let [tarball, strake] = carried;
    let carried = [tarball?, strake?];
    for (way, carried) in WAYS.into_iter().zip(&carried) {
        ui::step(format!("{CASE}: first export, {}", way.name()));
        lab.run(&mut way.build(&lab, &builder, &project, carried))?;
        way.export(&lab, &builder, &project, carried)?;
    }
    for run in 0..bench.runs {
        let project = project.with_dependency(run)?;
        for (way, carried) in WAYS.into_iter().zip(&carried) {
            lab.run(&mut way.build(&lab, &builder, &project, carried))?;
            let cost = way.export(&lab, &builder, &project, carried)?;
            ui::note(format!("{CASE}, {}: {}", way.name(), ui::seconds(cost.report.time)));
            let bytes = cost.registry.up + cost.archive;
            samples.add(CASE, way.name(), "seconds", cost.report.time.as_secs_f64())?;
            samples.add(CASE, way.name(), "bytes", bytes as f64)?;
        }
    }
    Ok(())
}

/// The section of the page.
pub(crate) fn section(samples: &Samples) -> String {
    let row = |way: Way| {
        let figure = |figure: &str| samples.median(CASE, way.name(), figure).unwrap_or(f64::NAN);
        let (seconds, megabytes) = (figure("seconds"), figure("bytes") / 1e6);
        format!("| {} | {seconds:.1} | {megabytes:.2} |\n", way.name())
    };
    let runs = samples.of(CASE, Way::Strake.name(), "seconds").len();
    format!(
        "## An export after one added dependency\n\n\
         Airflow's mount is published already; a small package is added, the image is built, and the mount is exported again. Medians of\n\
         {runs}, each with another package. strake writes the difference over what was published; the tarball is all of it.\n\n\
         | way | seconds | MB sent |\n|---|---:|---:|\n{}{}",
        row(Way::Tarball),
        row(Way::Strake)
    )
}
