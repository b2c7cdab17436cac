//! The part of deny.toml that is checked here. Keys that only cargo-deny understands are left to it.

use anyhow::{Context, Result};
use serde::Deserialize;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Config {
    pub(super) graph: Graph,
    pub(super) licenses: Licenses,
    pub(super) bans: Bans,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Graph {
    /// Only what is compiled for these counts.
    pub(super) targets: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Licenses {
    pub(super) allow: Vec<String>,
    pub(super) exceptions: Vec<LicenseException>,
}

/// Further licences for one crate.
#[derive(Debug, Deserialize)]
pub(super) struct LicenseException {
    #[serde(alias = "name")]
    #[serde(rename = "crate")]
    pub(super) package: String,
    pub(super) allow: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Bans {
    #[serde(rename = "multiple-versions")]
    pub(super) multiple_versions: Level,
    pub(super) skip: Vec<Skip>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Level {
    #[default]
    Warn,
    Allow,
    Deny,
}

/// A version that may stand beside another one of its crate: `name@version`, with a reason.
#[derive(Debug, Deserialize)]
pub(super) struct Skip {
    #[serde(rename = "crate")]
    pub(super) package: String,
    #[serde(default)]
    pub(super) reason: String,
}

impl Config {
    /// Reads the file's text.
    pub(super) fn parse(text: &str) -> Result<Self> {
        toml::from_str(text).context("deny.toml cannot be read")
    }
}

impl Skip {
    /// Name and version; no version means any.
    fn parts(&self) -> (&str, Option<&str>) {
        match self.package.split_once(['@', ':']) {
            Some((name, version)) => (name, Some(version.trim_start_matches('='))),
            None => (&self.package, None),
        }
    }

    /// Whether this entry is about that version of that crate.
    pub(super) fn matches(&self, name: &str, version: &str) -> bool {
        let (wanted, exact) = self.parts();
        // Build metadata tells no versions apart.
        let plain = version.split('+').next().unwrap_or(version);
        wanted == name && exact.is_none_or(|exact| exact == version || exact == plain)
    }

    /// The day after which the entry is no longer believed: `until YYYY-MM-DD` in its reason.
    pub(super) fn deadline(&self) -> Option<&str> {
        let day = self.reason.split_once("until ")?.1.get(..10)?;
        day.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-').then_some(day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn skip(package: &str, reason: &str) -> Skip {
        Skip { package: package.to_owned(), reason: reason.to_owned() }
    }

    #[test]
    fn a_skip_names_a_version_or_all_of_them() {
        assert!(skip("syn@2.0.1", "").matches("syn", "2.0.1"));
        assert!(!skip("syn@2.0.1", "").matches("syn", "3.0.0"));
        assert!(skip("syn", "").matches("syn", "3.0.0"));
        assert!(skip("toml@1.0.0", "").matches("toml", "1.0.0+spec-1.1.0"));
    }

    #[test]
    fn a_deadline_is_a_date_in_the_reason() {
        assert_eq!(skip("a", "b moves slowly; until 2027-05-01").deadline(), Some("2027-05-01"));
        assert_eq!(skip("a", "until somebody looks").deadline(), None);
    }
}
