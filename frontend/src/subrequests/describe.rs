//! `subrequests.describe`: which calls there are.

use serde::Serialize;

use super::{ALL, VERSION, answer, table::table};
use crate::gateway::SolveResult;

#[derive(Serialize)]
struct Request {
    name: &'static str,
    version: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
    description: &'static str,
    opts: Vec<Named>,
    metadata: Vec<Named>,
}

#[derive(Serialize)]
struct Named {
    name: &'static str,
}

/// Answers the call.
///
/// # Errors
/// Never in practice; see [`answer`].
pub(crate) fn describe() -> Result<SolveResult, serde_json::Error> {
    let requests: Vec<Request> = ALL
        .iter()
        .map(|call| Request {
            name: call.request(),
            version: VERSION,
            kind: "rpc",
            description: call.description(),
            opts: Vec::new(),
            metadata: call.metadata().iter().map(|name| Named { name }).collect(),
        })
        .collect();
    let mut rows = vec![["NAME", "VERSION", "DESCRIPTION"].map(str::to_owned)];
    rows.extend(requests.iter().map(|request| {
        let name = request.name.trim_start_matches("frontend.");
        [name, request.version, request.description].map(str::to_owned)
    }));
    answer(&requests, table(&rows, 1))
}
