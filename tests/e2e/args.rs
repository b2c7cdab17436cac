//! `[arg]`: where values come from, what they may be, and what they are good for.

use crate::harness::{Project, unique};

const MANIFEST: &str = r#"
[arg]
PLAIN   = "plain"
VERSION = { default = "1.2.3", pattern = '\d+(\.\d+)*' }
FLAVOUR = { default = "slim", choices = ["slim", "full"] }
NAMED   = "app-${VERSION}-${FLAVOUR}"
MINOR   = "${VERSION%.*}"
SUFFIX  = { default = "" }

[stage.app]
from = "scratch"

[[stage.app.layer]]
write = { path = "/${NAMED}", expand = true, content = """
${PLAIN} ${MINOR} ${SUFFIX:-none} ${SUFFIX:+-}${SUFFIX} ${VERSION//./_} \\${PLAIN}
$TARGETPLATFORM $TARGETOS ${TARGETARCH} $BUILDPLATFORM
""" }
"#;

#[test]
fn defaults_use_those_above_them() {
    let files = Project::new(MANIFEST).build().args(["--platform", "linux/amd64"]).files();
    let text = files.text("/app-1.2.3-slim");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "plain 1.2 none  1_2_3 ${PLAIN}");
    assert!(lines[1].starts_with("linux/amd64 linux amd64 linux/"), "{text}");
}

#[test]
fn values_come_from_the_command_line() {
    let project = Project::new(MANIFEST);
    let build = project.build().args(["--build-arg=VERSION=4.5.6", "--build-arg=FLAVOUR=full"]);
    let files = build.variable("SUFFIX", "x").arg("--build-arg=SUFFIX").files();
    let text = files.text("/app-4.5.6-full");
    assert_eq!(text.lines().next(), Some("plain 4.5 x -x 4_5_6 ${PLAIN}"));
    let files = project.build().arg("--build-arg=PLAIN=").files();
    assert!(files.text("/app-1.2.3-slim").starts_with(" 1.2"));
}

#[test]
fn values_that_are_not_allowed_are_refused() {
    let project = Project::new(MANIFEST);
    let with = |arg: &str| project.build().args(["--build-arg", arg]).fails();
    with("FLAVOUR=ful").says("is not one of its choices").says("did you mean `full`?");
    with("VERSION=1.x").says("does not match its pattern").says("strake.toml:5");
    with("VERSION=1; rm").says("does not match its pattern");
}

#[test]
fn a_required_argument_is_missed() {
    let project = Project::new(
        "[arg]\nTOKEN = { required = true, help = 'say which' }\n\
         [stage.app]\nfrom = 'scratch'\n\
         layer = [{ write = { path = '/x', content = '${TOKEN}', expand = true } }]\n",
    );
    project.build().fails().says("the argument `TOKEN` is required").says("strake.toml:3");
    assert_eq!(project.build().arg("--build-arg=TOKEN=t").files().text("/x"), "t");
}

#[test]
fn an_argument_that_nobody_declared_is_warned_of() {
    let project = Project::new(MANIFEST);
    let warned = project.build().args(["--build-arg=VERSOIN=1", "--output=type=cacheonly"]).ok();
    warned.says("unused-build-arg: the build argument `VERSOIN` is not declared");
    let known = ["--build-arg=HTTP_PROXY=", "--build-arg=BUILDKIT_INLINE_CACHE=1"];
    let trace = project.build().args(known).trace();
    assert!(trace.success && trace.warnings.is_empty(), "{:#?}", trace.warnings);
}

/// A script sees an argument only where the layer names it, so only there it can matter.
#[test]
fn an_argument_matters_only_where_it_is_named() {
    let project = Project::new(
        "[arg]\nUSED = '1'\nUNUSED = '1'\n[stage.app]\nfrom = 'busybox'\n\
         [[stage.app.layer]]\nname = 'first'\nrun = 'test -z \"$USED\"'\n\
         [[stage.app.layer]]\nname = 'second'\nenv = { USED = '${USED}' }\nrun = 'test -n \"$USED\"'\n\
         [[stage.app.layer]]\nname = 'third'\ncopy = { src = 'file', dest = '/', link = true }\n",
    )
    .put("file", "x");
    let with = |name: &str, value: &str| {
        let build = project.build().args(["--build-arg", &format!("{name}={value}")]);
        build.trace()
    };
    assert!(with("USED", "1").success);
    assert_eq!(with("UNUSED", &unique("word")).executed(), Vec::<&str>::new());
    let changed = with("USED", &unique("word"));
    let executed = changed.executed();
    assert!(!executed.iter().any(|name| name.contains("first")), "{executed:?}");
    assert!(executed.iter().any(|name| name.contains("second")), "{executed:?}");
    let third = changed.vertices.iter().filter(|vertex| vertex.name.contains("third"));
    assert!(third.filter(|vertex| vertex.cached).count() == 1, "{:#?}", changed.vertices);
}

#[test]
fn arguments_are_filled_in_everywhere_but_in_commands() {
    let project = Project::new(
        "[arg]\nBASE = 'nowhere'\nDIR = 'dir'\nNAME = 'name'\n\
         [stage.app]\nfrom = '${BASE}'\nworkdir = '/srv/${DIR}'\n\
         [[stage.app.layer]]\nname = '${NAME}!'\ncopy = { src = '${DIR}/*', dest = '${NAME}/' }\n\
         [[stage.app.layer]]\nrun = ['/bin/sh', '-c', 'echo \"<${DIR}>\" > run']\n\
         [stage.app.image]\nlabels = { '${NAME}' = 'no', label = '${NAME}' }\ncmd = ['${NAME}']\n",
    )
    .put("dir/file", "x");
    let args = ["--build-arg", "BASE=busybox"];
    let files = project.build().args(args).files();
    assert_eq!(files.text("/srv/dir/name/file"), "x");
    assert_eq!(files.text("/srv/dir/run"), "<>\n");
    project.build().args(args).trace().vertex("name!: copy dir/* name/");
    let config = project.build().args(args).image().config()["config"].clone();
    assert_eq!(config["Labels"]["label"], "name");
    assert_eq!(config["Cmd"][0], "${NAME}");
}
