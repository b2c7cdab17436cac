//! `compare`: whether strake would change what Dockerfiles make. The engine of `up` builds with the built-in
//! frontend; a runner, which is made to forget, builds through strake.

use std::path::PathBuf;

use anyhow::{Result, bail};
use strake_compare::{Builder, Comparison, Lab, Subject, Way};

use crate::ui;
use crate::up::{self, Up};
use crate::workspace::Workspace;

/// What its runners are called.
const RUNNER: &str = "compare";

/// Compares each file, gives a report to `print`, and fails where something differs.
pub(crate) fn compare(
    workspace: &Workspace,
    paths: &[PathBuf],
    all: bool,
    args: &[String],
    print: impl FnOnce(&str),
) -> Result<()> {
    // What is wrong with a path is told before an engine is waited for.
    let mut subjects: Vec<Subject> =
        paths.iter().map(|path| Subject::at(path, args)).collect::<Result<_>>()?;
    let up = up::up(workspace)?;
    for subject in &mut subjects {
        subject.args.extend(bases(&up));
    }
    let runner = format!("{RUNNER}-{}", std::process::id());
    let client = up::start_runner(workspace, &runner, None, None)?;
    let lab = Lab {
        built_in: Builder::new(up.engine.client.env()),
        strake: Builder::new(client.env()),
        syntax: up.syntax.reference.clone(),
        registry: up.engine.registry(),
    };
    let ways: &[Way] = if all { &Way::ALL } else { &Way::USUAL };
    let compared = each(&subjects, &lab, ways);
    up::end_runner(workspace, &runner)?;
    let compared = compared?;
    print(&strake_compare::report(&compared));
    let differing = compared.iter().filter(|comparison| comparison.differs()).count();
    if differing > 0 {
        bail!("strake changes what {differing} of {} Dockerfiles make", compared.len());
    }
    Ok(())
}

fn each(subjects: &[Subject], lab: &Lab, ways: &[Way]) -> Result<Vec<Comparison>> {
    let compare = |subject: &Subject| {
        ui::step(&subject.name);
        strake_compare::compare(subject, lab, ways, &mut |step| ui::note(step))
    };
    subjects.iter().map(compare).collect()
}

/// Where no public image can be had, two names that stand in Dockerfiles of tests mean images of ours.
fn bases(up: &Up) -> Vec<String> {
    let images = [("busybox", &up.busybox), ("debian", &up.base)];
    let contexts =
        images.map(|(name, image)| format!("--build-context={name}=docker-image://{image}"));
    if up.engine.is_system { Vec::new() } else { contexts.into() }
}
