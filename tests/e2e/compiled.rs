//! Compiled output in cache mounts: what another checkout made is never taken for what this one would make. The
//! compiler is a script that goes by times, as make, ninja and cargo do.

use std::fs::File;
use std::time::{Duration, SystemTime};

use crate::harness::{Build, Files, Project, engine, unique};
use crate::seeds::{TAG, builder, on};

const MAKE: &str = "for s in *.c; do o=target/${s%.c}; \
                    if [ ! -e $o ] || [ $s -nt $o ]; then cat $s > $o; echo $s >> /out/compiled; fi; done; \
                    touch /out/compiled; cat target/* > /out/program";

/// A checkout with two sources, made as many seconds ago.
pub(crate) fn checkout(file: &str, content: &str, a: &str, ago: u64) -> Project {
    let project = match file {
        "Dockerfile" => Project::without_manifest()
            .put(file, format!("# syntax={}\n{content}", engine().syntax()))
            .named(file),
        _ => Project::reporting(content),
    };
    let project = project.put("a.c", a).put("b.c", "b");
    for name in ["a.c", "b.c"] {
        let time = SystemTime::now() - Duration::from_secs(ago);
        let file = File::options().write(true).open(project.path().join(name));
        file.and_then(|file| file.set_modified(time)).expect("a time");
    }
    project
}

pub(crate) fn again<'p>(project: &'p Project, builder: &str) -> Build<'p> {
    on(project.build(), builder).arg(format!("--build-arg=STEP={}", unique("step")))
}

/// What was compiled, and what came of it.
pub(crate) fn made(files: &Files) -> (String, String) {
    (files.text("/compiled").replace('\n', " "), files.text("/program"))
}

pub(crate) fn manifest(image: &str) -> String {
    format!(
        "project = 'tests'\n[arg]\nSTEP = ''\n[seed]\nimage = '{image}'\ntags = ['main']\n\
         [cache.target]\ntarget = '/src/target'\ncompiled = true\n\
         [stage.work]\nfrom = 'busybox'\nworkdir = '/src'\n\
         [[stage.work.layer]]\nmkdir = '/out'\n\
         [[stage.work.layer]]\nname = 'make'\nuses = ['target']\ninputs = ['*.c']\n\
         env = {{ STEP = '${{STEP}}' }}\nrun = '''\n{MAKE}\n'''\n"
    )
}

/// On one builder with two checkouts, and from a seed of the other one.
#[test]
fn what_another_checkout_made_is_not_taken() {
    let image = format!("{}/test/{}", engine().registry(), unique("mounts"));
    let manifest = manifest(&image);
    let (old, new) = (
        checkout("strake.toml", &manifest, "old ", 1000),
        checkout("strake.toml", &manifest, "new ", 10),
    );
    let one = builder();
    assert_eq!(made(&again(&new, &one).files()), ("a.c b.c ".into(), "new b".into()));
    let output = format!("type=image,name={image}:{TAG},push=true");
    let export = ["--target", "@mounts", "--provenance=false", "--output", &output];
    again(&new, &one).args(export).ok();
    // Its sources are older than what is in the mount.
    assert_eq!(made(&again(&old, &one).files()), ("a.c ".into(), "old b".into()));
    assert_eq!(made(&again(&old, &one).files()), (String::new(), "old b".into()));
    assert_eq!(made(&again(&new, &one).files()), ("a.c ".into(), "new b".into()));
    let two = builder();
    let log = again(&old, &two).ok().log;
    assert!(log.contains("target primed ("), "{log}");
    let three = builder();
    assert_eq!(made(&again(&old, &three).files()), ("a.c ".into(), "old b".into()));
}

/// A mount of the author's own: sources are copied or bound, and the layer is what it would be.
#[test]
fn a_dockerfile_is_built_from_its_own_sources() {
    for (bind, copy) in [("", "COPY . .\n"), ("--mount=type=bind,target=.", "")] {
        let dockerfile = format!(
            "FROM busybox AS work\nARG STEP\nWORKDIR /src\nRUN mkdir /out\n{copy}\
             RUN --mount=type=cache,target=/src/target {bind} echo $STEP; {MAKE}; \
             stat -c '%n %Y' a.c b.c > /out/times; ls -A target >> /out/times\n\
             FROM scratch\nCOPY --from=work /out /\n"
        );
        let (old, new) = (
            checkout("Dockerfile", &dockerfile, "old ", 1000),
            checkout("Dockerfile", &dockerfile, "new ", 10),
        );
        let one = builder();
        assert_eq!(made(&again(&new, &one).files()), ("a.c b.c ".into(), "new b".into()), "{bind}");
        assert_eq!(made(&again(&old, &one).files()), ("a.c ".into(), "old b".into()), "{bind}");
        let files = again(&new, &one).files();
        assert_eq!(made(&files), ("a.c ".into(), "new b".into()), "{bind}");
        let times = files.text("/times");
        assert!(!times.contains("strake"), "{times}");
        // Of the step, the image has what the step made.
        let image = again(&old, &one).args(["--target", "work"]).image();
        let layer: Vec<String> = image.last_layer();
        assert!(
            !layer.iter().any(|line| line.contains(".c") || line.contains("dev")),
            "{layer:#?}"
        );
        // Without it, the place of the mount would have to be in what is bound read-only.
        if !bind.is_empty() {
            continue;
        }
        let directive = dockerfile.replace("RUN --mount", "# strake: compiled=off\nRUN --mount");
        let off = checkout("Dockerfile", &directive, "off ", 1000);
        assert_eq!(made(&again(&off, &one).files()).0, "", "{bind}");
    }
}

/// A layer that is cached stays so, and a command that fails says what it says.
#[test]
fn a_cached_step_stays_cached_and_a_failure_shows() {
    let manifest = manifest("127.0.0.1:1/none");
    let project = checkout("strake.toml", &manifest, "a ", 10);
    let builder = builder();
    let build = || on(project.build(), &builder).arg("--build-arg=STRAKE_SEED=off");
    build().ok();
    assert!(build().trace().vertex("make").cached);
    let failing = Project::new(
        "project = 'tests'\n[cache.target]\ntarget = '/t'\ncompiled = true\n[stage.a]\nfrom = 'busybox'\nuser = '7:7'\n\
         [[stage.a.layer]]\nuses = ['target']\nrun = 'id -u; touch /t/x; exit 42'\n",
    );
    let failed = on(failing.build(), &builder).fails();
    failed.says("exit code: 42").says("7");
}
