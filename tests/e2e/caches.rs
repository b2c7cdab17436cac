//! Cache mounts: what survives, who shares it, whose it is. Each test has a namespace of its own for
//! the ids, so that tests do not meet.

use crate::harness::{Build, Project, unique};

/// A stage from busybox with a cache `own`, and one layer that uses it.
fn project(cache: &str, layer: &str, script: &str) -> Project {
    Project::reporting(&format!(
        "project = 'tests'\n[arg]\nSTEP = '0'\n[cache.own]\ntarget = '/cache'\n{cache}\n\
         [stage.work]\nfrom = 'busybox'\n\
         [[stage.work.layer]]\nmkdir = {{ path = '/out', mode = '0777' }}\n\
         [[stage.work.layer]]\nuses = ['own']\nenv = {{ STEP = '${{STEP}}' }}\n{layer}\n\
         run = '''\n{script}\n'''\n"
    ))
}

/// Builds in a namespace, with a word that makes the step run.
fn step<'p>(project: &'p Project, namespace: &str) -> Build<'p> {
    let step = format!("--build-arg=STEP={}", unique("word"));
    project.build().args([step, format!("--build-arg=BUILDKIT_CACHE_MOUNT_NS={namespace}")])
}

/// A script that counts in the cache how often it ran.
const COUNT: &str = "echo x >> /cache/count; wc -l < /cache/count > /out/count";

#[test]
fn content_survives_between_builds() {
    let project = project("", "", COUNT);
    let namespace = unique("word");
    assert_eq!(step(&project, &namespace).files().text("/count"), "1\n");
    assert_eq!(step(&project, &namespace).files().text("/count"), "2\n");
    assert_eq!(step(&project, &unique("word")).files().text("/count"), "1\n");
}

#[test]
fn nothing_of_a_cache_is_in_the_image() {
    let project = project("", "", COUNT);
    let image = step(&project, &unique("word")).args(["--target", "work"]).image();
    let layer = image.last_layer();
    assert!(layer.iter().any(|line| line.ends_with("out/count")), "{layer:#?}");
    assert!(!layer.iter().any(|line| line.contains("cache")), "{layer:#?}");
}

/// Two projects may call their caches alike, on one builder and with no namespace.
#[test]
fn a_cache_is_the_projects_own() {
    let (one, two) = (unique("one"), unique("two"));
    let build = |name: &str| {
        let project = Project::reporting(&format!(
            "project = '{name}'\n[cache.own]\ntarget = '/cache'\n\
             [stage.work]\nfrom = 'busybox'\n[[stage.work.layer]]\nuses = ['own']\n\
             run = ': {}; echo {name} >> /cache/who; mkdir /out; cp /cache/who /out'\n",
            unique("step")
        ));
        project.build().files().text("/who")
    };
    assert_eq!(build(&one), format!("{one}\n"));
    assert_eq!(build(&two), format!("{two}\n"));
    assert_eq!(build(&one), format!("{one}\n{one}\n"));
}

/// The daemon would make them as root. Those that are there stay as they are.
#[test]
fn directories_above_a_mount_are_the_users() {
    let project = Project::reporting(&format!(
        "project = 'tests'\n[cache.next]\ntarget = '/app/.next/cache'\n\
         [cache.deep]\ntarget = '/kept/a/b/cache'\nuid = 1234\n\
         [stage.work]\nfrom = 'busybox'\nlayer = [\n\
         {{ run = ': {}; echo app:x:1234:1234::/:/bin/sh >> /etc/passwd; mkdir -m 0777 /out; \
            mkdir -m 0711 /kept; chown 5:6 /kept' }},\n\
         {{ user = '1001', uses = ['next'], run = 'mkdir /app/.next/server; \
            stat -c \"%n %a %u\" /app /app/.next > /out/number' }},\n\
         {{ user = 'app', uses = ['deep'], run = 'mkdir /kept/a/beside /kept/a/b/beside; \
            stat -c \"%n %a %u:%g\" /kept /kept/a /kept/a/b > /out/name' }},\n]\n",
        unique("step")
    ));
    let files = project.build().files();
    assert_eq!(files.text("/number"), "/app 755 1001\n/app/.next 755 1001\n");
    assert_eq!(
        files.text("/name"),
        "/kept 711 5:6\n/kept/a 755 1234:1234\n/kept/a/b 755 1234:1234\n"
    );
}

