//! `@registry`: what it puts into the registry is all that is exportable, and no byte of anything
//! else. Layers that are exportable and layers that aren't each write 1 MiB of random bytes, and
//! every blob that the cache in the registry leads to is searched for them.

use std::fs;
use std::path::Path;

use crate::harness::{CacheImage, Files, Project, RandomBytes, engine, unique, unique_image};
use crate::options::cache::forget;

/// A command that writes 1 MiB of random bytes.
fn random(path: &str) -> String {
    format!("head -c 1048576 /dev/urandom > {path}")
}

fn bytes(files: &Files, path: &str) -> Vec<u8> {
    fs::read(files.path(path)).expect("what a step wrote")
}

/// Exports to a new place in the registry, and gives what is there then.
fn exported(project: &Project, args: &[&str]) -> CacheImage {
    let cache = unique_image("cache");
    export(project, &cache, args);
    CacheImage::fetch(&cache)
}

fn export(project: &Project, cache: &str, args: &[&str]) {
    let to = format!("type=registry,ref={cache},mode=max");
    project.build().args(args.iter().copied()).args(["--cache-to", &to]).ok();
}

/// Stages that are exportable in all, in part and not at all: `clean` has no mount of its own, but
/// files of `python`, which has one.
fn project() -> Project {
    let id = unique("registry");
    let layer = |keys: &str, path: &str| format!("{{ {keys} run = ': {id}; {}' }}", random(path));
    let mount = "uses = ['own'],";
    let take = |from: &str, path: &str| {
        format!("{{ copy = {{ from = '{from}', src = '{path}', dest = '/seen/' }} }}")
    };
    Project::new(&format!(
        "project = 'tests'\n[cache.own]\ntarget = '/cache'\n\
         [stage.system]\nfrom = 'busybox'\nlayer = [{}, {}]\n\
         [stage.tools]\nfrom = 'busybox'\nlayer = [{}]\n\
         [stage.python]\nfrom = 'system'\nlayer = [{}, {}]\n\
         [stage.clean]\nfrom = 'busybox'\nlayer = [{}, {}, {}, {}, {}]\n\
         [stage.seen]\nfrom = 'clean'\nlayer = [{}, {}, {}, {}]\n",
        layer("", "/pure-1"),
        layer("boundary = 'registry', uses = ['own'],", "/pure-2"),
        layer("", "/pure-3"),
        layer(&format!("{mount} binds = [{{ from = 'tools', target = '/tools' }}],"), "/mount-1"),
        layer("boundary = 'none',", "/mount-2"),
        layer("", "/pure-4"),
        take("python", "/mount-1"),
        "{ copy = { src = 'linked', dest = '/linked', link = true } }",
        layer("boundary = 'mount',", "/mount-3"),
        layer("", "/mount-4"),
        take("system", "/pure-*"),
        take("tools", "/pure-3"),
        take("python", "/mount-2"),
        "{ run = 'cp /pure-4 /mount-3 /mount-4 /seen' }",
    ))
    .put("linked", id)
}

const PURE: [&str; 4] = ["pure-1", "pure-2", "pure-3", "pure-4"];
const MOUNT: [&str; 3] = ["mount-1", "mount-3", "mount-4"];

/// All of it was built before, so whatever the daemon could export by mistake is at hand.
#[test]
fn all_that_is_exportable_is_exported_and_nothing_else() {
    let project = project();
    let built = project.build().files();
    let cache = exported(&project, &["--target", "clean@registry"]);
    for path in PURE {
        assert!(cache.has_all_of(&bytes(&built, &format!("seen/{path}"))), "{path} is missing");
    }
    assert!(cache.has_all_of(&fs::read(project.path().join("linked")).expect("a file")));
    for path in MOUNT {
        let random = RandomBytes::new(bytes(&built, &format!("seen/{path}")));
        assert!(!cache.has_any_of(&random), "{path} is in the registry");
    }
    let paths = cache.paths();
    assert!(paths.contains("linked") && paths.contains("pure-1"), "{paths:?}");
    // What always runs has other bytes each time, but the same name.
    assert!(!paths.iter().any(|path| path.contains("mount-")), "{paths:?}");
}

/// The same, on a daemon that has built nothing of it: no mount layer is run.
#[test]
fn what_is_not_exportable_is_not_even_run() {
    let project = project();
    let trace = project.build().args(["--target", "clean@registry"]).trace();
    let executed = trace.executed();
    assert!(executed.iter().any(|name| name.contains("/pure-4")), "{executed:?}");
    assert!(!executed.iter().any(|name| name.contains("mount-")), "{executed:?}");
}

/// The search would find them: an ordinary export has them all.
#[test]
fn an_ordinary_export_has_everything() {
    let project = project();
    let built = project.build().files();
    let cache = exported(&project, &["--target", "seen", "--output", "type=cacheonly"]);
    for path in MOUNT {
        let random = RandomBytes::new(bytes(&built, &format!("seen/{path}")));
        assert!(cache.has_any_of(&random), "{path} is not found");
    }
    assert!(cache.paths().contains("mount-2"));
}

