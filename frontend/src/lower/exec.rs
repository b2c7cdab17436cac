//! Commands and their mounts.

use std::collections::BTreeMap;

use strake_llb::{ExecOp, FileOp, Graph, Mkfile, Mount, Output, ProxyEnv, SecurityMode, SourceOp};
use strake_proto::caps::llb as cap;

use super::{LowerError, Lowering, Place};
use crate::cache::PlannedCacheMount;
use crate::diagnostics::{Diagnostic, codes};
use crate::mounts::settle::{self, Settle};
use crate::mounts::wrapper;
use crate::plan::{self, Exec, MountKind, RunDefaults};

/// Name of the one file on the file system that a mount of a file is made of.
const FILE: &str = "/file";

impl Lowering<'_> {
    pub(super) fn exec(&mut self, state: Option<Output>, exec: &Exec, place: &Place<'_>) -> Output {
        let settled = self.settled(exec, place);
        let command = settled.iter().flat_map(|_| [wrapper::PROGRAM, wrapper::COMMAND]);
        let args = command.map(str::to_owned).chain(exec.args.iter().cloned());
        let mut op = ExecOp::new(args)
            .cwd(exec.cwd.clone())
            .user(exec.user.clone())
            .network(exec.network)
            .platform((&place.stage.platform).into())
            .mount(Mount::root(state));
        for line in &exec.env {
            let (name, value) = line.split_once('=').unwrap_or((line, ""));
            op = op.env(name, value);
        }
        if exec.insecure {
            op = op.security(SecurityMode::Insecure);
        }
        for secret in &exec.secret_env {
            op = op.secret_env(secret.clone());
        }
        for mount in &exec.mounts {
            let made = self.mount(&mount.target, &mount.kind, place);
            op = op.mount(match (&settled, &mount.kind) {
                // Times can be set where one can write; what is written is thrown away.
                (Some(_), MountKind::Bind { .. }) => made.discarded(),
                _ => made,
            });
        }
        if let Some((settle, program)) = settled {
            op = op.env(settle::VARIABLE, settle.to_text()).mount(program);
        }
        let defaults = &self.input.plan.run;
        let vertex = self.add(with_defaults(op, defaults, exec), place);
        if let Some(resources) = &defaults.resources {
            self.graph.metadata_mut(vertex).linux_resources = Some(resources.clone());
        }
        if !defaults.cgroup_parent.is_empty() {
            // BuildKit's own library asks for none, and a daemon without it ignores the field.
            let caps = &mut self.graph.metadata_mut(vertex).caps;
            caps.insert(cap::EXEC_META_CGROUP_PARENT.to_owned());
        }
        // The root is mounted writable above, so it is always an output.
        self.graph.mount_output(vertex, "/").unwrap_or_else(|| vertex.output(0))
    }

    /// What a step with compiled output is told, and the program that it is told to.
    fn settled(&mut self, exec: &Exec, at: &Place<'_>) -> Option<(Settle, Mount)> {
        let place = |mount: &plan::Mount| match &mount.kind {
            MountKind::Cache(cache) if cache.compiled => settle::Place::Compiled,
            MountKind::Bind { .. } => settle::Place::Source,
            _ => settle::Place::Other,
        };
        let mounts = exec.mounts.iter().map(|mount| (mount.target.as_str(), place(mount)));
        let settle = Settle::of(&exec.cwd, mounts)?;
        let Some(program) = self.input.program else {
            self.refuse_compiled(at);
            return None;
        };
        // What the daemon says of strake's image is taken as it is wherever the program runs.
        Some((settle, program.mounted(&mut self.graph).ok()?))
    }

    /// A daemon that is too old to say what image strake runs in can't have the step told, which would then take what
    /// another checkout made for what this one would make.
    fn refuse_compiled(&mut self, place: &Place<'_>) {
        if self.input.caps.contains(cap::EXEC_SECRET_ENV) {
            return;
        }
        let text =
            "this BuildKit does not support steps with compiled output, new in BuildKit 0.10";
        let problem = Diagnostic::error(&codes::graph::UNSUPPORTED, text)
            .help("update the builder: `docker buildx create --use` starts a current one");
        let problem = match place.spans.first() {
            Some(span) => problem.at(*span),
            None => problem,
        };
        self.errors.push(LowerError::Unsupported(vec![problem]));
    }

    fn mount(&mut self, target: &str, kind: &MountKind, place: &Place<'_>) -> Mount {
        match kind {
            MountKind::Bind { from, source, writable } => {
                let mount = Mount::bind(target, self.source(from, &place.purpose()));
                let mount = if source == "/" { mount } else { mount.selector(source.clone()) };
                if *writable { mount.no_output() } else { mount.readonly() }
            }
            MountKind::Inline { content, mode } => {
                inline_mount(&mut self.graph, target, content.clone(), *mode)
            }
            MountKind::Download { url, checksum, span } => {
                let name = FILE.trim_start_matches('/');
                let source = SourceOp::http(url.clone()).filename(name).checksum(checksum.clone());
                let file = self.fetched(source, url, *span);
                Mount::bind(target, file).selector(FILE).readonly()
            }
            MountKind::Cache(cache) => cache_mount(&mut self.graph, target, cache),
            MountKind::Tmpfs(size) => {
                let size = i64::try_from(*size).unwrap_or(i64::MAX);
                Mount::tmpfs(target).size(size)
            }
            MountKind::Secret(secret) => Mount::secret(target, secret.clone()),
            MountKind::Ssh(socket) => Mount::ssh(target, socket.clone()),
        }
    }
}

