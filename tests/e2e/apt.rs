//! `apt`: packages of a real mirror, with a cache of its own for each test.

mod archive;
mod layer;
mod sources;

use crate::harness::{Build, Project, unique};

/// A stage from Debian whose layer installs packages, and what is seen of it. The id of a cache is
/// no part of a step's own cache key, so a word makes sure that the step runs.
fn install(keys: &str, apt: &str, more: &str) -> Project {
    let word = unique("word");
    Project::reporting(&format!(
        "[stage.work]\nfrom = 'debian'\n{keys}\n\
         layer = [{{ mkdir = {{ path = '/out', mode = '0777' }} }},\n\
         {{ apt = {apt}, env = {{ WORD = '{word}' }} }}, {more}]\n"
    ))
}

fn build<'p>(project: &'p Project, namespace: &str) -> Build<'p> {
    project.build().arg(format!("--build-arg=BUILDKIT_CACHE_MOUNT_NS={namespace}"))
}

/// Whether apt got a package from the mirror: `Get:1 http://... bookworm/main amd64 jq amd64 1.6`.
fn downloaded(log: &str, package: &str) -> bool {
    let word = format!(" {package} ");
    log.lines().any(|line| line.contains(" Get:") && line.contains(&word))
}

#[test]
fn a_changed_list_takes_what_is_there_from_the_mount() {
    let namespace = unique("word");
    let seen = "{ run = 'which jq tree > /out/found || true; jq -n 6*7 > /out/jq' }";
    let project = install("", "['jq']", seen);
    let first = build(&project, &namespace).files();
    assert_eq!(first.text("/found"), "/usr/bin/jq\n");
    assert_eq!(first.text("/jq"), "42\n");
    assert!(downloaded(&first.log, "jq"), "{}", first.log);

    let project = install("", "['jq', 'tree']", seen);
    let second = build(&project, &namespace).files();
    assert_eq!(second.text("/found"), "/usr/bin/jq\n/usr/bin/tree\n");
    assert!(downloaded(&second.log, "tree"), "{}", second.log);
    assert!(!downloaded(&second.log, "jq"), "{}", second.log);
}

/// The image has the packages and what says which are there, and nothing of apt's caches.
#[test]
fn nothing_of_the_caches_is_in_the_image() {
    let project = install("", "['jq']", "");
    let image = build(&project, &unique("word")).args(["--target", "work"]).image();
    let layer = image.last_layer();
    let has = |text: &str| layer.iter().any(|line| line.contains(text));
    for kept in [" usr/bin/jq", " var/lib/dpkg/status", " var/lib/apt/extended_states"] {
        assert!(has(kept), "{kept}: {layer:#?}");
    }
    for left in [".deb", "var/lib/apt/lists/", "var/cache/apt/", "strake", "apt.conf"] {
        assert!(!has(left), "{left}: {layer:#?}");
    }
}

#[test]
fn packages_are_marked_as_asked_for() {
    let seen = "{ run = 'apt-mark showmanual > /out/manual; apt-mark showauto > /out/auto' }";
    let files = build(&install("", "['jq']", seen), &unique("word")).files();
    let has = |path: &str, package: &str| files.text(path).lines().any(|line| line == package);
    assert!(has("/manual", "jq") && !has("/manual", "libjq1"));
    assert!(has("/auto", "libjq1") && !has("/auto", "jq"));
}

/// The package procps recommends psmisc.
#[test]
fn recommended_packages_come_where_it_is_said() {
    let found = |table: &str| {
        let apt = format!("{{ packages = ['procps']{table} }}");
        let project = install("", &apt, "{ run = 'which ps killall > /out/found || true' }");
        build(&project, &unique("word")).files().text("/found")
    };
    assert_eq!(found(""), "/usr/bin/ps\n");
    assert_eq!(found(", recommends = true"), "/usr/bin/ps\n/usr/bin/killall\n");
}

/// Words that mean something to a shell reach apt as they are.
#[test]
fn versions_and_patterns_are_no_business_of_the_shell() {
    let seen = "{ run = 'which jq tree > /out/found' }";
    let project = install("", "['jq=1.*', 'tree/bookworm']", seen);
    assert_eq!(
        build(&project, &unique("word")).files().text("/found"),
        "/usr/bin/jq\n/usr/bin/tree\n"
    );
    let project = install("", "['jq; touch /out/injected; echo']", "");
    build(&project, &unique("word")).fails().says("invalid-package");
}

#[test]
fn apt_works_as_root_whoever_the_image_is_for() {
    let seen = "{ run = 'id -u > /out/user; jq -n 1 > /out/jq' }";
    let files = build(&install("user = '1000'", "['jq']", seen), &unique("word")).files();
    assert_eq!((files.text("/user"), files.text("/jq")), ("1000\n".into(), "1\n".into()));
}

#[test]
fn who_cannot_install_packages_is_told_why() {
    let failed = build(&install("", "['jq'], user = '1000'", ""), &unique("word")).fails();
    failed.says("packages are installed by root");
    let project = Project::new("[stage.work]\nfrom = 'busybox'\nlayer = [{ apt = ['jq'] }]\n");
    build(&project, &unique("word")).fails().says("there is no apt-get in this image");
}

#[test]
fn a_package_that_is_not_there_fails_the_build() {
    let failed = build(&install("", "['no-such-package']", ""), &unique("word")).fails();
    failed.says("Unable to locate package no-such-package").says("strake.toml:");
}
