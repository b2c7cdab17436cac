//! What it costs to publish the cache mount after one added dependency: the difference, against a tarball of
//! all of it.

use anyhow::Result;

use super::Bench;
use super::airflow::{Carried, Project, Variant};
use super::lab::Lab;
use super::samples::Samples;
use crate::ui;

const CASE: &str = "export after one added dependency";
const VARIANTS: [Variant; 2] = [Variant::Tarball, Variant::Strake];

/// Adds a dependency, builds and exports, with both variants, as often as there are runs.
pub(crate) fn measure(bench: &Bench<'_>, samples: &mut Samples) -> Result<()> {
    let lab = Lab::start(bench)?;
    let builder = lab.empty_builder()?;
    let project = Project::example(bench)?;
    let carried =
        VARIANTS.map(|variant| Carried::new(bench, &lab, &format!("export-{}", variant.key())));
    let [tarball, strake] = carried;
    let carried = [tarball?, strake?];
    for (variant, carried) in VARIANTS.into_iter().zip(&carried) {
        ui::step(format!("{CASE}: first export, {}", variant.name()));
        lab.run(&mut variant.build(&lab, &builder, &project, carried))?;
        variant.export(&lab, &builder, &project, carried)?;
    }
    for run in 0..bench.runs {
        let project = project.with_dependency(run)?;
        for (variant, carried) in VARIANTS.into_iter().zip(&carried) {
            lab.run(&mut variant.build(&lab, &builder, &project, carried))?;
            let cost = variant.export(&lab, &builder, &project, carried)?;
            ui::note(format!("{CASE}, {}: {}", variant.name(), ui::seconds(cost.report.time)));
            let bytes = cost.registry.up + cost.archive;
            samples.add(CASE, variant.name(), "seconds", cost.report.time.as_secs_f64())?;
            samples.add(CASE, variant.name(), "bytes", bytes as f64)?;
        }
    }
    Ok(())
}

/// The section of the page.
pub(crate) fn section(samples: &Samples) -> String {
    let row = |variant: Variant| {
        let figure =
            |figure: &str| samples.median(CASE, variant.name(), figure).unwrap_or(f64::NAN);
        let (seconds, megabytes) = (figure("seconds"), figure("bytes") / 1e6);
        format!("| {} | {seconds:.1} | {megabytes:.2} |\n", variant.name())
    };
    let runs = samples.of(CASE, Variant::Strake.name(), "seconds").len();
    format!(
        "## An export after one added dependency\n\n\
         Airflow's mount is published already; a small package is added, the image is built, and the mount is exported again. Medians of\n\
         {runs}, each with another package. strake writes the difference over what was published; the tarball is all of it.\n\n\
         | variant | seconds | MB sent |\n|---|---:|---:|\n{}{}",
        row(Variant::Tarball),
        row(Variant::Strake)
    )
}
