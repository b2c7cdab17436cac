//! What an SBOM scanner looks at besides the image: stages that the target needs, and the main
//! context. Of the image alone the daemon makes an SBOM by itself; of these it knows nothing.

use std::collections::BTreeMap;
use strake_llb::Gather;

use super::{NameRef, Paths, Selection, SourceRef};
use crate::manifest::model::Manifest;
use crate::options::Options;
use crate::source::Spanned;

/// A scan by the frontend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scan {
    /// The image of the scanner, for the build platform.
    pub scanner: SourceRef,
    /// What is looked at besides the image, by name.
    pub extras: BTreeMap<String, SourceRef>,
}

/// Adds the scan that the build asks for, and what it needs from outside.
pub(super) fn add(selection: &mut Selection, manifest: &Manifest, options: &Options) {
    let Some(sbom) = &options.sbom else { return };
    let target = selection.target();
    let name = |stage: usize| &manifest.stages[stage].name;
    let needed = selection.stages.iter().filter(|stage| **stage != target);
    let scanned = needed.filter(|stage| options.sbom_scan_stages.includes(&name(**stage).value));
    let mut extras: BTreeMap<String, SourceRef> =
        scanned.map(|stage| (name(*stage).value.clone(), SourceRef::Stage(*stage))).gather();
    if options.sbom_scan_context.includes(&name(target).value) {
        extras.insert("context".to_owned(), SourceRef::MainContext);
        want(selection, SourceRef::MainContext, name(target));
        selection.paths.insert(SourceRef::MainContext, Paths::All);
    }
    if extras.is_empty() {
        return;
    }
    let scanner = SourceRef::Image {
        reference: sbom.generator.clone(),
        platform: options.build_platform.clone(),
    };
    want(selection, scanner.clone(), name(target));
    selection.scan = Some(Scan { scanner, extras });
}

fn want(selection: &mut Selection, source_ref: SourceRef, target: &Spanned<String>) {
    let first = NameRef { name: target.value.clone(), span: target.span };
    selection.remote.entry(source_ref).or_insert(first);
}
