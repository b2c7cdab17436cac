//! The caches that a build imports, given to every solve of its graphs in one place: a solve that
//! forgets them runs steps that are in a cache. What is solved before they are known to answer imports
//! nothing (see [`resolve::caches`](crate::resolve::caches)).

use std::collections::BTreeMap;

use serde::Serialize;
use strake_llb::Definition;

use super::{
    CacheImport, Capabilities, FileStat, Gateway, GatewayError, Reference, ResolveImage,
    ResolvedImage, SolveRequest, SolveResult, Warning,
};

/// A gateway whose solves import caches.
#[derive(Debug)]
pub struct Importing<'a, G> {
    inner: &'a G,
    imports: Vec<CacheImport>,
}

impl<'a, G: Gateway> Importing<'a, G> {
    /// Solves through `inner`, with these caches.
    pub fn new(inner: &'a G, imports: Vec<CacheImport>) -> Self {
        Importing { inner, imports }
    }

    pub fn imports(&self) -> &[CacheImport] {
        &self.imports
    }

    /// Another frontend makes solves of its own, and reads the caches from its options. The same
    /// caches are named there, and no others: one that does not answer hangs the build.
    fn add_to(&self, request: &mut SolveRequest) {
        if request.cache_imports.is_empty() {
            request.cache_imports.clone_from(&self.imports);
        }
        if request.frontend.is_empty() {
            return;
        }
        request.frontend_opts.remove("cache-from");
        let entries: Vec<Entry<'_>> = request.cache_imports.iter().map(Entry::from).collect();
        // Texts in a list: this can't fail.
        let json = serde_json::to_string(&entries).unwrap_or_default();
        request.frontend_opts.insert("cache-imports".to_owned(), json);
    }
}

/// A cache import as clients write it in JSON.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Entry<'a> {
    r#type: &'a str,
    attrs: &'a BTreeMap<String, String>,
}

impl<'a> From<&'a CacheImport> for Entry<'a> {
    fn from(import: &'a CacheImport) -> Self {
        Entry { r#type: &import.kind, attrs: &import.attrs }
    }
}

impl<G: Gateway> Gateway for Importing<'_, G> {
    fn capabilities(&self) -> &Capabilities {
        self.inner.capabilities()
    }

    async fn solve(&self, mut request: SolveRequest) -> Result<SolveResult, GatewayError> {
        self.add_to(&mut request);
        self.inner.solve(request).await
    }

    async fn read_file(
        &self,
        reference: &Reference,
        path: &str,
        range: Option<(u64, u64)>,
    ) -> Result<Vec<u8>, GatewayError> {
        self.inner.read_file(reference, path, range).await
    }

    async fn read_dir(
        &self,
        reference: &Reference,
        path: &str,
        include: &str,
    ) -> Result<Vec<FileStat>, GatewayError> {
        self.inner.read_dir(reference, path, include).await
    }

    async fn stat_file(&self, reference: &Reference, path: &str) -> Result<FileStat, GatewayError> {
        self.inner.stat_file(reference, path).await
    }

    async fn resolve_image(&self, request: ResolveImage) -> Result<ResolvedImage, GatewayError> {
        self.inner.resolve_image(request).await
    }

    async fn inputs(&self) -> Result<BTreeMap<String, Definition>, GatewayError> {
        self.inner.inputs().await
    }

    async fn warn(&self, warning: Warning) -> Result<(), GatewayError> {
        self.inner.warn(warning).await
    }
}
