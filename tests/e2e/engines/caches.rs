//! What is strake's own, on older daemons: seeds, what is exportable, compiled output, named
//! contexts. What a daemon can't do is an error that names the release.

use super::Daemon;
use crate::compiled::{again, checkout, made, manifest};
use crate::harness::{Build, Project, engine, unique, unique_image};
use crate::seeds::{TAG, builder, on};

/// The output that pushes an image of cache mounts.
fn pushed(image: &str) -> [String; 4] {
    let output = format!("type=image,name={image}:{TAG},push=true");
    ["--target=@mounts", "--provenance=false", "--output", &output].map(str::to_owned)
}

/// A mount is exported, and fills that of another builder.
pub(super) fn seeds(daemon: &Daemon) {
    let image = format!("{}/test/{}", engine().registry(), unique("mounts"));
    let project = Project::reporting(&format!(
        "[arg]\nSTEP = ''\n[seed]\nimage = '{image}'\ntags = ['main']\n\
         [cache.own]\nid = '{}'\ntarget = '/cache'\n[stage.work]\nfrom = 'busybox'\n\
         [[stage.work.layer]]\nuses = ['own']\nenv = {{ STEP = '${{STEP}}' }}\n\
         run = 'mkdir /out; ls /cache > /out/list; mkdir -p /cache/sub; echo $STEP > /cache/sub/$STEP'\n",
        unique("engines")
    ));
    let (one, two) = (builder(), builder());
    let build = |builder: &str, step: &str| {
        on(project.build(), builder).arg(format!("--build-arg=STEP={step}"))
    };
    daemon.lives_through(build(&one, "a"), Build::ok);
    let export = build(&one, "a").args(pushed(&image));
    if daemon.is_of_0_8() {
        daemon
            .lives_through(export, Build::fails)
            .says("new in BuildKit 0.10")
            .says("(seed-no-program)");
        return;
    }
    daemon.lives_through(export, Build::ok);
    let files = daemon.lives_through(build(&two, "b"), Build::files);
    assert_eq!(files.text("/list"), "sub\n", "{}", files.log);
}

/// What another checkout made is older than these sources, and is not taken for them.
pub(super) fn compiled(daemon: &Daemon) {
    let manifest = manifest("127.0.0.1:1/none");
    let checkout = |content: &str, ago| checkout("strake.toml", &manifest, content, ago);
    let (old, new) = (checkout("old ", 1000), checkout("new ", 10));
    let one = builder();
    let build = |project| again(project, &one).arg("--build-arg=STRAKE_SEED=off");
    if daemon.is_of_0_8() {
        daemon.lives_through(build(&new), Build::fails).says("new in BuildKit 0.10");
        return;
    }
    let program = |project| made(&daemon.lives_through(build(project), Build::files));
    assert_eq!(program(&new), ("a.c b.c ".into(), "new b".into()));
    assert_eq!(program(&old), ("a.c ".into(), "old b".into()));
}

/// A layer that is exportable, and one that is not. Docker's own store exports no cache, whatever
/// the frontend.
pub(super) fn exportable(daemon: &Daemon) {
    let id = unique("exported");
    let project = Project::new(&format!(
        "[cache.own]\nid = '{id}'\ntarget = '/cache'\n[stage.app]\nfrom = 'busybox'\n\
         [[stage.app.layer]]\nrun = 'echo {id} > /below'\n\
         [[stage.app.layer]]\nuses = ['own']\nrun = 'echo {id} > /above'\n"
    ));
    let cache = unique_image("cache");
    let mut build = project.build().arg("--target=@registry");
    if daemon.exports_caches {
        build = build.arg(format!("--cache-to=type=registry,ref={cache},mode=max"));
    }
    if !daemon.is_of_0_8() {
        daemon.lives_through(build, Build::ok).says("/below");
        return;
    }
    daemon.lives_through(build, Build::fails).says("new in BuildKit 0.11").says("(unsupported)");
}

/// A directory and an image, for a manifest and for a Dockerfile.
pub(super) fn named_contexts(daemon: &Daemon) {
    let other = Project::without_manifest().put("file", "of the context");
    let context = format!("--build-context=other={}", other.path().display());
    let manifest = "[stage.app]\nfrom = 'scratch'\n\
                    layer = [{ copy = { from = 'other', src = 'file', dest = '/' } }]\n";
    let project = Project::new(manifest);
    let files = daemon.lives_through(project.build().arg(&context), Build::files);
    assert_eq!(files.text("/file"), "of the context");

    let text = format!("# syntax={}\nFROM busybox AS base\nFROM scratch\n", engine().syntax());
    let text = format!("{text}COPY --from=base /bin/busybox /\nCOPY --from=other file /\n");
    let project = Project::without_manifest().put("Dockerfile", text).named("Dockerfile");
    let build = project.build().arg(&context);
    if daemon.is_of_0_8() {
        daemon
            .lives_through(build, Build::fails)
            .says("new in BuildKit 0.10")
            .says("(unsupported)");
        return;
    }
    let files = daemon.lives_through(build, Build::files);
    assert_eq!(files.text("/file"), "of the context");
}
