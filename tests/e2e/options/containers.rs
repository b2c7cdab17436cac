//! What the container of a step gets: hosts, network, limits, memory, hostname, control group.

use std::fs;
use std::path::PathBuf;

use crate::harness::{Project, Server, default_network_is_the_hosts, unique};

/// What a script prints in a step of a build with some flags.
fn step(script: &str, flags: &[&str]) -> String {
    layer(&format!("run = '({script}) > /seen'"), flags)
}

fn layer(layer: &str, flags: &[&str]) -> String {
    let manifest = format!("[stage.app]\nfrom = \"busybox\"\n\n[[stage.app.layer]]\n{layer}\n");
    Project::new(&manifest).build().args(flags.iter().copied()).files().text("/seen")
}

#[test]
fn hosts_are_added() {
    let flags = ["--add-host", "Mirror.test:192.0.2.1", "--add-host", "v6.test=2001:db8::1"];
    let seen = step("cat /etc/hosts", &flags);
    let has = |address: &str, name: &str| {
        seen.lines().any(|line| line.split_whitespace().eq([address, name]))
    };
    assert!(has("192.0.2.1", "mirror.test"), "{seen}");
    assert!(has("2001:db8::1", "v6.test"), "{seen}");
}

#[test]
fn no_network_is_nothing_but_loopback() {
    let interfaces = "ls /sys/class/net";
    assert_eq!(step(interfaces, &["--network=none"]), "lo\n");
    assert_ne!(step(interfaces, &[]), "lo\n");
}

#[test]
fn the_network_of_the_host_reaches_its_loopback() {
    let server = Server::of([("/file", unique("host"))]);
    let project = Project::new(&format!(
        r#"
[stage.app]
from = "debian"
shell = ["/bin/bash", "-c"]

[[stage.app.layer]]
run = """
exec 3<>/dev/tcp/{}
printf 'GET /file HTTP/1.0\\r\\n\\r\\n' >&3
tail -n 1 <&3 > /seen
"""
"#,
        server.address().replace(':', "/"),
    ));
    let host = project.build().arg("--network=host").files();
    assert!(host.text("/seen").starts_with("host-"), "{}", host.text("/seen"));
    assert_eq!(server.requests(), ["GET /file"]);
    // Both networks have the same cache key.
    let default = project.build().arg("--no-cache").run();
    let is_hosts = default_network_is_the_hosts();
    assert_eq!(default.success, is_hosts, "{}", default.log);
    assert!(is_hosts || default.log.contains("Connection refused"), "{}", default.log);
}

/// The flag allows what it asks for; what a layer asks for, the client has to allow.
#[test]
fn a_layer_gets_the_network_of_the_host_if_it_is_allowed() {
    let host = "network = \"host\"\nrun = 'readlink /proc/self/ns/net > /seen'";
    let namespace = layer(host, &["--allow", "network.host"]);
    let default = layer("run = 'readlink /proc/self/ns/net > /seen'", &["--no-cache"]);
    assert_eq!(namespace == default, default_network_is_the_hosts(), "{namespace}{default}");
    let project =
        Project::new(&format!("[stage.app]\nfrom = \"busybox\"\n\n[[stage.app.layer]]\n{host}\n"));
    project.build().fails().says("network.host");
}

/// What a layer says of its network comes before what the build says; `default` is what the build
/// says.
#[test]
fn a_layer_can_choose_its_network() {
    let list = "run = 'ls /sys/class/net > /seen'";
    assert_eq!(layer(&format!("network = \"none\"\n{list}"), &[]), "lo\n");
    assert_eq!(layer(&format!("network = \"default\"\n{list}"), &["--network=none"]), "lo\n");
    assert_ne!(layer(&format!("network = \"default\"\n{list}"), &[]), "lo\n");
}

#[test]
fn shared_memory_has_a_size() {
    let size = "df -k /dev/shm | tail -n 1 | tr -s \" \" | cut -d \" \" -f 2";
    assert_eq!(step(size, &["--shm-size", "12m"]), "12288\n");
    assert_eq!(step(size, &[]), "65536\n");
}

/// A mount of the layer's own at the same place is the one that counts.
#[test]
fn a_mount_of_the_layer_comes_before_the_size_of_shared_memory() {
    let own = "tmpfs = [{ target = \"/dev/shm\", size = \"8m\" }]\nrun = 'df -k /dev/shm > /seen'";
    assert!(layer(own, &["--shm-size", "12m"]).contains(" 8192 "));
}

#[test]
fn limits_are_set() {
    let flags = ["--ulimit", "nofile=1234:2345", "--ulimit", "core=0"];
    assert_eq!(step("ulimit -n; ulimit -H -n; ulimit -c", &flags), "1234\n2345\n0\n");
}

#[test]
fn the_hostname_is_set() {
    let flags = ["--build-arg", "BUILDKIT_SANDBOX_HOSTNAME=shipyard"];
    assert_eq!(step("hostname", &flags), "shipyard\n");
    assert_eq!(step("hostname", &[]), "buildkitsandbox\n");
}

/// With version 2 of control groups a step sees itself at the root: there the parent is looked for
/// on the host, where it stays behind.
#[test]
fn the_parent_of_the_control_group_is_set() {
    let parent = unique("strake");
    let seen = step("cat /proc/self/cgroup", &["--cgroup-parent", &format!("/{parent}")]);
    let left = left_behind(&parent);
    assert!(seen.contains(&format!("/{parent}/")) || !left.is_empty(), "{seen}");
    for group in left {
        // What is in use or gone by now is none of ours.
        let _ = fs::remove_dir(group.join("buildkit"));
        let _ = fs::remove_dir(group);
    }
}

/// Control groups of a name, in version 2 or in any controller of version 1.
fn left_behind(name: &str) -> Vec<PathBuf> {
    let root = PathBuf::from("/sys/fs/cgroup");
    let controllers = fs::read_dir(&root).into_iter().flatten().flatten().map(|entry| entry.path());
    let groups = controllers.chain([root.clone()]).map(|directory| directory.join(name));
    groups.filter(|group| group.is_dir()).collect()
}
