//! What a layer says besides its action: network, security, environment, user, working directory,
//! shell, conditions.

use crate::harness::{Project, Server, default_network_is_the_hosts, unique};

/// A stage with keys of its own and one layer that runs a script.
fn stage(keys: &str, layer: &str, script: &str) -> Project {
    Project::reporting(&format!(
        "[stage.work]\nfrom = 'busybox'\n{keys}\n\
         [[stage.work.layer]]\nmkdir = {{ path = '/out', mode = '0777' }}\n\
         [[stage.work.layer]]\n{layer}\nrun = '''\n{script}\n'''\n"
    ))
}

fn layer(modifiers: &str, script: &str) -> Project {
    stage("", modifiers, script)
}

const LINKS: &str = "ls /sys/class/net | sort | tr '\\n' ' ' > /out/links";

#[test]
fn without_a_network_there_is_loopback_alone() {
    let links = |modifiers: &str| {
        let files = layer(modifiers, LINKS).build().files();
        files.text("/links").split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(links("network = 'none'"), ["lo"]);
    assert!(links("network = 'default'").len() > 1);
    assert!(links("").len() > 1);
}

#[test]
fn the_network_of_the_host_is_the_builders() {
    let server = Server::start();
    server.put("/here", "from the host");
    let (url, word) = (server.url("/here"), unique("word"));
    let fetch =
        format!("from urllib.request import urlopen; urlopen(\"{url}\"); print(\"{word}\")");
    let project = |modifiers: &str| {
        Project::new(&format!(
            "[stage.app]\nfrom = 'debian'\n[[stage.app.layer]]\n{modifiers}\n\
             run = ['python3', '-c', '{fetch}']\n"
        ))
    };
    let allow = ["--allow=network.host", "--output=type=cacheonly"];
    project("network = 'host'").build().args(allow).ok();
    let default = project("network = 'default'").build().arg("--output=type=cacheonly").run();
    let is_hosts = default_network_is_the_hosts();
    assert_eq!(default.success, is_hosts, "{}", default.log);
    assert!(is_hosts || default.log.contains("Connection refused"), "{}", default.log);
    // What a layer does not say is what the build says.
    for modifiers in ["", "network = 'default'"] {
        project(modifiers).build().args(allow).arg("--network=host").ok();
    }
    project("network = 'none'").build().args(allow).arg("--network=host").fails();
}

#[test]
fn a_privileged_step_needs_permission() {
    let script = "grep CapEff /proc/self/status > /out/caps";
    let project = layer("security = 'insecure'", script);
    project.build().fails().says("security.insecure");
    // Docker's own daemon gives it only where its settings say so; that it refuses shows all the same
    // that the step asked.
    let allowed = project.build().arg("--allow=security.insecure").run();
    assert!(allowed.success || allowed.log.contains("security.insecure"), "{}", allowed.log);
    let usual = layer("security = 'sandbox'", script).build().files().text("/caps");
    assert!(!usual.contains("ffffffff"), "{usual}");
}

#[test]
fn the_environment_of_stage_and_layer() {
    let project = stage(
        "env = { A = 'stage', B = 'stage', PATH = '/opt/bin:${PATH}' }",
        "env = { B = 'layer', C = '${A}-${NONE:-none}', PATH = '${PATH}:/last' }",
        "echo $A $B $C $PATH > /out/env",
    );
    let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    let expected = format!("stage layer stage-none /opt/bin:{path}:/last\n");
    assert_eq!(project.build().files().text("/env"), expected);
    let image = project.build().args(["--target", "work"]).image();
    let env = image.config()["config"]["Env"].to_string();
    assert!(env.contains(&format!("\"PATH=/opt/bin:{path}\"")), "{env}");
    assert!(env.contains("\"B=stage\"") && !env.contains("C="), "{env}");
}

#[test]
fn a_variable_that_nobody_sets_is_pointed_at() {
    let project = layer("env = { A = '${NOBODY}' }", "true");
    project.build().fails().says("`NOBODY` is not set").says("strake.toml:8");
}

#[test]
fn a_stage_hands_its_environment_on() {
    let project = Project::reporting(
        "[stage.below]\nfrom = 'busybox'\nenv = { A = 'below', B = 'x' }\n\
         workdir = '/srv'\nuser = '7:8'\nshell = ['/bin/sh', '-x', '-c']\n\
         layer = [{ mkdir = { path = '/out', mode = '0777' } }]\n\
         [stage.work]\nfrom = 'below'\nenv = { B = '${A}/work' }\nworkdir = 'sub'\n\
         layer = [{ run = 'echo $A $B $PWD $(id -u):$(id -g) $- > /out/state' }]\n",
    );
    let state = project.build().files().text("/state");
    assert!(state.starts_with("below below/work /srv/sub 7:8 "), "{state}");
    assert!(state.contains('x') && state.contains('e'), "{state}");
}

#[test]
fn users_by_number_and_by_name() {
    let project = stage(
        "user = '7:8'",
        "steps = [ { run = 'echo $(id -u):$(id -g) > /out/stage' } ]\n\
         [[stage.work.layer]]\nuser = '0'\n\
         run = 'echo app:x:1234:2345::/:/bin/sh >> /etc/passwd; echo staff:x:99: >> /etc/group'\n\
         [[stage.work.layer]]\nuser = 'app:staff'\n\
         run = 'echo $(id -u):$(id -g) > /out/names'\n\
         [[stage.work.layer]]\nuser = 'app'",
        "echo $(id -u):$(id -g) > /out/name",
    );
    let files = project.build().files();
    assert_eq!(files.text("/stage"), "7:8\n");
    assert_eq!(files.text("/names"), "1234:99\n");
    assert_eq!(files.text("/name"), "1234:2345\n");
}

#[test]
fn working_directories_are_joined_and_made() {
    let project = stage(
        "workdir = 'srv/../srv/app'",
        "workdir = 'sub/dir'",
        "pwd > /out/layer\n'''\n[[stage.work.layer]]\nrun = '''\npwd > /out/stage",
    );
    let files = project.build().files();
    assert_eq!(files.text("/layer"), "/srv/app/sub/dir\n");
    assert_eq!(files.text("/stage"), "/srv/app\n");
    let image = project.build().args(["--target", "work"]).image();
    assert_eq!(image.config()["config"]["WorkingDir"], "/srv/app");
}

/// As in a Dockerfile; a name may be one that a layer below makes, so it can't be looked up yet.
#[test]
fn the_working_directory_is_the_users() {
    let owner = |user: &str| {
        let manifest = format!("[stage.app]\nfrom = 'busybox'\nworkdir = '/srv/app'\n{user}\n");
        let listing = Project::new(&manifest).build().listing();
        listing.entry("srv/app").owner.to_owned()
    };
    assert_eq!(owner(""), "0/0");
    assert_eq!(owner("user = '7:8'"), "7/8");
    assert_eq!(owner("user = 'nobody-yet'"), "0/0");
    let inherited = Project::new(
        "[stage.below]\nfrom = 'busybox'\n\
         layer = [{ run = 'echo app:x:1234:2345::/:/bin/sh >> /etc/passwd' }]\nimage.user = 'app'\n\
         [stage.app]\nfrom = 'below'\nuser = 'app'\nworkdir = '/srv'\n\
         [stage.last]\nfrom = 'app'\nworkdir = '/last'\n",
    );
    assert_eq!(inherited.build().listing().entry("last").owner, "1234/2345");
}

#[test]
fn the_shell_of_stage_and_layer() {
    let project = stage(
        "shell = ['/bin/sh', '-o', 'pipefail', '-c']",
        "shell = ['/bin/awk']",
        "BEGIN { print 6 * 7 > \"/out/awk\" }\n'''\n\
         [[stage.work.layer]]\nrun = '''\nset -o | grep pipefail > /out/sh",
    );
    let files = project.build().files();
    assert_eq!(files.text("/awk"), "42\n");
    assert!(files.text("/sh").ends_with("on\n"), "{}", files.text("/sh"));
    // The shell of the steps is not that of the image.
    let image = project.build().args(["--target", "work"]).image();
    assert_eq!(image.config()["config"]["Shell"], serde_json::Value::Null);
}

#[test]
fn a_layer_that_is_not_wanted_is_not_there() {
    let project = Project::new(
        "[arg]\nFLAVOUR = { default = 'slim', choices = ['slim', 'full', 'debug'] }\n\
         [stage.app]\nfrom = 'scratch'\n\
         [[stage.app.layer]]\nwrite = { path = '/always', content = '' }\n\
         [[stage.app.layer]]\nwhen = { FLAVOUR = ['full', 'debug'] }\n\
         write = { path = '/full', content = '' }\n\
         [[stage.app.layer]]\nwhen = { FLAVOUR = 'slim', platform = ['linux/amd64', 'linux/arm64'] }\n\
         write = { path = '/slim', content = '' }\n\
         [[stage.app.layer]]\nwhen = { platform = 'linux/s390x' }\ncopy = { from = 'no.such/image', src = '/', dest = '/' }\n",
    );
    let paths = |flavour: &str| {
        let listing =
            project.build().args(["--build-arg", &format!("FLAVOUR={flavour}")]).listing();
        listing.paths().into_iter().map(str::to_owned).collect::<Vec<String>>()
    };
    assert_eq!(paths("slim"), ["always", "slim"]);
    assert_eq!(paths("debug"), ["always", "full"]);
    assert_eq!(
        project.build().trace().vertices.iter().filter(|v| v.name.contains("write")).count(),
        2
    );
}

#[test]
fn names_are_shown() {
    let trace = layer("name = 'a name of its own'", "true").build().trace();
    trace.vertex("[work 3/3] a name of its own: run true");
}
