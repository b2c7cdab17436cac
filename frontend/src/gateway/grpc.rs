//! The gRPC client. What a call needs of the daemon is asked for before the call is made, so that an
//! old daemon gives an error that says which release would do.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use strake_llb::Definition;
use strake_proto::caps::gateway as cap;
use strake_proto::gateway::llb_bridge_client::LlbBridgeClient;
use strake_proto::gateway::{self as rpc, PongResponse};
use tokio::sync::Semaphore;
use tonic::client::Grpc;
use tonic::codegen::http::Uri;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::{Request, Response, Status};
use tonic_prost::ProstCodec;

use super::environment::Environment;
use super::error::GatewayError;
use super::outcome::Failure;
use super::stdio::Connection;
use super::{
    Capabilities, FileStat, Gateway, Reference, References, ResolveImage, ResolvedImage,
    SolveRequest, SolveResult, Warning, raw, wire,
};

/// The largest message either side takes.
const MAX_MESSAGE: usize = 16 << 20;
/// More solves than this that carry a file's text, which may be a megabyte, are not under way at
/// once. The others are what strake wants to know for itself. They wait for no turn: the steps before
/// them may take an hour.
const SOLVES_AT_ONCE: usize = 64;
/// How long the daemon may take to say what it can do.
const PING_TIMEOUT: Duration = Duration::from_secs(15);

/// What every daemon could do before it could say so.
const OLDEST_CAPS: [&str; 4] =
    [cap::SOLVE_BASE, cap::SOLVE_INLINE_RETURN, cap::RESOLVE_IMAGE, cap::READ_FILE];

/// BuildKit over a connection.
#[derive(Debug)]
pub struct GrpcGateway {
    client: LlbBridgeClient<Connection>,
    plain: Grpc<Connection>,
    connection: Connection,
    capabilities: Capabilities,
    returned: AtomicBool,
    solves: Semaphore,
}

impl GrpcGateway {
    /// Asks the daemon what it can do. Platforms that it does not tell are taken from the
    /// environment.
    ///
    /// # Errors
    /// The daemon doesn't answer within 15 seconds, or with an error.
    pub async fn new(
        connection: Connection,
        environment: &Environment,
    ) -> Result<Self, GatewayError> {
        // The host is never looked up; HTTP/2 wants one.
        let origin = Uri::from_static("http://localhost");
        let plain = Grpc::with_origin(connection.clone(), origin.clone())
            .max_decoding_message_size(MAX_MESSAGE)
            .max_encoding_message_size(MAX_MESSAGE);
        let mut client = LlbBridgeClient::with_origin(connection.clone(), origin)
            .max_decoding_message_size(MAX_MESSAGE)
            .max_encoding_message_size(MAX_MESSAGE);
        let ping = tokio::time::timeout(PING_TIMEOUT, client.ping(rpc::PingRequest {}));
        let pong = ping.await.map_err(|_| GatewayError::TimedOut("Ping"))?;
        let pong = answer(&connection, pong)?;
        let capabilities = capabilities(pong, environment);
        let returned = AtomicBool::new(false);
        let solves = Semaphore::new(SOLVES_AT_ONCE);
        Ok(GrpcGateway { client, plain, connection, capabilities, returned, solves })
    }

    /// Returns the outcome of the build. The first call counts; after it there is nothing more
    /// to say to the daemon.
    ///
    /// # Errors
    /// The daemon can't take such a result, or is gone; or this was called before.
    pub async fn return_outcome(
        &self,
        outcome: Result<SolveResult, Failure>,
    ) -> Result<(), GatewayError> {
        self.need(cap::RETURN_RESULT, "returning a result")?;
        let several = |result: &SolveResult| match &result.references {
            References::Single(_) => false,
            References::ByPlatform(references) => references.len() > 1,
        };
        if outcome.as_ref().is_ok_and(several) {
            self.need(cap::RETURN_MAP, "returning a result of several platforms")?;
        }
        if self.returned.swap(true, Ordering::SeqCst) {
            return Err(GatewayError::Returned);
        }
        let request = match outcome {
            Ok(result) => {
                let result = wire::returned(result, self.has(cap::PROTO_REF_ARRAY));
                raw::ReturnRequest { result: Some(result), error: None }
            }
            Err(failure) => raw::ReturnRequest { result: None, error: Some(failure.into_status()) },
        };
        let rpc::ReturnResponse {} = self.call("Return", request).await?;
        Ok(())
    }

