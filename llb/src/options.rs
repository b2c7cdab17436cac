//! What applies to all vertices of a definition.

use crate::encode::ByteOrder;
use crate::platform::Platform;

/// What applies to all vertices of a definition.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MarshalOptions {
    /// The platform of images and execs that have none. Where this is not set either, the daemon
    /// takes its own.
    pub platform: Option<Platform>,
    /// The order of fields, which decides about digests.
    pub byte_order: ByteOrder,
    /// Makes local sources unique that are not bound to a session.
    pub local_unique_id: String,
    /// Which workers may run the vertices, in containerd's filter language.
    pub worker_constraints: Vec<String>,
}
