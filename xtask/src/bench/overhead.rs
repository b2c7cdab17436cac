//! What a frontend costs where there is nothing to do: the same image, built again with everything in
//! the cache. The least is what any frontend costs that BuildKit runs in a container.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Result;

use super::samples::Samples;
use super::{Bench, helper, memory};
use crate::{progress, ui};

const CASE: &str = "cached rebuild";
const SECONDS: &str = "seconds";
const OWN: &str = "own seconds";
const PEAK: &str = "peak bytes";
/// Each variant is measured so often, in turns.
const TIMES: usize = 25;
/// Steps of the image.
const STEPS: usize = 12;

/// One variant of the build.
struct Variant {
    name: &'static str,
    /// The file of the build.
    file: &'static str,
    /// What follows `# syntax=`; nothing for the frontend inside of BuildKit.
    syntax: Option<fn(&Images) -> &str>,
}

struct Images {
    strake: String,
    empty: String,
}

const BUILT_IN: &str = "built-in frontend, Dockerfile";
const STRAKE: &str = "strake, manifest";

/// In the order of the table.
const VARIANTS: [Variant; 4] = [
    Variant { name: "empty frontend", file: "Dockerfile", syntax: Some(|images| &images.empty) },
    Variant { name: BUILT_IN, file: "Dockerfile", syntax: None },
    Variant {
        name: "strake, Dockerfile",
        file: "Dockerfile",
        syntax: Some(|images| &images.strake),
    },
    Variant { name: STRAKE, file: "strake.toml", syntax: Some(|images| &images.strake) },
];

/// Builds with each variant in turns.
pub(crate) fn measure(bench: &Bench<'_>, samples: &mut Samples) -> Result<()> {
    let images =
        Images { strake: bench.up.syntax.reference.clone(), empty: helper::empty_frontend(bench)? };
    let directory = bench.directory.join("overhead");
    fs::create_dir_all(&directory)?;
    fs::write(directory.join("Dockerfile"), dockerfile())?;
    fs::write(directory.join("strake.toml"), manifest())?;
    ui::step(format!("building a cached image {TIMES} times in {} variants", VARIANTS.len()));
    // Once each before: the first build fetches the frontend and runs the steps.
    for round in 0..=TIMES {
        for turn in 0..VARIANTS.len() {
            let variant = &VARIANTS[(turn + round) % VARIANTS.len()];
            let report = progress::watch(&mut build(bench, &images, variant, &directory))?;
            if round > 0 {
                anyhow::ensure!(report.executed.is_empty(), "{} ran again", variant.name);
                samples.add(CASE, variant.name, SECONDS, report.time.as_secs_f64())?;
                if let Some(own) = report.own {
                    samples.add(CASE, variant.name, OWN, own)?;
                }
            }
        }
    }
    for _ in 0..5 {
        let mut command = build(bench, &images, &VARIANTS[VARIANTS.len() - 1], &directory);
        if let Some(peak) = memory::peak_of_frontend(bench.main, &mut command)? {
            samples.add(CASE, STRAKE, PEAK, peak as f64)?;
        }
    }
    samples.add("syntax image", STRAKE, "bytes", bench.up.syntax.size as f64)
}

fn build(bench: &Bench<'_>, images: &Images, variant: &Variant, directory: &Path) -> Command {
    let mut command = bench.up.engine.client.docker();
    command.args(["buildx", "build", "--progress=rawjson", "--provenance=false"]);
    command.args(["--output", "type=cacheonly"]);
    if let Some(syntax) = variant.syntax {
        command.arg(format!("--build-arg=BUILDKIT_SYNTAX={}", syntax(images)));
    }
    command.arg(format!("--build-context=busybox=docker-image://{}", bench.up.busybox));
    command.arg("--file").arg(directory.join(variant.file)).arg(directory);
    command
}

