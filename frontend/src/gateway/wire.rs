//! Messages of the wire to strake's own types and back. Nothing is decided here.

use std::collections::BTreeMap;
use strake_llb::Gather;

use prost::Message as _;
use strake_llb::Definition;
use strake_proto::fsutil::Stat;
use strake_proto::gateway as rpc;
use strake_proto::gateway::Attestations;

use super::{
    FileStat, GatewayError, ImageStore, Reference, References, ResolveImage, SolveRequest,
    SolveResult, Warning, raw,
};
use crate::platform::Platform;

/// The resolver for OCI layouts in `ResolveImageConfig`.
const OCI_LAYOUT_RESOLVER: i32 = 1;

/// A request that lets the daemon answer with references, in the newest form it knows.
pub(super) fn solve_request(request: &SolveRequest, evaluate: bool) -> raw::SolveRequest {
    let inputs = request.frontend_inputs.iter();
    let imports = request.cache_imports.iter();
    raw::SolveRequest {
        definition: request.definition.as_ref().map(Definition::encode_to_vec),
        frontend: request.frontend.clone(),
        frontend_opt: raw::entries(request.frontend_opts.clone()),
        allow_result_return: true,
        allow_result_array_ref: true,
        cache_imports: imports
            .map(|import| raw::CacheOptionsEntry {
                kind: import.kind.clone(),
                attrs: raw::entries(import.attrs.clone()),
            })
            .collect(),
        frontend_inputs: raw::entries(
            inputs.map(|(name, definition)| (name.clone(), definition.encode_to_vec())).gather(),
        ),
        evaluate,
    }
}

/// The answer to a solve, in any of the forms that daemons have used. The definitions in it are read
/// only where another frontend made them: a definition of one's own comes back as it was sent.
pub(super) fn solve_result(
    response: raw::SolveResponse,
    is_theirs: bool,
) -> Result<SolveResult, GatewayError> {
    let Some(result) = response.result else {
        let references = References::Single(old_reference(response.reference));
        return Ok(SolveResult { references, ..SolveResult::default() });
    };
    let references = match result.references {
        None => References::Single(None),
        Some(raw::References::OldOne(id)) => References::Single(old_reference(id)),
        Some(raw::References::One(one)) if one.id.is_empty() => References::Single(None),
        Some(raw::References::One(one)) => References::Single(Some(reference(one, is_theirs)?)),
        Some(raw::References::OldMany(old)) => {
            References::ByPlatform(by_key(old.references, |id| {
                let id =
                    String::from_utf8(id).map_err(|_| malformed("Solve", "id that is text"))?;
                Ok(Reference { id, definition: None })
            })?)
        }
        Some(raw::References::Many(many)) => {
            References::ByPlatform(by_key(many.references, |bytes| {
                let one = raw::Reference::decode(bytes.as_slice());
                let one = one.map_err(|_| malformed("Solve", "readable reference"))?;
                reference(one, is_theirs)
            })?)
        }
    };
    let attestations = by_key(result.attestations, |bytes| {
        let unread = |_| malformed("Solve", "readable attestations");
        Attestations::decode(bytes.as_slice()).map_err(unread)
    })?;
    Ok(SolveResult { references, metadata: raw::map(result.metadata), attestations })
}

/// A map whose values are read.
fn by_key<V>(
    entries: Vec<raw::Entry>,
    read: impl Fn(Vec<u8>) -> Result<V, GatewayError>,
) -> Result<BTreeMap<String, V>, GatewayError> {
    let mut map = BTreeMap::new();
    for (key, value) in raw::map(entries) {
        map.insert(key, read(value)?);
    }
    Ok(map)
}

fn malformed(call: &'static str, missing: &'static str) -> GatewayError {
    GatewayError::Malformed { call, missing }
}

fn old_reference(id: String) -> Option<Reference> {
    (!id.is_empty()).then_some(Reference { id, definition: None })
}

