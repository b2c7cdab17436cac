//! What strake costs where nothing is to be done: a build of which every step is cached, by the daemon's own
//! frontend and through strake. Run by hand, for the numbers in `docs/dockerfiles.md`.

use std::time::{Duration, Instant};

use super::builds::{NPM, through_strake};
use crate::harness::{Build, Project, unique};

const RUNS: usize = 21;

#[test]
#[ignore = "measures, and has nothing to fail by"]
fn a_build_of_which_everything_is_cached() {
    let steps: String = (0..8).map(|number| format!("RUN echo {number} > /{number}\n")).collect();
    let file = format!(
        "FROM busybox\nCOPY --chmod=755 npm /usr/bin/npm\nWORKDIR /app\nCOPY list .\nRUN npm ci\n{steps}"
    );
    let project = Project::without_manifest().put("Dockerfile", file).put("npm", NPM);
    let project = project.put("list", unique("name")).named("Dockerfile");
    let mut plain = Vec::new();
    let mut strake = Vec::new();
    // The first of each fills the cache. One after the other, so that both see the same machine.
    for _ in 0..=RUNS {
        plain.push(took(project.build()));
        strake.push(took(project.build().args(through_strake())));
    }
    for (name, mut runs) in [("built-in", plain), ("through strake", strake)] {
        let mut runs = runs.split_off(1);
        runs.sort();
        let milliseconds = |at: usize| runs[at].as_millis();
        println!("| {name} | {} ms | {} ms |", milliseconds(RUNS / 2), milliseconds(RUNS * 9 / 10));
    }
}

fn took(build: Build<'_>) -> Duration {
    let start = Instant::now();
    let log = build.ok().log;
    let took = start.elapsed();
    assert!(log.contains("RUN npm ci"), "{log}");
    took
}
