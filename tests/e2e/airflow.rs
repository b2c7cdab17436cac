//! Airflow's CI and PROD images (`examples/airflow`), from its real sources: that they are what they should be,
//! and what runs again after which change. `docs/airflow.md` says which test shows what.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Once, OnceLock};

use crate::harness::{
    Build, Files, Project, Runner, Server, engine, pushed, sha256, to_registry, unique,
};

/// What is looked at in an image, as the user that it runs as.
const FACTS: &str = r#"
mkdir -p /tmp/out && cd /tmp/out
airflow version > version
python --version > python
python -c 'import airflow; print(airflow.__file__)' > file
python -c 'import MySQLdb, psycopg2, celery' 2> missing || true
id -u > uid
stat -c %u:%g "$(dirname "$(command -v airflow)")" "$HOME" > owner
uv --version > uv 2> /dev/null || true
for tool in gcc uv; do command -v "$tool"; done > tools || true
for client in psql mysql; do command -v "$client"; done > clients
find / -xdev -path '*cache*' -name '*.whl' 2> /dev/null > wheels || true
"#;

/// The example's directory, with Airflow's sources in it.
fn example() -> &'static Path {
    static EXAMPLE: OnceLock<PathBuf> = OnceLock::new();
    EXAMPLE.get_or_init(|| {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/airflow");
        let done = Command::new(directory.join("set-up")).status().expect("the set-up runs");
        assert!(done.success(), "the set-up fails");
        directory
    })
}

/// A copy of it, with a stage that looks at one of the images.
fn project(image: &str) -> Project {
    let manifest = fs::read_to_string(example().join("strake.toml")).expect("the manifest");
    let (_, manifest) = manifest.split_once('\n').expect("a syntax line");
    let manifest = manifest.replace("default = true\n", "");
    let project = Project::new(&format!(
        "{manifest}\n[stage.looked-at]\nfrom = '{image}'\n\
         [[stage.looked-at.layer]]\nrun = '''{FACTS}'''\n\
         [stage.seen]\nfrom = 'scratch'\ndefault = true\n\
         layer = [{{ copy = {{ from = 'looked-at', src = '/tmp/out', dest = '/' }} }}]\n"
    ));
    for part in ["locks", "requirements", "scripts", "source", ".dockerignore"] {
        let mut copy = Command::new("cp");
        copy.arg("-a").arg(example().join(part)).arg(project.path());
        assert!(copy.status().expect("cp runs").success(), "{part} is not copied");
    }
    project
}

/// Builds once what all tests stand on: two builds that run the same layer at the same time share it in the daemon,
/// and one of them may not find again what it has run on it.
fn ground() {
    static GROUND: Once = Once::new();
    GROUND.call_once(|| {
        own_build(&project("tools"), "ground").args(["--target", "tools"]).warm();
    });
}

/// A build that finds no caches but those of its own repository.
fn build<'a>(project: &'a Project, repository: &str) -> Build<'a> {
    ground();
    own_build(project, repository)
}

fn own_build<'a>(project: &'a Project, repository: &str) -> Build<'a> {
    let base = format!("debian:bookworm-slim=docker-image://{}", engine().debian());
    // Layers of Python packages are each test's own: what runs elsewhere at the moment would count as run.
    let epoch = format!("DEPENDENCY_EPOCH={repository}");
    let repository = format!("REPOSITORY={}/{repository}", engine().registry());
    let args = ["--build-context", &base, "--build-arg", &repository, "--build-arg", &epoch];
    project.build().args(args)
}

/// Names of the layers that ran, sorted.
fn ran(build: Build<'_>) -> Vec<String> {
    let trace = build.trace();
    let steps = trace.executed().into_iter().filter(|name| !name.starts_with("[seen "));
    let steps = steps.filter(|name| !name.starts_with("[looked-at "));
    let mut names: Vec<String> = steps.filter_map(name_of).collect();
    names.sort();
    names
}

/// The name of a layer in the display name of its step.
fn name_of(step: &str) -> Option<String> {
    Some(step.split_once("] ")?.1.split(':').next()?.to_owned())
}

fn append(project: &Project, file: &str, line: &str) {
    let path = project.path().join(file);
    let text = fs::read_to_string(&path).expect("a file of the example");
    fs::write(path, format!("{text}{line}\n")).expect("it is changed");
}

