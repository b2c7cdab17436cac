//! `[stage.NAME.image]`: the image's config, what it keeps of the base image's, and its history.

use serde_json::{Value, json};

use crate::harness::{Image, Project, engine, unique};

const TABLE: &str = r#"
[stage.app.image]
entrypoint  = ["/entry", "$HOME"]
cmd         = ["serve", "--all"]
user        = "9:10"
workdir     = "sub"
env         = { ADDED = "1", KEPT = "${KEPT:-none}+", PATH = "/app:${PATH}" }
labels      = { new = "1", both = "app" }
annotations = { "org.example.note" = "noted" }
ports       = ["80", "53/udp", "8000-8001"]
volumes     = ["/data"]
stop-signal = "SIGINT"
shell       = ["/bin/ash", "-c"]
onbuild     = ["RUN echo $HOME"]
author      = "me"

[stage.app.image.healthcheck]
test           = ["curl", "-f", "localhost"]
interval       = "5s"
timeout        = "1m30s"
start-period   = "2s"
start-interval = "500ms"
retries        = 3
"#;

fn from_scratch() -> Image {
    let stage = "[stage.app]\nfrom = 'scratch'\nuser = '7'\nworkdir = '/srv'\n\
                 env = { STAGE = 's' }\nlayer = [{ write = { path = 'x', content = '' } }]\n";
    Project::new(&format!("{stage}{TABLE}")).build().image()
}

#[test]
fn everything_that_is_said_is_in_the_config() {
    let image = from_scratch();
    let config = image.config();
    assert_eq!(config["author"], "me");
    assert_eq!(
        config["config"],
        json!({
            "Entrypoint": ["/entry", "$HOME"],
            "Cmd": ["serve", "--all"],
            "User": "9:10",
            "WorkingDir": "/srv/sub",
            "Env": [
                "PATH=/app:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                "STAGE=s",
                "ADDED=1",
                "KEPT=none+",
            ],
            "Labels": {"new": "1", "both": "app"},
            "ExposedPorts": {"80/tcp": {}, "53/udp": {}, "8000/tcp": {}, "8001/tcp": {}},
            "Volumes": {"/data": {}},
            "StopSignal": "SIGINT",
            "Shell": ["/bin/ash", "-c"],
            "OnBuild": ["RUN echo $HOME"],
            "Healthcheck": {
                "Test": ["CMD", "curl", "-f", "localhost"],
                "Interval": 5_000_000_000u64,
                "Timeout": 90_000_000_000u64,
                "StartPeriod": 2_000_000_000u64,
                "StartInterval": 500_000_000u64,
                "Retries": 3,
            },
        })
    );
}

#[test]
fn annotations_are_in_the_manifest() {
    let image = from_scratch();
    let (_, manifest) = image.manifests().remove(0);
    assert_eq!(manifest["annotations"], json!({"org.example.note": "noted"}));
}

/// The image's table is nobody's input: no step runs again, whatever is in it.
#[test]
fn the_config_is_no_input_of_a_step() {
    let project = |table: &str| {
        Project::new(&format!(
            "[stage.app]\nfrom = 'busybox'\nlayer = [{{ run = 'true' }}]\n[stage.app.image]\n{table}\n"
        ))
    };
    project("").build().warm();
    let word = unique("word");
    let other =
        project(&format!("env = {{ A = '{word}' }}\nlabels = {{ a = '{word}' }}\nuser = '7'"));
    assert_eq!(other.build().trace().executed(), Vec::<&str>::new());
}

const BASE: &str = r#"
FROM busybox
ENV KEPT=base OTHER="two words"
LABEL old=1 both=base
USER 5:6
WORKDIR /base
EXPOSE 443
VOLUME /old
STOPSIGNAL SIGHUP
SHELL ["/bin/sh", "-ec"]
HEALTHCHECK --interval=7s CMD true
ENTRYPOINT ["/old-entry"]
CMD ["old-cmd"]
MAINTAINER them
RUN true
"#;

/// Pushes a base image with everything in its config and gives its name.
fn base(more: &str) -> String {
    let name = format!("{}/test/{}:base", engine().registry(), unique("word"));
    let project =
        Project::without_manifest().named("Dockerfile").put("Dockerfile", format!("{BASE}{more}"));
    project.build().arg(format!("--output=type=image,name={name},push=true")).ok();
    name
}

