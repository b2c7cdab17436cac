//! The image's config: `[stage.NAME.image]`.

use std::collections::BTreeMap;

use super::EnvVar;
use crate::source::Spanned;

/// `[stage.NAME.image]`: what is said of the image's config. What is not given stays as the base
/// image has it.
#[derive(Debug, Clone, Default)]
pub struct ImageConfig {
    /// Entry point; an empty list removes it.
    pub entrypoint: Option<Vec<String>>,
    /// Command; an empty list removes it.
    pub cmd: Option<Vec<String>>,
    /// User, where it differs from the steps'.
    pub user: Option<String>,
    /// Working directory, where it differs from the steps'.
    pub workdir: Option<Spanned<String>>,
    /// Environment of containers alone.
    pub env: Vec<EnvVar>,
    pub labels: BTreeMap<String, String>,
    /// Annotations of the manifest.
    pub annotations: BTreeMap<String, String>,
    /// Port and protocol, as in `8080/tcp`.
    pub ports: Vec<String>,
    pub volumes: Vec<String>,
    pub stop_signal: Option<String>,
    /// Shell of `docker run` shells and healthchecks.
    pub shell: Option<Vec<String>>,
    /// Dockerfile instructions for images built on this one.
    pub onbuild: Vec<String>,
    pub healthcheck: Option<Healthcheck>,
    pub author: Option<String>,
}

/// A health check; durations in nanoseconds, zero inherits.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Healthcheck {
    /// `["NONE"]`, `["CMD", ...]` or `["CMD-SHELL", command]`.
    pub test: Vec<String>,
    /// From the end of one run to the start of the next.
    pub interval: u64,
    /// A run that takes longer has failed.
    pub timeout: u64,
    /// After the start, failures do not count.
    pub start_period: u64,
    /// The interval within the start period.
    pub start_interval: u64,
    /// Failures until unhealthy; zero inherits.
    pub retries: u32,
}