/// What is seen in a CI image: that of the sources, in place, with all that it needs.
#[track_caller]
fn has_airflow_from_its_sources(files: &Files) {
    assert_eq!(files.text("version").trim(), "3.3.2");
    assert_eq!(files.text("file").trim(), "/opt/airflow/airflow-core/src/airflow/__init__.py");
    assert_eq!(files.text("missing"), "");
}

#[test]
fn the_ci_image_has_airflow_as_its_sources_are() {
    let project = project("ci");
    let files = build(&project, &unique("ci")).files();
    has_airflow_from_its_sources(&files);
    assert!(files.text("tools").contains("/usr/local/bin/uv"), "uv is brought");
    assert!(files.text("tools").contains("gcc"), "compilers are brought");
    assert_eq!(files.text("clients").lines().count(), 2);
    assert_eq!(files.text("wheels"), "", "no cache is in the image");
    assert!(files.text("uv").starts_with("uv 0.13.9"), "{}", files.text("uv"));
}

#[test]
#[ignore = "heavy; always: airflow::the_ci_image_has_airflow_as_its_sources_are"]
fn the_prod_image_belongs_to_its_user() {
    let project = project("prod");
    let repository = unique("prod");
    let files = build(&project, &repository).files();
    assert_eq!(files.text("version").trim(), "3.3.2");
    assert!(files.text("file").starts_with("/home/airflow/.local/lib/python3.11/"));
    assert_eq!(files.text("missing"), "");
    assert_eq!(files.text("uid").trim(), "50000");
    assert_eq!(files.text("owner"), "50000:0\n50000:0\n");
    assert_eq!(files.text("tools"), "", "what it was compiled with stays behind");
    assert_eq!(files.text("wheels"), "");

    let labels = ["--target", "prod", "--build-arg", "COMMIT_SHA=abc", "--build-arg", "BUILD_ID=7"];
    let again = ran(build(&project, &repository).args(labels));
    assert_eq!(again, Vec::<String>::new(), "labels run nothing");
    let config = build(&project, &repository).args(labels).image().config();
    assert_eq!(config["config"]["Labels"]["org.opencontainers.image.revision"], "abc");
    assert_eq!(config["config"]["Labels"]["org.apache.airflow.build-id"], "7");
    assert_eq!(config["config"]["User"], "50000:0");
}

/// A change of the sources, and one of the packages.
#[test]
#[ignore = "heavy; always: again::a_layer_is_found_by_what_it_is_made_of"]
fn a_change_runs_what_it_concerns() {
    let project = project("ci");
    let repository = unique("changes");
    let build =
        || build(&project, &repository).args(["--target", "ci", "--build-arg", "FLAVOUR=slim"]);
    build().warm();
    assert_eq!(ran(build()), Vec::<String>::new());
    append(&project, "source/airflow-core/src/airflow/settings.py", "# edited");
    assert_eq!(ran(build()), ["airflow", "sources"]);
    append(&project, "locks/slim-3.11.txt", "pyfiglet==1.0.4");
    assert_eq!(ran(build()), ["airflow", "dependencies", "sources"]);
}

/// The digests of an image and of its layers, by their names.
struct Fingerprint {
    image: String,
    layers: BTreeMap<String, String>,
}

impl Fingerprint {
    fn of(build: Build<'_>) -> Self {
        let answer = build.fingerprint();
        let steps = answer["steps"].as_array().expect("steps");
        let layer = |step: &serde_json::Value| {
            Some((name_of(step["name"].as_str()?)?, step["digest"].to_string()))
        };
        Fingerprint {
            image: answer["image"].to_string(),
            layers: steps.iter().filter_map(layer).collect(),
        }
    }

    /// The layers that are others than here, in the order of the alphabet.
    fn changed(&self, other: &Self) -> Vec<String> {
        let layers = other.layers.iter();
        let changed = layers.filter(|(name, digest)| self.layers.get(*name) != Some(digest));
        changed.map(|(name, _)| name.clone()).collect()
    }
}

