//! `compare`: whether strake would change what Dockerfiles make. The engine of `up` builds with the built-in
//! frontend; a runner, which is made to forget, builds through strake.

use std::fs;
use std::path::PathBuf;

use anyhow::{Result, bail};
use serde::Deserialize;
use strake_compare::{Builder, Caches, Comparison, Lab, Scenario, Subject};

use crate::images::Profile;
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
    let up = up::up(workspace, Profile::Release)?;
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
    let scenarios: &[Scenario] = if all { &Scenario::ALL } else { &Scenario::USUAL };
    let caches = caches(workspace);
    let compared = caches.and_then(|caches| each(&subjects, &lab, scenarios, &caches));
    up::end_runner(workspace, &runner)?;
    let compared = compared?;
    print(&strake_compare::report(&compared));
    let differing = compared.iter().filter(|comparison| comparison.differs()).count();
    if differing > 0 {
        bail!("strake changes what {differing} of {} Dockerfiles make", compared.len());
    }
    Ok(())
}

/// What presets say of where package managers have their caches.
fn caches(workspace: &Workspace) -> Result<Caches> {
    #[derive(Deserialize)]
    struct Preset {
        #[serde(default)]
        places: Vec<String>,
    }
    let mut places = Vec::new();
    for entry in fs::read_dir(workspace.root.join("frontend/presets"))? {
        let preset: Preset = toml::from_str(&fs::read_to_string(entry?.path())?)?;
        places.extend(preset.places.into_iter().map(|place| place.replace("${HOME}", "~")));
    }
    places.sort();
    Ok(Caches::new(places.into_iter().filter(|place| !place.contains('$'))))
}

fn each(
    subjects: &[Subject],
    lab: &Lab,
    scenarios: &[Scenario],
    caches: &Caches,
) -> Result<Vec<Comparison>> {
    let compare = |subject: &Subject| {
        ui::step(&subject.name);
        strake_compare::compare(subject, lab, scenarios, caches, &mut |step| ui::note(step))
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
