//! An exec as text.

use strake_proto::pb;

use super::{Lines, nth_input};
use crate::decode::DecodedOp;

pub(super) fn write(out: &mut Lines, op: &DecodedOp, exec: &pb::ExecOp) {
    if let Some(meta) = &exec.meta {
        write_meta(out, meta);
    }
    match exec.network() {
        pb::NetMode::Unset => {}
        pb::NetMode::Host => out.field("network", "host"),
        pb::NetMode::None => out.field("network", "none"),
    }
    if exec.security() == pb::SecurityMode::Insecure {
        out.field("security", "insecure");
    }
    for secret in &exec.secretenv {
        let optional = if secret.optional { " optional" } else { "" };
        out.field("secret-env", format_args!("{}={}{optional}", secret.name, secret.id));
    }
    for device in &exec.cdi_devices {
        let optional = if device.optional { " optional" } else { "" };
        out.field("device", format_args!("{}{optional}", device.name));
    }
    for mount in &exec.mounts {
        out.field("mount", format_args!("{} {}", mount.dest, mount_text(op, mount)));
    }
}

fn write_meta(out: &mut Lines, meta: &pb::Meta) {
    out.field("args", format_args!("{:?}", meta.args));
    for variable in &meta.env {
        out.quoted("env", variable);
    }
    if meta.cwd != "/" {
        out.field("cwd", &meta.cwd);
    }
    out.text("user", &meta.user);
    out.text("hostname", &meta.hostname);
    out.text("cgroup-parent", &meta.cgroup_parent);
    if let Some(proxy) = &meta.proxy_env {
        out.field("proxy", proxy_text(proxy));
    }
    for host in &meta.extra_hosts {
        out.field("host", format_args!("{}={}", host.host, host.ip));
    }
    for limit in &meta.ulimit {
        out.field("ulimit", format_args!("{}={}:{}", limit.name, limit.soft, limit.hard));
    }
    if !meta.valid_exit_codes.is_empty() {
        out.field("valid-exit-codes", format_args!("{:?}", meta.valid_exit_codes));
    }
    out.flag("keep-mount-stubs", !meta.remove_mount_stubs_recursive);
}

fn proxy_text(proxy: &pb::ProxyEnv) -> String {
    let variables = [
        ("http", &proxy.http_proxy),
        ("https", &proxy.https_proxy),
        ("ftp", &proxy.ftp_proxy),
        ("no", &proxy.no_proxy),
        ("all", &proxy.all_proxy),
    ];
    let set = variables.iter().filter(|(_, value)| !value.is_empty());
    set.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
}

fn mount_text(op: &DecodedOp, mount: &pb::Mount) -> String {
    let mut text = match mount.mount_type() {
        pb::MountType::Bind => bind_text(op, mount),
        pb::MountType::Cache => cache_text(op, mount),
        pb::MountType::Tmpfs => match mount.tmpfs_opt {
            Some(pb::TmpfsOpt { size }) if size != 0 => format!("tmpfs size={size}"),
            _ => "tmpfs".to_owned(),
        },
        pb::MountType::Secret => {
            let opt = mount.secret_opt.clone().unwrap_or_default();
            file_text("secret", &opt.id, (opt.uid, opt.gid, opt.mode), opt.optional)
        }
        pb::MountType::Ssh => {
            let opt = mount.ssh_opt.clone().unwrap_or_default();
            file_text("ssh", &opt.id, (opt.uid, opt.gid, opt.mode), opt.optional)
        }
    };
    match mount.content_cache() {
        pb::MountContentCache::Default => {}
        pb::MountContentCache::On => text.push_str(" content-cache=on"),
        pb::MountContentCache::Off => text.push_str(" content-cache=off"),
    }
    text
}

fn bind_text(op: &DecodedOp, mount: &pb::Mount) -> String {
    let source = source_text(op, mount);
    match (mount.readonly, mount.output) {
        (true, _) => format!("{source} readonly"),
        (false, output) if output < 0 => format!("{source} no-output"),
        (false, output) => format!("{source} => [{output}]"),
    }
}

fn cache_text(op: &DecodedOp, mount: &pb::Mount) -> String {
    let opt = mount.cache_opt.clone().unwrap_or_default();
    let sharing = match opt.sharing() {
        pb::CacheSharingOpt::Shared => "",
        pb::CacheSharingOpt::Private => " private",
        pb::CacheSharingOpt::Locked => " locked",
    };
    let readonly = if mount.readonly { " readonly" } else { "" };
    let base = match mount.input {
        input if input < 0 => String::new(),
        _ => format!(" base {}", source_text(op, mount)),
    };
    format!("cache {:?}{sharing}{readonly}{base}", opt.id)
}

fn source_text(op: &DecodedOp, mount: &pb::Mount) -> String {
    let source = nth_input(op, mount.input);
    if mount.selector.is_empty() { source } else { format!("{source}:{}", mount.selector) }
}

fn file_text(kind: &str, id: &str, (uid, gid, mode): (u32, u32, u32), optional: bool) -> String {
    let optional = if optional { " optional" } else { "" };
    let owner = if (uid, gid) == (0, 0) { String::new() } else { format!(" owner={uid}:{gid}") };
    format!("{kind} {id:?}{owner} mode={mode:04o}{optional}")
}
