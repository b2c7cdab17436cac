//! The main context in a git repository or on a web server.

use crate::harness::{Build, Project, Repository, Server, engine};

const COPY_ALL: &str = r#"
[stage.app]
from = "scratch"

[[stage.app.layer]]
copy = { src = ".", dest = "/" }
"#;

fn manifest(text: &str) -> String {
    format!("# syntax={}\n{text}", engine().syntax())
}

/// A build of something remote; the directory of the client plays no part.
fn build(project: &Project, context: impl Into<String>) -> Build<'_> {
    project.build().args(["-f", "strake.toml"]).context(context)
}

fn repository() -> Repository {
    Repository::of(&[
        ("strake.toml", manifest(COPY_ALL)),
        ("file", "main".into()),
        ("docs/strake.toml", manifest(COPY_ALL)),
        ("docs/page", "main".into()),
        (".dockerignore", "file\n".into()),
    ])
}

#[test]
fn a_repository_is_context_and_file() {
    let (project, repository) = (Project::without_manifest(), repository());
    let files = build(&project, repository.url()).files();
    // An ignore file is for what the client sends; there it is a file like others.
    assert_eq!(files.text("/file"), "main");
    assert_eq!(files.text("/docs/page"), "main");
    assert!(!files.has("/.git"));
}

#[test]
fn a_branch_a_tag_and_a_commit() {
    let (project, repository) = (Project::without_manifest(), repository());
    repository.git(&["checkout", "--quiet", "-b", "next"]);
    let commit = repository.commit(&[("file", "next")]);
    repository.git(&["tag", "v1"]);
    repository.commit(&[("file", "later")]);
    let text = |fragment: &str| {
        build(&project, format!("{}#{fragment}", repository.url())).files().text("/file")
    };
    assert_eq!(text("main"), "main");
    assert_eq!(text("next"), "later");
    assert_eq!(text("v1"), "next");
    assert_eq!(text(&commit), "next");
}

/// `#ref:directory`, with `-f` inside the directory.
#[test]
fn a_directory_of_a_repository() {
    let (project, repository) = (Project::without_manifest(), repository());
    let files = build(&project, format!("{}#main:docs", repository.url())).files();
    assert_eq!(files.text("/page"), "main");
    assert!(!files.has("/file"));
    let missing = build(&project, format!("{}#main:missing", repository.url()));
    missing.fails().says("missing");
}

/// The same, and what only a query can say: the commit that the branch must lead to.
#[test]
fn a_repository_by_query() {
    let (project, repository) = (Project::without_manifest(), repository());
    let commit = repository.git(&["rev-parse", "HEAD"]);
    let url = |query: &str| format!("{}?{query}", repository.url());
    let files = build(&project, url(&format!("branch=main&subdir=docs&checksum={commit}"))).files();
    assert_eq!(files.text("/page"), "main");
    assert!(build(&project, url("keep-git-dir=true")).files().has("/.git/HEAD"));
    let wrong = format!("branch=main&checksum={}", "0".repeat(40));
    build(&project, url(&wrong)).fails().says("checksum");
}

#[test]
fn the_git_directory_can_be_kept() {
    let (project, repository) = (Project::without_manifest(), repository());
    let kept = ["--build-arg", "BUILDKIT_CONTEXT_KEEP_GIT_DIR=1"];
    assert!(build(&project, repository.url()).args(kept).files().has("/.git/HEAD"));
}

/// With a date, the files of a repository carry that of the layer that copies them.
#[test]
fn the_same_commit_is_the_same_image() {
    let (project, repository) = (Project::without_manifest(), repository());
    let date = ["--build-arg", "SOURCE_DATE_EPOCH=1600000000", "--provenance=false"];
    let image = build(&project, repository.url()).args(date).image();
    assert!(image.last_layer().iter().all(|entry| entry.contains("2020-09-13")));
}

#[test]
fn an_archive_on_a_web_server() {
    let directory = Project::new(COPY_ALL).put("file", "x").put("docs/page", "y");
    for (flags, name) in [("-cz", "/context.tar.gz"), ("-c", "/context.tar"), ("-cJ", "/context")] {
        let server = Server::of([(name, directory.archive(flags))]);
        let project = Project::without_manifest();
        let files = build(&project, server.url(name)).files();
        assert_eq!((files.text("/file"), files.text("/docs/page")), ("x".into(), "y".into()));
        assert!(server.requests().contains(&format!("GET {name}")));
    }
}

#[test]
fn a_manifest_on_a_web_server() {
    let text = manifest(
        r#"
[stage.app]
from = "scratch"

[[stage.app.layer]]
write = { path = "/file", content = "x" }
"#,
    );
    let server = Server::of([("/image.toml", text)]);
    let project = Project::without_manifest();
    // The file is the whole context, and `-f` names nothing in it.
    assert_eq!(project.build().context(server.url("/image.toml")).files().text("/file"), "x");
    let missing = project.build().context(server.url("/missing.toml"));
    missing.fails().says("404");
}

/// A file of the client's can be built with a remote context.
#[test]
fn a_local_file_for_a_remote_context() {
    let repository = repository();
    let manifest = manifest(COPY_ALL.replace("src = \".\"", "src = \"docs\"").as_str());
    let project = Project::without_manifest();
    let files = project.build().args(["-f", "-"]).context(repository.url()).input(manifest).files();
    assert_eq!(files.text("/page"), "main");
}
