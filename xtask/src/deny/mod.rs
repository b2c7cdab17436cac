//! Licences, duplicate versions and sources of everything we depend on, held against deny.toml.
//! cargo-deny does this and more in CI; here it is computed from `cargo metadata`, so that it is part
//! of every test run, without a further tool and without a network.

mod config;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use anyhow::{Context, Result};
use serde::Deserialize;
use spdx::{Expression, ParseMode};

use crate::cmd;
use crate::workspace::Workspace;
use config::{Config, Level};

/// How cargo writes crates.io, whichever mirror the crates came from.
const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

#[derive(Debug, Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    resolve: Resolve,
}

#[derive(Debug, Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Debug, Deserialize)]
struct Node {
    id: String,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
struct Package {
    name: String,
    version: String,
    id: String,
    license: Option<String>,
    source: Option<String>,
}

/// What is wrong with the workspace's dependencies; empty when nothing is.
pub(crate) fn check(workspace: &Workspace) -> Result<Vec<String>> {
    let text = fs::read_to_string(workspace.root.join("deny.toml"))?;
    let config = Config::parse(&text)?;
    let mut packages = BTreeSet::new();
    for target in &config.graph.targets {
        let mut cargo = workspace.cargo();
        cargo.args(["metadata", "--format-version=1", "--locked", "--filter-platform", target]);
        packages.extend(compiled(&cmd::output(&mut cargo)?)?);
    }
    let packages: Vec<Package> = packages.into_iter().collect();
    Ok(problems(&config, &packages, &today()?))
}

/// The packages that are compiled: cargo lists those of other platforms, too.
fn compiled(metadata: &str) -> Result<Vec<Package>> {
    let metadata: Metadata =
        serde_json::from_str(metadata).context("cannot read what cargo metadata says")?;
    let ids: BTreeSet<String> = metadata.resolve.nodes.into_iter().map(|node| node.id).collect();
    Ok(metadata.packages.into_iter().filter(|package| ids.contains(&package.id)).collect())
}

fn problems(config: &Config, packages: &[Package], today: &str) -> Vec<String> {
    let mut problems: Vec<String> =
        packages.iter().filter_map(|package| license_problem(config, package)).collect();
    problems.extend(packages.iter().filter_map(source_problem));
    if config.bans.multiple_versions == Level::Deny {
        problems.extend(duplicates(config, packages));
    }
    problems.extend(stale_entries(config, packages, today));
    problems
}

fn license_problem(config: &Config, package: &Package) -> Option<String> {
    let Package { name, version, .. } = package;
    let Some(license) = &package.license else {
        return Some(format!("{name} {version} states no licence"));
    };
    let Ok(expression) = Expression::parse_mode(license, ParseMode::LAX) else {
        return Some(format!("{name} {version}: `{license}` is no licence expression"));
    };
    let licenses = &config.licenses;
    let own = licenses.exceptions.iter().filter(|exception| exception.package == *name);
    let allowed: BTreeSet<&str> = licenses
        .allow
        .iter()
        .chain(own.flat_map(|exception| &exception.allow))
        .map(String::as_str)
        .collect();
    let fine = expression.evaluate(|license| allowed.contains(license.to_string().as_str()));
    (!fine).then(|| format!("{name} {version}: licence `{license}` is not allowed"))
}

fn source_problem(package: &Package) -> Option<String> {
    let source = package.source.as_deref().filter(|&source| source != CRATES_IO)?;
    Some(format!("{} {} comes from {source}, not from crates.io", package.name, package.version))
}

/// Crates with more than one version beside those that are skipped.
fn duplicates(config: &Config, packages: &[Package]) -> Vec<String> {
    let mut versions: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for Package { name, version, .. } in packages {
        if !config.bans.skip.iter().any(|skip| skip.matches(name, version)) {
            versions.entry(name).or_default().push(version);
        }
    }
    versions
        .into_iter()
        .filter(|(_, versions)| versions.len() > 1)
        .map(|(name, versions)| format!("{name} is there in versions {}", versions.join(", ")))
        .collect()
}

/// Exceptions that nothing needs any more, or whose day has come.
fn stale_entries(config: &Config, packages: &[Package], today: &str) -> Vec<String> {
    let mut stale = Vec::new();
    for skip in &config.bans.skip {
        if !packages.iter().any(|package| skip.matches(&package.name, &package.version)) {
            stale.push(format!("deny.toml skips {}, which is not there: remove it", skip.package));
        }
        // Dates in this form are in order as texts.
        if let Some(day) = skip.deadline().filter(|&day| day < today) {
            stale.push(format!("deny.toml skips {} until {day}: look again", skip.package));
        }
    }
    for exception in &config.licenses.exceptions {
        if !packages.iter().any(|package| package.name == exception.package) {
            let name = &exception.package;
            stale.push(format!("deny.toml has an exception for {name}, which is not there"));
        }
    }
    stale
}

/// Today's date in UTC as YYYY-MM-DD.
fn today() -> Result<String> {
    let mut date = std::process::Command::new("date");
    Ok(cmd::output(date.args(["-u", "+%Y-%m-%d"]))?.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, version: &str, license: &str) -> Package {
        Package {
            name: name.to_owned(),
            version: version.to_owned(),
            id: format!("{name}@{version}"),
            license: Some(license.to_owned()),
            source: Some(CRATES_IO.to_owned()),
        }
    }

    fn check(config: &str, packages: &[Package]) -> Vec<String> {
        problems(&Config::parse(config).unwrap(), packages, "2027-01-01")
    }

    const ALLOW: &str = "[licenses]\nallow = [\"MIT\", \"Apache-2.0\"]\n";

    #[test]
    fn one_allowed_licence_of_several_is_enough() {
        let packages = [package("a", "1.0.0", "GPL-3.0-only OR (MIT AND Apache-2.0)")];
        assert!(check(ALLOW, &packages).is_empty());
        let packages = [package("a", "1.0.0", "MIT AND GPL-3.0-only")];
        assert_eq!(
            check(ALLOW, &packages),
            ["a 1.0.0: licence `MIT AND GPL-3.0-only` is not allowed"]
        );
        // The old way of writing OR.
        assert!(check(ALLOW, &[package("a", "1.0.0", "MIT/Apache-2.0")]).is_empty());
    }

    #[test]
    fn a_licence_with_an_exception_is_another_licence() {
        let packages = [package("a", "1.0.0", "Apache-2.0 WITH LLVM-exception")];
        assert_eq!(check(ALLOW, &packages).len(), 1);
        let allow = "[licenses]\nallow = [\"Apache-2.0 WITH LLVM-exception\"]\n";
        assert!(check(allow, &packages).is_empty());
    }

    #[test]
    fn an_exception_holds_for_its_crate_alone() {
        let config = format!("{ALLOW}exceptions = [{{ crate = \"a\", allow = [\"ISC\"] }}]\n");
        let packages = [package("a", "1.0.0", "ISC"), package("b", "1.0.0", "ISC")];
        assert_eq!(check(&config, &packages), ["b 1.0.0: licence `ISC` is not allowed"]);
    }

    #[test]
    fn duplicates_are_reported_unless_skipped() {
        let packages = [package("a", "1.0.0", "MIT"), package("a", "2.0.0", "MIT")];
        let config = format!("{ALLOW}[bans]\nmultiple-versions = \"deny\"\n");
        assert_eq!(check(&config, &packages), ["a is there in versions 1.0.0, 2.0.0"]);
        let config = format!("{config}skip = [{{ crate = \"a@1.0.0\", reason = \"r\" }}]\n");
        assert!(check(&config, &packages).is_empty());
    }

    #[test]
    fn exceptions_end() {
        let config = format!(
            "{ALLOW}[bans]\nskip = [\
             {{ crate = \"gone@1.0.0\" }}, \
             {{ crate = \"a@1.0.0\", reason = \"until 2026-12-31\" }}]\n"
        );
        assert_eq!(
            check(&config, &[package("a", "1.0.0", "MIT")]),
            [
                "deny.toml skips gone@1.0.0, which is not there: remove it",
                "deny.toml skips a@1.0.0 until 2026-12-31: look again"
            ]
        );
    }

    #[test]
    fn only_the_registry_is_a_source() {
        let mut other = package("a", "1.0.0", "MIT");
        other.source = Some("git+https://host.example/a".to_owned());
        assert_eq!(
            check(ALLOW, &[other]),
            ["a 1.0.0 comes from git+https://host.example/a, not from crates.io"]
        );
    }
}
