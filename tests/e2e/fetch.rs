//! `fetch`: files of a web server, and git repositories.

use std::process::Command;

use crate::harness::{Build, Project, Repository, Server, sha256, unique};

/// A stage from scratch whose layers are fetches.
fn fetches(fetches: &[String]) -> Project {
    let layers: Vec<String> =
        fetches.iter().map(|fetch| format!("[[stage.app.layer]]\nfetch = {fetch}\n")).collect();
    Project::new(&format!("[stage.app]\nfrom = 'scratch'\n{}", layers.join("")))
}

#[test]
fn a_file_lands_where_the_destination_says() {
    let server = Server::start();
    let content = unique("word");
    server.put("/tools/tool", content.as_str());
    let url = server.url("/tools/tool");
    let project = fetches(&[
        format!("{{ url = '{url}', dest = '/named' }}"),
        format!(
            "{{ url = '{url}?version=1', dest = '/directory/', mode = '0755', owner = '7:8' }}"
        ),
        format!("{{ url = '{url}', dest = '.' }}\nworkdir = '/srv'"),
    ]);
    let files = project.build().files();
    for path in ["/named", "/directory/tool", "/srv/tool"] {
        assert_eq!(files.text(path), content, "{path}");
    }
    assert!(server.requests().contains(&"GET /tools/tool?version=1".to_owned()));
    let listing = project.build().listing();
    let entry = listing.entry("/directory/tool");
    assert_eq!((entry.mode, entry.owner), ("-rwxr-xr-x", "7/8"));
    assert_eq!(listing.entry("/directory").mode, "drwxr-xr-x");
    assert_eq!(listing.entry("/named").mode, "-rw-------");
}

#[test]
fn the_checksum_is_held_against_the_file() {
    let server = Server::start();
    let content = unique("word");
    server.put("/file", content.as_str());
    let url = server.url("/file");
    let fetch =
        |sum: &str| fetches(&[format!("{{ url = '{url}', checksum = '{sum}', dest = '/file' }}")]);
    let good = fetch(&sha256(content.as_bytes()));
    assert_eq!(good.build().files().text("/file"), content);
    let bad = fetch(&sha256(b"something else"));
    bad.build().fails().says("digest mismatch").says("sha256:");
}

/// With a checksum the file is known without the server.
#[test]
fn a_file_with_a_checksum_is_not_asked_for_again() {
    let server = Server::start();
    let content = unique("word");
    server.put("/file", content.as_str());
    let (url, sum) = (server.url("/file"), sha256(content.as_bytes()));
    let project = fetches(&[format!("{{ url = '{url}', checksum = '{sum}', dest = '/file' }}")]);
    project.build().files();
    let asked = server.requests().len();
    assert!(asked > 0);
    assert_eq!(project.build().files().text("/file"), content);
    assert_eq!(server.requests().len(), asked, "{:?}", server.requests());
}

#[test]
fn a_file_that_changed_is_fetched_again_and_one_that_did_not_is_cached() {
    let server = Server::start();
    server.put("/file", unique("word"));
    let project = fetches(&[format!("{{ url = '{}', dest = '/file' }}", server.url("/file"))]);
    project.build().files();
    assert_eq!(project.build().trace().executed(), Vec::<&str>::new());
    let changed = unique("word");
    server.put("/file", changed.as_str());
    assert_eq!(project.build().files().text("/file"), changed);
}

#[test]
fn an_archive_is_unpacked_where_it_is_said() {
    let directory = tempfile::TempDir::new().expect("a temporary directory");
    std::fs::create_dir(directory.path().join("inner")).expect("a directory is made");
    std::fs::write(directory.path().join("inner/file"), "unpacked").expect("a file is written");
    let tar = Command::new("tar")
        .args(["-cz", "-C"])
        .arg(directory.path())
        .arg("inner")
        .output()
        .expect("tar runs");
    let server = Server::start();
    server.put("/archive.tar.gz", tar.stdout);
    let url = server.url("/archive.tar.gz");
    let project = fetches(&[
        format!("{{ url = '{url}', dest = '/unpacked/', unpack = true }}"),
        format!("{{ url = '{url}', dest = '/packed/' }}"),
    ]);
    let files = project.build().files();
    assert_eq!(files.text("/unpacked/inner/file"), "unpacked");
    assert!(!files.has("/unpacked/archive.tar.gz"));
    assert!(files.has("/packed/archive.tar.gz") && !files.has("/packed/inner"));
}

