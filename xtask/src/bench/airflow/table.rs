//! What was measured of Airflow, as tables and as bars.

use std::fmt::Write;

use super::{COLD, DEPENDENCY, IMAGE, INSTALL, OS, PUBLISH, REINSTALL, SOURCE, UV, Variant, WARM};
use crate::bench::plot::Group;
use crate::bench::samples::Samples;

/// What happens on builders that are empty.
const CASES: [&str; 4] = [COLD, PUBLISH, DEPENDENCY, SOURCE];
/// The links that bytes are counted on.
const LINKS: [&str; 4] =
    ["bytes from registry", "bytes to registry", "bytes from index", "bytes of archives"];

const INTRODUCTION: &str = "\
The CI image of [`examples/airflow`](../examples/airflow), from Airflow's real sources, on an empty builder: its data is
wiped before each build, and the run fails if a cold build takes any step from a cache. A registry and an index proxy,
which has everything, are beside it; all bytes are counted there.

- **(a)** the [Dockerfile](../examples/airflow/Dockerfile) as Airflow writes it: cache mounts, and a registry cache with `mode=max`.
- **(b)** the same, and the mount is carried as a tarball: packed by a step, taken out, and unpacked into the mount of the new
  builder.
- **(c)** the [manifest](../examples/airflow/strake.toml): `@registry` for what is exportable, `@mounts` for the mounts.

Layers are compressed with zstd in all three, images too; the tarball with gzip, as Airflow has it. Before (b) and (c) carry the mount,
`uv cache prune` runs.

- `cold`: with nothing published. `publish`: what a trusted job does after that for others.
- `dependency added`, `source changed`: on an empty builder, with what was published; bringing the mount back is part of it.

";

const REINSTALL_REASON: &str = "\
The steps do the same, and the disk takes most of their time: uv truncates the file that it copies into, which ext4 takes for \
the replacement of an older one, and so writes to the disk as soon as it is closed. That is 20,000 requests for 580 MB. On \
one builder that had started from a seed, five such steps took 2.6 to 5.6 s, in which the disk took 7,500 to 3,700 requests a \
second; in turns on another builder, six times both steps of strake took 3.4 to 4.8 s, and six times the one of the \
Dockerfile 3.6 to 4.7 s (each measured once, and not in this run). That explains how turns differ, and not why one variant would \
be slower in all of them.";

/// The section of the page.
pub(crate) fn section(samples: &Samples) -> String {
    let runs = samples.of(COLD, Variant::Strake.name(), "seconds").len();
    let mut text = format!(
        "## Airflow\n\n{INTRODUCTION}Medians of {runs} run{} of each variant, in alternating order.\n\n![The same as bars](benchmarks.svg)\n\n",
        if runs == 1 { "" } else { "s" }
    );
    text.push_str(&times(samples));
    text.push_str(&links(samples));
    text.push_str(&computed(samples));
    text.push_str(&reinstalls(samples));
    text
}

fn value(samples: &Samples, case: &str, variant: Variant, figure: &str) -> f64 {
    samples.median(case, variant.name(), figure).unwrap_or(f64::NAN)
}

fn header(first: &str) -> String {
    let names = Variant::ALL.map(Variant::name).join(" | ");
    format!("| {first} | {names} |\n|---|{}\n", "---:|".repeat(Variant::ALL.len()))
}

fn times(samples: &Samples) -> String {
    let mut text = format!("Seconds, with fastest and slowest run:\n\n{}", header("case"));
    for case in CASES {
        let cells = Variant::ALL.map(|variant| {
            let all = samples.of(case, variant.name(), "seconds");
            let fastest = all.iter().copied().fold(f64::INFINITY, f64::min);
            let slowest = all.iter().copied().fold(0.0, f64::max);
            format!(
                "{:.1} ({fastest:.1} to {slowest:.1})",
                value(samples, case, variant, "seconds")
            )
        });
        let _ = writeln!(text, "| {case} | {} |", cells.join(" | "));
    }
    text + &verdicts(samples)
}

/// Where strake is slower than another variant, and on what it spends its time.
fn verdicts(samples: &Samples) -> String {
    let mut text = String::new();
    for case in CASES {
        for (variant, loss) in losses(samples, case, case, "seconds") {
            let _ = writeln!(text, "{loss} {}", reason(case, variant));
        }
    }
    text + &phases(samples)
}

/// The variants in which a figure of a case is smaller than with strake, and the words for that.
fn losses(samples: &Samples, case: &str, shown: &str, figure: &str) -> Vec<(Variant, String)> {
    let own = value(samples, case, Variant::Strake, figure);
    let told = |variant: Variant| {
        let more = (own / value(samples, case, variant, figure) - 1.0) * 100.0;
        let words =
            format!("\n**Here strake loses**: {shown}, by {more:.0} % to {}.", variant.name());
        (more > 0.0).then_some((variant, words))
    };
    [Variant::Dockerfile, Variant::Tarball].into_iter().filter_map(told).collect()
}

