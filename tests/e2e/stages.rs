//! Stages: what they start from, which of them are built, and those that a Dockerfile builds.

use crate::harness::{Project, engine, unique};

#[test]
fn from_a_stage_a_context_an_image_and_nothing() {
    let project = Project::new(&format!(
        "[stage.image]\nfrom = '{}'\nlayer = [{{ run = 'echo image > /first' }}]\n\
         [stage.stage]\nfrom = 'image'\nlayer = [{{ run = 'cat /first > /second' }}]\n\
         [stage.context]\nfrom = 'directory'\nlayer = [{{ write = {{ path = '/more', content = 'x' }} }}]\n\
         [stage.last]\nfrom = 'scratch'\nlayer = [{{ copy = [\n\
         {{ from = 'stage', src = '/second', dest = '/stage' }},\n\
         {{ from = 'context', src = '/', dest = '/context/' }}] }}]\n",
        engine().busybox()
    ))
    .put("directory/file", "directory");
    let directory =
        format!("--build-context=directory={}", project.path().join("directory").display());
    let files = project.build().arg(directory).files();
    assert_eq!(files.text("/stage"), "image\n");
    assert_eq!(files.text("/context/file"), "directory");
    assert_eq!(files.text("/context/more"), "x");
}

#[test]
fn the_target_is_named_the_default_or_the_last() {
    let stages = |default: &str| {
        Project::new(&format!(
            "[stage.a]\nfrom = 'scratch'\n{default}\nlayer = [{{ write = {{ path = '/a', content = '' }} }}]\n\
             [stage.b]\nfrom = 'scratch'\nlayer = [{{ write = {{ path = '/b', content = '' }} }}]\n"
        ))
    };
    assert_eq!(stages("").build().listing().paths(), ["b"]);
    assert_eq!(stages("default = true").build().listing().paths(), ["a"]);
    let project = stages("default = true");
    assert_eq!(project.build().args(["--target", "b"]).listing().paths(), ["b"]);
}

#[test]
fn what_the_target_does_not_need_is_neither_looked_up_nor_built() {
    let project = Project::new(
        "[stage.unused]\nfrom = 'registry.invalid/no/such:image'\n\
         layer = [{ copy = { src = 'missing', dest = '/' } }, { run = { file = 'missing.sh' } }]\n\
         [stage.below]\nfrom = 'unused'\n\
         [stage.app]\nfrom = 'scratch'\ndefault = true\n\
         layer = [{ write = { path = '/app', content = '' } }]\n",
    );
    let trace = project.build().trace();
    assert!(trace.success);
    let names: Vec<&str> = trace.vertices.iter().map(|vertex| vertex.name.as_str()).collect();
    let needless = |name: &&&str| name.contains("no/such") || name.contains("build context");
    assert!(!names.iter().any(|name| needless(&name)), "{names:#?}");
    project.build().args(["--target", "below"]).fails().says("registry.invalid");
}

#[test]
fn a_stage_may_be_for_another_platform() {
    let project = Project::new(
        "[stage.arm]\nfrom = 'scratch'\nplatform = 'linux/arm64'\n\
         [[stage.arm.layer]]\nwrite = { path = '/arm', content = 'x' }\n\
         [stage.app]\nfrom = 'scratch'\n\
         [[stage.app.layer]]\ncopy = { from = 'arm', src = '/arm', dest = '/' }\n",
    );
    let build = || project.build().args(["--platform", "linux/amd64"]);
    assert_eq!(build().files().text("/arm"), "x");
    assert_eq!(build().image().config()["architecture"], "amd64");
    let config = build().args(["--target", "arm"]).image().config();
    assert_eq!(config["architecture"], "arm64");
}

#[test]
fn an_image_of_another_platform_is_resolved_for_it() {
    let name = format!("{}/test/{}:platforms", engine().registry(), unique("word"));
    let base = Project::new(
        "[stage.base]\nfrom = 'scratch'\nlayer = [{ write = { path = '/arch', expand = true, content = '${TARGETARCH}' } }]\n",
    );
    let output = format!("--output=type=image,name={name},push=true");
    base.build().args(["--platform=linux/amd64,linux/arm64", &output]).ok();
    let project = Project::new(&format!(
        "[stage.arm]\nfrom = '{name}'\nplatform = 'linux/arm64'\n\
         [stage.app]\nfrom = '{name}'\nlayer = [{{ copy = {{ from = 'arm', src = '/arch', dest = '/arm' }} }}]\n"
    ));
    let files = project.build().args(["--platform", "linux/amd64"]).files();
    assert_eq!((files.text("/arch"), files.text("/arm")), ("amd64".to_owned(), "arm64".to_owned()));
}

const DOCKERFILE: &str = "FROM scratch AS first\nARG WHAT=default\nCOPY file /copied\n\
    ENV FROM_DOCKERFILE=$WHAT\nLABEL what=$WHAT\nUSER 7:8\nWORKDIR /work\n\
    FROM first AS second\nCOPY file /second\n";

fn dockerfile(table: &str) -> Project {
    Project::new(&format!(
        "[stage.old]\ndockerfile = {table}\n\
         [stage.app]\nfrom = 'old'\nworkdir = 'sub'\nenv = {{ MORE = '${{FROM_DOCKERFILE}}!' }}\n\
         layer = [{{ write = {{ path = 'new', content = '' }} }}]\n"
    ))
    .put("docker/Dockerfile", DOCKERFILE)
    .put("file", "from the context")
}

#[test]
fn a_dockerfile_builds_a_stage() {
    let project =
        dockerfile("{ file = 'docker/Dockerfile', target = 'first', args = { WHAT = 'arg' } }");
    let files = project.build().files();
    assert_eq!(files.text("/copied"), "from the context");
    assert!(files.has("/work/sub/new") && !files.has("/second"));
    let image = project.build().image();
    let config = &image.config()["config"];
    assert_eq!(config["Labels"]["what"], "arg");
    assert_eq!(config["User"], "7:8");
    assert_eq!(config["WorkingDir"], "/work/sub");
    let env = config["Env"].to_string();
    assert!(env.contains("FROM_DOCKERFILE=arg") && env.contains("MORE=arg!"), "{env}");
}

#[test]
fn a_dockerfile_without_more_is_its_last_stage() {
    let project = dockerfile("'docker/Dockerfile'");
    assert!(project.build().files().has("/second"));
    assert_eq!(project.build().image().config()["config"]["Labels"]["what"], "default");
    // Its arguments are those that the manifest gives it.
    let image = project.build().arg("--build-arg=WHAT=command line").image();
    assert_eq!(image.config()["config"]["Labels"]["what"], "default");
}

#[test]
fn copies_from_a_dockerfile() {
    let project = Project::new(
        "[stage.old]\ndockerfile = 'Dockerfile'\n\
         [stage.app]\nfrom = 'scratch'\nlayer = [{ copy = { from = 'old', src = '/made', dest = '/' } }]\n",
    )
    .put("Dockerfile", "FROM busybox\nRUN echo made > /made\n");
    assert_eq!(project.build().files().text("/made"), "made\n");
}

#[test]
fn mistakes_of_a_dockerfile_are_shown() {
    let project =
        dockerfile("'docker/Dockerfile'").put("docker/Dockerfile", "FROM scratch\nRUNN x\n");
    project.build().fails().says("unknown instruction: RUNN");
    dockerfile("'nowhere/Dockerfile'").build().fails().says("nowhere/Dockerfile");
}