/// Each change on its own. Nothing is built for it; that what is said to change is what runs, the test above shows.
#[test]
#[ignore = "heavy; always: fingerprint::of_a_manifest_it_tells_whether_anything_would_run"]
fn a_fingerprint_tells_what_a_change_concerns() {
    let project = project("ci");
    let fingerprint = |args: &[&str]| {
        let build = build(&project, "fingerprint").args(["--target", "ci"]);
        Fingerprint::of(build.args(args.iter().copied()))
    };
    let first = fingerprint(&[]);
    let changed = |args: &[&str]| first.changed(&fingerprint(args));
    let python = ["airflow", "dependencies", "sources"];
    assert_eq!(changed(&["--build-arg", "MODE=constraints"]), python);
    assert_eq!(changed(&["--build-arg", "MODE=upgrade"]), python);
    assert_eq!(changed(&["--build-arg", "DEPENDENCY_EPOCH=another"]), python);
    let clients = changed(&["--build-arg", "CLIENTS_EPOCH=another"]);
    let has = |name: &str| clients.iter().any(|changed| changed == name);
    assert!(has("database clients") && has("compilers and headers"), "{clients:?}");
    assert!(!has("os packages") && !has("Python"), "{clients:?}");
    assert_eq!(changed(&["--build-arg", "BUILD_ID=7"]), Vec::<String>::new());

    project.write("README.md", "edited, and no part of the images");
    assert_eq!(fingerprint(&[]).image, first.image);
    append(&project, "source/airflow-core/src/airflow/settings.py", "# edited");
    assert_ne!(fingerprint(&[]).image, first.image);
    assert_eq!(changed(&[]), ["airflow", "sources"]);
    append(&project, "locks/full-3.11.txt", "pyfiglet==1.0.4");
    assert_eq!(changed(&[]), python);
}

/// The system layers come out of the registry, the mounts out of the seed, both images' at one tag.
#[test]
#[ignore = "heavy; always: ci::a_second_engine_starts_where_the_first_ended"]
fn a_new_builder_starts_from_what_was_published() {
    let project = project("ci");
    let repository = unique("published");
    // The user is another than in the other test of the PROD image, so that its layers are others as well.
    let slim = ["--build-arg", "FLAVOUR=slim", "--build-arg", "AIRFLOW_UID=50001"];
    let at =
        |what: &str| format!("{}/{repository}/{what}:main-3.11-linux-amd64", engine().registry());
    for image in ["ci", "prod"] {
        build(&project, &repository).args(slim).args(["--target", image]).warm();
        let output = to_registry(&at("mounts"));
        let target = format!("{image}@mounts");
        let export = ["--target", &target, "--provenance=false", "--output", &output];
        build(&project, &repository).args(slim).args(export).ok();
    }
    let cache = format!("type=registry,ref={},mode=max", at("cache"));
    let export = ["--target", "ci@registry", "--cache-to", &cache];
    build(&project, &repository).args(slim).args(export).ok();

    let runner = Runner::start();
    append(&project, "source/airflow-core/src/airflow/settings.py", "# edited");
    let branch = ["--build-arg", "BRANCH=some/branch"];
    for image in ["ci", "prod"] {
        let new = build(&project, &repository).on(&runner).args(slim).args(branch);
        let trace = new.args(["--target", image]).trace();
        // The layers below are not even looked at: one that was begun before that was known is cancelled.
        assert!(trace.vertex("] compilers and headers").cached, "{image}");
        assert!(!trace.vertex("] airflow").cached, "{image}");
        let filled = trace.vertices.iter().find(|vertex| vertex.name.contains("[seed] uv: fill"));
        assert!(filled.is_some(), "the mount of {image} is not filled");
    }
}

/// The Dockerfile beside the manifest builds the same two images, with the frontend of BuildKit.
#[test]
#[ignore = "heavy; always: airflow::the_ci_image_has_airflow_as_its_sources_are"]
fn the_dockerfile_builds_the_same_images() {
    for (image, user) in [("ci", None), ("prod", Some("50000:0"))] {
        let project = project(image);
        let dockerfile = fs::read_to_string(example().join("Dockerfile")).expect("the Dockerfile");
        project.write("Dockerfile", dockerfile);
        let base = format!("debian:bookworm-slim=docker-image://{}", engine().debian());
        let file = project.path().join("Dockerfile").display().to_string();
        let build = project.build().args(["-f", &file, "--build-context", &base]);
        let config = build.args(["--target", image]).image().config();
        assert_eq!(config["config"]["User"].as_str().filter(|user| !user.is_empty()), user);
    }
}

