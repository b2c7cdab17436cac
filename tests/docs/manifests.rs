//! Manifests in pages go through `--call=check`, over a daemon in memory that has every image.

use std::fmt::Write as _;

use serde_json::Value;
use strake_tests::dry;

use crate::markdown::Block;

/// Files of the context that manifests in pages speak of, where it matters that they are there.
const CONTEXT: [(&str, &str); 2] =
    [("constraints/all.txt", ""), ("scripts/install.sh", "#!/bin/sh\n")];

/// What is wrong with a block: every diagnostic, warnings too.
pub(crate) fn problems(block: &Block) -> Option<String> {
    let manifest = whole(&block.text);
    let context = CONTEXT.map(|(path, text)| (path.to_owned(), text.into()));
    let gateway = dry::daemon(&manifest, &context.into());
    let result = match dry::run(&gateway, &[("requestid", "frontend.lint")]) {
        Ok(result) => result,
        Err(failure) => return Some(failure.to_string()),
    };
    let report: Value = serde_json::from_slice(&result.metadata["result.json"]).expect("JSON");
    let mut found = String::new();
    for warning in report["warnings"].as_array().into_iter().flatten() {
        _ = writeln!(found, "{}: {}", warning["ruleName"], warning["detail"]);
    }
    found += report["buildError"]["message"].as_str().unwrap_or_default();
    (!found.is_empty()).then_some(found)
}

/// Makes a whole manifest of a part of one: the stage that it speaks of starts from something.
fn whole(block: &str) -> String {
    if block.starts_with("# syntax=") || block.contains("[stage.app]\n") {
        return block.to_owned();
    }
    format!("{block}\n[stage.app]\nfrom = \"debian:bookworm-slim\"\n")
}
