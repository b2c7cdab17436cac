//! uv, the Python package manager.
//!
//! The cache may be used by several processes at once (uv's documentation, "Cache safety"). Files
//! can't be linked from a mount into the image, so uv is told to copy: else it warns at every install.

use super::{Preset, Scope};
use crate::manifest::model::{Boundary, Sharing};

pub(super) static UV: Preset = Preset {
    name: "uv",
    target: "/var/cache/strake/uv",
    sharing: Sharing::Shared,
    scope: Scope::Platform,
    boundary: Boundary::Mount,
    env: &[("UV_CACHE_DIR", "/var/cache/strake/uv"), ("UV_LINK_MODE", "copy")],
    file: None,
};
