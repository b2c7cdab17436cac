//! Ids, places and owners of cache mounts.

use std::collections::BTreeMap;

use super::*;
use crate::manifest::{self, ReadInput};
use crate::source::SourceFile;

fn read(caches: &str) -> Manifest {
    let text = format!("{caches}\n[stage.a]\nfrom = \"scratch\"\n");
    let (build_args, platform_args) = (BTreeMap::new(), BTreeMap::new());
    let input =
        ReadInput { build_args: &build_args, platform_args: &platform_args, lenient: false };
    manifest::read(&SourceFile::new("strake.toml", text), input).expect("the manifest is good")
}

fn mount(caches: &str, name: &str, user: &str) -> Result<(CacheMount, String), Diagnostic> {
    let manifest = read(caches);
    let platform = Platform::new("linux", "arm64", "");
    let base = "docker.io/library/debian:bookworm";
    let step = Step { platform: &platform, base, user, workdir: "/work", namespace: "" };
    let name = Spanned::new(name.to_owned(), 0..0);
    step_cache(&manifest, &name, step).map(|cache| (cache.mount, cache.target))
}

#[test]
fn an_id_says_what_the_content_depends_on() {
    let id = |caches, name| mount(caches, name, "").unwrap().0.id;
    assert_eq!(id("", "uv"), "/strake/uv/linux-arm64");
    assert_eq!(id("", "apt"), "/strake/apt/linux-arm64/docker.io/library/debian:bookworm");
    assert_eq!(id("[cache.own]\ntarget = \"/x\"", "own"), "/strake/own/linux-arm64");
    assert_eq!(id("[cache.uv]\nepoch = \"2\"", "uv"), "/strake/uv/linux-arm64@2");
}

#[test]
fn an_id_that_is_said_is_that_of_a_dockerfile() {
    let (mount, _) = mount("[cache.own]\ntarget = \"/x\"\nid = \"shared\"", "own", "").unwrap();
    assert_eq!(mount.id, "/shared");
}

#[test]
fn a_preset_may_be_refined() {
    let (refined, target) = mount("[cache.uv]\nsharing = \"locked\"", "uv", "").unwrap();
    assert_eq!((refined.sharing, target.as_str()), (Sharing::Locked, "/var/cache/strake/uv"));
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
