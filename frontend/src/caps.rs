//! Capabilities that a daemon may lack.

use strake_proto::caps::llb as cap;

/// What a daemon may lack without a difference in what is built: it passes over the field.
pub(crate) fn is_ignored(cap: &str) -> bool {
    matches!(
        cap,
        cap::EXEC_META_REMOVE_MOUNT_STUBS_RECURSIVE
            | cap::META_DESCRIPTION
            | cap::SOURCE_GIT_FULL_URL
            | cap::SOURCE_LOCAL_SHARED_KEY_HINT
            | cap::SOURCE_LOCAL_DIFFER
    )
}