fn reference(one: raw::Reference, is_theirs: bool) -> Result<Reference, GatewayError> {
    let bytes = one.definition.filter(|_| is_theirs);
    let definition = bytes.map(|bytes| definition("Solve", &bytes)).transpose()?;
    Ok(Reference { id: one.id, definition })
}

fn definition(call: &'static str, bytes: &[u8]) -> Result<Definition, GatewayError> {
    Definition::decode(bytes).map_err(|_| malformed(call, "readable definition"))
}

pub(super) fn inputs(
    response: raw::InputsResponse,
) -> Result<BTreeMap<String, Definition>, GatewayError> {
    by_key(response.definitions, |bytes| definition("Inputs", &bytes))
}

/// A result for `Return`. The daemon knows the references by their ids, old daemons take nothing
/// else.
pub(super) fn returned(result: SolveResult, arrays: bool) -> raw::Result {
    let new = |reference: Reference| raw::Reference { id: reference.id, definition: None };
    let references = match (result.references, arrays) {
        (References::Single(one), true) => raw::References::One(new(one.unwrap_or_default())),
        (References::Single(one), false) => raw::References::OldOne(one.unwrap_or_default().id),
        (References::ByPlatform(map), true) => {
            let bytes = |(key, one)| (key, new(one).encode_to_vec());
            let references = raw::entries(map.into_iter().map(bytes).gather());
            raw::References::Many(raw::Map { references })
        }
        (References::ByPlatform(map), false) => {
            let ids = map.into_iter().map(|(key, one)| (key, one.id)).gather();
            raw::References::OldMany(raw::OldMap { references: raw::entries(ids) })
        }
    };
    let attestations = result.attestations.into_iter();
    let attestations = attestations.map(|(key, all)| (key, attested(all).encode_to_vec()));
    raw::Result {
        references: Some(references),
        metadata: raw::entries(result.metadata),
        attestations: raw::entries(attestations.gather()),
    }
}

/// The daemon takes the references of attestations by their ids, too.
fn attested(all: Attestations) -> raw::Attestations {
    let attestation = |one: rpc::Attestation| raw::Attestation {
        kind: one.kind,
        metadata: raw::entries(one.metadata.into_iter().gather()),
        reference: one.r#ref.map(|one| raw::Reference { id: one.id, definition: None }),
        path: one.path,
        in_toto_predicate_type: one.in_toto_predicate_type,
        in_toto_subjects: one.in_toto_subjects,
    };
    raw::Attestations { attestation: all.attestation.into_iter().map(attestation).collect() }
}

/// An image for daemons without the resolver for all sources.
pub(super) fn image_config_request(request: ResolveImage) -> rpc::ResolveImageConfigRequest {
    let (resolver_type, session_id, store_id) = match request.store {
        ImageStore::Registry => (0, String::new(), String::new()),
        ImageStore::OciLayout { session_id, store_id } => {
            (OCI_LAYOUT_RESOLVER, session_id, store_id)
        }
    };
    rpc::ResolveImageConfigRequest {
        r#ref: request.reference,
        platform: request.platform.as_ref().map(Into::into),
        resolve_mode: request.resolve_mode,
        log_name: request.log_name,
        resolver_type,
        session_id,
        store_id,
        source_policies: Vec::new(),
    }
}

/// An image for the resolver of all sources.
pub(super) fn source_meta_request(request: ResolveImage) -> rpc::ResolveSourceMetaRequest {
    let (identifier, attrs) = match request.store {
        ImageStore::Registry => (format!("docker-image://{}", request.reference), BTreeMap::new()),
        ImageStore::OciLayout { session_id, store_id } => {
            let attrs = [("oci.session", session_id), ("oci.store", store_id)];
            let attrs = attrs.map(|(key, value)| (key.to_owned(), value)).into_iter().gather();
            (format!("oci-layout://{}", request.reference), attrs)
        }
    };
    rpc::ResolveSourceMetaRequest {
        source: Some(strake_proto::pb::SourceOp { identifier, attrs }),
        platform: request.platform.as_ref().map(Into::into),
        log_name: request.log_name,
        resolve_mode: request.resolve_mode,
        ..rpc::ResolveSourceMetaRequest::default()
    }
}

