//! SBOMs that the frontend makes: the daemon makes none for a result that has one.

use strake_llb::Gather;
use strake_proto::gateway::{Attestation, AttestationKind, Attestations, Ref};

use crate::gateway::{Gateway, GatewayError, SolveRequest};
use crate::lower::Lowered;

/// The type of an SBOM, as in-toto has it.
const SPDX: &str = "https://spdx.dev/Document";

/// Runs the scan of one platform, if there is one.
pub(super) async fn sbom<G: Gateway>(
    gateway: &G,
    lowered: &Lowered,
) -> Result<Option<(String, Attestations)>, GatewayError> {
    let Some(definition) = lowered.scan.clone() else { return Ok(None) };
    let directory = gateway.solve(SolveRequest::of(definition)).await?.single_reference();
    // The keys and values are those of BuildKit's `solver/result`.
    let facts = [("reason", "sbom"), ("sbom-core", "sbom")];
    let attestation = Attestation {
        kind: AttestationKind::Bundle.into(),
        metadata: facts
            .map(|(key, value)| (key.to_owned(), value.as_bytes().to_vec()))
            .into_iter()
            .gather(),
        r#ref: Some(Ref { id: directory.id, def: None }),
        in_toto_predicate_type: SPDX.to_owned(),
        ..Attestation::default()
    };
    Ok(Some((lowered.platform.id(), Attestations { attestation: vec![attestation] })))
}
