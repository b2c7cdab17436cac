//! Capabilities of LLB and of the solver (`solver/pb/caps.go`).
//!
//! The client of a daemon learns them from `PingResponse.llb_caps`. Releases are those whose source
//! first lists the capability; 0.3 stands for that release and everything before it.

use super::{Capability, Release};

macro_rules! capabilities {
    ($($name:ident = $id:literal, $minor:literal;)*) => {
        $(
            #[doc = concat!("`", $id, "`, since BuildKit 0.", $minor, ".")]
            pub const $name: &str = $id;
        )*

        /// Every capability of this module, sorted by id.
        pub const ALL: &[Capability] = &[
            $(Capability { id: $id, since: Release::new(0, $minor) },)*
        ];
    };
}

capabilities! {
    REMOTE_CACHE_AZBLOB = "cache.azblob", 11;
    REMOTE_CACHE_GHA = "cache.gha", 9;
    REMOTE_CACHE_S3 = "cache.s3", 11;
    CONSTRAINTS = "constraints", 3;
    DIFF_OP = "diffop", 10;
    EXEC_CGROUP = "exec.cgroup", 3;
    EXEC_META_BASE = "exec.meta.base", 3;
    EXEC_META_CDI = "exec.meta.cdi", 20;
    EXEC_META_CGROUP_PARENT = "exec.meta.cgroup.parent", 10;
    EXEC_META_LINUX_RESOURCES = "exec.meta.linux.resources", 31;
    EXEC_META_NETWORK = "exec.meta.network", 3;
    EXEC_META_NETWORK_PROXY = "exec.meta.network.proxy", 31;
    EXEC_META_PROXY = "exec.meta.proxyenv", 3;
    EXEC_META_REMOVE_MOUNT_STUBS_RECURSIVE = "exec.meta.removemountstubs.recursive", 11;
    EXEC_META_SECURITY = "exec.meta.security", 5;
    EXEC_META_SECURITY_DEVICE_WHITELIST_V1 = "exec.meta.security.devices.v1", 7;
    EXEC_META_SETS_DEFAULT_PATH = "exec.meta.setsdefaultpath", 3;
    EXEC_META_ULIMIT = "exec.meta.ulimit", 10;
    EXEC_MOUNT_BIND = "exec.mount.bind", 3;
    EXEC_MOUNT_BIND_READ_WRITE_NO_OUTPUT = "exec.mount.bind.readwrite-nooutput", 7;
    EXEC_MOUNT_CACHE = "exec.mount.cache", 3;
    EXEC_MOUNT_CACHE_CONTENT = "exec.mount.cache.content", 13;
    EXEC_MOUNT_CACHE_SHARING = "exec.mount.cache.sharing", 3;
    EXEC_MOUNT_SECRET = "exec.mount.secret", 3;
    EXEC_MOUNT_SELECTOR = "exec.mount.selector", 3;
    EXEC_MOUNT_SSH = "exec.mount.ssh", 3;
    EXEC_MOUNT_TMPFS = "exec.mount.tmpfs", 3;
    EXEC_MOUNT_TMPFS_SIZE = "exec.mount.tmpfs.size", 10;
    EXEC_SECRET_ENV = "exec.secretenv", 10;
    EXEC_VALID_EXIT_CODE = "exec.validexitcode", 17;
    ANNOTATIONS = "exporter.image.annotations", 11;
    ATTESTATIONS = "exporter.image.attestations", 11;
    MULTIPLE_EXPORTERS = "exporter.multiple", 13;
    SESSION_EXPORTER = "exporter.session", 21;
    SOURCE_DATE_EPOCH = "exporter.sourcedateepoch", 11;
    FILE_BASE = "file.base", 5;
    FILE_COPY_ALWAYS_REPLACE_EXISTING_DEST_PATHS = "file.copy.alwaysreplaceexistingdestpaths", 14;
    FILE_COPY_INCLUDE_EXCLUDE_PATTERNS = "file.copy.includeexcludepatterns", 9;
    FILE_COPY_REQUIRED_PATHS = "file.copy.requiredpaths", 26;
    FILE_RM_NO_FOLLOW_SYMLINK = "file.rm.nofollowsymlink", 10;
    FILE_RM_WILDCARD = "file.rm.wildcard", 7;
    FILE_SYMLINK_CREATE = "file.symlink.create", 19;
    GC_FREE_SPACE_FILTER = "gc.freespacefilter", 17;
    HISTORY_FILTERS = "history.filter", 20;
    MERGE_OP = "mergeop", 10;
    META_DESCRIPTION = "meta.description", 3;
    META_EXPORT_CACHE = "meta.exportcache", 3;
    META_IGNORE_CACHE = "meta.ignorecache", 3;
    PASSTHROUGH_OP = "passthroughop", 31;
    PLATFORM = "platform", 3;
    SOURCE_HTTP_UID_GID = "soruce.http.uidgid", 3;
    BUILD_OP_LLB_FILENAME = "source.buildop.llbfilename", 3;
    SOURCE_GIT = "source.git", 3;
    SOURCE_GIT_BUNDLE = "source.git.bundle", 30;
    SOURCE_GIT_CHECKOUT_BUNDLE = "source.git.checkoutbundle", 30;
    SOURCE_GIT_CHECKSUM = "source.git.checksum", 22;
    SOURCE_GIT_FETCH_BY_COMMIT = "source.git.fetchbycommit", 30;
    SOURCE_GIT_FULL_URL = "source.git.fullurl", 3;
    SOURCE_GIT_HTTP_AUTH = "source.git.httpauth", 8;
    SOURCE_GIT_KEEP_DIR = "source.git.keepgitdir", 3;
    SOURCE_GIT_KNOWN_SSH_HOSTS = "source.git.knownsshhosts", 8;
    SOURCE_GIT_MOUNT_SSH_SOCK = "source.git.mountsshsock", 8;
    SOURCE_GIT_MTIME = "source.git.mtime", 29;
    SOURCE_GIT_SIGNATURE_VERIFY = "source.git.signatureverify", 26;
    SOURCE_GIT_SKIP_SUBMODULES = "source.git.skipsubmodules", 24;
    SOURCE_GIT_SUBDIR = "source.git.subdir", 9;
    SOURCE_HTTP = "source.http", 3;
    SOURCE_HTTP_AUTH = "source.http.auth", 21;
    SOURCE_HTTP_CHECKSUM = "source.http.checksum", 3;
    SOURCE_HTTP_HEADER = "source.http.header", 21;
    SOURCE_HTTP_PERM = "source.http.perm", 3;
    SOURCE_HTTP_SIGNATURE_VERIFY = "source.http.signatureverify", 28;
    SOURCE_IMAGE = "source.image", 3;
    SOURCE_IMAGE_CHECKSUM = "source.image.checksum", 25;
    SOURCE_IMAGE_LAYER_LIMIT = "source.image.layerlimit", 11;
    SOURCE_IMAGE_RESOLVE_MODE = "source.image.resolvemode", 3;
    SOURCE_IMAGE_BLOB = "source.imageblob", 28;
    SOURCE_LOCAL = "source.local", 3;
    SOURCE_LOCAL_DIFFER = "source.local.differ", 9;
    SOURCE_LOCAL_EXCLUDE_PATTERNS = "source.local.excludepatterns", 3;
    SOURCE_LOCAL_FOLLOW_PATHS = "source.local.followpaths", 3;
    SOURCE_LOCAL_INCLUDE_PATTERNS = "source.local.includepatterns", 3;
    SOURCE_LOCAL_METADATA_TRANSFER = "source.local.metadatatransfer", 21;
    SOURCE_LOCAL_SESSION_ID = "source.local.sessionid", 3;
    SOURCE_LOCAL_SHARED_KEY_HINT = "source.local.sharedkeyhint", 3;
    SOURCE_LOCAL_UNIQUE = "source.local.unique", 3;
    SOURCE_OCI_LAYOUT = "source.ocilayout", 11;
    SOURCE_POLICY = "source.policy", 11;
    SOURCE_POLICY_SESSION = "source.policy.session", 26;
}