fn reason(case: &str, variant: Variant) -> &'static str {
    match (case, variant) {
        (COLD, _) => "The table below says in which steps.",
        (PUBLISH, Variant::Dockerfile) => "It sends the mount, which (a) leaves behind.",
        (PUBLISH, _) => {
            "It sends an image of the mount, file by file, where (b) writes one archive."
        }
        (_, Variant::Dockerfile) => {
            "Here the index is on the same machine: to fetch the packages from it anew costs (a) no more than a seed of the \
             same size does. A seed pays where the index is farther away than the registry, or packages are compiled."
        }
        _ => "Both bring the same files back, here as layers of an image, there as one archive.",
    }
}

/// What the builds on empty builders spend their time on.
fn phases(samples: &Samples) -> String {
    let mut text = String::from(
        "\nWhat that is spent on. The mount is brought back before the build in (b), and beside its other steps in (c); in (c), uv is \
         brought beside the compilers, and not after them. The image is compressed, stored and unpacked in all three.\n\n",
    );
    text.push_str(&header("seconds"));
    for case in [COLD, DEPENDENCY, SOURCE] {
        for (figure, name) in [
            (OS, "OS packages"),
            (UV, "uv"),
            ("seconds to bring the mount back", "mount"),
            (INSTALL, "Python packages"),
            (IMAGE, "image"),
        ] {
            let cells = Variant::ALL.map(|variant| value(samples, case, variant, figure));
            if cells.iter().any(|cell| *cell >= 0.05) {
                let cells = cells.map(|cell| format!("{cell:.1}")).join(" | ");
                let _ = writeln!(text, "| {case}, {name} | {cells} |");
            }
        }
    }
    text
}

fn links(samples: &Samples) -> String {
    let mut text = format!("\nMB over each link:\n\n{}", header("case, link"));
    for case in CASES {
        for link in LINKS {
            let cells = Variant::ALL.map(|variant| value(samples, case, variant, link) / 1e6);
            if cells.iter().any(|cell| *cell >= 0.05) {
                let cells = cells.map(|cell| format!("{cell:.1}")).join(" | ");
                let link = link.trim_start_matches("bytes ");
                let _ = writeln!(text, "| {case}, {link} | {cells} |");
            }
        }
    }
    text
}

/// Seconds on a link of so many bits a second: what was measured here, and the bytes at that rate.
fn computed(samples: &Samples) -> String {
    let mut text = String::from(
        "\nOn real links, **computed** and not measured: the seconds from above, and all bytes of the case at the link's rate, one \
         after the other.\n\n",
    );
    text.push_str(&header("case, link"));
    for case in CASES {
        for (rate, name) in [(100e6, "100 Mbit/s"), (1e9, "1 Gbit/s")] {
            let cells = Variant::ALL.map(|variant| {
                let bytes: f64 = LINKS.map(|link| value(samples, case, variant, link)).iter().sum();
                format!("{:.1}", value(samples, case, variant, "seconds") + bytes * 8.0 / rate)
            });
            let _ = writeln!(text, "| {case}, {name} | {} |", cells.join(" | "));
        }
    }
    text
}

fn reinstalls(samples: &Samples) -> String {
    let mut text = String::from(
        "\n### After a change of the sources, on the same builder\n\n\
         Seconds in the steps that install Python packages. The Dockerfile has one, which installs everything again; strake's layer of \
         dependencies does not see the sources, so Airflow alone is installed. The last row forces all of it (`DEPENDENCY_EPOCH`).\n\n",
    );
    text.push_str(&header("in the steps"));
    for (case, name) in [(WARM, "source changed"), (REINSTALL, "everything again")] {
        let cells =
            Variant::ALL.map(|variant| format!("{:.2}", value(samples, case, variant, INSTALL)));
        let _ = writeln!(text, "| {name} | {} |", cells.join(" | "));
    }
    let cells =
        Variant::ALL.map(|variant| format!("{:.1}", value(samples, WARM, variant, "seconds")));
    let _ = writeln!(text, "| source changed, the whole build | {} |", cells.join(" | "));
    let slower = losses(samples, REINSTALL, "everything again", INSTALL);
    let slower: String = slower.into_iter().map(|(_, loss)| loss).collect();
    if slower.is_empty() { text } else { format!("{text}{slower} {REINSTALL_REASON}\n") }
}

/// The same as bars.
pub(crate) fn bars(samples: &Samples) -> Vec<Group> {
    let group = |case: &&str| Group {
        title: format!("Airflow: {case}"),
        bars: Variant::ALL
            .into_iter()
            .filter_map(|variant| {
                Some((variant.name().to_owned(), samples.median(case, variant.name(), "seconds")?))
            })
            .collect(),
    };
    CASES.iter().map(group).filter(|group| !group.bars.is_empty()).collect()
}