/// Whatever becomes of the result, the same is exported; and the result is empty.
#[test]
fn outputs_do_not_matter() {
    let project = project();
    let image = unique_image("empty");
    let push = format!("type=image,name={image},push=true");
    let target = ["--target", "tools@registry"];
    for output in [&["--output", "type=cacheonly"][..], &["--load"], &["--output", &push], &[]] {
        let cache = exported(&project, &[&target, output].concat());
        let paths = cache.paths();
        assert!(paths.contains("pure-3") && !paths.contains("pure-4"), "{output:?}: {paths:?}");
    }
    let files = project.build().args(target).listing();
    assert!(files.paths().is_empty(), "{:?}", files.paths());
    let provenance = project.build().args(target).arg("--provenance=mode=max").image();
    assert!(provenance.config()["rootfs"]["diff_ids"].as_array().is_none_or(Vec::is_empty));
}

/// A daemon that has forgotten a step takes it out of the registry; the mount layer is run.
#[test]
fn what_was_exported_is_imported() {
    let (pure, mount) = (unique("pure"), unique("mount"));
    let project = Project::new(&format!(
        "[stage.app]\nfrom = 'busybox'\nlayer = [\n\
         {{ run = ': {pure}; {}' }},\n{{ boundary = 'mount', run = ': {mount}; {}' }}]\n",
        random("/pure"),
        random("/mount")
    ));
    let cache = unique_image("cache");
    let before = project.build().files();
    export(&project, &cache, &["--target", "@registry"]);
    forget(&mount);
    forget(&pure);
    let import = format!("type=registry,ref={cache}");
    let after = project.build().args(["--cache-from", &import]).files();
    assert!(bytes(&before, "pure") == bytes(&after, "pure"), "{}", after.log);
    assert!(bytes(&before, "mount") != bytes(&after, "mount"), "{}", after.log);
}

/// Files need no emulation, so both platforms can be built here.
#[test]
fn every_platform_is_exported() {
    let id = unique("platforms");
    let project = Project::new(&format!(
        "[stage.app]\nfrom = 'scratch'\n\
         [[stage.app.layer]]\nwrite = {{ path = '/${{TARGETARCH}}', content = '{id}' }}\n\
         [[stage.app.layer]]\nboundary = 'mount'\nwrite = {{ path = '/mount', content = '{id}' }}\n"
    ));
    let both = ["--target", "@registry", "--platform", "linux/amd64,linux/arm64"];
    let paths = exported(&project, &both).paths();
    assert!(paths.contains("amd64") && paths.contains("arm64"), "{paths:?}");
    assert!(!paths.contains("mount"), "{paths:?}");
    let one = exported(&project, &["--target", "@registry", "--platform", "linux/arm64"]).paths();
    assert!(!one.contains("amd64") && one.contains("arm64"), "{one:?}");
}

/// The reserved targets are told.
#[test]
fn another_reserved_target_is_refused() {
    let failed = project().build().args(["--target", "clean@registries"]).fails();
    failed.says("there is no target `clean@registries`").says("`@registry` and `STAGE@registry`");
}

/// The example as it is, but for what its Python step installs, and for the bytes.
#[test]
#[ignore = "heavy; always: registry::all_that_is_exportable_is_exported_and_nothing_else"]
fn of_the_airflow_example_the_system_is_exported_and_the_python_packages_are_not() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/airflow-pypi");
    let manifest = fs::read_to_string(directory.join("strake.toml")).expect("the example");
    let (_, manifest) = manifest.split_once('\n').expect("a syntax line");
    let sync = "uv pip sync requirements.txt\n";
    let link = "ln -s /opt/uv/bin/uv /usr/local/bin/uv\n";
    assert!(manifest.contains(sync) && manifest.contains(link), "the example is another one");
    let manifest = manifest
        .replace(sync, &format!("{sync}{}\n", random("/random-mount")))
        .replace(link, &format!("{link}{}\n", random("/random-pure")));
    let seen = "[stage.seen]\nfrom = 'scratch'\nlayer = [{ copy = { from = 'airflow', \
                src = '/random-*', dest = '/' } }]\n";
    let project = Project::new(&format!("{manifest}\n{seen}"))
        .put("requirements.txt", "pyfiglet==1.0.4\n")
        .put("dags/heartbeat.py", "# a source\n");
    let base = format!("debian:bookworm-slim=docker-image://{}", engine().debian());
    let base = ["--build-context", &base];
    let seen = project.build().args(base).args(["--target", "seen"]).files();
    let mount = RandomBytes::new(bytes(&seen, "random-mount"));

    let cache = exported(&project, &[&base[..], &["--target", "@registry"]].concat());
    assert!(!cache.has_any_of(&mount));
    assert!(cache.has_all_of(&bytes(&seen, "random-pure")));
    let paths = cache.paths();
    for path in ["usr/bin/git", "usr/bin/dumb-init", "opt/uv/bin/uv", "usr/local/bin/uv"] {
        assert!(paths.contains(path), "{path} is missing");
    }
    let python =
        |path: &&String| path.starts_with("opt/venv") || path.starts_with("opt/airflow/dags");
    assert_eq!(paths.iter().find(python), None);

    let ordinary = exported(&project, &[&base[..], &["--output", "type=cacheonly"]].concat());
    assert!(ordinary.has_any_of(&mount));
    assert!(cache.size < ordinary.size, "{} and {}", cache.size, ordinary.size);
}
