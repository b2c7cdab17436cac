//! `fingerprint`: by which a tool knows whether an image is still what it would build. A call of strake's own.

use serde::Serialize;

use super::{answer, table::table};
use crate::fingerprint::Fingerprint;
use crate::gateway::SolveResult;
use crate::platform::Platform;

/// The fingerprint of what is built for one platform.
#[derive(Debug)]
pub(crate) struct PlatformFingerprint<'a> {
    /// The stage; empty where none is named, which is the last of a Dockerfile.
    pub target: String,
    pub platform: &'a Platform,
    /// What it is made of.
    pub fingerprint: Fingerprint,
}

#[derive(Serialize)]
struct Answer<'a> {
    platforms: Vec<PlatformAnswer<'a>>,
}

#[derive(Serialize)]
struct PlatformAnswer<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    target: &'a str,
    platform: String,
    #[serde(flatten)]
    fingerprint: &'a Fingerprint,
}

/// Answers the call for all platforms.
///
/// # Errors
/// Never in practice; see [`answer`].
pub(crate) fn fingerprint(
    platforms: &[PlatformFingerprint<'_>],
) -> Result<SolveResult, serde_json::Error> {
    let json = platforms.iter().map(|of| PlatformAnswer {
        target: &of.target,
        platform: of.platform.to_string(),
        fingerprint: &of.fingerprint,
    });
    let texts: Vec<String> = platforms.iter().map(text).collect();
    answer(&Answer { platforms: json.collect() }, texts.join("\n"))
}

fn text(of: &PlatformFingerprint<'_>) -> String {
    let Fingerprint { layers, image, steps, unpinned } = &of.fingerprint;
    let platform = of.platform.to_string();
    let head =
        [["TARGET:", &of.target], ["PLATFORM:", &platform], ["LAYERS:", layers], ["IMAGE:", image]];
    let head = head.into_iter().filter(|[_, value]| !value.is_empty());
    let mut rows: Vec<[String; 2]> = head.map(|row| row.map(str::to_owned)).collect();
    rows.extend(unpinned.iter().map(|name| ["NOT PINNED:".to_owned(), name.clone()]));
    let always = steps.iter().filter(|step| step.always);
    rows.extend(always.map(|step| ["RUNS ALWAYS:".to_owned(), step.name.clone()]));
    table(&rows, 1)
}