    /// Makes a call with messages of our own.
    async fn call<M, R>(&self, method: &'static str, message: M) -> Result<R, GatewayError>
    where
        M: prost::Message + Default + 'static,
        R: prost::Message + Default + 'static,
    {
        let mut plain = self.plain.clone();
        plain.ready().await.map_err(|_| GatewayError::Closed)?;
        let path = format!("/moby.buildkit.v1.frontend.LLBBridge/{method}");
        let path = PathAndQuery::try_from(path)
            .map_err(|_| GatewayError::Malformed { call: method, missing: "name" })?;
        let codec = ProstCodec::<M, R>::default();
        self.answer(plain.unary(Request::new(message), path, codec).await)
    }

    fn client(&self) -> LlbBridgeClient<Connection> {
        self.client.clone()
    }

    fn answer<T>(&self, response: Result<Response<T>, Status>) -> Result<T, GatewayError> {
        answer(&self.connection, response)
    }

    fn has(&self, capability: &str) -> bool {
        self.capabilities.frontend.contains(capability)
    }

    fn need(&self, capability: &str, action: &'static str) -> Result<(), GatewayError> {
        match self.has(capability) {
            true => Ok(()),
            false => Err(missing(capability, action)),
        }
    }

    /// A daemon that lacks what an op needs may ignore it without a word.
    fn check_solve(&self, request: &SolveRequest) -> Result<(), GatewayError> {
        if !request.cache_imports.is_empty() {
            self.need(cap::IMPORT_CACHES, "importing a cache")?;
        }
        if !request.frontend_inputs.is_empty() {
            self.need(cap::FRONTEND_INPUTS, "giving inputs to another frontend")?;
        }
        let mut needed = request.definition.iter().flat_map(Definition::required_caps);
        match needed.find(|name| !self.capabilities.llb.contains(*name)) {
            Some(name) => Err(missing(name, "this build")),
            None => Ok(()),
        }
    }

    /// Makes an old daemon run what a result stands for: asking for a file does.
    async fn evaluate(&self, result: &SolveResult) -> Result<(), GatewayError> {
        for reference in result.references.iter() {
            if self.has(cap::STAT_FILE) {
                self.stat_file(reference, ".").await?;
            } else {
                self.read_dir(reference, "/", "").await?;
            }
        }
        Ok(())
    }

    async fn resolve_source_meta(
        &self,
        request: ResolveImage,
    ) -> Result<ResolvedImage, GatewayError> {
        let asked = request.reference.clone();
        let request = wire::source_meta_request(request);
        let response = self.answer(self.client().resolve_source_meta(request).await)?;
        let malformed = |missing| GatewayError::Malformed { call: "ResolveSourceMeta", missing };
        let resolved = response.source.ok_or_else(|| malformed("source"))?.identifier;
        let image = response.image;
        let reference =
            ["docker-image://", "oci-layout://"].iter().find_map(|s| resolved.strip_prefix(s));
        let (Some(reference), Some(image)) = (reference, image) else {
            return Err(GatewayError::NotAnImage { reference: asked, resolved });
        };
        let reference = reference.to_owned();
        Ok(ResolvedImage { reference, digest: image.digest, config: image.config })
    }

    async fn resolve_image_config(
        &self,
        request: ResolveImage,
    ) -> Result<ResolvedImage, GatewayError> {
        self.need(cap::RESOLVE_IMAGE, "resolving an image")?;
        let asked = request.reference.clone();
        let request = wire::image_config_request(request);
        let response = self.answer(self.client().resolve_image_config(request).await)?;
        // Daemons before 0.12 don't say what the reference became.
        let reference = if response.r#ref.is_empty() { asked } else { response.r#ref };
        Ok(ResolvedImage { reference, digest: response.digest, config: response.config })
    }
}

impl Gateway for GrpcGateway {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn solve(&self, request: SolveRequest) -> Result<SolveResult, GatewayError> {
        self.check_solve(&request)?;
        let _turn = match carries_text(&request) {
            true => self.solves.acquire().await.ok(),
            false => None,
        };
        let (evaluate, is_theirs) = (request.evaluate, !request.frontend.is_empty());
        let at_once = evaluate && self.has(cap::GATEWAY_EVALUATE_SOLVE);
        let request = wire::solve_request(&request, at_once);
        let result = wire::solve_result(self.call("Solve", request).await?, is_theirs)?;
        if evaluate && !at_once {
            self.evaluate(&result).await?;
        }
        Ok(result)
    }

