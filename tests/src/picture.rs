//! The picture of the Airflow example in the README. `cargo xtask docs` draws it, and a test compares.

use std::path::Path;

use strake_frontend::testing::gateway::Failure;

use crate::dry;

/// Stands before the picture and after it.
const MARKS: [&str; 2] = ["<!-- `cargo xtask docs` draws this picture -->\n", "<!-- so far -->\n"];

/// The page with the picture as `--call=graph` draws the example now.
///
/// # Errors
/// The example can't be planned, or the page has no marks.
pub fn page(text: &str, example: &Path) -> Result<String, Failure> {
    let lost = || Failure::new("the page has no marks for the picture");
    let (before, rest) = text.split_once(MARKS[0]).ok_or_else(lost)?;
    let (_, after) = rest.split_once(MARKS[1]).ok_or_else(lost)?;
    let unread = |error: std::io::Error| Failure::new(error.to_string());
    let manifest = std::fs::read_to_string(example.join("strake.toml")).map_err(unread)?;
    let picture = dry::answer("graph", &manifest, &dry::directory(example).map_err(unread)?)?;
    Ok(format!("{before}{}\n```mermaid\n{picture}```\n\n{}{after}", MARKS[0], MARKS[1]))
}
