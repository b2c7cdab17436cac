//! `graph`: what a build will do, as a picture. The nodes are the layers of a plan, what they take files
//! from, their cache mounts and the seed that fills those; the edges say what stands on what. A call
//! of strake's own: Mermaid for people (<https://mermaid.js.org/syntax/flowchart.html>), JSON for tools.

mod draw;
mod mermaid;
#[cfg(test)]
mod tests;

use serde::Serialize;

use super::{Answer, PlatformPlan, SourceAnswer, described};
use crate::gateway::SolveResult;
use crate::resolve::Facts;
use crate::source::SourceFile;
use crate::subrequests::answer;

/// Of all platforms together: what two of them have in common is one node.
#[derive(Default, Serialize)]
struct Flowchart {
    stages: Vec<Stage>,
    nodes: Vec<Node>,
    edges: Vec<Edge>,
}

/// A stage for one platform, and the nodes that are its own.
#[derive(Serialize)]
struct Stage {
    name: String,
    /// The platform that is built for.
    platform: String,
    /// The platform of the stage, where it is another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    on: Option<String>,
    /// What is built is this stage.
    target: bool,
    line: usize,
    nodes: Vec<usize>,
}

/// Its id is its place in the list.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
enum Node {
    Layer {
        /// Its name or, where it has none, what it does.
        name: String,
        line: usize,
        boundary: &'static str,
        exportable: bool,
    },
    /// Stands for a stage that has no layers of its own.
    NoLayers,
    /// What files come from.
    Source { from: SourceAnswer },
    /// A mount, and so the same for all layers that say its id.
    Cache { name: String, id: String, target: String, sharing: &'static str },
    /// What empty mounts are filled from.
    Seed { name: String },
}

#[derive(Serialize)]
struct Edge {
    from: usize,
    to: usize,
    #[serde(flatten)]
    kind: EdgeKind,
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
enum EdgeKind {
    /// The second starts from the files of the first.
    StandsOn,
    /// The second takes files of the first: these, or all where none are named.
    Takes { paths: Vec<String> },
    /// The second has the first, a cache mount.
    Uses,
    /// The second, a cache mount, is filled from the first where it is empty.
    Fills,
}

/// Answers the call for all platforms. `now` is in seconds since 1970.
///
/// # Errors
/// Never in practice; see [`answer`].
pub(crate) fn graph(
    platforms: &[PlatformPlan<'_>],
    facts: &Facts,
    file: &SourceFile,
    now: u64,
) -> Result<SolveResult, serde_json::Error> {
    drawn(described(platforms, facts, file, now))
}

/// The answer, of a plan that is described.
pub(super) fn drawn(answered: Answer) -> Result<SolveResult, serde_json::Error> {
    let graph = draw::draw(answered);
    answer(&graph, mermaid::text(&graph))
}
