//! The result of `@registry`: everything of a build that is exportable to a registry cache, and
//! nothing else.
//!
//! BuildKit exports the cache of every reference of a result, and of nothing that they don't stand on.
//! So each of the highest cacheable outputs is a reference of its own: that of an attestation, for
//! a platform that the result does not have. References of attestations are solved and their cache
//! is exported as any other's (`result.EachRef`), while exporters of images and files look at those
//! of the platforms in the result alone. These are scratch; so whatever the client does with a
//! result by default, such as an image in Docker's store, it gets an empty one.
//!
//! Tried and rejected: references beside those of `refs.platforms` (an image for Docker's store wants
//! the blobs of all of them, and fails); one vertex on top of all outputs (a file operation or a
//! command downloads what it stands on, though it was in the registry already; a merge is exported as
//! well, and made an image and unpacked where an image is the client's default).

use std::collections::BTreeMap;
use strake_llb::Gather;

use futures_util::future::try_join_all;
use strake_llb::Definition;
use strake_proto::caps;
use strake_proto::gateway::{Attestation, AttestationKind, Attestations, Ref};

use super::outcome::{ExportPlatform, PLATFORMS, Platforms, json};
use super::seeds::PrimeInput;
use crate::cacheability::{CacheDependent, ExportRoots};
use crate::diagnostics::Diagnostic;
use crate::gateway::{Failure, Gateway, GatewayError, Reference, References};
use crate::gateway::{SolveRequest, SolveResult};
use crate::lower::unsupported;
use crate::mounts::declared::Declarations;
use crate::mounts::seed::Found;
use crate::options::Options;
use crate::platform::Platform;

/// As many outputs are asked for at once. Each comes with the manifest's text, which may have 4 MiB.
const AT_ONCE: usize = 16;

/// The exportable part of one platform's graph.
pub(super) struct RegistryExport<'a> {
    platform: &'a Platform,
    definition: &'a Definition,
    /// The highest of its outputs that are exportable.
    roots: &'a ExportRoots,
    /// Those of them that are made with cache mounts, as they are to be solved.
    pub(super) cache_dependent: CacheDependent,
}

impl<'a> RegistryExport<'a> {
    pub(super) fn new(
        platform: &'a Platform,
        definition: &'a Definition,
        roots: &'a ExportRoots,
    ) -> Self {
        RegistryExport {
            platform,
            definition,
            roots,
            cache_dependent: roots.cache_dependent(definition),
        }
    }

    /// What depends on cache mounts.
    pub(super) fn prime_input<'b>(
        &'b mut self,
        declarations: &'b Declarations,
        found: &'b Found,
    ) -> PrimeInput<'b> {
        PrimeInput { declarations, found, definitions: self.cache_dependent.values_mut().collect() }
    }
}

/// What the daemon lacks for `@registry`.
pub(super) fn lacks<G: Gateway>(gateway: &G) -> Option<Diagnostic> {
    let needed = caps::gateway::ATTESTATIONS;
    let lacks = !gateway.capabilities().frontend.contains(needed);
    lacks.then(|| unsupported(needed, None))
}

/// Solves what is exportable of each platform. An empty image has no graph, and its platform nothing exportable; but a
/// result without platforms is an error to exporters.
pub(super) async fn solve<G: Gateway>(
    gateway: &G,
    options: &Options,
    exports: &[RegistryExport<'_>],
) -> Result<SolveResult, Failure> {
    let solved = try_join_all(exports.iter().map(|one| attested(gateway, one))).await?;
    let mut attestations = BTreeMap::new();
    let mut references = BTreeMap::new();
    let mut platforms = Platforms { platforms: Vec::new() };
    for (RegistryExport { platform, .. }, attested) in exports.iter().zip(solved) {
        attestations.insert(format!("{}@registry", platform.id()), attested);
    }
    for platform in &options.platforms {
        let (platform, id) = (platform.clone(), platform.id());
        references.insert(id.clone(), Reference::default());
        platforms.platforms.push(ExportPlatform { id, platform });
    }
    let references = match options.multi_platform {
        true => References::ByPlatform(references),
        false => References::Single(None),
    };
    let metadata = [(PLATFORMS.to_owned(), json(&platforms)?)].into_iter().gather();
    Ok(SolveResult { references, metadata, attestations })
}

/// What is exportable of one platform, as references that are no part of the result. A solve only
/// loads the graph here; the outputs are built at the same time, once the result is returned.
async fn attested<G: Gateway>(
    gateway: &G,
    export: &RegistryExport<'_>,
) -> Result<Attestations, GatewayError> {
    let mut attestation = Vec::new();
    for roots in export.roots.outputs().chunks(AT_ONCE) {
        let solves = roots.iter().map(|root| {
            let dependent = export.cache_dependent.get(root).cloned();
            let definition =
                dependent.unwrap_or_else(|| export.roots.definition(export.definition, *root));
            gateway.solve(SolveRequest::of(definition))
        });
        let solved = try_join_all(solves).await?.into_iter();
        attestation.extend(solved.map(|solved| Attestation {
            kind: AttestationKind::Bundle.into(),
            r#ref: Some(Ref { id: solved.single_reference().id, def: None }),
            ..Attestation::default()
        }));
    }
    Ok(Attestations { attestation })
}
