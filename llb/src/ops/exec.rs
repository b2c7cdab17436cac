//! Exec: runs a command.

use strake_proto::pb;
use strake_proto::pb::op::Op as Body;

use super::Lowering;
use super::mount::{Mount, MountKind};
use crate::ops::InvalidOp;
use crate::platform::Platform;
use crate::vertex::Output;

/// Runs a command in a file system made of mounts.
///
/// Its outputs are the writable bind mounts, the root among them, counted in the order of their
/// targets: ask [`Graph::mount_output`](crate::Graph::mount_output).
#[derive(Debug, Clone, PartialEq)]
pub struct ExecOp {
    meta: pb::Meta,
    env: Vec<(String, String)>,
    network: NetMode,
    security: SecurityMode,
    mounts: Vec<Mount>,
    secret_env: Vec<SecretEnv>,
    cdi_devices: Vec<pb::CdiDevice>,
    platform: Option<Platform>,
}

/// The network of a command.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum NetMode {
    /// A network of its own, which BuildKit makes for the command.
    #[default]
    Sandbox,
    /// The daemon's own network; the build needs the entitlement `network.host`.
    Host,
    /// No network: nothing outside of the container can be reached.
    None,
}

/// What a command may do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SecurityMode {
    /// What a container may do by default.
    #[default]
    Sandbox,
    /// Everything; the build needs the entitlement `security.insecure`.
    Insecure,
}

/// Proxies, as environment variables that are not part of the cache key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProxyEnv {
    /// Sets `HTTP_PROXY` and `http_proxy`; empty sets neither.
    pub http_proxy: String,
    /// Sets `HTTPS_PROXY` and `https_proxy`; empty sets neither.
    pub https_proxy: String,
    /// Sets `FTP_PROXY` and `ftp_proxy`; empty sets neither.
    pub ftp_proxy: String,
    /// Sets `NO_PROXY` and `no_proxy`; empty sets neither.
    pub no_proxy: String,
    /// Sets `ALL_PROXY` and `all_proxy`; empty sets neither.
    pub all_proxy: String,
}

/// A secret as an environment variable.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SecretEnv {
    /// The name that the client knows it by.
    pub id: String,
    /// The name of the variable.
    pub name: String,
    /// Leaves the variable out where the client has no such secret.
    pub optional: bool,
}

impl ExecOp {
    /// A command, not parsed by any shell, that runs in `/`.
    #[must_use]
    pub fn new<S: Into<String>>(args: impl IntoIterator<Item = S>) -> Self {
        let meta = pb::Meta {
            args: args.into_iter().map(Into::into).collect(),
            cwd: "/".to_owned(),
            // What mounting leaves behind in a writable root is removed, with the directories that
            // were made for it; daemons before 0.11 do not know it and leave the directories.
            remove_mount_stubs_recursive: true,
            ..Default::default()
        };
        Self {
            meta,
            env: Vec::new(),
            network: NetMode::Sandbox,
            security: SecurityMode::Sandbox,
            mounts: Vec::new(),
            secret_env: Vec::new(),
            cdi_devices: Vec::new(),
            platform: None,
        }
    }

    /// Sets an environment variable. One that is set again moves to the end.
    #[must_use]
    pub fn env(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let name = name.into();
        self.env.retain(|(known, _)| *known != name);
        self.env.push((name, value.into()));
        self
    }

    /// Sets the working directory, an absolute path.
    #[must_use]
    pub fn cwd(mut self, cwd: impl Into<String>) -> Self {
        self.meta.cwd = cwd.into();
        self
    }

    /// Sets user and group as in `USER`: names or numbers, `user[:group]`.
    #[must_use]
    pub fn user(mut self, user: impl Into<String>) -> Self {
        self.meta.user = user.into();
        self
    }

    /// Sets the host name.
    #[must_use]
    pub fn hostname(mut self, hostname: impl Into<String>) -> Self {
        self.meta.hostname = hostname.into();
        self
    }

    /// Adds a line to `/etc/hosts`.
    #[must_use]
    pub fn extra_host(mut self, host: impl Into<String>, ip: impl Into<String>) -> Self {
        self.meta.extra_hosts.push(pb::HostIp { host: host.into(), ip: ip.into() });
        self
    }

    /// Limits a resource, such as `nofile`, of the command's processes.
    #[must_use]
    pub fn ulimit(mut self, name: impl Into<String>, soft: i64, hard: i64) -> Self {
        self.meta.ulimit.push(pb::Ulimit { name: name.into(), soft, hard });
        self
    }

    /// Sets the parent of the command's control group.
    #[must_use]
    pub fn cgroup_parent(mut self, parent: impl Into<String>) -> Self {
        self.meta.cgroup_parent = parent.into();
        self
    }

    /// Sets proxies, which the command sees as environment variables.
    #[must_use]
    pub fn proxy_env(mut self, proxy: ProxyEnv) -> Self {
        self.meta.proxy_env = Some(pb::ProxyEnv {
            http_proxy: proxy.http_proxy,
            https_proxy: proxy.https_proxy,
            ftp_proxy: proxy.ftp_proxy,
            no_proxy: proxy.no_proxy,
            all_proxy: proxy.all_proxy,
        });
        self
    }

    /// Sets the exit codes that are success; zero alone without this.
    #[must_use]
    pub fn valid_exit_codes(mut self, codes: impl IntoIterator<Item = i32>) -> Self {
        self.meta.valid_exit_codes = codes.into_iter().collect();
        self
    }

    /// Sets the network; one of the command's own without this.
    #[must_use]
    pub fn network(mut self, network: NetMode) -> Self {
        self.network = network;
        self
    }

    /// Sets what the command may do.
    #[must_use]
    pub fn security(mut self, security: SecurityMode) -> Self {
        self.security = security;
        self
    }

