//! What compilers keep: cargo's registry and target directory, and ccache. A second runner compiles
//! nothing of it again. Its tools come through a registry cache, as they do in CI.

use std::time::Instant;

use super::{TAG, builder, on};
use crate::harness::{Build, Project, Runner, engine, unique, unique_image};

/// Small packages without build scripts that take long, and those that they need.
const PACKAGES: &str = "adler2 arrayvec base64 bitflags bytes cfg-if crc32fast either equivalent fnv hashbrown \
    hex httparse humantime indexmap itertools itoa lazy_static log matches memchr once_cell percent-encoding \
    ryu scopeguard semver siphasher slab smallvec static_assertions strsim unicode-segmentation unicode-width";

/// A C package, as it is bundled in one of Rust: its path in there.
const ZLIB: &str = "https://static.crates.io/crates/libz-sys/libz-sys-1.1.20.crate";

/// Where both builds have what they made last.
fn manifest(cache: &str, seed: &str) -> String {
    format!(
        r#"
project = "tests"
[arg]
STEP = ""
[registry]
cache = ["{cache}"]
[seed]
image = "{seed}"
tags = ["main"]
[cache.target]
target = "/app/target"
sharing = "locked"
compiled = true

[stage.tools]
from = "debian"
[[stage.tools.layer]]
name = "compilers"
apt = ["cargo-web", "rustc-web", "gcc", "libc6-dev", "ccache"]
[[stage.tools.layer]]
name = "zlib"
run = """
python3 -c 'import sys, urllib.request; urllib.request.urlretrieve(*sys.argv[1:])' {ZLIB} /zlib.tar.gz
mkdir /zlib
tar -xzf /zlib.tar.gz -C /zlib --strip-components=3 --wildcards '*/src/zlib/*'
"""

[stage.work]
from = "tools"
workdir = "/app"
[[stage.work.layer]]
mkdir = "/out"
[[stage.work.layer]]
name = "crate"
uses = ["cargo", "target"]
binds = [{{ target = "/app", writable = true }}]
env = {{ STEP = "${{STEP}}" }}
run = "cargo build 2> /out/cargo; target/debug/app > /out/app"
[[stage.work.layer]]
name = "c package"
uses = ["ccache"]
env = {{ STEP = "${{STEP}}" }}
run = """
ccache --zero-stats
cd /zlib
for file in *.c; do ccache gcc -O2 -DHAVE_UNISTD_H -c "$file"; done
ccache --print-stats > /out/ccache
"""
"#
    )
}

/// What cargo compiled, and hits and misses of ccache.
#[derive(Debug)]
struct Built {
    compiled: Vec<String>,
    downloaded: bool,
    hits: usize,
    misses: usize,
    /// Of the whole build.
    seconds: f64,
}

fn built(build: Build<'_>, greeting: &str) -> Built {
    let begun = Instant::now();
    let files = build.files();
    let seconds = begun.elapsed().as_secs_f64();
    assert_eq!(files.text("/app"), format!("{greeting}\n"), "{}", files.text("/cargo"));
    let (cargo, stats) = (files.text("/cargo"), files.text("/ccache"));
    let compiled = cargo.lines().filter_map(|line| line.trim().strip_prefix("Compiling "));
    let counter = |name: &str| {
        let mut lines = stats.lines().filter_map(|line| line.split_once('\t'));
        let count = lines.find(|(key, _)| *key == name).expect("a counter").1;
        count.parse::<usize>().expect("a number")
    };
    Built {
        compiled: compiled.filter_map(|name| name.split(' ').next()).map(str::to_owned).collect(),
        downloaded: cargo.contains("Downloaded "),
        hits: counter("direct_cache_hit") + counter("preprocessed_cache_hit"),
        misses: counter("cache_miss"),
        seconds,
    }
}

/// Also shows how long builds take, with `--nocapture`.
#[test]
#[ignore = "heavy; always: compiled::what_another_checkout_made_is_not_taken"]
#[allow(clippy::print_stdout, reason = "the table is for people")]
fn nothing_is_compiled_again() {
    let cache = unique_image("cache");
    let seed = format!("{}/test/{}", engine().registry(), unique("mounts"));
    let dependencies: String =
        PACKAGES.split_whitespace().map(|name| format!("{name} = '*'\n")).collect();
    let cargo = format!(
        "[package]\nname = 'app'\nedition = '2021'\nresolver = '3'\n[dependencies]\n{dependencies}"
    );
    let project = Project::reporting(&manifest(&cache, &seed)).put("Cargo.toml", cargo);
    let main = |greeting: &str| format!("fn main() {{ println!(\"{greeting}\"); }}\n");
    let project = project.put("src/main.rs", main("one")).put(".dockerignore", "target\n");
    let build = |builder: &str| {
        on(project.build(), builder).arg(format!("--build-arg=STEP={}", unique("step")))
    };
    let one = builder();
    // The lock file that the first build makes is not kept: a second one would resolve anew.
    let first = built(build(&one), "one");
    assert!(first.compiled.len() > 30 && first.downloaded, "{first:?}");
    assert!(first.hits == 0 && first.misses >= 14, "{first:?}");
    let to = format!("type=registry,ref={cache},mode=max");
    build(&one).args(["--target", "@registry", "--cache-to", &to]).ok();
    let output = format!("type=image,name={seed}:{TAG},push=true,compression=zstd");
    build(&one).args(["--target", "@mounts", "--provenance=false", "--output", &output]).ok();

    let second = Runner::start();
    project.write("src/main.rs", main("two"));
    let trace = build(&one).on(&second).trace();
    for (name, cached) in [("compilers", true), ("] crate", false), ("] c package", false)] {
        assert_eq!(trace.vertex(name).cached, cached, "{name}");
    }
    let told = &trace.vertex("[seed] cache mounts").name;
    // Cargo has a mount for git repositories as well, which is empty unless another test had a use for it.
    for name in ["cargo", "ccache", "target"] {
        assert!(told.contains(&format!("{name} primed (")), "{told}");
    }
    project.write("src/main.rs", main("three"));
    let warm = built(build(&one).on(&second), "three");
    assert_eq!((warm.compiled.as_slice(), warm.downloaded), (["app".to_owned()].as_slice(), false));
    assert_eq!((warm.hits, warm.misses), (first.misses, 0));
    // On yet another builder: with the seed, and without.
    project.write("src/main.rs", main("four"));
    let seeded = built(build(&builder()).on(&second), "four");
    assert_eq!(
        (seeded.compiled.as_slice(), seeded.downloaded),
        (["app".to_owned()].as_slice(), false)
    );
    assert_eq!((seeded.hits, seeded.misses), (first.misses, 0));
    let empty = built(build(&builder()).on(&second).arg("--build-arg=STRAKE_SEED=off"), "four");
    assert_eq!(empty.compiled.len(), first.compiled.len());
    assert_eq!((empty.hits, empty.misses), (0, first.misses));
    println!(
        "\n| a crate with {} others, and zlib with ccache | compiled | hits | misses | seconds |",
        first.compiled.len() - 1
    );
    println!("|---|---:|---:|---:|---:|");
    for (name, built) in [("empty mounts", empty), ("from the seed", seeded), ("warm mounts", warm)]
    {
        let (compiled, seconds) = (built.compiled.len(), built.seconds);
        println!("| {name} | {compiled} | {} | {} | {seconds:.1} |", built.hits, built.misses);
    }
}
