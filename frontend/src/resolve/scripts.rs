//! Text of `run = { file = ... }`: read before the solve, so that a step is keyed by the text alone
//! and not by the file's mode or time, and so that an interpreter line can be told.

use std::collections::BTreeMap;

use super::Uses;
use crate::context::{self, MainContext};
use crate::diagnostics::{Diagnostic, codes};
use crate::gateway::Gateway;

/// Reads all script files in one solve of the context.
pub(super) async fn read<G: Gateway>(
    gateway: &G,
    main: &MainContext,
    scripts: &Uses<'_>,
) -> Result<BTreeMap<String, String>, Vec<Diagnostic>> {
    if scripts.is_empty() {
        return Ok(BTreeMap::new());
    }
    let paths: Vec<&str> = scripts.keys().copied().collect();
    let files = match context::read_files(gateway, main, &paths).await {
        Ok(files) => files,
        Err(error) => {
            let all = scripts.iter().map(|(path, used)| {
                let text = format!("`{path}` can't be read: {error}");
                Diagnostic::error(&codes::graph::UNREADABLE_SCRIPT, text).at(used.span)
            });
            return Err(all.collect());
        }
    };
    let mut texts = BTreeMap::new();
    let mut problems = Vec::new();
    for ((path, used), file) in scripts.iter().zip(files) {
        let why = match file.map(String::from_utf8) {
            Ok(Ok(text)) => {
                texts.insert((*path).to_owned(), text);
                continue;
            }
            Ok(Err(_)) => "it is not UTF-8 text".to_owned(),
            Err(error) if error.is_not_found() => {
                "it is not in the build context (see also `.dockerignore`)".to_owned()
            }
            Err(error) => error.to_string(),
        };
        let text = format!("`{path}` can't be read: {why}");
        problems.push(
            Diagnostic::error(&codes::graph::UNREADABLE_SCRIPT, text)
                .at(used.span)
                .help("name a text file by its path from the top of the build context"),
        );
    }
    if problems.is_empty() { Ok(texts) } else { Err(problems) }
}
