//! Sources besides the image's, their keys, and snapshots: with an archive of our own.

use strake_llb::digest;

use super::archive::{Archive, SNAPSHOT, archive};
use super::build;
use crate::harness::{Files, Outcome, Project, unique};

/// What is seen of the image afterwards.
const SEEN: &str = "mkdir /out; cat /usr/share/strake-hello/version > /out/version; \
                    cat /etc/apt/sources.list.d/* > /out/sources || true; \
                    ls /etc/apt/keyrings > /out/keys || true";

/// A stage from Debian whose own archive is ours, with a layer that installs our package.
fn project(apt: &str) -> Project {
    let Archive { server, armoured, .. } = archive();
    let (uri, word) = (server.url("/debian"), unique("word"));
    Project::reporting(&format!(
        "[stage.work]\nfrom = 'debian'\n\
         [[stage.work.layer]]\nsteps = [\n\
         {{ remove = ['/etc/apt/sources.list', '/etc/apt/sources.list.d/*'] }},\n\
         {{ write = {{ path = '/etc/apt/own.asc', content = '''{armoured}''' }} }},\n\
         {{ write = {{ path = '/etc/apt/sources.list', \
         content = 'deb [signed-by=/etc/apt/own.asc] {uri} stable main' }} }},\n]\n\
         [[stage.work.layer]]\napt = {apt}\nnetwork = 'host'\nenv = {{ WORD = '{word}' }}\n\
         [[stage.work.layer]]\nrun = '''{SEEN}'''\n"
    ))
}

fn files(project: &Project) -> Files {
    build(project, &unique("word")).arg("--allow=network.host").files()
}

fn fails(project: &Project) -> Outcome {
    build(project, &unique("word")).arg("--allow=network.host").fails()
}

/// The vendor's source, with these keys besides.
fn vendor(more: &str) -> String {
    let uri = archive().server.url("/vendor");
    format!(
        "{{ packages = ['strake-hello'], sources = [{{ uri = '{uri}', suites = ['stable'], \
         components = ['main']{more} }}] }}"
    )
}

#[test]
fn packages_come_from_the_sources_of_the_image() {
    let files = files(&project("['strake-hello']"));
    assert_eq!(files.text("/version"), "2\n");
    assert_eq!((files.text("/sources"), files.text("/keys")), (String::new(), String::new()));
}

#[test]
fn a_source_and_its_key_stay_in_the_image() {
    let path = project(&vendor(", key = 'keys/own.gpg'")).put("keys/own.gpg", &archive().binary);
    let found = files(&path);
    assert_eq!(found.text("/version"), "3\n");
    let name = found.text("/keys").trim_end().trim_end_matches(".gpg").to_owned();
    let uri = archive().server.url("/vendor");
    assert_eq!(
        found.text("/sources"),
        format!(
            "Types: deb\nURIs: {uri}\nSuites: stable\nComponents: main\n\
             Signed-By: /etc/apt/keyrings/{name}.gpg\n"
        )
    );
}

#[test]
fn a_key_may_be_fetched_or_stand_in_the_manifest() {
    let Archive { server, armoured, .. } = archive();
    let url = server.url("/key.asc");
    let sum = digest(armoured.as_bytes());
    for key in [format!("key = '{url}', checksum = '{sum}'"), format!("key = '''{armoured}'''")] {
        let found = files(&project(&vendor(&format!(", {key}"))));
        assert_eq!(found.text("/version"), "3\n");
        assert!(found.text("/keys").ends_with(".asc\n"), "{}", found.text("/keys"));
    }
    let key = format!(", key = '{url}', checksum = '{}'", digest(b"another"));
    fails(&project(&vendor(&key))).says("digest mismatch").says("strake.toml:");
}

#[test]
fn a_source_may_be_there_for_the_step_alone() {
    let path = project(&vendor(", key = 'own.asc', keep = false"));
    let found = files(&path.put("own.asc", &archive().armoured));
    assert_eq!(found.text("/version"), "3\n");
    assert_eq!((found.text("/sources"), found.text("/keys")), (String::new(), String::new()));
}

#[test]
fn what_is_signed_with_another_key_is_refused() {
    fails(&project(&vendor(""))).says("NO_PUBKEY");
}

#[test]
fn a_source_that_cannot_be_had_fails_the_build() {
    let apt = vendor(", key = 'own.asc'").replace("/vendor", "/nowhere");
    fails(&project(&apt).put("own.asc", &archive().armoured)).says("/nowhere stable Release");
}

#[test]
fn a_snapshot_has_the_versions_of_its_time() {
    let mirror = archive().server.url("/archive");
    let at = |time: &str| {
        format!(
            "{{ packages = ['strake-hello'], snapshot = {{ time = '{time}', mirror = '{mirror}' }} }}"
        )
    };
    let found = files(&project(&at(SNAPSHOT)));
    assert_eq!(found.text("/version"), "1\n");
    fails(&project(&at("20000101T000000Z"))).says("debian/20000101T000000Z");
}

#[test]
fn a_snapshot_of_nothing_is_an_error() {
    let apt = format!("{{ packages = ['strake-hello'], snapshot = '{SNAPSHOT}' }}");
    let word = unique("word");
    let path = Project::new(&format!(
        "[stage.work]\nfrom = 'debian'\n\
         [[stage.work.layer]]\nremove = ['/etc/apt/sources.list', '/etc/apt/sources.list.d/*']\n\
         [[stage.work.layer]]\napt = {apt}\nenv = {{ WORD = '{word}' }}\n"
    ));
    fails(&path).says("no source of this image is an archive of Debian or Ubuntu");
}