fn on(base: &str, more: &str) -> Project {
    Project::new(&format!("[stage.app]\nfrom = '{base}'\n{more}\n"))
}

#[test]
fn what_is_not_said_stays_as_the_base_image_has_it() {
    let base = base("");
    let image = on(&base, "[stage.app.image]\nlabels = { new = '1' }").build().image();
    let config = image.config();
    assert_eq!(config["author"], "them");
    let mut expected = json!({
        "User": "5:6",
        "ExposedPorts": {"443/tcp": {}},
        "Env": [
            "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "KEPT=base",
            "OTHER=two words",
        ],
        "Entrypoint": ["/old-entry"],
        "Cmd": ["old-cmd"],
        "Volumes": {"/old": {}},
        "WorkingDir": "/base",
        "Labels": {"old": "1", "both": "base", "new": "1"},
        "StopSignal": "SIGHUP",
        "Healthcheck": {"Test": ["CMD-SHELL", "true"], "Interval": 7_000_000_000u64},
        "Shell": ["/bin/sh", "-ec"],
    });
    // A key that strake does not know; the Dockerfile frontend writes it for Windows.
    expected["ArgsEscaped"] = json!(true);
    assert_eq!(config["config"], expected);
}

#[test]
fn what_is_said_is_laid_over_the_base_images() {
    let image = on(&base(""), TABLE).build().image();
    let config = image.config()["config"].clone();
    let path = "/app:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    for (key, value) in [
        ("Env", json!([format!("PATH={path}"), "KEPT=base+", "OTHER=two words", "ADDED=1"])),
        ("Labels", json!({"old": "1", "both": "app", "new": "1"})),
        ("Cmd", json!(["serve", "--all"])),
        ("WorkingDir", json!("/base/sub")),
        ("Volumes", json!({"/data": {}, "/old": {}})),
        ("ArgsEscaped", Value::Null),
    ] {
        assert_eq!(config[key], value, "{key}");
    }
    let ports: Vec<&String> = config["ExposedPorts"].as_object().expect("ports").keys().collect();
    assert_eq!(ports, ["443/tcp", "53/udp", "80/tcp", "8000/tcp", "8001/tcp"]);
}

#[test]
fn commands_of_the_base_image_can_be_dropped() {
    let base = base("");
    let config = |more: &str| {
        let image = on(&base, &format!("[stage.app.image]\n{more}")).build().image();
        let config = image.config()["config"].clone();
        (config["Entrypoint"].clone(), config["Cmd"].clone(), config["Healthcheck"].clone())
    };
    let (entrypoint, cmd, _) = config("entrypoint = ['/new']");
    assert_eq!((entrypoint, cmd), (json!(["/new"]), Value::Null));
    let (entrypoint, cmd, _) = config("entrypoint = []");
    assert_eq!((entrypoint, cmd), (Value::Null, Value::Null));
    let (entrypoint, cmd, health) = config("cmd = []\nhealthcheck = 'none'");
    assert_eq!((entrypoint, cmd), (json!(["/old-entry"]), Value::Null));
    assert_eq!(health, json!({"Test": ["NONE"]}));
    let (_, _, health) = config("healthcheck = 'curl $HOST'");
    assert_eq!(health, json!({"Test": ["CMD-SHELL", "curl $HOST"]}));
}

#[test]
fn steps_run_as_the_base_image_says() {
    let base = base("");
    let script = "echo $KEPT $(id -u):$(id -g) $PWD $- > /tmp/state";
    let seen = on(&base, &format!("layer = [{{ run = '{script}' }}]")).build().files();
    let state = seen.text("/tmp/state");
    assert!(state.starts_with("base 5:6 /base ") && state.contains('e'), "{state}");
}

#[test]
fn triggers_of_the_base_image_are_warned_of_and_do_not_go_on() {
    let base = base("ONBUILD RUN exit 1\n");
    let project = on(&base, "");
    let warned = project.build().arg("--output=type=cacheonly").ok();
    warned.says("image-triggers: the base image has ONBUILD triggers, which are not run");
    assert_eq!(project.build().image().config()["config"]["OnBuild"], Value::Null);
}

/// `created_by` of every step, and whether it made a layer.
fn history(config: &Value) -> Vec<(String, bool)> {
    let steps = config["history"].as_array().expect("a history").iter();
    let step = |step: &Value| {
        let by = step["created_by"].as_str().unwrap_or_default().to_owned();
        (by, step["empty_layer"] != json!(true))
    };
    steps.map(step).collect()
}

