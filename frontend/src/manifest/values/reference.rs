//! References to images, where nothing else is possible.

use crate::diagnostics::codes;
use crate::manifest::reader::{Value, shorten};
use crate::reference::{ImageReference, ReferenceError};
use crate::source::Spanned;

/// An image reference, completed with `:latest` where nothing says which. An empty one is none, so that
/// an argument without a value can leave it out.
pub(crate) fn image_reference(value: Value<'_>) -> Option<Spanned<ImageReference>> {
    let text = value.string().filter(|text| !text.value.is_empty())?;
    match ImageReference::parse(&text.value) {
        Ok(reference) => Some(Spanned::new(reference.or_latest(), value.span)),
        Err(error) => {
            let message = format!("`{}` is no image reference: {error}", shorten(&text.value));
            value.report_with_help(&codes::INVALID_REFERENCE, message, help(&error));
            None
        }
    }
}

/// Tags are made from arguments, and a branch is no tag as it is.
fn help(error: &ReferenceError) -> &'static str {
    match error {
        ReferenceError::BadTag(tag) if tag.is_empty() => {
            "an argument in it may be empty: `${NAME:-main}` has a value always"
        }
        ReferenceError::BadTag(tag) if tag.contains('/') => {
            r"a branch with `/` in its name is no tag: `${NAME//\//-}` has `-` in its place"
        }
        _ => "write `registry.example.com/name/cache:tag`",
    }
}