/// A file with this content, at a place of its own.
pub(crate) fn inline_mount(
    graph: &mut Graph,
    target: &str,
    content: impl Into<Vec<u8>>,
    mode: u32,
) -> Mount {
    let vertex = graph.add(FileOp::new(None).mkfile(Mkfile::new(FILE, mode, content)));
    graph.metadata_mut(vertex).custom_name(format!("[internal] prepare {target}"));
    Mount::bind(target, vertex.output(0)).selector(FILE).readonly()
}

/// A cache mount; one with an owner stands on a directory of that owner's.
pub(crate) fn cache_mount(graph: &mut Graph, target: &str, cache: &PlannedCacheMount) -> Mount {
    let mount = Mount::cache(target, cache.id.clone(), cache.sharing);
    match cache.owner {
        Some((uid, gid, mode)) => mount.owned_base(graph.cache_base(None, uid, gid, mode)),
        None => mount,
    }
}

fn with_defaults(mut op: ExecOp, defaults: &RunDefaults, exec: &Exec) -> ExecOp {
    op = op.hostname(defaults.hostname.clone()).cgroup_parent(defaults.cgroup_parent.clone());
    for (host, ip) in &defaults.extra_hosts {
        op = op.extra_host(host.clone(), ip.to_string());
    }
    for limit in &defaults.ulimits {
        op = op.ulimit(limit.name.clone(), limit.soft, limit.hard);
    }
    let has_shm = exec.mounts.iter().any(|mount| mount.target == "/dev/shm");
    if let Some(size) = defaults.shm_size.filter(|_| !has_shm) {
        op = op.mount(Mount::tmpfs("/dev/shm").size(size));
    }
    if !defaults.proxy.is_empty() {
        op = op.proxy_env(proxy_env(&defaults.proxy));
    }
    op
}

fn proxy_env(proxy: &BTreeMap<String, String>) -> ProxyEnv {
    let value = |name: &str| proxy.get(name).cloned().unwrap_or_default();
    ProxyEnv {
        http_proxy: value("http_proxy"),
        https_proxy: value("https_proxy"),
        ftp_proxy: value("ftp_proxy"),
        no_proxy: value("no_proxy"),
        all_proxy: value("all_proxy"),
    }
}