impl From<Stat> for FileStat {
    fn from(stat: Stat) -> Self {
        let modified = stat.mod_time.div_euclid(1_000_000_000);
        FileStat { path: stat.path, mode: stat.mode, size: stat.size, modified }
    }
}

impl From<Warning> for rpc::WarnRequest {
    fn from(warning: Warning) -> Self {
        rpc::WarnRequest {
            digest: warning.vertex,
            // Clients show levels of one and above in full.
            level: 1,
            short: warning.short.into_bytes(),
            detail: warning.detail.into_iter().map(String::into_bytes).collect(),
            url: warning.url,
            info: warning.source,
            ranges: warning.ranges,
        }
    }
}

/// Platforms of the first worker in the answer to `Ping`.
pub(super) fn platforms(workers: &[strake_proto::types::WorkerRecord]) -> Vec<Platform> {
    let first = workers.first();
    first.map_or_else(Vec::new, |worker| worker.platforms.iter().map(Into::into).collect())
}

#[cfg(test)]
mod tests {
    use strake_llb::{Graph, LinuxResources, MarshalOptions, SourceOp};

    use super::*;
    use crate::gateway::CacheImport;

    /// A definition with limits, which the generated messages don't know.
    fn limited() -> Definition {
        let mut graph = Graph::new();
        let source = graph.add(SourceOp::from(SourceOp::local("context")));
        let options = MarshalOptions::default();
        let mut definition = graph.marshal(Some(source.into()), &options).unwrap();
        let (digest, _) = definition.head().unwrap();
        let limits = LinuxResources { memory: 1 << 30, ..LinuxResources::default() };
        definition.linux_resources.insert(digest, limits);
        definition
    }

    #[test]
    fn requests_are_those_of_the_service() {
        let import =
            CacheImport { kind: "registry".into(), attrs: [("ref".into(), "r".into())].into() };
        let request = SolveRequest {
            definition: Some(limited()),
            frontend: "f".into(),
            frontend_opts: [("a".into(), "b".into())].into(),
            frontend_inputs: [("in".into(), limited())].into(),
            cache_imports: vec![import],
            evaluate: true,
        };
        let bytes = solve_request(&request, true).encode_to_vec();
        let theirs = rpc::SolveRequest::decode(bytes.as_slice()).unwrap();
        assert_eq!(theirs.definition, Some(limited().pb));
        assert_eq!(theirs.frontend_inputs["in"], limited().pb);
        assert_eq!((theirs.frontend.as_str(), theirs.frontend_opt["a"].as_str()), ("f", "b"));
        assert_eq!(theirs.cache_imports[0].r#type, "registry");
        assert_eq!(theirs.cache_imports[0].attrs["ref"], "r");
        assert!(theirs.evaluate && theirs.allow_result_return && theirs.allow_result_array_ref);
    }

    #[test]
    fn resource_limits_go_both_ways() {
        let request = solve_request(&SolveRequest::of(limited()), false);
        assert_eq!(Definition::decode(&request.definition.unwrap()).unwrap(), limited());
        let one = raw::Reference { id: "r".into(), definition: Some(limited().encode_to_vec()) };
        let result =
            raw::Result { references: Some(raw::References::One(one)), ..raw::Result::default() };
        let response = raw::SolveResponse { reference: String::new(), result: Some(result) };
        let reference = solve_result(response.clone(), true).unwrap().single_reference();
        assert_eq!(reference.definition, Some(limited()));
        let reference = solve_result(response, false).unwrap().single_reference();
        assert_eq!(reference, Reference { id: "r".into(), definition: None });
    }

    #[test]
    fn a_broken_definition_is_reported() {
        let definitions = raw::entries([("a".to_owned(), vec![0xff])].into());
        let response = raw::InputsResponse { definitions };
        let error = inputs(response).unwrap_err();
        assert_eq!(error.to_string(), "BuildKit's answer to `Inputs` has no readable definition");
    }
}
