//! A daemon that does nothing: what is solved becomes the bytes that the wire would carry, and what comes
//! back is read from bytes. So what is measured is strake, with all that the connection asks of it but the
//! connection.

use std::cell::Cell;
use std::collections::BTreeMap;

use strake_frontend::testing::gateway::fake::{FakeGateway, rpc_error};
use strake_frontend::testing::gateway::{
    Capabilities, FileStat, Gateway, GatewayError, Reference, ResolveImage, ResolvedImage,
    SolveRequest, SolveResult, Warning,
};
use strake_llb::Definition;

/// The config of every image.
const CONFIG: &str = r#"{"architecture":"amd64","os":"linux","config":{"Env":["PATH=/bin"]}}"#;

/// A daemon that has one file, and one graph for whoever asks another frontend.
pub(crate) struct Daemon {
    capabilities: Capabilities,
    filename: &'static str,
    file: String,
    graph: Vec<u8>,
    taken: Cell<usize>,
}

impl Daemon {
    /// Everything that a frontend may want to read, beforehand.
    pub(crate) fn new(filename: &'static str, file: String, graph: Vec<u8>) -> Self {
        // What the newest daemon can do.
        let capabilities = FakeGateway::new().capabilities().clone();
        Daemon { capabilities, filename, file, graph, taken: Cell::default() }
    }

    /// The file that is built from.
    pub(crate) fn filename(&self) -> &str {
        self.filename
    }

    /// Bytes that strake is given for a build: the graph where there is one, the file otherwise.
    pub(crate) fn given(&self) -> usize {
        if self.graph.is_empty() { self.file.len() } else { self.graph.len() }
    }

    /// Bytes of the last definition that was solved: the image.
    pub(crate) fn taken(&self) -> usize {
        self.taken.get()
    }
}

impl Gateway for Daemon {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn solve(&self, request: SolveRequest) -> Result<SolveResult, GatewayError> {
        if let Some(definition) = &request.definition {
            self.taken.set(definition.encode_to_vec().len());
        }
        let theirs = (!request.frontend.is_empty()).then(|| Definition::decode(&self.graph));
        let definition = theirs.transpose().map_err(|_| GatewayError::Closed)?;
        Ok(SolveResult::single(Reference { id: "reference".to_owned(), definition }))
    }

    async fn read_file(
        &self,
        _: &Reference,
        path: &str,
        _: Option<(u64, u64)>,
    ) -> Result<Vec<u8>, GatewayError> {
        match path == self.filename {
            true => Ok(self.file.clone().into_bytes()),
            false => Err(rpc_error(tonic::Code::Unknown, "no such file or directory")),
        }
    }

    async fn read_dir(
        &self,
        _: &Reference,
        _: &str,
        _: &str,
    ) -> Result<Vec<FileStat>, GatewayError> {
        Ok(Vec::new())
    }

    async fn stat_file(&self, _: &Reference, path: &str) -> Result<FileStat, GatewayError> {
        Ok(FileStat { path: path.to_owned(), mode: 0o644, size: 0, modified: 0 })
    }

    async fn resolve_image(&self, request: ResolveImage) -> Result<ResolvedImage, GatewayError> {
        let (reference, digest) = (request.reference, format!("sha256:{:064}", 0));
        Ok(ResolvedImage { reference, digest, config: CONFIG.as_bytes().to_vec() })
    }

    async fn inputs(&self) -> Result<BTreeMap<String, Definition>, GatewayError> {
        Ok(BTreeMap::new())
    }

    async fn warn(&self, _: Warning) -> Result<(), GatewayError> {
        Ok(())
    }
}
