//! What a layer of packages is made of: nothing but what they bring, and with an epoch the same from
//! every build.

use std::collections::BTreeMap;
use std::{fs, thread};

use strake_llb::digest;

use super::{build, downloaded, install};
use crate::harness::{Project, unique};

const EPOCH: &str = "--build-arg=SOURCE_DATE_EPOCH=1600000000";
const DATE: &str = "2020-09-13 12:26:40";

/// Packages whose scripts make users and groups (with the day in `/etc/shadow`), caches of the linker,
/// of fonts and of Python, alternatives, settings and a machine id.
const PACKAGES: &str = "['openssh-client', 'dbus', 'fontconfig', 'python3-yaml', 'less']";

/// Path and the rest of a line of `tar -tv`.
fn entries(layer: &[String]) -> BTreeMap<String, String> {
    let path = |line: &String| {
        let path = line.split_whitespace().nth(5).unwrap_or_default();
        (path.to_owned(), line.clone())
    };
    layer.iter().map(path).collect()
}

#[test]
#[ignore = "heavy; always: apt::nothing_of_the_caches_is_in_the_image"]
fn neither_logs_nor_caches_nor_old_copies_are_in_the_layer() {
    let project = install("", PACKAGES, "");
    let image = build(&project, &unique("word")).args(["--target", "work"]).image();
    let layer = image.last_layer();
    for left in [".log", "aux-cache", "-old", "eipp", "/var/log/", "strake"] {
        let found: Vec<_> = layer.iter().filter(|line| line.contains(left)).collect();
        assert!(found.is_empty(), "{left}: {found:#?}");
    }
    assert!(layer.iter().any(|line| line.ends_with(" usr/bin/ssh")), "{layer:#?}");
}

#[test]
#[ignore = "heavy; always: apt::layer::what_the_step_changed_has_the_time_and_nothing_else_is_there"]
fn two_builds_from_empty_give_the_same_layer() {
    let digest = || {
        let project = install("", PACKAGES, "");
        let build = build(&project, &unique("word")).args([EPOCH, "--no-cache"]);
        let image = build.args(["--target", "work"]).image();
        let (_, manifest) = image.manifests().remove(0);
        let layers = manifest["layers"].as_array().expect("layers").clone();
        (layers.last().expect("a layer")["digest"].clone(), image)
    };
    let ((first, one), (second, other)) = (digest(), digest());
    assert_eq!(one.last_layer(), other.last_layer());
    assert_eq!(first, second);
}

/// Everything that is new has the time; directories above it that nothing was put into have their
/// own.
#[test]
fn what_the_step_changed_has_the_time_and_nothing_else_is_there() {
    let before = "find / -xdev -type d -printf '%P\\td\\n' > /tmp/before
        find / -xdev -type f -exec sha256sum {} + | sed -E 's,^(\\S+)  /(.*),\\2\\t\\1,' >> /tmp/before
        mv /tmp/before /before";
    let word = unique("word");
    let project = Project::new(&format!(
        "[stage.seen]\nfrom = 'debian'\nlayer = [{{ run = '''{before}''' }}]\n\
         [stage.files]\nfrom = 'scratch'\n\
         layer = [{{ copy = {{ from = 'seen', src = '/before', dest = '/' }} }}]\n\
         [stage.work]\nfrom = 'debian'\n\
         layer = [{{ apt = {PACKAGES}, env = {{ WORD = '{word}' }} }}]\n"
    ));
    let before = build(&project, "").args(["--target", "files"]).files().text("/before");
    let before: BTreeMap<&str, &str> =
        before.lines().filter_map(|line| line.split_once('\t')).collect();
    let image = build(&project, &unique("word")).arg(EPOCH).image();
    let layer = entries(&image.last_layer());
    assert!(layer.len() > 400, "{}", layer.len());
    for (path, line) in &layer {
        let whiteout = path.contains("/.wh.");
        let directory = line.starts_with('d');
        let known = before.get(path.trim_end_matches('/'));
        assert!(whiteout || line.contains(DATE) || (directory && known.is_some()), "{line}");
    }
    // A package of the base may be there in a newer version, with files that are the same in both.
    let directory = image.unpacked_last_layer();
    let settings = |path: &&String| path.starts_with("etc/") || path.starts_with("var/");
    for path in layer.keys().filter(settings).filter(|path| !path.contains("/dpkg/info/")) {
        let file = directory.path().join(path);
        if file.symlink_metadata().is_ok_and(|found| found.is_file()) {
            let digest = digest(&fs::read(&file).expect("a file")).to_string();
            let same = before.get(path.as_str()).is_some_and(|sum| digest.ends_with(sum));
            assert!(!same, "{path} is as it was");
        }
    }
    // The day on which a user was made is that of the epoch, too.
    let shadow = image.file_of_last_layer("etc/shadow");
    let shadow = String::from_utf8_lossy(&shadow).into_owned();
    assert!(shadow.contains("\nmessagebus:!:18518:"), "{shadow}");
    assert!(!layer.contains_key("etc/machine-id"));
    assert!(!layer.contains_key("var/lib/dbus/machine-id"));
    assert!(layer["usr/"].contains(" 20") && !layer["usr/"].contains(DATE), "{}", layer["usr/"]);
    assert!(layer["usr/bin/"].contains(DATE), "{}", layer["usr/bin/"]);
}

