//! The service of the daemon: messages to calls of the in-memory BuildKit, and its answers back.

use std::sync::PoisonError;

use prost::Message;
use strake_frontend::testing::gateway::{
    CacheImport, Gateway, GatewayError, ImageStore, Reference, References, ResolveImage,
    ResolvedImage, SolveRequest, SolveResult, Warning,
};
use strake_frontend::testing::platform::Platform;
use strake_llb::Definition;
use strake_proto::gateway::llb_bridge_server::LlbBridge;
use strake_proto::gateway::{self as rpc, result::Result as Refs};
use strake_proto::{apicaps, fsutil, pb, types};
use tonic::{Request, Response, Status, Streaming};

use super::{Age, Bridge};

type Answer<T> = Result<Response<T>, Status>;

#[tonic::async_trait]
impl LlbBridge for Bridge {
    async fn ping(&self, _: Request<rpc::PingRequest>) -> Answer<rpc::PongResponse> {
        if self.age == Age::Silent {
            return Ok(Response::new(rpc::PongResponse::default()));
        }
        let known = self.fake.capabilities();
        let cap = |id: &String| apicaps::ApiCap {
            id: id.clone(),
            enabled: true,
            ..apicaps::ApiCap::default()
        };
        let mut frontend: Vec<_> = known.frontend.iter().map(cap).collect();
        let off = apicaps::ApiCap { id: "switched.off".to_owned(), ..apicaps::ApiCap::default() };
        frontend.push(off);
        let worker = types::WorkerRecord {
            platforms: known.platforms.iter().map(Into::into).collect(),
            ..types::WorkerRecord::default()
        };
        Ok(Response::new(rpc::PongResponse {
            frontend_api_caps: frontend,
            llb_caps: known.llb.iter().map(cap).collect(),
            workers: vec![worker],
        }))
    }

    async fn solve(&self, request: Request<rpc::SolveRequest>) -> Answer<rpc::SolveResponse> {
        let request = request.into_inner();
        if !request.allow_result_return || !request.allow_result_array_ref {
            return Err(Status::invalid_argument("the client takes no references"));
        }
        let request = solve_request(request);
        let result = self.fake.solve(request).await.map_err(status)?;
        Ok(Response::new(solve_response(result, self.age)))
    }

