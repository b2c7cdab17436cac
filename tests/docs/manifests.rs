//! Manifests in pages go through `--call=check`, over a daemon in memory that has every image.

use std::fmt::Write as _;

use serde_json::Value;
use strake_tests::dry;

use strake_tests::pages::Block;

/// Files of the context that manifests in pages speak of, where it matters that they are there.
const CONTEXT: [(&str, &str); 2] =
    [("constraints/all.txt", ""), ("scripts/install.sh", "#!/bin/sh\n")];

/// What is wrong with a block: every diagnostic, warnings too, but for the one that its page is about.
pub(crate) fn problems(block: &Block) -> Option<String> {
    let code = block.page.strip_prefix("docs/codes/").and_then(|page| page.strip_suffix(".md"));
    let context = CONTEXT.map(|(path, text)| (path.to_owned(), text.into()));
    let gateway = dry::daemon(&whole(&block.text), &context.into());
    let args = build_args(&block.text);
    let args = args.iter().map(|(name, value)| (name.as_str(), *value));
    let options: Vec<_> = args.chain([("requestid", "frontend.lint")]).collect();
    let result = match dry::run(&gateway, &options) {
        Ok(result) => result,
        Err(failure) => return Some(failure.to_string()),
    };
    let report: Value = serde_json::from_slice(&result.metadata["result.json"]).expect("JSON");
    let mut found = String::new();
    for warning in report["warnings"].as_array().into_iter().flatten() {
        if warning["ruleName"].as_str() != code {
            _ = writeln!(found, "{}: {}", warning["ruleName"], warning["detail"]);
        }
    }
    let error = report["buildError"]["message"].as_str().unwrap_or_default();
    if !code.is_some_and(|code| error.contains(&format!("({code})"))) {
        found += error;
    }
    (!found.is_empty()).then_some(found)
}

/// The build arguments of a first line `# docker buildx build --build-arg NAME=VALUE .`, as options.
fn build_args(block: &str) -> Vec<(String, &str)> {
    let line = block.lines().next().unwrap_or_default();
    let Some(words) = line.strip_prefix("# docker buildx build ") else { return Vec::new() };
    let words: Vec<&str> = words.split(' ').collect();
    let args = words.windows(2).filter(|pair| pair[0] == "--build-arg");
    let args = args.filter_map(|pair| pair[1].split_once('='));
    args.map(|(name, value)| (format!("build-arg:{name}"), value)).collect()
}

/// Makes a whole manifest of a part of one: the stage that it speaks of starts from something.
fn whole(block: &str) -> String {
    if block.starts_with("# syntax=") || block.contains("[stage.app]\n") {
        return block.to_owned();
    }
    format!("{block}\n[stage.app]\nfrom = \"debian:bookworm-slim\"\n")
}