#[test]
fn the_history_has_a_step_for_every_layer() {
    let base = base("");
    let project = on(
        &base,
        "workdir = '/srv'\nuser = '0'\n\
         [[stage.app.layer]]\nrun = 'echo x > /x'\n\
         [[stage.app.layer]]\nsteps = [{ mkdir = '/a' }, { write = { path = '/b', content = '' } }]\n\
         [[stage.app.layer]]\ncopy = { src = 'file', dest = '/linked/', link = true }\n\
         [[stage.app.layer]]\nremove = '/x'\n\
         [stage.app.image]\ncmd = ['x']",
    )
    .put("file", "x");
    let image = project.build().image();
    let config = image.config();
    let steps = history(&config);
    let ours: Vec<&str> = steps.iter().rev().take(5).map(|(by, _)| by.as_str()).rev().collect();
    let expected = [
        "workdir /srv",
        "run echo x > /x",
        "mkdir /a, write /b",
        "copy file /linked/",
        "remove /x",
    ];
    assert_eq!(ours, expected);
    let layers = image.manifests()[0].1["layers"].as_array().map_or(0, Vec::len);
    assert_eq!(steps.iter().filter(|(_, made)| *made).count(), layers, "{steps:#?}");
    assert_eq!(config["rootfs"]["diff_ids"].as_array().map_or(0, Vec::len), layers);
    assert!(steps.len() > layers, "the base image's own steps stay");
}

#[test]
fn the_time_is_now_or_what_the_build_says() {
    let project = Project::new(
        "[stage.app]\nfrom = 'scratch'\nworkdir = '/srv'\n\
         layer = [{ write = { path = '/w/x', content = '' } }, { mkdir = '/a/b' },\n\
         { symlink = { path = '/l', to = 'x' } }, { copy = { src = 'file', dest = '/c/' } }]\n",
    )
    .put("file", "x");
    let now = project.build().image().config();
    assert!(now["created"].as_str().is_some_and(|time| time > "2024"), "{now:#}");
    let at = ["--build-arg", "SOURCE_DATE_EPOCH=1700000000"];
    let config = project.build().args(at).image().config();
    assert_eq!(config["created"], "2023-11-14T22:13:20Z");
    let times =
        config["history"].as_array().expect("a history").iter().map(|step| &step["created"]);
    assert!(times.clone().count() == 5 && times.into_iter().all(|time| time == &config["created"]));
    let listing = project.build().args(at).listing();
    for path in ["srv", "w", "w/x", "a/b", "l", "c", "c/file"] {
        assert_eq!(listing.entry(path).time, "2023-11-14 22:13:20", "{path}");
    }
}

/// The time of the base image is the base image's.
#[test]
fn the_time_is_not_that_of_the_base_image() {
    let name = format!("{}/test/{}:old", engine().registry(), unique("word"));
    let old = Project::without_manifest().named("Dockerfile").put("Dockerfile", BASE);
    let output = format!("--output=type=image,name={name},push=true");
    old.build().args(["--build-arg=SOURCE_DATE_EPOCH=1", &output]).ok();
    let config = on(&name, "layer = [{ mkdir = '/new' }]").build().image().config();
    assert!(config["created"].as_str().is_some_and(|time| time > "2024"), "{config:#}");
    let history = config["history"].as_array().expect("a history");
    assert!(history.iter().any(|step| step["created"] == "1970-01-01T00:00:01Z"), "{config:#}");
}

/// The same input gives the same image, on whatever day.
#[test]
fn an_image_is_the_same_again() {
    let digest = || {
        let project = Project::new(&format!(
            "[stage.app]\nfrom = 'scratch'\nlayer = [{{ write = {{ path = '/x', content = 'x' }} }}]\n{TABLE}"
        ));
        let at = "--build-arg=SOURCE_DATE_EPOCH=1700000000";
        let output = "--output=type=oci,dest=/dev/null,rewrite-timestamp=true";
        let build = project.build().args([at, "--no-cache", output, "--provenance=false"]);
        let file = project.path().join("metadata.json");
        build.arg(format!("--metadata-file={}", file.display())).ok();
        let text = std::fs::read_to_string(file).expect("metadata");
        let metadata: Value = serde_json::from_str(&text).expect("JSON");
        metadata["containerimage.digest"].as_str().expect("a digest").to_owned()
    };
    assert_eq!(digest(), digest());
}