/// To BuildKit, steps that differ in the id of a cache mount alone are one step.
#[test]
fn plan_looks_into_each_mount() {
    let project = Project::reporting(
        "project = 'tests'\n[cache.full]\ntarget = '/full'\n[cache.empty]\ntarget = '/empty'\n\
         [stage.work]\nfrom = 'busybox'\nlayer = [\n\
         { uses = ['full'], run = 'mkdir /out && echo x > /full/x && echo x > /out/x' },\n\
         { uses = ['empty'], run = 'true' },\n]\n",
    );
    let namespace = format!("--build-arg=BUILDKIT_CACHE_MOUNT_NS={}", unique("word"));
    project.build().arg(&namespace).ok();
    for _ in 0..3 {
        let plan = project.build().args([&namespace, "--call=plan"]).ok().output;
        assert!(plan.contains("cache full at /full, shared, warm, "), "{plan}");
        assert!(plan.contains("cache empty at /empty, shared, cold, "), "{plan}");
    }
}

#[test]
fn an_id_is_shared_with_a_dockerfile() {
    let namespace = unique("word");
    let id = unique("word");
    let project = project(&format!("id = '{id}'"), "", COUNT);
    assert_eq!(step(&project, &namespace).files().text("/count"), "1\n");
    let dockerfile = format!(
        "FROM busybox AS work\nARG STEP\n\
         RUN --mount=type=cache,target=/elsewhere,id={id} wc -l < /elsewhere/count > /seen\n\
         FROM scratch\nCOPY --from=work /seen /\n"
    );
    let other = Project::without_manifest().named("Dockerfile").put("Dockerfile", dockerfile);
    assert_eq!(step(&other, &namespace).files().text("/seen"), "1\n");
}

#[test]
fn another_epoch_is_an_empty_cache() {
    let namespace = unique("word");
    let count = |epoch: &str| {
        let project = project(&format!("epoch = '{epoch}'"), "", COUNT);
        step(&project, &namespace).files().text("/count")
    };
    assert_eq!(count("1"), "1\n");
    assert_eq!(count("1"), "2\n");
    assert_eq!(count("2"), "1\n");
    assert_eq!(count("1"), "3\n");
}

const FACTS: &str = "stat -c '%u:%g %a' /cache > /out/facts; touch /cache/file && touch /out/fine";

#[test]
fn owner_and_mode_as_they_are_said() {
    for (cache, layer, facts) in [
        ("", "", "0:0 755\n"),
        ("uid = 7\ngid = 8\nmode = '0770'", "", "7:8 770\n"),
        ("mode = '0711'", "", "0:0 711\n"),
        ("", "user = '1000:1001'", "1000:1001 755\n"),
        ("", "user = '1000'", "1000:0 755\n"),
        ("gid = 5\nmode = '0700'", "user = '1000'", "1000:5 700\n"),
    ] {
        let files = step(&project(cache, layer, FACTS), &unique("word")).files();
        assert_eq!(files.text("/facts"), facts, "{cache} {layer}");
        assert!(files.has("/fine"), "{cache} {layer}");
    }
}

#[test]
fn the_owner_of_a_users_cache_is_asked_for() {
    let by_name = "user = 'app'\nsteps = [{ run = 'true' }]\n[[stage.work.layer]]";
    let failed = step(&project("", by_name, "true"), &unique("word")).fails();
    failed.says("the cache `own` needs an owner: `app` is not a number").says("uid = ...");
    let passwd = "steps = [{ run = 'echo app:x:1234:1234::/:/bin/sh >> /etc/passwd' }]\n\
                  [[stage.work.layer]]\nuses = ['own']\nuser = 'app'";
    let files = step(&project("uid = 1234", passwd, FACTS), &unique("word")).files();
    assert_eq!(files.text("/facts"), "1234:0 755\n");
    assert!(files.has("/fine"));
}

