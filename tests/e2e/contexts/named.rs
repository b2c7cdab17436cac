//! Named contexts, in every form that the command line has, and in every place of a manifest that
//! takes one.

use crate::harness::{Build, Files, Project, Repository, Server, pushed, unique};

/// A named context in all places: base of a stage, source of a copy, source of a mount.
const EVERYWHERE: &str = r#"
[stage.base]
from = "other"

[stage.app]
from = "busybox"

[[stage.app.layer]]
copy = { from = "base", src = "/file", dest = "/of-base" }

[[stage.app.layer]]
copy = { from = "other", src = "/file", dest = "/copied" }

[[stage.app.layer]]
binds = [{ from = "other", src = "/file", target = "/mnt/file" }]
run = "cat /mnt/file > /mounted"
"#;

fn with<'a>(project: &'a Project, context: &str) -> Build<'a> {
    project.build().args(["--build-context", &format!("other={context}")])
}

#[track_caller]
fn everywhere(files: &Files, content: &str) {
    for path in ["/of-base", "/copied", "/mounted"] {
        assert_eq!(files.text(path).trim(), content, "{path}");
    }
}

#[test]
fn a_directory() {
    let content = unique("directory");
    let other = Project::without_manifest().put("file", &content);
    let project = Project::new(EVERYWHERE);
    everywhere(&with(&project, &other.path().display().to_string()).files(), &content);
}

#[test]
fn a_directory_has_an_ignore_file_of_its_own() {
    let other = Project::without_manifest()
        .put("file", "x")
        .put("ignored", "x")
        .put("kept", "x")
        .put(".dockerignore", "ignored\n");
    let project = Project::new(
        r#"
[stage.app]
from = "scratch"

[[stage.app.layer]]
copy = { from = "other", src = ".", dest = "/" }
"#,
    )
    .put(".dockerignore", "kept\n");
    let files = with(&project, &other.path().display().to_string()).files();
    assert!(files.has("/file") && files.has("/kept") && !files.has("/ignored"));
}

#[test]
fn only_what_is_used_of_a_directory_is_sent() {
    let other =
        Project::without_manifest().put("file", unique("x")).put("large", vec![7; 5_000_000]);
    let project = Project::new(
        r#"
[stage.app]
from = "scratch"

[[stage.app.layer]]
copy = { from = "other", src = "file", dest = "/" }
"#,
    );
    let files = with(&project, &other.path().display().to_string()).files();
    assert!(files.has("/file"));
    let sent = files.log.lines().filter(|line| line.contains("transferring other:"));
    let sent: Vec<&str> = sent.collect();
    assert!(!sent.is_empty(), "{}", files.log);
    assert!(sent.iter().all(|line| !line.contains("MB")), "{sent:?}");
}

#[test]
fn an_image() {
    let content = unique("image");
    let dockerfile = format!("FROM scratch\nCOPY <<EOT /file\n{content}\nEOT\nENV OF=image\n");
    let image = pushed("named", &dockerfile, "linux/amd64");
    let project = Project::new(EVERYWHERE);
    everywhere(&with(&project, &format!("docker-image://{image}")).files(), &content);
    let base = with(&project, &format!("docker-image://{image}")).args(["--target", "base"]);
    assert!(base.image().config()["config"]["Env"].to_string().contains("OF=image"));
}

#[test]
fn nothing_at_all() {
    let project = Project::new(
        r#"
[stage.app]
from = "other"

[[stage.app.layer]]
write = { path = "/file", content = "x" }
"#,
    );
    let files = with(&project, "docker-image://scratch").files();
    assert!(files.has("/file") && !files.has("/bin"));
}

/// An OCI layout, in a directory of the client's: with its config, as the base of a stage.
#[test]
fn an_oci_layout() {
    let content = unique("layout");
    let source = Project::without_manifest().named("Dockerfile");
    let dockerfile = format!("FROM scratch\nCOPY <<EOT /file\n{content}\nEOT\nENV OF=layout\n");
    source.write("Dockerfile", dockerfile);
    let layout = source.path().join("layout").display().to_string();
    source.build().args(["--output", &format!("type=oci,tar=false,dest={layout}")]).ok();

    let project = Project::new(EVERYWHERE);
    everywhere(&with(&project, &format!("oci-layout://{layout}")).files(), &content);
    let base = with(&project, &format!("oci-layout://{layout}")).args(["--target", "base"]);
    assert!(base.image().config()["config"]["Env"].to_string().contains("OF=layout"));
}

#[test]
fn a_repository() {
    let content = unique("repository");
    let repository = Repository::of(&[("directory/file", content.as_str()), ("file", "top")]);
    let project = Project::new(EVERYWHERE);
    everywhere(&with(&project, &format!("{}#main:directory", repository.url())).files(), &content);
}

/// A file on a web server is a file called `context`.
#[test]
fn a_file_on_a_web_server() {
    let content = unique("download");
    let server = Server::of([("/some/file", content.clone())]);
    let project = Project::new(&EVERYWHERE.replace("/file\",", "/context\","));
    everywhere(&with(&project, &server.url("/some/file")).files(), &content);
}

#[test]
fn a_context_that_can_not_be_had_is_reported_at_its_place() {
    let project = Project::new(EVERYWHERE);
    let outcome = with(&project, "docker-image://127.0.0.1:1/missing").fails();
    outcome.says("the named context `other` can't be loaded").says("from = \"other\"");
}

/// A directory as a whole, mounted for one step.
#[test]
fn a_directory_can_be_mounted() {
    let other = Project::without_manifest().put("script.sh", "echo x > /file");
    let project = Project::new(
        r#"
[stage.app]
from = "busybox"

[[stage.app.layer]]
binds = [{ from = "other", target = "/other" }]
run = "sh /other/script.sh"
"#,
    );
    let files = with(&project, &other.path().display().to_string()).files();
    assert_eq!(files.text("/file"), "x\n");
}
