//! One file, built in all scenarios.

use std::collections::BTreeSet;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use tempfile::TempDir;

use crate::builder::{Builder, Content};
use crate::built::Built;
use crate::caches::Caches;
use crate::difference::{Difference, Noise};
use crate::scenario::Scenario;
use crate::subject::Subject;

/// What builds are made with.
#[derive(Debug)]
pub struct Lab {
    /// Where the built-in frontend builds.
    pub built_in: Builder,
    /// Where strake builds: nobody else does, since it is made to forget.
    pub strake: Builder,
    /// strake's image, as `# syntax=` names it.
    pub syntax: String,
    /// A registry that both reach and may push to.
    pub registry: String,
}

/// What came of it.
#[derive(Debug)]
pub struct Comparison {
    /// The name of the subject, for people.
    pub name: String,
    /// What the built-in frontend does not make twice the same.
    pub noise: Noise,
    /// Caches whose files are in the image of the built-in frontend, and belong in mounts.
    pub caches: BTreeSet<String>,
    /// What differs, by scenario. Scenarios that the file has nothing for are missing.
    pub results: Vec<(Scenario, Vec<Difference>)>,
}

impl Comparison {
    /// Whether something differs in any scenario.
    pub fn differs(&self) -> bool {
        self.results.iter().any(|(_, differences)| !differences.is_empty())
    }
}

/// Builds a file twice by the built-in frontend, and in each scenario through strake; `tell` hears
/// what is being done. Missing files of caches are told, and are no difference.
pub fn compare(
    subject: &Subject,
    lab: &Lab,
    scenarios: &[Scenario],
    places: &Caches,
    tell: &mut dyn FnMut(&str),
) -> Result<Comparison> {
    let directory = TempDir::new().context("no temporary directory")?;
    let subject = subject.without_strake(&directory, &lab.syntax)?;
    tell("built in");
    let reference = subject.build(&lab.built_in, None, &[])?;
    tell("built in, again");
    let again = subject.build(&lab.built_in, None, &["--no-cache".to_owned()])?;
    let noise = Noise::of(&reference.differences(&again));
    let mut results = in_scenarios(&subject, lab, scenarios, &reference, tell)?;
    let mut caches = BTreeSet::new();
    for (_, differences) in &mut results {
        *differences = noise.without(std::mem::take(differences));
        places.leave(differences, &mut caches);
    }
    Ok(Comparison { name: subject.name, noise, caches, results })
}

/// What differs from a build by the built-in frontend, in each scenario for which the file has
/// something.
pub fn in_scenarios(
    subject: &Subject,
    lab: &Lab,
    scenarios: &[Scenario],
    reference: &Built,
    tell: &mut dyn FnMut(&str),
) -> Result<Vec<(Scenario, Vec<Difference>)>> {
    let run = Run { subject, lab, reference, token: token()? };
    let mut results = Vec::new();
    for scenario in scenarios {
        tell(scenario.name());
        results.extend(run.differences(*scenario)?.map(|differences| (*scenario, differences)));
    }
    Ok(results)
}

/// A name that no other build has.
fn token() -> Result<String> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).context("the clock is wrong")?;
    Ok(format!("{:x}-{:x}", now.as_nanos(), std::process::id()))
}

struct Run<'a> {
    subject: &'a Subject,
    lab: &'a Lab,
    reference: &'a Built,
    token: String,
}

impl Run<'_> {
    /// What differs in a scenario; nothing where the file has nothing that it could show.
    fn differences(&self, scenario: Scenario) -> Result<Option<Vec<Difference>>> {
        let built = match scenario {
            Scenario::Cold => self.on(Some(Content::All), &[])?,
            Scenario::Warm => self.on(Some(Content::Layers), &[])?,
            Scenario::LaterStep => return self.later(),
            Scenario::Registry => return self.registry(),
            Scenario::NoCache => self.on(None, &["--no-cache".to_owned()])?,
            Scenario::Layers => {
                self.lab.strake.forget(Content::All)?;
                self.subject.build(&self.lab.strake, None, &[])?;
                self.on(None, &[])?
            }
            Scenario::Seed => return self.seed(),
            Scenario::StrakeFirst => {
                self.on(Some(Content::All), &[])?;
                self.subject.build(&self.lab.strake, None, &[])?
            }
        };
        Ok(Some(self.reference.differences(&built)))
    }

    /// Through strake, after the builder forgot something.
    fn on(&self, forgotten: Option<Content>, args: &[String]) -> Result<Built> {
        if let Some(content) = forgotten {
            self.lab.strake.forget(content)?;
        }
        self.subject.build(&self.lab.strake, Some(&self.lab.syntax), args)
    }

    /// The built-in frontend builds the changed file, too.
    fn later(&self) -> Result<Option<Vec<Difference>>> {
        let directory = TempDir::new().context("no temporary directory")?;
        let Some(changed) = self.subject.changed(&directory, &self.token)? else { return Ok(None) };
        let reference = changed.build(&self.lab.built_in, None, &[])?;
        self.lab.strake.forget(Content::Mounts)?;
        let built = changed.build(&self.lab.strake, Some(&self.lab.syntax), &[])?;
        Ok(Some(reference.differences(&built)))
    }

    /// Nothing is exported of a build that fails.
    fn registry(&self) -> Result<Option<Vec<Difference>>> {
        if !self.reference.success {
            return Ok(None);
        }
        let image = self.image("cache");
        let to = format!("--cache-to=type=registry,ref={image},mode=max");
        let log = self.export(&[to, "--output=type=cacheonly".to_owned()])?;
        if let Some(log) = log {
            return Ok(Some(vec![Difference::new("export of the cache", log)]));
        }
        let from = format!("--cache-from=type=registry,ref={image}");
        let built = self.on(Some(Content::All), &[from])?;
        Ok(Some(self.reference.differences(&built)))
    }

    /// Most files have no cache mounts: then there is no seed.
    fn seed(&self) -> Result<Option<Vec<Difference>>> {
        if !self.reference.success {
            return Ok(None);
        }
        let image = self.image("seed");
        let output = format!("--output=type=image,name={image},push=true,store=false");
        let export = ["--target=@mounts", "--provenance=false", &output].map(str::to_owned);
        self.on(Some(Content::All), &[])?;
        match self.export(&export)? {
            Some(log) if log.contains("(nothing-to-export)") => return Ok(None),
            Some(log) => return Ok(Some(vec![Difference::new("export of the seed", log)])),
            None => {}
        }
        let built = self.on(Some(Content::All), &[format!("--build-arg=STRAKE_SEED={image}")])?;
        Ok(Some(self.reference.differences(&built)))
    }

    /// A build through strake for something else than its image; the log of one that fails.
    fn export(&self, args: &[String]) -> Result<Option<String>> {
        let mut command = self.subject.command(&self.lab.strake, Some(&self.lab.syntax), args);
        let done = command.arg(&self.subject.context).output().context("cannot run docker")?;
        let log = || String::from_utf8_lossy(&done.stderr).into_owned();
        Ok((!done.status.success()).then(log))
    }

    fn image(&self, kind: &str) -> String {
        format!("{}/compare/{}:{kind}", self.lab.registry, self.token)
    }
}