#[test]
fn the_environment_of_a_cache_is_that_of_the_steps_that_use_it() {
    let project = project(
        "env = { CACHE_DIR = '/cache', LEVEL = 'cache' }",
        "steps = [{ run = 'echo $CACHE_DIR $LEVEL > /out/with' }]\n\
         [[stage.work.layer]]\nuses = ['own']\nenv = { LEVEL = 'layer' }\n\
         run = 'echo $CACHE_DIR $LEVEL > /out/over'\n\
         [[stage.work.layer]]",
        "echo ${CACHE_DIR-none} > /out/without",
    );
    let files = step(&project, &unique("word")).files();
    assert_eq!(files.text("/with"), "/cache cache\n");
    assert_eq!(files.text("/over"), "/cache layer\n");
    assert_eq!(files.text("/without"), "none\n");
}

/// Two stages that run at the same time and use the cache with one sharing mode. They meet in
/// another cache, which both share, before they look at theirs.
fn two(sharing: &str, script: &str) -> Project {
    let stage = |name: &str, other: &str| {
        let script = script.replace("ME", name).replace("OTHER", other);
        format!(
            "[stage.{name}]\nfrom = 'busybox'\n[[stage.{name}.layer]]\n\
             uses = ['own', 'meeting']\nenv = {{ STEP = '${{STEP}}' }}\nrun = '''\n{script}'''\n"
        )
    };
    Project::new(&format!(
        "project = 'tests'\n[arg]\nSTEP = '0'\n\
         [cache.own]\ntarget = '/own'\nsharing = '{sharing}'\n\
         [cache.meeting]\ntarget = '/meeting'\n{}{}\
         [stage.seen]\nfrom = 'scratch'\nlayer = [{{ copy = [\n\
         {{ from = 'a', src = '/seen', dest = '/a' }}, {{ from = 'b', src = '/seen', dest = '/b' }}] }}]\n",
        stage("a", "b"),
        stage("b", "a"),
    ))
}

const MEET: &str = "
touch /meeting/ME
for i in $(seq 100); do test -e /meeting/OTHER && break; sleep 0.1; done
test -e /meeting/OTHER
touch /own/ME
touch /meeting/ME-done
for i in $(seq 100); do test -e /meeting/OTHER-done && break; sleep 0.1; done
ls /own | tr '\\n' ' ' > /seen
";

#[test]
fn a_shared_cache_is_used_by_both_at_once() {
    let files = step(&two("shared", MEET), &unique("word")).files();
    assert_eq!((files.text("/a"), files.text("/b")), ("a b ".to_owned(), "a b ".to_owned()));
}

#[test]
fn a_private_cache_is_each_ones_own() {
    let files = step(&two("private", MEET), &unique("word")).files();
    assert_eq!((files.text("/a"), files.text("/b")), ("a ".to_owned(), "b ".to_owned()));
}

/// The second waits for the first, and finds what it left.
#[test]
fn a_locked_cache_is_used_by_one_after_the_other() {
    let script = "
touch /meeting/ME
for i in $(seq 30); do
    if test -e /meeting/OTHER && ! test -e /meeting/OTHER-done; then exit 1; fi
    if test -e /meeting/OTHER-done; then break; fi
    sleep 0.1
done
touch /own/ME /meeting/ME-done
ls /own | tr '\\n' ' ' > /seen
";
    let files = step(&two("locked", script), &unique("word")).files();
    let mut seen = [files.text("/a"), files.text("/b")];
    seen.sort_by_key(String::len);
    assert!(seen[0] == "a " || seen[0] == "b ", "{seen:?}");
    assert_eq!(seen[1], "a b ");
}

#[test]
fn a_preset_is_refined() {
    let project = Project::reporting(
        "[arg]\nSTEP = '0'\n[cache.uv]\ntarget = '/uv'\nenv = { UV_CACHE_DIR = '/uv' }\nmode = '0711'\n\
         [stage.work]\nfrom = 'busybox'\nlayer = [{ mkdir = '/out' }, { uses = ['uv'], \
         run = 'echo $UV_CACHE_DIR $UV_LINK_MODE $(stat -c %a /uv) > /out/seen' }]\n",
    );
    assert_eq!(step(&project, &unique("word")).files().text("/seen"), "/uv copy 711\n");
}

/// Emptied and run: what users of `--no-cache` expect.
#[test]
fn no_cache_empties_the_mount() {
    let project = project("", "", COUNT);
    let namespace = unique("word");
    assert_eq!(step(&project, &namespace).files().text("/count"), "1\n");
    assert_eq!(step(&project, &namespace).arg("--no-cache").files().text("/count"), "1\n");
}