    async fn read_file(
        &self,
        reference: &Reference,
        path: &str,
        range: Option<(u64, u64)>,
    ) -> Result<Vec<u8>, GatewayError> {
        self.need(cap::READ_FILE, "reading a file")?;
        in_something(reference, path)?;
        let bytes = |number| i64::try_from(number).unwrap_or(i64::MAX);
        let range =
            range.map(|(from, many)| rpc::FileRange { offset: bytes(from), length: bytes(many) });
        let request = rpc::ReadFileRequest {
            r#ref: reference.id.clone(),
            file_path: path.to_owned(),
            range,
            mount_index: 0,
        };
        Ok(self.answer(self.client().read_file(request).await)?.data)
    }

    async fn read_dir(
        &self,
        reference: &Reference,
        path: &str,
        include: &str,
    ) -> Result<Vec<FileStat>, GatewayError> {
        self.need(cap::READ_DIR, "listing a directory")?;
        in_something(reference, path)?;
        let request = rpc::ReadDirRequest {
            r#ref: reference.id.clone(),
            dir_path: path.to_owned(),
            include_pattern: include.to_owned(),
            mount_index: 0,
        };
        let response = self.answer(self.client().read_dir(request).await)?;
        Ok(response.entries.into_iter().map(Into::into).collect())
    }

    async fn stat_file(&self, reference: &Reference, path: &str) -> Result<FileStat, GatewayError> {
        self.need(cap::STAT_FILE, "looking at a file")?;
        in_something(reference, path)?;
        let request = rpc::StatFileRequest {
            r#ref: reference.id.clone(),
            path: path.to_owned(),
            mount_index: 0,
        };
        let response = self.answer(self.client().stat_file(request).await)?;
        let missing = GatewayError::Malformed { call: "StatFile", missing: "stat" };
        response.stat.map(Into::into).ok_or(missing)
    }

    async fn resolve_image(&self, request: ResolveImage) -> Result<ResolvedImage, GatewayError> {
        if let super::ImageStore::OciLayout { .. } = request.store {
            let oci = strake_proto::caps::llb::SOURCE_OCI_LAYOUT;
            if !self.capabilities.llb.contains(oci) {
                return Err(missing(oci, "an image from an OCI layout"));
            }
        }
        if self.has(cap::SOURCE_META_RESOLVER) {
            return self.resolve_source_meta(request).await;
        }
        self.resolve_image_config(request).await
    }

    async fn inputs(&self) -> Result<BTreeMap<String, Definition>, GatewayError> {
        self.need(cap::FRONTEND_INPUTS, "reading the client's inputs")?;
        wire::inputs(self.call("Inputs", rpc::InputsRequest {}).await?)
    }

    async fn warn(&self, warning: Warning) -> Result<(), GatewayError> {
        self.need(cap::GATEWAY_WARNINGS, "showing a warning")?;
        let request = rpc::WarnRequest::from(warning);
        self.answer(self.client().warn(request).await).map(|_| ())
    }
}

fn carries_text(request: &SolveRequest) -> bool {
    let source = request.definition.as_ref().and_then(|definition| definition.pb.source.as_ref());
    source.is_some_and(|source| !source.infos.is_empty())
}

/// Scratch has no id, and a daemon that is asked for a file of it speaks of ids.
fn in_something(reference: &Reference, path: &str) -> Result<(), GatewayError> {
    if !reference.id.is_empty() {
        return Ok(());
    }
    let message = format!("open {path}: no such file or directory");
    Err(GatewayError::Rpc(Box::new(Status::not_found(message))))
}

fn missing(capability: &str, action: &'static str) -> GatewayError {
    GatewayError::MissingCapability { capability: capability.to_owned(), action }
}

/// Tells an error that the daemon sent from one of the connection: only the latter has a cause on
/// this side.
fn answer<T>(
    connection: &Connection,
    response: Result<Response<T>, Status>,
) -> Result<T, GatewayError> {
    response.map(Response::into_inner).map_err(|status| {
        let local = std::error::Error::source(&status).is_some();
        if local && connection.is_closed() {
            return GatewayError::Closed;
        }
        GatewayError::Rpc(Box::new(status))
    })
}

fn capabilities(pong: PongResponse, environment: &Environment) -> Capabilities {
    let enabled = |caps: Vec<strake_proto::apicaps::ApiCap>| {
        caps.into_iter().filter(|cap| cap.enabled).map(|cap| cap.id).collect()
    };
    let mut frontend: std::collections::BTreeSet<String> = enabled(pong.frontend_api_caps);
    if frontend.is_empty() {
        frontend = OLDEST_CAPS.map(str::to_owned).into();
    }
    let mut platforms = wire::platforms(&pong.workers);
    if platforms.is_empty() {
        platforms.clone_from(&environment.platforms);
    }
    Capabilities { frontend, llb: enabled(pong.llb_caps), platforms }
}
