//! TOML text to a document, with every syntax error in one go.

use toml::de::DeTable;

use super::reader::{SHOWN, shorten};
use crate::diagnostics::{self, Diagnostic, codes};
use crate::source::SourceFile;

/// A manifest is written by hand; what is larger is another file, and would only take time.
const LARGEST: usize = 4 << 20;

/// What text processors make of quotation marks.
const CURLY: [char; 5] = ['\u{201c}', '\u{201d}', '\u{201e}', '\u{2018}', '\u{2019}'];

/// Parses the text. Nothing is read of a document with a syntax error: what the parser makes of the
/// rest is guesswork, and errors about it would mislead.
pub(crate) fn parse(file: &SourceFile) -> Result<DeTable<'_>, Vec<Diagnostic>> {
    if file.text().len() > LARGEST {
        let message = format!("the manifest is larger than {} MiB", LARGEST >> 20);
        return Err(vec![Diagnostic::error(&codes::TOO_LARGE, message)]);
    }
    let (document, errors) = DeTable::parse_recoverable(file.text());
    if errors.is_empty() {
        return Ok(document.into_inner());
    }
    let left_out = errors.len().saturating_sub(SHOWN);
    let mut found: Vec<Diagnostic> =
        errors.iter().take(SHOWN).map(|error| syntax_error(file, error)).collect();
    diagnostics::sort(&mut found);
    found.dedup();
    if left_out > 0 {
        let message = format!("and {left_out} more problems");
        found.push(Diagnostic::error(&codes::MORE_PROBLEMS, message));
    }
    Err(found)
}

fn syntax_error(file: &SourceFile, error: &toml::de::Error) -> Diagnostic {
    let Some(span) = error.span().map(|span| file.clamp(span.into())) else {
        return Diagnostic::error(&codes::TOML_SYNTAX, error.message());
    };
    // Where there is nothing, the parser takes it for a string without quotes.
    let nothing = span.start == span.end && error.message().starts_with("string values must");
    let written = file.slice(span);
    let message = match error.message() {
        _ if nothing => "the value is missing".to_owned(),
        "duplicate key" => format!("`{}` appears a second time", shorten(written)),
        message => message.to_owned(),
    };
    let problem = Diagnostic::error(&codes::TOML_SYNTAX, message).at(span);
    match written.starts_with(CURLY) {
        true => problem.help("use `\"` or `'`: these quotation marks come from a word processor"),
        false => problem,
    }
}
