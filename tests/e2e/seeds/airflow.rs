//! The Airflow example on two engines that share the registry alone: what one runner fetched, the
//! next installs without network, and asks the index for what is new alone. Requests and bytes are
//! counted in front of the index and of the registry. What it takes is shown with `--nocapture`.

use std::fs;
use std::path::Path;
use std::time::Instant;

use tempfile::TempDir;

use super::TAG;
use crate::harness::relay::Request;
use crate::harness::{Build, Index, Project, Relay, Runner, engine, to_registry, unique};

const ALLOW: &str = "--allow=network.host";

/// A package that the lock file does not have, and that needs no other.
const ADDED: &str = "toolz==0.12.1";

/// What is done with the example: the step with its lock file is led to an index, and its files are
/// listed with their digests.
struct Example {
    project: Project,
    repository: String,
    index: Index,
    relay: Relay,
    manifest: String,
    requirements: String,
}

impl Example {
    fn new() -> Self {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/airflow-pypi");
        let read =
            |file: &str| fs::read_to_string(directory.join(file)).expect("a file of the example");
        let manifest = read("strake.toml");
        let (_, manifest) = manifest.split_once('\n').expect("a syntax line");
        let relay = Relay::start();
        Example {
            project: Project::new("").put("dags/heartbeat.py", read("dags/heartbeat.py")),
            repository: relay.repository(&unique("mounts")),
            index: Index::start(),
            relay,
            manifest: manifest.to_owned(),
            requirements: read("requirements.txt"),
        }
    }

    /// Writes the example, with more keys of the step that installs.
    fn write(&self, keys: &str, added: &str) {
        let step = "uses   = [\"uv\"]\n";
        assert!(self.manifest.contains(step), "the example has a step with uv");
        let env = format!(
            "{{ UV_DEFAULT_INDEX = '{}', CASE = '{}' }}",
            self.index.url(),
            self.repository
        );
        let keys = format!("{step}env = {env}\n{keys}\n");
        let manifest = self.manifest.replace(step, &keys);
        let manifest = format!(
            "# syntax={}\n[arg.TARRED]\ndefault = ''\n[seed]\nimage = '{}'\ntags = ['main']\n{manifest}\n{TAR}{SUMS}",
            engine().syntax(),
            self.repository
        );
        self.project.write("strake.toml", manifest);
        self.project.write("requirements.txt", format!("{}{added}\n", self.requirements));
    }

    fn build(&self, target: &str) -> Build<'_> {
        let base = format!("debian:bookworm-slim=docker-image://{}", engine().debian());
        self.project.build().args([ALLOW, "--target", target, "--build-context", &base])
    }

    /// Exports uv's mount to a tag, and tells what was sent to the registry.
    fn export<'p>(&'p self, tag: &str, on: impl FnOnce(Build<'p>) -> Build<'p>) -> Sent {
        self.relay.take();
        let output = to_registry(&format!("{}:{tag}", self.repository));
        let export = self.build("airflow@mounts").arg("--build-arg=STRAKE_MOUNTS=uv");
        let begun = Instant::now();
        on(export.args(["--provenance=false", "--output", &output])).ok();
        let seconds = begun.elapsed().as_secs_f64();
        let sends = |request: &Request| ["PUT", "PATCH"].contains(&request.method.as_str());
        let sent = self.relay.take().into_iter().filter(sends);
        Sent { bytes: sent.map(|request| request.up).sum(), seconds }
    }

    /// Bytes of layers that came from the registry since the last time.
    fn taken(&self) -> u64 {
        let taken =
            self.relay.take().into_iter().filter(|request| request.path.contains("/blobs/"));
        taken.map(|request| request.down).sum()
    }

    /// Packages that the index was asked for since the last time, and the bytes that it sent.
    fn asked(&self) -> (Vec<String>, usize) {
        let requests = self.index.take();
        let bytes = requests.iter().map(|(_, bytes)| bytes).sum();
        let pages = requests.iter().filter_map(|(path, _)| path.split("/simple/").nth(1));
        let mut names: Vec<String> =
            pages.map(|name| name.trim_end_matches('/').to_owned()).collect();
        names.sort();
        names.dedup();
        (names, bytes)
    }
}

/// All files that were installed, with their digests.
const SUMS: &str = r#"
[stage.sums]
from = "airflow"
layer = [{ run = "find /opt/venv -type f | sort | xargs -d '\\n' sha256sum > /sums" }]
[stage.seen]
from = "scratch"
layer = [{ copy = { from = "sums", src = "/sums", dest = "/" } }]
"#;