    async fn read_file(
        &self,
        request: Request<rpc::ReadFileRequest>,
    ) -> Answer<rpc::ReadFileResponse> {
        let request = request.into_inner();
        let bytes = |number: i64| u64::try_from(number).unwrap_or_default();
        let range = request.range.map(|range| (bytes(range.offset), bytes(range.length)));
        let reference = reference(request.r#ref);
        let data = self.fake.read_file(&reference, &request.file_path, range).await;
        Ok(Response::new(rpc::ReadFileResponse { data: data.map_err(status)? }))
    }

    async fn read_dir(
        &self,
        request: Request<rpc::ReadDirRequest>,
    ) -> Answer<rpc::ReadDirResponse> {
        let request = request.into_inner();
        let reference = reference(request.r#ref);
        let include = &request.include_pattern;
        let entries = self.fake.read_dir(&reference, &request.dir_path, include).await;
        let entries = entries.map_err(status)?.into_iter().map(stat).collect();
        Ok(Response::new(rpc::ReadDirResponse { entries }))
    }

    async fn stat_file(
        &self,
        request: Request<rpc::StatFileRequest>,
    ) -> Answer<rpc::StatFileResponse> {
        let request = request.into_inner();
        let found = self.fake.stat_file(&reference(request.r#ref), &request.path).await;
        let found = Some(stat(found.map_err(status)?));
        Ok(Response::new(rpc::StatFileResponse { stat: found }))
    }

    async fn resolve_image_config(
        &self,
        request: Request<rpc::ResolveImageConfigRequest>,
    ) -> Answer<rpc::ResolveImageConfigResponse> {
        let request = request.into_inner();
        let (session_id, store_id) = (request.session_id, request.store_id);
        let store = match request.resolver_type {
            1 => ImageStore::OciLayout { session_id, store_id },
            _ => ImageStore::Registry,
        };
        let image = self.fake.resolve_image(ResolveImage {
            reference: request.r#ref,
            platform: request.platform.as_ref().map(Platform::from),
            resolve_mode: request.resolve_mode,
            log_name: request.log_name,
            store,
        });
        let ResolvedImage { reference, digest, config } = image.await.map_err(status)?;
        // Old daemons don't say what the reference became.
        let reference = if self.age == Age::New { reference } else { String::new() };
        Ok(Response::new(rpc::ResolveImageConfigResponse { digest, config, r#ref: reference }))
    }

    async fn resolve_source_meta(
        &self,
        request: Request<rpc::ResolveSourceMetaRequest>,
    ) -> Answer<rpc::ResolveSourceMetaResponse> {
        let request = request.into_inner();
        let source = request.source.ok_or_else(|| Status::invalid_argument("no source"))?;
        let (reference, store) = image_source(&source)?;
        if let Some((_, identifier)) = self.policy.as_ref().filter(|(old, _)| *old == reference) {
            let source = pb::SourceOp { identifier: identifier.clone(), ..source };
            let response =
                rpc::ResolveSourceMetaResponse { source: Some(source), ..Default::default() };
            return Ok(Response::new(response));
        }
        let image = self.fake.resolve_image(ResolveImage {
            reference,
            platform: request.platform.as_ref().map(Platform::from),
            resolve_mode: request.resolve_mode,
            log_name: request.log_name,
            store,
        });
        let ResolvedImage { digest, config, .. } = image.await.map_err(status)?;
        let image = rpc::ResolveSourceImageResponse { digest, config, attestation_chain: None };
        Ok(Response::new(rpc::ResolveSourceMetaResponse {
            source: Some(source),
            image: Some(image),
            ..Default::default()
        }))
    }

    async fn inputs(&self, _: Request<rpc::InputsRequest>) -> Answer<rpc::InputsResponse> {
        let inputs = self.fake.inputs().await.map_err(status)?;
        let definitions = inputs.into_iter().map(|(name, input)| (name, input.pb)).collect();
        Ok(Response::new(rpc::InputsResponse { definitions }))
    }

    async fn warn(&self, request: Request<rpc::WarnRequest>) -> Answer<rpc::WarnResponse> {
        let request = request.into_inner();
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        let warning = Warning {
            vertex: request.digest,
            short: text(request.short),
            detail: request.detail.into_iter().map(text).collect(),
            url: request.url,
            source: request.info,
            ranges: request.ranges,
        };
        self.fake.warn(warning).await.map_err(status)?;
        Ok(Response::new(rpc::WarnResponse {}))
    }

    async fn r#return(&self, request: Request<rpc::ReturnRequest>) -> Answer<rpc::ReturnResponse> {
        let mut returned = self.returned.lock().unwrap_or_else(PoisonError::into_inner);
        returned.push(request.into_inner());
        Ok(Response::new(rpc::ReturnResponse {}))
    }

    async fn evaluate(&self, _: Request<rpc::EvaluateRequest>) -> Answer<rpc::EvaluateResponse> {
        Err(unused())
    }

    async fn new_container(
        &self,
        _: Request<rpc::NewContainerRequest>,
    ) -> Answer<rpc::NewContainerResponse> {
        Err(unused())
    }

    async fn release_container(
        &self,
        _: Request<rpc::ReleaseContainerRequest>,
    ) -> Answer<rpc::ReleaseContainerResponse> {
        Err(unused())
    }

    type ExecProcessStream = tokio_stream::Empty<Result<rpc::ExecMessage, Status>>;

    async fn exec_process(
        &self,
        _: Request<Streaming<rpc::ExecMessage>>,
    ) -> Answer<Self::ExecProcessStream> {
        Err(unused())
    }

    async fn read_file_container(
        &self,
        _: Request<rpc::ReadFileRequest>,
    ) -> Answer<rpc::ReadFileResponse> {
        Err(unused())
    }

    async fn read_dir_container(
        &self,
        _: Request<rpc::ReadDirRequest>,
    ) -> Answer<rpc::ReadDirResponse> {
        Err(unused())
    }

    async fn stat_file_container(
        &self,
        _: Request<rpc::StatFileRequest>,
    ) -> Answer<rpc::StatFileResponse> {
        Err(unused())
    }
}

fn unused() -> Status {
    Status::unimplemented("strake does not use it")
}

/// An error as the daemon sends it: code and message in headers, and all of it with the details in
/// one more.
fn status(error: GatewayError) -> Status {
    if let GatewayError::Rpc(status) = error {
        return *status;
    }
    let whole = error.to_status();
    let code = tonic::Code::from_i32(whole.code);
    let details = whole.encode_to_vec().into();
    Status::with_details(code, whole.message, details)
}

fn reference(id: String) -> Reference {
    Reference { id, definition: None }
}

fn stat(found: strake_frontend::testing::gateway::FileStat) -> fsutil::Stat {
    let (path, mode, size) = (found.path, found.mode, found.size);
    let mod_time = found.modified * 1_000_000_000;
    fsutil::Stat { path, mode, size, mod_time, ..fsutil::Stat::default() }
}

fn image_source(source: &pb::SourceOp) -> Result<(String, ImageStore), Status> {
    if let Some(reference) = source.identifier.strip_prefix("docker-image://") {
        return Ok((reference.to_owned(), ImageStore::Registry));
    }
    let attr = |key: &str| source.attrs.get(key).cloned().unwrap_or_default();
    let store =
        ImageStore::OciLayout { session_id: attr("oci.session"), store_id: attr("oci.store") };
    match source.identifier.strip_prefix("oci-layout://") {
        Some(reference) => Ok((reference.to_owned(), store)),
        None => Err(Status::invalid_argument("no image")),
    }
}

fn solve_request(request: rpc::SolveRequest) -> SolveRequest {
    let inputs = request.frontend_inputs.into_iter();
    let imports = request.cache_imports.into_iter();
    SolveRequest {
        definition: request.definition.map(Definition::from),
        frontend: request.frontend,
        frontend_opts: request.frontend_opt.into_iter().collect(),
        frontend_inputs: inputs.map(|(name, input)| (name, Definition::from(input))).collect(),
        cache_imports: imports
            .map(|import| CacheImport {
                kind: import.r#type,
                attrs: import.attrs.into_iter().collect(),
            })
            .collect(),
        evaluate: request.evaluate,
    }
}

fn solve_response(result: SolveResult, age: Age) -> rpc::SolveResponse {
    if age == Age::BareId {
        let r#ref = result.single_reference().id;
        return rpc::SolveResponse { r#ref, result: None };
    }
    let new = |one: Reference| rpc::Ref { id: one.id, def: one.definition.map(|def| def.pb) };
    let refs = match (result.references, age) {
        (References::Single(one), Age::Ids) => Refs::RefDeprecated(one.unwrap_or_default().id),
        (References::Single(one), _) => Refs::Ref(new(one.unwrap_or_default())),
        (References::ByPlatform(map), Age::Ids) => {
            let refs = map.into_iter().map(|(key, one)| (key, one.id)).collect();
            Refs::RefsDeprecated(rpc::RefMapDeprecated { refs })
        }
        (References::ByPlatform(map), _) => {
            let refs = map.into_iter().map(|(key, one)| (key, new(one))).collect();
            Refs::Refs(rpc::RefMap { refs })
        }
    };
    let result = rpc::Result {
        result: Some(refs),
        metadata: result.metadata.into_iter().collect(),
        attestations: result.attestations.into_iter().collect(),
    };
    rpc::SolveResponse { r#ref: String::new(), result: Some(result) }
}
