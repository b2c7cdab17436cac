//! The scan of stages and of the context for an SBOM, as a command. How a scanner is called is
//! BuildKit's "SBOM scanning protocol".

use super::{PlanInput, PlannedScan};
use crate::diagnostics::{Diagnostic, codes};
use crate::image::Image;
use crate::select::{Scan, SourceRef};
use strake_llb::Gather;

/// Where the scanner finds what it is to look at.
const SOURCE: &str = "/run/src/core/sbom";
const EXTRAS: &str = "/run/src/extras";

/// Where it leaves what it found.
const DESTINATION: &str = "/run/out/";

pub(super) fn plan(input: PlanInput<'_>, scan: &Scan) -> Result<PlannedScan, Diagnostic> {
    let image = scanner(input, &scan.scanner)?;
    let config = image.config;
    let args: Vec<String> =
        [config.entrypoint, config.cmd].into_iter().flatten().flatten().collect();
    if args.is_empty() {
        return Err(problem(&scan.scanner, "it has neither an entrypoint nor a command"));
    }
    let mut env = config.env.unwrap_or_default();
    env.push(format!("BUILDKIT_SCAN_DESTINATION={DESTINATION}"));
    env.push(format!("BUILDKIT_SCAN_SOURCE={SOURCE}"));
    env.push(format!("BUILDKIT_SCAN_SOURCE_EXTRAS={EXTRAS}/"));
    let parameters = input.options.sbom.iter().flat_map(|sbom| &sbom.parameters);
    env.extend(parameters.map(|(name, value)| format!("BUILDKIT_SCAN_{name}={value}")));
    let extras = scan.extras.iter();
    Ok(PlannedScan {
        scanner: scan.scanner.clone(),
        title: format!(
            "[{}] generating sbom using {}",
            input.selection.platform,
            name(&scan.scanner)
        ),
        args,
        env,
        cwd: config
            .working_dir
            .filter(|directory| !directory.is_empty())
            .unwrap_or_else(|| "/".into()),
        source: SOURCE.to_owned(),
        extras: extras
            .map(|(name, source_ref)| (format!("{EXTRAS}/sbom-{name}"), source_ref.clone()))
            .gather(),
        destination: DESTINATION.to_owned(),
    })
}

fn scanner(input: PlanInput<'_>, scanner: &SourceRef) -> Result<Image, Diagnostic> {
    let config = input.facts.image_config(scanner).unwrap_or_default();
    Image::parse(config)
        .map_err(|error| problem(scanner, &format!("its config can't be read: {error}")))
}

fn name(scanner: &SourceRef) -> &str {
    match scanner {
        SourceRef::Image { reference, .. } => reference,
        _ => "",
    }
}

fn problem(scanner: &SourceRef, why: &str) -> Diagnostic {
    let text = format!("the SBOM scanner `{}` can't be run: {why}", name(scanner));
    Diagnostic::error(&codes::graph::IMAGE_CONFIG, text)
}