/// How the mount is saved without strake: an archive made in a step, and taken out as a file.
const TAR: &str = r#"
[stage.tar]
from = "system"
layer = [{ uses = ["uv"], env = { TARRED = "${TARRED}" }, run = 'tar -C "$UV_CACHE_DIR" -czf /uv.tar.gz .' }]
[stage.tarred]
from = "scratch"
layer = [{ copy = { from = "tar", src = "/uv.tar.gz", dest = "/" } }]
"#;

struct Sent {
    bytes: u64,
    seconds: f64,
}

#[test]
#[ignore = "heavy; always: seeds::runners::a_second_runner_starts_where_the_first_ended"]
#[allow(clippy::print_stdout, reason = "the table is for people")]
fn a_second_runner_asks_for_what_is_new_alone() {
    let example = Example::new();
    // Runner one has the network, and exports what it fetched.
    example.write("network = 'host'", "");
    let first = example.build("airflow").trace();
    assert!(first.executed().iter().any(|name| name.contains("dependencies")));
    let (asked, fetched) = example.asked();
    assert!(asked.len() > 100, "{asked:?}");
    let sums = example.build("seen").files().text("/sums");
    let full = example.export(TAG, |build| build);

    // Runner two has not, for this step, and imports no cache.
    let second = Runner::start();
    example.write("network = 'none'", "");
    let begun = Instant::now();
    let trace = example.build("airflow").on(&second).trace();
    let seeded = begun.elapsed().as_secs_f64();
    let (ran, told) = (trace.executed(), trace.vertex("[seed] cache mounts"));
    for step in ["os packages", "uv", "dependencies"] {
        assert!(ran.iter().any(|name| name.contains(step)), "{step}: {ran:?}");
    }
    assert!(told.name.contains("uv primed") && told.name.contains("apt cold"), "{}", told.name);
    assert_eq!(example.asked(), (Vec::new(), 0));
    let taken = example.taken();
    assert!(taken > full.bytes / 2, "{taken} of {}", full.bytes);
    assert!(sums.lines().count() > 5_000, "{}", sums.lines().count());
    assert!(example.build("seen").on(&second).files().text("/sums") == sums, "other files");

    // One dependency more: the index is asked for that one, and the difference is pushed.
    example.write("network = 'host'", ADDED);
    let trace = example.build("airflow").on(&second).trace();
    assert!(trace.executed().iter().any(|name| name.contains("dependencies")));
    let (asked, new) = example.asked();
    assert_eq!(asked, ["toolz"]);
    let difference = example.export(TAG, |build| build.on(&second));
    assert!(difference.bytes < full.bytes / 10, "{} of {}", difference.bytes, full.bytes);
    let again =
        example.export("full", |build| build.on(&second).arg("--build-arg=STRAKE_SEED=off"));
    let (archive, tarred) = tarball(&example, &second);

    println!("\n| Airflow, {} packages | bytes | seconds |\n|---|---:|---:|", packages(&sums));
    println!("| runner one asks the index | {fetched} | |");
    println!(
        "| runner two, network none, from the seed (all of the image but its base is built) | {taken} | {seeded:.1} |"
    );
    println!("| one dependency added: runner two asks the index | {new} | |");
    println!("| its export: the difference | {} | {:.1} |", difference.bytes, difference.seconds);
    println!("| (a) a full export | {} | {:.1} |", again.bytes, again.seconds);
    println!("| (b) `tar -czf` in a step, `--output type=local` | {archive} | {tarred:.1} |");
}

/// The size of the archive, in bytes, and the seconds it took to have it on the client.
fn tarball(example: &Example, runner: &Runner) -> (u64, f64) {
    let directory = TempDir::new().expect("a temporary directory");
    let output = format!("type=local,dest={}", directory.path().display());
    let nonce = format!("--build-arg=TARRED={}", unique("tar"));
    let begun = Instant::now();
    example.build("tarred").on(runner).args([&nonce, "--output", &output]).ok();
    let seconds = begun.elapsed().as_secs_f64();
    let archive = fs::metadata(directory.path().join("uv.tar.gz")).expect("an archive");
    (archive.len(), seconds)
}

/// Packages that are installed.
fn packages(sums: &str) -> usize {
    sums.lines().filter(|line| line.ends_with(".dist-info/METADATA")).count()
}
