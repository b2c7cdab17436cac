//! Options about attestations: `attest:KIND` and the build arguments that mean the same.

use std::collections::BTreeMap;
use strake_llb::Gather;

use super::SbomOptions;
use super::values::csv_fields;
use crate::reference::ImageReference;

/// The scanner where none is named.
const DEFAULT_GENERATOR: &str = "docker/buildkit-syft-scanner:stable-1";

/// Attestations that are wanted, by kind; a build argument and an option of one kind are one.
pub(super) fn wanted(raw: &BTreeMap<String, String>) -> BTreeMap<String, &str> {
    let kind = |key: &str| {
        key.strip_prefix("attest:")
            .or_else(|| key.strip_prefix("build-arg:BUILDKIT_ATTEST_"))
            .map(str::to_lowercase)
    };
    raw.iter().filter_map(|(key, value)| Some((kind(key)?, value.as_str()))).gather()
}

/// Checks one attestation; only an SBOM is something the frontend has to do with, provenance is
/// the daemon's.
pub(super) fn parse(kind: &str, row: &str) -> Result<Option<SbomOptions>, String> {
    let fields = match row {
        "" => Vec::new(),
        row => csv_fields(row).ok_or("its quotes do not match")?,
    };
    match kind {
        "sbom" => sbom(&fields).map(Some),
        "provenance" => Ok(None),
        _ => Err("the attestations are `sbom` and `provenance`".to_owned()),
    }
}

fn sbom(fields: &[String]) -> Result<SbomOptions, String> {
    let pairs = fields.iter().map(|field| field.split_once('=').unwrap_or((field, "")));
    let mut parameters: BTreeMap<String, String> =
        pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).gather();
    let generator = parameters.remove("generator");
    let generator = generator.as_deref().unwrap_or(DEFAULT_GENERATOR);
    let reference = ImageReference::parse(generator)
        .map_err(|error| format!("the scanner `{generator}`: {error}"))?;
    Ok(SbomOptions { generator: reference.or_latest().to_string(), parameters })
}