    /// Adds a mount. One of them must be the root.
    #[must_use]
    pub fn mount(mut self, mount: Mount) -> Self {
        self.mounts.push(mount);
        self
    }

    /// Adds a secret as an environment variable.
    #[must_use]
    pub fn secret_env(mut self, secret: SecretEnv) -> Self {
        self.secret_env.push(secret);
        self
    }

    /// Adds a device by its name in the Container Device Interface.
    #[must_use]
    pub fn cdi_device(mut self, name: impl Into<String>, optional: bool) -> Self {
        self.cdi_devices.push(pb::CdiDevice { name: name.into(), optional });
        self
    }

    /// Sets the platform to run on.
    #[must_use]
    pub fn platform(mut self, platform: Platform) -> Self {
        self.platform = Some(platform);
        self
    }

    /// The mounts, in the order in which they were added.
    #[must_use]
    pub fn mounts(&self) -> &[Mount] {
        &self.mounts
    }

    /// Mounts that hold file systems, in the order of the message: by target.
    fn sorted_mounts(&self) -> Vec<&Mount> {
        let holds =
            |mount: &&Mount| !matches!(mount.kind, MountKind::Secret(_) | MountKind::Ssh(_));
        let mut mounts: Vec<_> = self.mounts.iter().filter(holds).collect();
        mounts.sort_by(|a, b| a.target.cmp(&b.target));
        mounts
    }

    /// The output index of the mount at `target`.
    pub(crate) fn output_of(&self, target: &str) -> Option<i64> {
        let mounts = self.sorted_mounts();
        let mut outputs = mounts.iter().filter(|mount| mount.has_output());
        outputs.position(|mount| mount.target == target).map(|index| index as i64)
    }

    pub(super) fn inputs(&self) -> Vec<Output> {
        self.mounts.iter().filter_map(|mount| mount.source).collect()
    }

    pub(super) fn inputs_mut(&mut self) -> Vec<&mut Output> {
        self.mounts.iter_mut().filter_map(|mount| mount.source.as_mut()).collect()
    }

    pub(crate) fn lower(&self, cx: &mut Lowering<'_>) -> Result<Body, InvalidOp> {
        if self.meta.args.is_empty() {
            return Err(InvalidOp::NoArgs);
        }
        if self.meta.cwd.is_empty() {
            return Err(InvalidOp::NoCwd);
        }
        if !self.mounts.iter().any(|mount| mount.target == "/") {
            return Err(InvalidOp::NoRootMount);
        }
        cx.platform(self.platform.as_ref());
        let mut mounts = self.lower_mounts(cx)?;
        let ssh = self.ssh_mounts();
        let agent = ssh.first().map(|mount| mount.dest.clone());
        mounts.extend(self.secret_mounts());
        mounts.extend(ssh);
        let mut exec = pb::ExecOp {
            meta: Some(pb::Meta { env: self.lower_env(agent), ..self.meta.clone() }),
            mounts,
            secretenv: self.secret_env.iter().map(SecretEnv::to_pb).collect(),
            cdi_devices: self.cdi_devices.clone(),
            ..Default::default()
        };
        exec.set_network(self.network.to_pb());
        exec.set_security(self.security.to_pb());
        Ok(Body::Exec(exec))
    }

    fn lower_mounts(&self, cx: &mut Lowering<'_>) -> Result<Vec<pb::Mount>, InvalidOp> {
        let mut outputs = 0..;
        let lower = |mount: &Mount| {
            if mount.source.is_some() && matches!(mount.kind, MountKind::Tmpfs { .. }) {
                return Err(InvalidOp::TmpfsSource);
            }
            let output = if mount.has_output() { outputs.next() } else { None };
            Ok(mount.to_pb(cx.input(mount.source)?, output))
        };
        self.sorted_mounts().into_iter().map(lower).collect()
    }

    fn secret_mounts(&self) -> impl Iterator<Item = pb::Mount> {
        self.mounts.iter().filter_map(|mount| match &mount.kind {
            MountKind::Secret(opt) => Some(opt.to_mount(&mount.target)),
            _ => None,
        })
    }

    fn ssh_mounts(&self) -> Vec<pb::Mount> {
        let sockets = self.mounts.iter().filter_map(|mount| match &mount.kind {
            MountKind::Ssh(opt) => Some((mount.target.as_str(), opt)),
            _ => None,
        });
        let numbered = sockets.enumerate().map(|(number, (target, opt))| match target {
            "" => opt.to_mount(&format!("/run/buildkit/ssh_agent.{number}")),
            target => opt.to_mount(target),
        });
        numbered.collect()
    }

    fn lower_env(&self, agent: Option<String>) -> Vec<String> {
        let is_set = self.env.iter().any(|(name, _)| name == "SSH_AUTH_SOCK");
        let agent = agent.filter(|_| !is_set).map(|target| format!("SSH_AUTH_SOCK={target}"));
        self.env.iter().map(|(name, value)| format!("{name}={value}")).chain(agent).collect()
    }
}

impl SecretEnv {
    fn to_pb(&self) -> pb::SecretEnv {
        pb::SecretEnv { id: self.id.clone(), name: self.name.clone(), optional: self.optional }
    }
}

impl NetMode {
    fn to_pb(self) -> pb::NetMode {
        match self {
            Self::Sandbox => pb::NetMode::Unset,
            Self::Host => pb::NetMode::Host,
            Self::None => pb::NetMode::None,
        }
    }
}

impl SecurityMode {
    fn to_pb(self) -> pb::SecurityMode {
        match self {
            Self::Sandbox => pb::SecurityMode::Sandbox,
            Self::Insecure => pb::SecurityMode::Insecure,
        }
    }
}
