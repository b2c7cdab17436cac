//! Which capabilities an operation needs.
//!
//! Read off the message, so that operations that were built here and operations that were edited
//! are treated alike. BuildKit's own library records the same, with three differences: the
//! capabilities of file actions, which it means to record and loses, of writable mounts without an
//! output, and of a subdirectory of a repository are recorded here, so that a daemon too old for
//! them says so. Not to be seen from the message, and so recorded where the operation is built: a
//! required `local.differ`, and secrets for git that were asked for by name.

use std::collections::{BTreeMap, BTreeSet};

use strake_proto::caps::llb as cap;
use strake_proto::pb;
use strake_proto::pb::file_action::Action;
use strake_proto::pb::op::Op as Body;

use crate::vertex::{EMPTY, SKIP_OUTPUT};

/// The ids of capabilities.
pub(crate) type Caps = BTreeSet<&'static str>;

/// What the operation needs of a daemon.
pub(crate) fn op_caps(op: &pb::Op) -> Caps {
    let mut caps = Caps::new();
    match &op.op {
        Some(Body::Exec(exec)) => exec_caps(&mut caps, exec),
        Some(Body::Source(source)) => source_caps(&mut caps, source),
        Some(Body::File(file)) => file_caps(&mut caps, file),
        Some(Body::Merge(_)) => need(&mut caps, true, cap::MERGE_OP),
        Some(Body::Diff(_)) => need(&mut caps, true, cap::DIFF_OP),
        Some(Body::Passthrough(_)) => need(&mut caps, true, cap::PASSTHROUGH_OP),
        Some(Body::Build(build)) => {
            let named = build.attrs.contains_key("llbbuild.filename");
            need(&mut caps, named, cap::BUILD_OP_LLB_FILENAME);
        }
        None => {}
    }
    caps
}

fn need(caps: &mut Caps, needed: bool, id: &'static str) {
    if needed {
        caps.insert(id);
    }
}

fn exec_caps(caps: &mut Caps, exec: &pb::ExecOp) {
    need(caps, true, cap::EXEC_META_BASE);
    need(caps, exec.network() != pb::NetMode::Unset, cap::EXEC_META_NETWORK);
    need(caps, exec.security() != pb::SecurityMode::Sandbox, cap::EXEC_META_SECURITY);
    need(caps, !exec.cdi_devices.is_empty(), cap::EXEC_META_CDI);
    // BuildKit's library counts a secret in the environment as a secret mount, too.
    need(caps, !exec.secretenv.is_empty(), cap::EXEC_SECRET_ENV);
    need(caps, !exec.secretenv.is_empty(), cap::EXEC_MOUNT_SECRET);
    if let Some(meta) = &exec.meta {
        need(caps, meta.proxy_env.is_some(), cap::EXEC_META_PROXY);
        need(caps, !meta.ulimit.is_empty(), cap::EXEC_META_ULIMIT);
        need(caps, !meta.valid_exit_codes.is_empty(), cap::EXEC_VALID_EXIT_CODE);
    }
    for mount in &exec.mounts {
        mount_caps(caps, mount);
    }
}

fn mount_caps(caps: &mut Caps, mount: &pb::Mount) {
    need(caps, !mount.selector.is_empty(), cap::EXEC_MOUNT_SELECTOR);
    let content_cache = mount.content_cache() != pb::MountContentCache::Default;
    need(caps, content_cache, cap::EXEC_MOUNT_CACHE_CONTENT);
    match mount.mount_type() {
        pb::MountType::Bind => {
            need(caps, mount.input != EMPTY, cap::EXEC_MOUNT_BIND);
            let no_output = !mount.readonly && mount.output == SKIP_OUTPUT;
            need(caps, no_output, cap::EXEC_MOUNT_BIND_READ_WRITE_NO_OUTPUT);
        }
        pb::MountType::Cache => {
            need(caps, true, cap::EXEC_MOUNT_CACHE);
            need(caps, true, cap::EXEC_MOUNT_CACHE_SHARING);
        }
        pb::MountType::Tmpfs => {
            need(caps, true, cap::EXEC_MOUNT_TMPFS);
            let limited = mount.tmpfs_opt.is_some_and(|opt| opt.size > 0);
            need(caps, limited, cap::EXEC_MOUNT_TMPFS_SIZE);
        }
        pb::MountType::Secret => need(caps, true, cap::EXEC_MOUNT_SECRET),
        pb::MountType::Ssh => need(caps, true, cap::EXEC_MOUNT_SSH),
    }
}

fn file_caps(caps: &mut Caps, file: &pb::FileOp) {
    need(caps, true, cap::FILE_BASE);
    for action in &file.actions {
        match &action.action {
            Some(Action::Copy(copy)) => copy_caps(caps, copy),
            Some(Action::Rm(rm)) => need(caps, rm.allow_wildcard, cap::FILE_RM_WILDCARD),
            Some(Action::Symlink(_)) => need(caps, true, cap::FILE_SYMLINK_CREATE),
            Some(Action::Mkfile(_) | Action::Mkdir(_)) | None => {}
        }
    }
}