#[test]
fn a_file_that_is_not_there_is_pointed_at() {
    let server = Server::start();
    let project = fetches(&[format!("{{ url = '{}', dest = '/' }}", server.url("/missing"))]);
    let failed = project.build().fails();
    failed.says("invalid response status 404").says("strake.toml:5").says("/missing', dest");
}

/// A repository with two commits on `main`, a tag on the first, and a branch.
struct History {
    repository: Repository,
    first: String,
    second: String,
}

fn history() -> History {
    let guide = unique("guide");
    let repository = Repository::of(&[("version", "1"), ("docs/guide", &guide)]);
    let first = repository.git(&["rev-parse", "HEAD"]);
    repository.git(&["tag", "v1"]);
    repository.git(&["branch", "stable"]);
    let second = repository.commit(&[("version", "2")]);
    History { repository, first, second }
}

/// Fetches into `/git` with more keys.
fn git<'p>(project: &'p mut Option<Project>, history: &History, keys: &str) -> Build<'p> {
    let url = history.repository.url();
    let fetch = format!("{{ git = '{url}', dest = '/git'{keys} }}");
    project.insert(fetches(&[fetch])).build()
}

#[test]
fn references_of_a_repository() {
    let history = history();
    let (first, second) = (history.first.clone(), history.second.clone());
    for (keys, version) in [
        (String::new(), "2"),
        (", ref = 'v1'".to_owned(), "1"),
        (", ref = 'stable'".to_owned(), "1"),
        (format!(", ref = '{first}'"), "1"),
        (format!(", ref = 'main', checksum = '{second}'"), "2"),
        (format!(", ref = 'v1', checksum = '{}'", &first[..12]), "1"),
    ] {
        let files = git(&mut None, &history, &keys).files();
        assert_eq!(files.text("/git/version"), version, "{keys}");
        assert!(files.has("/git/docs/guide") && !files.has("/git/.git"), "{keys}");
    }
}

#[test]
fn a_commit_that_the_reference_does_not_lead_to_is_refused() {
    let history = history();
    let keys = format!(", ref = 'main', checksum = '{}'", history.first);
    git(&mut None, &history, &keys).fails().says("expected checksum to match");
}

#[test]
fn a_reference_that_is_not_there_is_named() {
    git(&mut None, &history(), ", ref = 'v9'").fails().says("v9").says("strake.toml:5");
}

#[test]
fn a_directory_of_a_repository() {
    let history = history();
    let files = git(&mut None, &history, ", subdir = 'docs'").files();
    assert!(files.has("/git/guide") && !files.has("/git/version"));
}

#[test]
fn the_git_directory_is_kept_where_it_is_said() {
    let history = history();
    let files = git(&mut None, &history, ", keep-git-dir = true").files();
    assert_eq!(files.text("/git/.git/HEAD").trim(), history.second);
}

#[test]
fn owner_and_mode_of_a_repository() {
    let listing = git(&mut None, &history(), ", owner = '7:8', mode = '0750'").listing();
    for (path, mode) in [("git/docs/guide", "-rwxr-x---"), ("git/docs", "drwxr-x---")] {
        let entry = listing.entry(path);
        assert_eq!((entry.mode, entry.owner), (mode, "7/8"), "{path}");
    }
}

#[test]
fn a_branch_that_moved_is_fetched_again() {
    let history = history();
    let url = history.repository.url();
    let project = fetches(&[format!("{{ git = '{url}', dest = '/' }}")]);
    assert_eq!(project.build().files().text("/version"), "2");
    assert_eq!(project.build().trace().executed(), Vec::<&str>::new());
    history.repository.commit(&[("version", "3")]);
    assert_eq!(project.build().files().text("/version"), "3");
}