fn dockerfile() -> String {
    let mut text = String::from("FROM busybox\nWORKDIR /app\n");
    for step in 0..STEPS / 2 {
        let _ = write!(text, "RUN echo {step} > {step}\nCOPY Dockerfile /app/copy-{step}\n");
    }
    text
}

fn manifest() -> String {
    let mut text = String::from("[stage.app]\nfrom = 'busybox'\nworkdir = '/app'\n");
    for step in 0..STEPS / 2 {
        let _ = write!(
            text,
            "[[stage.app.layer]]\nrun = 'echo {step} > {step}'\n\
             [[stage.app.layer]]\ncopy = {{ src = 'Dockerfile', dest = '/app/copy-{step}' }}\n"
        );
    }
    text
}

/// The section of the page.
pub(crate) fn section(samples: &Samples) -> String {
    let mut text = format!(
        "## A rebuild in which everything is cached\n\n\
         {STEPS} steps, all of them cached; from the start of `docker buildx build` to its end. Medians of {TIMES}\n\
         builds each, in turns. The empty frontend is a program in an image that returns nothing at once: no frontend that\n\
         BuildKit runs in a container can cost less. The built-in frontend runs inside of the daemon, without one. The last column\n\
         is the part of it from the reading of the file to the end of the last step.\n\n\
         | variant | seconds | fastest | slowest | to the empty one | to the built-in one | file to last step |\n\
         |---|---:|---:|---:|---:|---:|---:|\n"
    );
    let median = |variant: &str| samples.median(CASE, variant, SECONDS).unwrap_or(f64::NAN);
    for variant in &VARIANTS {
        let values = samples.of(CASE, variant.name, SECONDS);
        let fastest = values.iter().copied().fold(f64::INFINITY, f64::min);
        let slowest = values.iter().copied().fold(0.0, f64::max);
        let own = median(variant.name);
        let (floor, built_in) = (own / median(VARIANTS[0].name), own / median(BUILT_IN));
        let steps = samples.median(CASE, variant.name, OWN);
        let steps = steps.map(|seconds| format!("{seconds:.3}")).unwrap_or_default();
        let _ = writeln!(
            text,
            "| {} | {own:.3} | {fastest:.3} | {slowest:.3} | {floor:.2} | {built_in:.2} | {steps} |",
            variant.name
        );
    }
    let size = samples.median("syntax image", STRAKE, "bytes").unwrap_or(f64::NAN);
    let _ = write!(
        text,
        "\nThe syntax image is {:.2} MB, compressed: what a builder downloads once.",
        size / 1e6
    );
    if let Some(peak) = samples.median(CASE, STRAKE, PEAK) {
        let _ =
            write!(text, " In such a build, strake's process takes {:.1} MB at most.", peak / 1e6);
    }
    text.push('\n');
    text + &verdict(samples)
}

/// Where strake is slower than the built-in frontend, and how much of that any frontend in an image is.
fn verdict(samples: &Samples) -> String {
    let median =
        |variant: &str, unit: &str| samples.median(CASE, variant, unit).unwrap_or(f64::NAN);
    let (strake, built_in) = (median(STRAKE, SECONDS), median(BUILT_IN, SECONDS));
    if strake <= built_in {
        return String::new();
    }
    format!(
        "\n**Here strake loses**: by {:.0} ms to the built-in frontend. That one runs inside of the daemon; for any other, BuildKit\n\
         looks up an image, starts a container and waits for its end. The empty frontend, which reads and solves nothing, takes\n\
         {:.0} ms more than it. From the reading of the file to the end of the last step, strake takes {:.0} ms and the built-in one {:.0} ms;\n\
         the end of the container falls into strake's, since a build's result is looked at when its frontend has left.\n",
        (strake - built_in) * 1e3,
        (median(VARIANTS[0].name, SECONDS) - built_in) * 1e3,
        median(STRAKE, OWN) * 1e3,
        median(BUILT_IN, OWN) * 1e3,
    )
}