fn copy_caps(caps: &mut Caps, copy: &pb::FileActionCopy) {
    let patterns = !copy.include_patterns.is_empty() || !copy.exclude_patterns.is_empty();
    need(caps, patterns, cap::FILE_COPY_INCLUDE_EXCLUDE_PATTERNS);
    need(caps, !copy.required_paths.is_empty(), cap::FILE_COPY_REQUIRED_PATHS);
    let replaces = copy.always_replace_existing_dest_paths;
    need(caps, replaces, cap::FILE_COPY_ALWAYS_REPLACE_EXISTING_DEST_PATHS);
    // BuildKit has a capability for symbolic modes, but no daemon lists it (and all refuse a vertex
    // that needs one they don't list). This one came with the same release.
    need(caps, !copy.mode_str.is_empty(), cap::EXEC_VALID_EXIT_CODE);
}

/// Attributes that need a capability of their own, by the scheme of the identifier.
const ATTRS: &[(&str, &str, &str)] = &[
    ("docker-image", "image.layerlimit", cap::SOURCE_IMAGE_LAYER_LIMIT),
    ("docker-image", "image.checksum", cap::SOURCE_IMAGE_CHECKSUM),
    ("local", "local.session", cap::SOURCE_LOCAL_SESSION_ID),
    ("local", "local.unique", cap::SOURCE_LOCAL_UNIQUE),
    ("local", "local.includepattern", cap::SOURCE_LOCAL_INCLUDE_PATTERNS),
    ("local", "local.followpaths", cap::SOURCE_LOCAL_FOLLOW_PATHS),
    ("local", "local.excludepatterns", cap::SOURCE_LOCAL_EXCLUDE_PATTERNS),
    ("local", "local.sharedkeyhint", cap::SOURCE_LOCAL_SHARED_KEY_HINT),
    ("local", "local.metadatatransfer", cap::SOURCE_LOCAL_METADATA_TRANSFER),
    ("git", "git.keepgitdir", cap::SOURCE_GIT_KEEP_DIR),
    ("git", "git.fullurl", cap::SOURCE_GIT_FULL_URL),
    ("git", "git.knownsshhosts", cap::SOURCE_GIT_KNOWN_SSH_HOSTS),
    ("git", "git.mountsshsock", cap::SOURCE_GIT_MOUNT_SSH_SOCK),
    ("git", "git.checksum", cap::SOURCE_GIT_CHECKSUM),
    ("git", "git.skipsubmodules", cap::SOURCE_GIT_SKIP_SUBMODULES),
    ("git", "git.mtime", cap::SOURCE_GIT_MTIME),
    ("git", "git.fetchbycommit", cap::SOURCE_GIT_FETCH_BY_COMMIT),
    ("git", "git.bundle", cap::SOURCE_GIT_BUNDLE),
    ("git", "git.checkoutbundle", cap::SOURCE_GIT_CHECKOUT_BUNDLE),
    ("http", "http.checksum", cap::SOURCE_HTTP_CHECKSUM),
    ("http", "http.perm", cap::SOURCE_HTTP_PERM),
    ("http", "http.uid", cap::SOURCE_HTTP_UID_GID),
    ("http", "http.gid", cap::SOURCE_HTTP_UID_GID),
    ("http", "http.authheadersecret", cap::SOURCE_HTTP_AUTH),
    ("http", "http.sig.pubkey", cap::SOURCE_HTTP_SIGNATURE_VERIFY),
    ("http", "http.sig.signature", cap::SOURCE_HTTP_SIGNATURE_VERIFY),
];

fn source_caps(caps: &mut Caps, source: &pb::SourceOp) {
    let (scheme, rest) = source.identifier.split_once("://").unwrap_or_default();
    let scheme = if scheme == "https" { "http" } else { scheme };
    match scheme {
        "docker-image" => image_caps(caps, &source.attrs),
        "local" => need(caps, true, cap::SOURCE_LOCAL),
        "git" => git_caps(caps, rest),
        "http" => http_caps(caps, &source.attrs),
        "oci-layout" => need(caps, true, cap::SOURCE_OCI_LAYOUT),
        "docker-image+blob" | "oci-layout+blob" => need(caps, true, cap::SOURCE_IMAGE_BLOB),
        _ => {}
    }
    for (of, attr, id) in ATTRS {
        need(caps, *of == scheme && source.attrs.contains_key(*attr), id);
    }
}

fn image_caps(caps: &mut Caps, attrs: &BTreeMap<String, String>) {
    need(caps, true, cap::SOURCE_IMAGE);
    // Other modes are hints, which an old daemon may well ignore.
    let forced = attrs.get("image.resolvemode").is_some_and(|mode| mode == "pull");
    need(caps, forced, cap::SOURCE_IMAGE_RESOLVE_MODE);
}

fn git_caps(caps: &mut Caps, address: &str) {
    need(caps, true, cap::SOURCE_GIT);
    let fragment = address.split_once('#').map(|(_, fragment)| fragment);
    let subdir = fragment.and_then(|fragment| fragment.split_once(':'));
    need(caps, subdir.is_some(), cap::SOURCE_GIT_SUBDIR);
}

fn http_caps(caps: &mut Caps, attrs: &BTreeMap<String, String>) {
    need(caps, true, cap::SOURCE_HTTP);
    let header = attrs.keys().any(|key| key.starts_with("http.header."));
    need(caps, header, cap::SOURCE_HTTP_HEADER);
}
