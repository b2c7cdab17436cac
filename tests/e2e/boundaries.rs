//! Boundaries: what runs again, what does not, and assertions that do not hold.

use crate::harness::{Project, unique};

/// A layer of each kind with an epoch, and what they leave.
fn dated() -> Project {
    let id = unique("epoch");
    Project::new(&format!(
        "[arg]\nEPOCH = '1'\n\
         [stage.app]\nfrom = 'busybox'\n\
         [[stage.app.layer]]\nrun = 'echo {id} > /before'\n\
         [[stage.app.layer]]\nepoch = '${{EPOCH}}'\nrun = 'cat /proc/sys/kernel/random/uuid > /random'\n\
         [[stage.app.layer]]\nepoch = '${{EPOCH}}'\nsteps = [{{ write = {{ path = '/file', content = 'x' }} }}]\n\
         [[stage.app.layer]]\nepoch = '${{EPOCH}}'\ncopy = {{ src = 'a', dest = '/linked', link = true }}\n"
    ))
    .put("a", "a")
}

#[test]
fn another_epoch_runs_a_layer_again() {
    let project = dated();
    // Linked files stand on nothing that is this run's own: the epochs are.
    let epoch = || format!("--build-arg=EPOCH={}", unique("epoch"));
    let (first, second) = (epoch(), epoch());
    let random = |epoch: &str| project.build().arg(epoch).files().text("/random");
    let (one, two) = (random(&first), random(&second));
    assert_ne!(one, two);
    assert_eq!((random(&first), random(&second)), (one, two));
    let again = project.build().arg(epoch()).trace();
    let mut executed = again.executed();
    executed.sort_unstable();
    let steps: Vec<_> = executed.iter().map(|name| &name[..9]).collect();
    // Of the linked layer, both its files and the merge.
    assert_eq!(steps, ["[app 3/5]", "[app 4/5]", "[app 5/5]", "[app 5/5]"], "{executed:?}");
}

/// The token of a layer is in no layer.
#[test]
fn an_epoch_leaves_nothing_in_the_image() {
    let project = dated();
    let paths = |project: &Project| {
        let listing = project.build().listing();
        listing.paths().into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let with = paths(&project);
    assert!(with.iter().any(|path| path == "linked"), "{with:?}");
    assert!(!with.iter().any(|path| path.contains("strake")), "{with:?}");
    let layer = |steps: &str| {
        let project = Project::new(&format!(
            "[stage.app]\nfrom = 'busybox'\n[[stage.app.layer]]\nepoch = '1'\n{steps}\n"
        ));
        let layer = project.build().image().last_layer();
        layer
            .iter()
            .filter_map(|line| line.split(' ').next_back().map(str::to_owned))
            .collect::<Vec<_>>()
    };
    assert_eq!(layer("run = 'touch /etc/made'"), ["etc/", "etc/made"]);
    assert_eq!(layer("write = { path = '/made', content = '' }"), ["made"]);
}

/// It always runs, with the mounts as they were left.
#[test]
fn a_none_layer_always_runs_and_keeps_its_mounts() {
    let namespace = format!("--build-arg=BUILDKIT_CACHE_MOUNT_NS={}", unique("none"));
    let project = Project::reporting(
        "project = 'tests'\n[cache.own]\ntarget = '/cache'\n\
         [stage.work]\nfrom = 'busybox'\n\
         [[stage.work.layer]]\nmkdir = '/out'\n\
         [[stage.work.layer]]\nboundary = 'none'\nuses = ['own']\n\
         run = 'echo x >> /cache/count; wc -l < /cache/count > /out/count'\n",
    );
    for count in ["1\n", "2\n", "3\n"] {
        assert_eq!(project.build().arg(&namespace).files().text("/count"), count);
    }
    let trace = project.build().arg(&namespace).trace();
    assert!(!trace.vertex("echo x >>").cached && trace.vertex("mkdir /out").cached);
}

#[test]
fn a_none_layer_of_files_always_runs() {
    let project = Project::new(&format!(
        "[stage.app]\nfrom = 'busybox'\n\
         [[stage.app.layer]]\nboundary = 'none'\nwrite = {{ path = '/a', content = '{}' }}\n",
        unique("none")
    ));
    project.build().warm();
    let again = project.build().trace();
    assert_eq!(again.executed().len(), 1, "{:?}", again.executed());
}

#[test]
fn an_assertion_that_does_not_hold_shows_both_places() {
    let project = Project::new(
        "[stage.app]\nfrom = 'debian'\n\
         [[stage.app.layer]]\nname = 'packages'\nuses = ['uv']\nrun = 'uv pip sync x'\n\
         [[stage.app.layer]]\nboundary = 'registry'\nrun = 'make'\n",
    );
    let failed = project.build().fails();
    failed.says("strake.toml:9:1: this layer can't be exported");
    failed.says("it contains the output of the layer `packages` of stage `app`");
    failed.says("line 6: that layer is rebuilt from the cache mount `uv`");
    failed.says("  6 | >>> uses = ['uv']").says("  9 | >>> boundary = 'registry'");
    failed.says("put this layer above that one").says("link = true");
}
