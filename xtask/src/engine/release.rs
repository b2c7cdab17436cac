//! Other daemons for runners: what strake promises holds on them as well, or says which release is
//! needed. Older ones come from older suites of Debian; the client stays today's.

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

/// A daemon that is another than the one of all tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Release {
    /// Docker 20.10 with BuildKit 0.8
    Bookworm,
    /// Docker 26.1 with BuildKit 0.13
    Trixie,
    /// The same, with images in containerd's store
    TrixieContainerd,
    /// The `buildkitd` of this machine, without Docker
    Standalone,
}

impl Release {
    /// The suite of Debian that has it.
    pub(super) fn suite(self) -> Option<&'static str> {
        match self {
            Self::Bookworm => Some("bookworm"),
            Self::Trixie | Self::TrixieContainerd => Some("trixie"),
            Self::Standalone => None,
        }
    }

    /// Whether images are in containerd's store.
    pub(super) fn has_containerd_store(self) -> bool {
        self == Self::TrixieContainerd
    }

    /// The public image with the same BuildKit, where a daemon can't be unpacked.
    pub(super) fn buildkit_image(self) -> &'static str {
        match self {
            Self::Bookworm => "moby/buildkit:v0.8.3",
            Self::Trixie | Self::TrixieContainerd => "moby/buildkit:v0.13.2",
            Self::Standalone => "moby/buildkit:latest",
        }
    }
}