/// Debian 13, made out of the one that is there.
fn trixie() -> &'static str {
    static IMAGE: OnceLock<String> = OnceLock::new();
    IMAGE.get_or_init(|| {
        pushed(
            "trixie",
            "FROM debian\nENV DEBIAN_FRONTEND=noninteractive\n\
             RUN sed -i s/bookworm/trixie/ $(find /etc/apt -name '*.list' -o -name '*.sources') && \\\n\
             apt-get update && apt-get full-upgrade --yes && rm -r /var/lib/apt/lists\n",
            "linux/amd64",
        )
    })
}

#[test]
#[ignore = "heavy; always: airflow::the_ci_image_has_airflow_as_its_sources_are"]
fn another_series_comes_with_another_debian() {
    let project = project("ci");
    let base = format!("BASE={}", trixie());
    let args = ["--build-arg", &base, "--build-arg", "PYTHON=3.13"];
    let files = own_build(&project, &unique("series")).args(args).files();
    has_airflow_from_its_sources(&files);
    assert!(files.text("python").starts_with("Python 3.13."), "{}", files.text("python"));
}

/// The images of one flavour, all at once, as the bake file has them.
#[test]
#[ignore = "heavy; always: ci::a_second_engine_starts_where_the_first_ended"]
fn the_matrix_is_baked() {
    ground();
    let file = example().join("docker-bake.hcl");
    let mut bake = engine().docker();
    bake.args(["buildx", "bake", "--progress=plain", "--file"]).arg(&file);
    bake.args(["ci-3-11-slim", "prod-3-11-slim", "ci-3-13-slim", "prod-3-13-slim"]);
    let repository = unique("baked");
    for set in [
        "output=type=cacheonly".to_owned(),
        format!("args.REPOSITORY={}/{repository}", engine().registry()),
        format!("args.DEPENDENCY_EPOCH={repository}"),
        format!("contexts.debian:bookworm-slim=docker-image://{}", engine().debian()),
        format!("contexts.debian:trixie-slim=docker-image://{}", trixie()),
    ] {
        bake.args(["--set", &format!("*.{set}")]);
    }
    bake.env("SYNTAX", engine().syntax()).current_dir(example());
    let baked = bake.output().expect("docker runs");
    assert!(baked.status.success(), "{}", String::from_utf8_lossy(&baked.stderr));
}

/// The sources of the Python that Debian has: CPython's own archive.
fn python_sources() -> Vec<u8> {
    let project = Project::without_manifest().named("Dockerfile").put(
        "Dockerfile",
        "FROM debian AS fetched\nWORKDIR /fetched\n\
         RUN sed -i -e 's/^deb /deb-src /' -e 's/^Types: deb$/Types: deb-src/' \\\n\
         $(find /etc/apt -name '*.list' -o -name '*.sources') && apt-get update && \\\n\
         apt-get source --download-only --tar-only python3.11 && mv *.orig.tar.gz python.tgz\n\
         FROM scratch\nCOPY --from=fetched /fetched/python.tgz /\n",
    );
    fs::read(project.build().files().path("/python.tgz")).expect("sources")
}

/// From the sources that Debian has, since python.org is not everywhere; without the options that take
/// several times as long.
#[test]
#[ignore = "heavy; always: airflow::the_ci_image_has_airflow_as_its_sources_are"]
fn python_is_compiled_from_its_sources() {
    const LOOK: &str = "python3.11 -c 'import bz2, ctypes, lzma, readline, sqlite3, ssl, sys, zlib; \
                        print(sys.executable, sys.version.split()[0])' > /tmp/out/python";
    let sources = python_sources();
    let checksum = sha256(&sources);
    let server = Server::of([("/3.11.2/Python-3.11.2.tgz", sources)]);
    let project = project("system");
    let manifest = fs::read_to_string(project.file()).expect("the manifest");
    project.write("strake.toml", manifest.replace(FACTS, &format!("mkdir /tmp/out; {LOOK}")));
    let repository = unique("source");
    let compiled = |release: &str| {
        let args = [
            "PYTHON_FROM=source".to_owned(),
            format!("PYTHON_RELEASE={release}"),
            format!("PYTHON_URL={}", server.url("")),
            checksum.replace("sha256:", "PYTHON_SHA256="),
            "PYTHON_OPTIONS=".to_owned(),
        ];
        let args = args.map(|arg| ["--build-arg".to_owned(), arg]);
        build(&project, &repository).args(args.concat())
    };
    let said = compiled("3.11.2").files().text("/python");
    assert_eq!(said, "/usr/local/bin/python3.11 3.11.2\n");
    assert_eq!(ran(compiled("3.11.2")), Vec::<String>::new());
}
