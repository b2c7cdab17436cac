//! Images of an OCI layout that the client holds.

use super::SourceOp;
use crate::platform::Platform;

pub(super) const SCHEME: &str = "oci-layout://";

/// An image of an OCI layout. Made by [`SourceOp::oci_layout`].
#[derive(Debug, Clone, PartialEq)]
pub struct OciLayoutSource(SourceOp);

impl SourceOp {
    /// An image of an OCI layout by name and digest, `name@sha256:...`.
    #[must_use]
    pub fn oci_layout(reference: impl AsRef<str>) -> OciLayoutSource {
        OciLayoutSource(Self::new(format!("{SCHEME}{}", reference.as_ref())))
    }
}

impl OciLayoutSource {
    /// Sets the session of the client that holds the layout.
    #[must_use]
    pub fn session_id(mut self, session: impl Into<String>) -> Self {
        self.0.set_unless_empty("oci.session", session.into());
        self
    }

    /// Sets the name of the layout's store in that session.
    #[must_use]
    pub fn store_id(mut self, store: impl Into<String>) -> Self {
        self.0.set_unless_empty("oci.store", store.into());
        self
    }

    /// Takes the first layers only.
    #[must_use]
    pub fn layer_limit(mut self, layers: u32) -> Self {
        self.0.set("oci.layerlimit", layers.to_string());
        self
    }

    /// Sets the platform; that of [`MarshalOptions`](crate::MarshalOptions) without this.
    #[must_use]
    pub fn platform(mut self, platform: Platform) -> Self {
        self.0.platform = Some(platform);
        self
    }
}

impl From<OciLayoutSource> for SourceOp {
    fn from(source: OciLayoutSource) -> Self {
        source.0
    }
}
