//! The calls: `docker buildx build --call=NAME` asks `frontend.NAME` instead of a build. The answers
//! have the forms of the Dockerfile frontend's (BuildKit's `frontend/subrequests`), so that buildx
//! and other clients read them.

mod describe;
mod fingerprint;
mod outline;
mod plan;
mod table;
mod targets;

use std::collections::BTreeMap;
use strake_llb::Gather;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use strake_proto::errdefs::Range;

pub(crate) use describe::describe;
pub(crate) use fingerprint::{PlatformFingerprint, fingerprint};
pub(crate) use outline::outline;
pub(crate) use plan::{
    DockerfilePlan, MountFacts, PlatformPlan, dockerfile_graph, dockerfile_plan, graph, plan,
};
pub(crate) use targets::targets;

use crate::diagnostics::source_details::range;
use crate::gateway::{References, SolveResult};
use crate::source::{SourceFile, Span};

/// A call that strake answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Call {
    /// `subrequests.describe`: which calls there are.
    Describe,
    /// `outline`: arguments, secrets and agents of a target.
    Outline,
    /// `targets`: the stages that can be built.
    Targets,
    /// `plan`: what will be built, and which layers are exportable. Strake's own.
    Plan,
    /// `graph`: the plan as a picture. Strake's own.
    Graph,
    /// `fingerprint`: whether an image is still what would be built. Strake's own.
    Fingerprint,
    /// `lint`, which `--call=check` asks for: all diagnostics.
    Lint,
}

/// All calls, in the order in which they are described.
pub(crate) static ALL: &[Call] = &[
    Call::Lint,
    Call::Outline,
    Call::Targets,
    Call::Plan,
    Call::Graph,
    Call::Fingerprint,
    Call::Describe,
];

impl Call {
    /// The call of a request id.
    pub(crate) fn parse(request: &str) -> Option<Self> {
        ALL.iter().copied().find(|call| call.request() == request)
    }

    pub(crate) fn request(self) -> &'static str {
        match self {
            Call::Describe => "frontend.subrequests.describe",
            Call::Outline => "frontend.outline",
            Call::Targets => "frontend.targets",
            Call::Plan => "frontend.plan",
            Call::Graph => "frontend.graph",
            Call::Fingerprint => "frontend.fingerprint",
            Call::Lint => "frontend.lint",
        }
    }

    fn description(self) -> &'static str {
        match self {
            Call::Describe => "List available subrequest types",
            Call::Outline => "List all parameters current build target supports",
            Call::Targets => "List all targets current build supports",
            Call::Plan => "Show the layers to build, and which of them are exportable",
            Call::Graph => "Draw the build as a Mermaid flowchart, with its exportable layers",
            Call::Fingerprint => "Tell what a build reads, to know whether its image would change",
            Call::Lint => "Check a manifest without building it",
        }
    }

    fn metadata(self) -> &'static [&'static str] {
        match self {
            Call::Lint => &["result.json", "result.txt", "result.statuscode"],
            Call::Describe
            | Call::Outline
            | Call::Targets
            | Call::Plan
            | Call::Graph
            | Call::Fingerprint => &["result.json", "result.txt"],
        }
    }
}

/// How users ask for each call: `--call=NAME`.
pub fn list() -> Vec<String> {
    let name = |call: &Call| match call {
        Call::Lint => "`check`".to_owned(),
        call => format!("`{}`", call.request().trim_start_matches("frontend.")),
    };
    ALL.iter().map(name).collect()
}

/// Version of the answers' forms, as the Dockerfile frontend numbers them.
const VERSION: &str = "1.0.0";

/// An answer as the client reads it: a result without references.
///
/// # Errors
/// Where the answer can't be written as JSON, which plain data always can.
pub(crate) fn answer(
    json: &impl Serialize,
    text: String,
) -> Result<SolveResult, serde_json::Error> {
    let json = serde_json::to_vec_pretty(json)?;
    let metadata = [("result.json", json), ("result.txt", text.into_bytes())];
    Ok(result(metadata.into_iter().map(|(key, value)| (key.to_owned(), value)).gather()))
}

/// A result that is metadata alone.
pub(crate) fn result(mut metadata: BTreeMap<String, Vec<u8>>) -> SolveResult {
    metadata.insert("version".into(), VERSION.into());
    SolveResult { references: References::Single(None), metadata, attestations: BTreeMap::new() }
}

/// A place in the form of BuildKit's `pb.Location`, as Go writes it in JSON.
#[derive(Debug, Serialize)]
struct Location {
    ranges: Vec<Range>,
}

impl Location {
    fn of(file: &SourceFile, span: Span) -> Self {
        Location { ranges: vec![range(file, span)] }
    }
}

fn base64(text: &str) -> String {
    STANDARD.encode(text)
}
