//! Ids, places and owners of cache mounts.

use std::collections::BTreeMap;

use strake_llb::CacheSharing;

use super::*;
use crate::manifest::{self, ReadInput};
use crate::presets::{Boundary, PRESETS};
use crate::source::SourceFile;

fn read(caches: &str) -> Manifest {
    let text = format!("{caches}\n[stage.a]\nfrom = \"scratch\"\n");
    let (build_args, platform_args) = (BTreeMap::new(), BTreeMap::new());
    let input =
        ReadInput { build_args: &build_args, platform_args: &platform_args, lenient: false };
    manifest::read(&SourceFile::new("strake.toml", text), input).expect("the manifest is good")
}

const BASE: &str = "docker.io/library/debian:bookworm";

/// A cache as a step of a user and an environment has it: places and mounts, the preset's
/// environment, and its file.
struct Had {
    mounts: Vec<(String, PlannedCacheMount)>,
    env: Vec<(&'static str, String)>,
    file: Option<(&'static str, String)>,
}

fn had(caches: &str, name: &str, user: &str, env: &[&str]) -> Result<Had, Diagnostic> {
    let manifest = read(caches);
    let platform = Platform::new("linux", "arm64", "");
    let lines: Vec<String> = env.iter().map(|&line| line.to_owned()).collect();
    let env = Env::from_lines(&lines);
    let (workdir, namespace) = ("/work", "");
    let step = StepContext {
        platform: &platform,
        base: BASE,
        user,
        workdir,
        env: &env,
        namespace,
        places: Places::Manifest,
        led: None,
    };
    let name = Spanned::new(name.to_owned(), 0..0);
    let cache = step_cache(&manifest, &name, step)?;
    Ok(Had { mounts: cache.mounts, env: cache.preset_env, file: cache.file })
}

fn mount(caches: &str, name: &str, user: &str) -> Result<(PlannedCacheMount, String), Diagnostic> {
    let mut mounts = had(caches, name, user, &[])?.mounts;
    assert_eq!(mounts.len(), 1);
    Ok(mounts.pop().map(|(target, mount)| (mount, target)).unwrap())
}

fn places(caches: &str, name: &str, user: &str, env: &[&str]) -> Vec<String> {
    let mounts = had(caches, name, user, env).unwrap().mounts;
    mounts.into_iter().map(|(target, _)| target).collect()
}

#[test]
fn an_id_says_what_the_content_depends_on() {
    let id = |caches: &str, name| mount(caches, name, "").unwrap().0.id;
    assert_eq!(id("", "npm"), "/strake/npm/linux-arm64");
    assert_eq!(id("", "uv"), format!("/strake/uv/linux-arm64/{BASE}"));
    let own = |project| format!("project = \"{project}\"\n[cache.own]\ntarget = \"/x\"");
    assert_eq!(id(&own("one"), "own"), "/strake/project/one/own/linux-arm64");
    assert_eq!(id(&own("two"), "own"), "/strake/project/two/own/linux-arm64");
    // What a preset knows is everybody's.
    assert_eq!(id("project = \"one\"", "npm"), "/strake/npm/linux-arm64");
    assert_eq!(id("[cache.npm]\nepoch = \"2\"", "npm"), "/strake/npm/linux-arm64@2");
}

/// A tool that has its caches in several directories gets several mounts.
#[test]
fn each_directory_is_a_mount() {
    let mounts = had("[cache.cargo]\nid = \"x\"", "cargo", "", &[]).unwrap().mounts;
    let seen: Vec<_> = mounts.iter().map(|(target, mount)| (&**target, &*mount.id)).collect();
    assert_eq!(seen, [("/root/.cargo/git", "/x/git"), ("/root/.cargo/registry", "/x/registry")]);
    let moved = places("[cache.cargo]\ntarget = \"/cargo\"", "cargo", "7", &[]);
    assert_eq!(moved, ["/cargo/git", "/cargo/registry"]);
}

#[test]
fn a_place_follows_the_environment() {
    let cargo = |user, env| places("", "cargo", user, env).remove(0);
    assert_eq!(cargo("", &["CARGO_HOME=/usr/local/cargo"]), "/usr/local/cargo/git");
    assert_eq!(cargo("0:0", &[]), "/root/.cargo/git");
    assert_eq!(cargo("root", &["HOME=/elsewhere"]), "/elsewhere/.cargo/git");
    assert_eq!(cargo("1000", &["HOME=/home/app"]), "/home/app/.cargo/git");
    let poetry = |env| places("", "poetry", "", env).remove(1);
    assert_eq!(poetry(&[]), "/root/.cache/pypoetry/cache");
    assert_eq!(poetry(&["XDG_CACHE_HOME=/xdg"]), "/xdg/pypoetry/cache");
    assert_eq!(poetry(&["XDG_CACHE_HOME=/xdg", "POETRY_CACHE_DIR=/poetry"]), "/poetry/cache");
}

#[test]
fn a_home_that_nobody_knows_is_asked_for() {
    let Err(problem) = had("", "cargo", "1000", &[]) else { panic!("a place out of nowhere") };
    assert_eq!(problem.code.name, "cache-home");
    assert_eq!(problem.message, "can't tell where the cache `cargo` is: `HOME` is not set");
}

/// Where the mount is moved, the tool is led after it.
#[test]
fn the_environment_names_the_place() {
    let env = |caches, name, env: &[&str]| had(caches, name, "", env).unwrap().env;
    assert_eq!(env("", "npm", &[])[0].1, "/var/cache/strake/npm");
    assert_eq!(env("[cache.npm]\ntarget = \"/npm\"", "npm", &[])[0].1, "/npm");
    let maven =
        |variables: &[&str]| env("[cache.maven]\ntarget = \"/m\"", "maven", variables).remove(0).1;
    assert_eq!(maven(&[]), "-Dmaven.repo.local=/m");
    assert_eq!(maven(&["MAVEN_OPTS=-Xmx1g"]), "-Xmx1g -Dmaven.repo.local=/m");
    let (_, config) = had("[cache.apt]\ntarget = \"/apt\"", "apt", "", &[]).unwrap().file.unwrap();
    assert!(config.starts_with("Dir::Cache \"/apt\";\n"), "{config}");
}

/// What is in a file can't be wrong for a step of root, whatever its environment.
#[test]
fn every_preset_can_be_used() {
    for preset in PRESETS {
        let had = had("", preset.name, "", &[]).expect(preset.name);
        let below = |directory: &str| {
            had.mounts.iter().all(|(target, _)| paths::is_below(target, directory))
        };
        assert!(below("/var/cache") || below("/root"), "{}", preset.name);
        let texts =
            had.env.iter().map(|(_, value)| value).chain(had.file.iter().map(|file| &file.1));
        assert!(texts.into_iter().all(|text| !text.contains('$')), "{}", preset.name);
        assert!(!preset.commands.is_empty(), "{}", preset.name);
        for command in preset.commands {
            assert!(!command.programs.is_empty() && !command.uses.is_empty(), "{}", preset.name);
        }
        // Actions of system package managers run as root, and their result is for everybody.
        let is_system = preset.boundary == Boundary::Registry;
        assert!(is_system || preset.install.is_none(), "{}", preset.name);
    }
}

#[test]
fn an_id_that_is_said_is_that_of_a_dockerfile() {
    let (mount, _) = mount("[cache.own]\ntarget = \"/x\"\nid = \"shared\"", "own", "").unwrap();
    assert_eq!(mount.id, "/shared");
}

#[test]
fn a_preset_may_be_refined() {
    let (refined, target) = mount("[cache.uv]\nsharing = \"locked\"", "uv", "").unwrap();
    assert_eq!((refined.sharing, target.as_str()), (CacheSharing::Locked, "/var/cache/strake/uv"));
}

#[test]
fn a_mount_belongs_to_the_user_of_the_step() {
    let owner = |caches, user| mount(caches, "uv", user).map(|(mount, _)| mount.owner);
    assert_eq!(owner("", ""), Ok(None));
    assert_eq!(owner("", "root"), Ok(None));
    assert_eq!(owner("", "50000"), Ok(Some((50000, 0, 0o755))));
    assert_eq!(owner("", "50000:100"), Ok(Some((50000, 100, 0o755))));
    assert_eq!(owner("[cache.uv]\nuid = 7", "app"), Ok(Some((7, 0, 0o755))));
    assert_eq!(owner("[cache.uv]\nmode = \"0700\"", ""), Ok(Some((0, 0, 0o700))));
    assert_eq!(owner("", "app").unwrap_err().code.name, "cache-owner");
}
