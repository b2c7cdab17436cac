//! Images of a registry, or of the daemon's own store.

use super::SourceOp;
use crate::platform::Platform;

pub(super) const SCHEME: &str = "docker-image://";

/// An image. Made by [`SourceOp::image`].
#[derive(Debug, Clone, PartialEq)]
pub struct ImageSource(SourceOp);

/// Where an image is looked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ResolveMode {
    /// The daemon decides: no mode is sent.
    #[default]
    Default,
    /// In the registry, whatever is there already.
    ForcePull,
    /// In the daemon's store first.
    PreferLocal,
}

impl SourceOp {
    /// An image by its normalized reference, such as `docker.io/library/debian:bookworm`.
    #[must_use]
    pub fn image(reference: impl AsRef<str>) -> ImageSource {
        ImageSource(Self::new(format!("{SCHEME}{}", reference.as_ref())))
    }
}

impl ImageSource {
    /// Sets the platform; that of [`MarshalOptions`](crate::MarshalOptions) without this.
    #[must_use]
    pub fn platform(mut self, platform: Platform) -> Self {
        self.0.platform = Some(platform);
        self
    }

    /// Sets where the image is looked for.
    #[must_use]
    pub fn resolve_mode(mut self, mode: ResolveMode) -> Self {
        let value = match mode {
            ResolveMode::Default => "",
            ResolveMode::ForcePull => "pull",
            ResolveMode::PreferLocal => "local",
        };
        self.0.set_unless_empty("image.resolvemode", value.to_owned());
        self
    }

    /// Marks the image as one that the user did not ask for.
    #[must_use]
    pub fn internal(mut self) -> Self {
        self.0.set("image.recordtype", "internal");
        self
    }

    /// Takes the first layers only.
    #[must_use]
    pub fn layer_limit(mut self, layers: u32) -> Self {
        self.0.set("image.layerlimit", layers.to_string());
        self
    }

    /// Sets the digest that the image must have.
    #[must_use]
    pub fn checksum(mut self, digest: impl Into<String>) -> Self {
        self.0.set_unless_empty("image.checksum", digest.into());
        self
    }
}

impl From<ImageSource> for SourceOp {
    fn from(source: ImageSource) -> Self {
        source.0
    }
}
