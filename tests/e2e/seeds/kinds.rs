//! Where a seed may be: a registry, an OCI layout, a local directory, archives in one; and seeds of
//! several platforms.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::{Case, LIST, TAG, builder, codes, names, on};
use crate::harness::{Project, unique};

const OWNED: &str = "user = '50000:50000'";

/// A script whose files have owners and times that a directory of the client's can't have.
const MAKE: &str = "cd /cache; test -e d || { mkdir d; echo > d/f; chmod 600 d/f; ln d/f hard; }; \
                    find . | sort | xargs stat -c '%n %a %u:%g %h %y' > /out/list; : $STEP";

#[test]
fn an_oci_layout() {
    let case = Case::new("", OWNED, MAKE);
    let (one, two) = (builder(), builder());
    let made = case.build(&one, "a").files().text("/list");
    let layout = case.project.path().join("layout").display().to_string();
    let export = on(case.project.build(), &one).args(["--target", "@mounts", "--provenance=false"]);
    export.args(["--output", &format!("type=oci,tar=false,dest={layout}")]).ok();
    let context = format!("strake-seed=oci-layout://{layout}");
    let filled = case.build(&two, "b").args(["--build-context", &context]).files();
    assert_eq!(filled.text("/list"), made);
    assert!(codes(&filled.log).is_empty(), "{}", filled.log);
}

/// It loses owners; the index has them.
#[test]
fn a_local_directory() {
    let case = Case::new("", OWNED, MAKE);
    let (one, two) = (builder(), builder());
    let made = case.build(&one, "a").files().text("/list");
    let export = on(case.project.build(), &one).args(["--target", "@mounts"]).files();
    let directory = export.path("/").display().to_string();
    let context = format!("strake-seed={directory}");
    let filled = case.build(&two, "b").args(["--build-context", &context]).files();
    assert_eq!(filled.text("/list"), made);
    assert!(codes(&filled.log).is_empty(), "{}", filled.log);
    // Any other directory is none.
    let other = Project::without_manifest().put("some/file", "");
    let context = format!("strake-seed={}", other.path().display());
    let built = case.build(&builder(), "c").args(["--build-context", &context]).ok();
    assert_eq!(codes(&built.log), ["seed-foreign"]);
}

/// Each of the two has one of the mounts; both are unpacked.
#[test]
fn archives_in_a_local_directory() {
    let directory = Project::without_manifest();
    let context = format!("strake-seed={}", directory.path().display());
    let cases = [("a", OWNED), ("b", "")].map(|(name, layer)| {
        let case = Case::new("", layer, MAKE);
        let one = builder();
        let made = case.build(&one, "a").files().text("/list");
        export_archive(&case, &one, &directory.path().join(format!("{name}.tar")));
        (case, made)
    });
    run(Command::new("gzip").arg(directory.path().join("a.tar")));
    for (case, made) in &cases {
        let filled = case.build(&builder(), "b").args(["--build-context", &context]).files();
        assert_eq!(filled.text("/list"), *made);
        assert!(codes(&filled.log).is_empty(), "{}", filled.log);
        assert!(filled.log.contains("own primed (a.tar.gz, b.tar, "), "{}", filled.log);
    }
}

#[test]
fn an_archive_that_is_none_of_a_seed_or_is_broken() {
    let case = Case::new("", "", LIST);
    let one = builder();
    case.build(&one, "a").ok();
    let warned = |directory: &Project| {
        let context = format!("strake-seed={}", directory.path().display());
        let built = case.build(&builder(), "c").args(["--build-context", &context]).ok();
        codes(&built.log).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let image = Project::without_manifest();
    let export = on(case.project.build(), &one).args(["--target", "@mounts", "--provenance=false"]);
    let output = format!("type=oci,dest={}", image.path().join("image.tar").display());
    export.args(["--output", &output]).ok();
    assert_eq!(warned(&image), ["seed-foreign"]);
    assert_eq!(
        warned(&Project::without_manifest().put("text.tar", "no archive")),
        ["seed-foreign"]
    );
    let broken = Project::without_manifest();
    let archive = broken.path().join("seed.tar");
    export_archive(&case, &one, &archive);
    let whole = fs::read(&archive).expect("the archive was written");
    fs::write(&archive, &whole[..700]).expect("the archive can be written");
    assert_eq!(warned(&broken), ["seed-broken"]);
}

fn export_archive(case: &Case, builder: &str, archive: &Path) {
    let export = on(case.project.build(), builder).args(["--target", "@mounts"]);
    export.args(["--output", &format!("type=tar,dest={}", archive.display())]).ok();
}

fn run(command: &mut Command) {
    let status = command.status().expect("the program is there");
    assert!(status.success(), "{command:?}: {status}");
}

#[test]
fn an_image_as_a_named_context() {
    let case = Case::new("", "", LIST);
    let (one, two) = (builder(), builder());
    case.build(&one, "a").ok();
    case.export(&one, TAG).ok();
    let plain = Case::new("", "", LIST);
    let context = format!("strake-seed=docker-image://{}:{TAG}", case.repository);
    let filled = plain.build(&two, "b").args(["--build-context", &context]).files();
    assert_eq!(names(&filled), ["a"]);
}

/// A mount for each platform, in stages that run on the builder's, so that nothing is emulated.
#[test]
fn two_platforms_in_one_build() {
    let repository = Case::new("", "", "").repository;
    let project = Project::new(&format!(
        "[arg]\nSTEP = '0'\n[seed]\nimage = '{repository}'\ntags = ['main']\n\
         [cache.own]\ntarget = '/cache'\nid = 'own-${{TARGETARCH}}'\n\
         [stage.work]\nfrom = 'busybox'\nplatform = 'linux/amd64'\n\
         [[stage.work.layer]]\nuses = ['own']\n\
         env = {{ STEP = '${{STEP}}', ARCH = '${{TARGETARCH}}', CASE = '{}' }}\n\
         run = 'mkdir /out; ls /cache > /out/list; echo > /cache/$ARCH-$STEP'\n\
         [stage.seen]\nfrom = 'scratch'\n\
         layer = [{{ copy = {{ from = 'work', src = '/out', dest = '/' }} }}]\n",
        unique("case")
    ));
    let build = |builder: &str, step: &str| {
        let step = format!("--build-arg=STEP={step}");
        on(project.build(), builder).args(["--platform", "linux/amd64,linux/arm64", &step])
    };
    let (one, two) = (builder(), builder());
    build(&one, "a").ok();
    let output = format!("type=image,name={repository}:main,push=true");
    build(&one, "a").args(["--target", "@mounts", "--output", &output]).ok();
    let files = build(&two, "b").files();
    assert_eq!(files.text("linux_amd64/list"), "amd64-a\n");
    assert_eq!(files.text("linux_arm64/list"), "arm64-a\n");
    // One of them alone is found under the tag of both.
    let one_platform = on(project.build(), &builder()).args(["--platform", "linux/arm64"]);
    assert_eq!(one_platform.arg("--build-arg=STEP=c").files().text("/list"), "arm64-a\n");
}
