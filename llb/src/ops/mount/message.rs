//! Mounts as messages, and back.

use strake_proto::pb;

use super::{CacheSharing, ContentCache, Mount, MountKind, SecretOpt, SshOpt};
use crate::vertex::Output;
use crate::vertex::{EMPTY, SKIP_OUTPUT};

impl Mount {
    /// The mount that a message describes, given what it is mounted from.
    pub(in crate::ops) fn from_pb(mount: &pb::Mount, source: Option<Output>) -> Self {
        let kind = MountKind::from_pb(mount);
        let no_output = kind == MountKind::Bind && mount.output == SKIP_OUTPUT;
        Self {
            target: mount.dest.clone(),
            kind,
            source,
            selector: mount.selector.clone(),
            readonly: mount.readonly,
            no_output,
            content_cache: ContentCache::from_pb(mount.content_cache()),
        }
    }

    /// The message of a mount of any kind that is no output. `None` is scratch.
    pub(crate) fn to_message(&self, input: Option<i64>) -> pb::Mount {
        match &self.kind {
            MountKind::Secret(opt) => opt.to_mount(&self.target),
            MountKind::Ssh(opt) => opt.to_mount(&self.target),
            _ => self.to_pb(input.unwrap_or(EMPTY), None),
        }
    }

    /// The message of a bind, cache or tmpfs mount.
    pub(in crate::ops) fn to_pb(&self, input: i64, output: Option<i64>) -> pb::Mount {
        let mut mount = pb::Mount {
            input,
            selector: self.selector.clone(),
            dest: self.target.clone(),
            output: output.unwrap_or(SKIP_OUTPUT),
            readonly: self.readonly,
            content_cache: self.content_cache.to_pb().into(),
            ..Default::default()
        };
        match &self.kind {
            MountKind::Cache { id, sharing } => {
                mount.set_mount_type(pb::MountType::Cache);
                let sharing = sharing.to_pb().into();
                mount.cache_opt = Some(pb::CacheOpt { id: id.clone(), sharing });
            }
            MountKind::Tmpfs { size } => {
                mount.set_mount_type(pb::MountType::Tmpfs);
                mount.tmpfs_opt = Some(pb::TmpfsOpt { size: *size });
            }
            MountKind::Bind | MountKind::Secret(_) | MountKind::Ssh(_) => {}
        }
        mount
    }
}

impl MountKind {
    fn from_pb(mount: &pb::Mount) -> Self {
        match mount.mount_type() {
            pb::MountType::Bind => Self::Bind,
            pb::MountType::Cache => {
                let opt = mount.cache_opt.clone().unwrap_or_default();
                // The daemon takes the target where there is no id; mounted elsewhere, it must
                // still be the same.
                let id = if opt.id.is_empty() { mount.dest.clone() } else { opt.id.clone() };
                Self::Cache { id, sharing: CacheSharing::from_pb(opt.sharing()) }
            }
            pb::MountType::Tmpfs => Self::Tmpfs { size: mount.tmpfs_opt.unwrap_or_default().size },
            pb::MountType::Secret => {
                let pb::SecretOpt { id, uid, gid, mode, optional } =
                    mount.secret_opt.clone().unwrap_or_default();
                Self::Secret(SecretOpt { id, uid, gid, mode, optional })
            }
            pb::MountType::Ssh => {
                let pb::SshOpt { id, uid, gid, mode, optional } =
                    mount.ssh_opt.clone().unwrap_or_default();
                Self::Ssh(SshOpt { id, uid, gid, mode, optional })
            }
        }
    }
}

impl SecretOpt {
    pub(in crate::ops) fn to_mount(&self, target: &str) -> pb::Mount {
        let secret_opt = pb::SecretOpt {
            id: self.id.clone(),
            uid: self.uid,
            gid: self.gid,
            mode: self.mode,
            optional: self.optional,
        };
        pb::Mount {
            input: EMPTY,
            dest: target.to_owned(),
            mount_type: pb::MountType::Secret.into(),
            secret_opt: Some(secret_opt),
            ..Default::default()
        }
    }
}

impl SshOpt {
    pub(in crate::ops) fn to_mount(&self, target: &str) -> pb::Mount {
        let ssh_opt = pb::SshOpt {
            id: self.id.clone(),
            uid: self.uid,
            gid: self.gid,
            mode: self.mode,
            optional: self.optional,
        };
        pb::Mount {
            input: EMPTY,
            dest: target.to_owned(),
            mount_type: pb::MountType::Ssh.into(),
            ssh_opt: Some(ssh_opt),
            ..Default::default()
        }
    }
}

impl CacheSharing {
    fn from_pb(sharing: pb::CacheSharingOpt) -> Self {
        match sharing {
            pb::CacheSharingOpt::Shared => Self::Shared,
            pb::CacheSharingOpt::Private => Self::Private,
            pb::CacheSharingOpt::Locked => Self::Locked,
        }
    }

    fn to_pb(self) -> pb::CacheSharingOpt {
        match self {
            Self::Shared => pb::CacheSharingOpt::Shared,
            Self::Private => pb::CacheSharingOpt::Private,
            Self::Locked => pb::CacheSharingOpt::Locked,
        }
    }
}

impl ContentCache {
    fn from_pb(content_cache: pb::MountContentCache) -> Self {
        match content_cache {
            pb::MountContentCache::Default => Self::Default,
            pb::MountContentCache::On => Self::On,
            pb::MountContentCache::Off => Self::Off,
        }
    }

    fn to_pb(self) -> pb::MountContentCache {
        match self {
            Self::Default => pb::MountContentCache::Default,
            Self::On => pb::MountContentCache::On,
            Self::Off => pb::MountContentCache::Off,
        }
    }
}
