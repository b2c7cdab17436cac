//! Seeds: what empty cache mounts are filled from. A seed is an image (or an OCI layout, or a local
//! directory) with a directory for each mount, in the form of [`agent`](super::agent). It is looked
//! for while everything else is, and whatever is wrong with it is a warning.

mod contents;
mod directory;
mod location;
mod lookup;

pub use contents::{Content, Contents};
pub(crate) use location::{export_name, locate};
pub(crate) use lookup::{Found, find};

use crate::context::NamedSource;
use crate::image::Image;
use crate::time;

/// A seed that is there.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Seed {
    pub source: NamedSource,
    /// A reference, or the name of the context.
    pub display_name: String,
    /// What is in it.
    pub contents: Contents,
    /// Its config; what lies in a local directory has none.
    pub image: Option<Image>,
}

impl Seed {
    /// When it was made, in seconds since 1970.
    pub(crate) fn created(&self) -> Option<u64> {
        time::seconds(self.image.as_ref()?.created.as_deref()?)
    }

    /// How many layers its image has.
    pub(crate) fn layers(&self) -> usize {
        let layers = self.image.as_ref().and_then(|image| image.rootfs["diff_ids"].as_array());
        layers.map_or(0, Vec::len)
    }
}