/// Python knows a compiled module by the time of its source, unless it was told of the epoch.
#[test]
fn compiled_modules_of_python_are_good_after_their_times_were_set() {
    let seen = "{ run = 'python3 -v -c \"import yaml\" 2>&1 | grep yaml/.*/__init__ > /out/seen' }";
    let project = install("", "['python3-yaml']", seen);
    let seen = build(&project, &unique("word")).arg(EPOCH).files().text("/seen");
    assert!(seen.contains(".pyc matches ") && !seen.contains("stale"), "{seen}");
}

/// Without an epoch, times are those of the packages and of the build.
#[test]
fn without_an_epoch_times_are_left_alone() {
    let project = install("", "['jq']", "");
    let image = build(&project, &unique("word")).args(["--target", "work"]).image();
    let layer = image.last_layer();
    assert!(layer.iter().any(|line| line.ends_with(" usr/bin/jq")));
    assert!(!layer.iter().any(|line| line.contains(DATE)), "{layer:#?}");
}

/// The files of the official images, as they have them.
#[test]
fn the_hooks_of_the_official_images_leave_the_mount_alone() {
    let hook = r#"DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/archives/partial/*.deb /var/cache/apt/*.bin || true"; };
APT::Update::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/archives/partial/*.deb /var/cache/apt/*.bin || true"; };
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
"#;
    let namespace = unique("word");
    let log = |apt: &str| {
        let word = unique("word");
        let project = Project::reporting(&format!(
            "[stage.work]\nfrom = 'debian'\n[[stage.work.layer]]\nsteps = [\n\
             {{ write = {{ path = '/etc/apt/apt.conf.d/docker-clean', content = '''{hook}''' }} }},\n\
             {{ write = {{ path = '/etc/apt/apt.conf.d/docker-gzip-indexes', \
             content = 'Acquire::GzipIndexes \"true\";' }} }},\n{{ mkdir = '/out' }}]\n\
             [[stage.work.layer]]\napt = {apt}\nenv = {{ WORD = '{word}' }}\n"
        ));
        build(&project, &namespace).files().log
    };
    assert!(downloaded(&log("['jq']"), "jq"));
    let second = log("['jq', 'tree']");
    assert!(downloaded(&second, "tree") && !downloaded(&second, "jq"), "{second}");
}

/// apt itself looks at the size of an archive that is there, and no further.
#[test]
fn a_broken_archive_in_the_mount_is_fetched_again() {
    let namespace = unique("word");
    let seen = "{ run = 'jq -n 1 > /out/jq' }";
    build(&install("", "['jq']", seen), &namespace).files();
    let word = unique("word");
    let spoil = Project::new(&format!(
        "[stage.work]\nfrom = 'debian'\n[[stage.work.layer]]\nuses = ['apt']\n\
         env = {{ WORD = '{word}' }}\nrun = '''\ncd /var/cache/strake/apt/archives\n\
         for file in jq_*.deb; do\n\
         head -c $(stat -c %s $file) /dev/zero > zeros; cat zeros > $file; rm zeros; done\n'''\n"
    ));
    build(&spoil, &namespace).warm();
    let again = build(&install("", "['jq']", seen), &namespace).files();
    assert_eq!(again.text("/jq"), "1\n");
    assert!(downloaded(&again.log, "jq"), "{}", again.log);
    assert!(!downloaded(&again.log, "libjq1"), "{}", again.log);
}

#[test]
#[ignore = "heavy; always: apt::a_changed_list_takes_what_is_there_from_the_mount"]
fn builds_at_the_same_time_do_not_spoil_the_mount() {
    let namespace = unique("word");
    let found = thread::scope(|scope| {
        let builds: Vec<_> = ["jq", "tree", "less", "file"]
            .into_iter()
            .map(|package| {
                let namespace = &namespace;
                scope.spawn(move || {
                    let seen = format!("{{ run = 'which {package} > /out/found' }}");
                    let project = install("", &format!("['{package}']"), &seen);
                    build(&project, namespace).files().text("/found")
                })
            })
            .collect();
        let found = builds.into_iter().map(|build| build.join().expect("a build"));
        found.collect::<Vec<_>>()
    });
    assert_eq!(found, ["/usr/bin/jq\n", "/usr/bin/tree\n", "/usr/bin/less\n", "/usr/bin/file\n"]);
    // All that each of them fetched is there for the next.
    let all = build(&install("", "['jq', 'tree', 'less', 'file']", ""), &namespace).files();

    for package in ["jq", "tree", "less", "file", "libjq1", "libmagic1"] {
        assert!(!downloaded(&all.log, package), "{package}: {}", all.log);
    }
}
