//! References to images, where nothing else is possible.

use crate::diagnostics::codes;
use crate::manifest::reader::{Value, shorten};
use crate::reference::{ImageReference, ReferenceError};
use crate::source::Spanned;

/// An image reference, completed with `:latest` where nothing says which. An empty one is none, so that
/// an argument without a value can leave it out.
pub(crate) fn image_reference(value: Value<'_>) -> Option<Spanned<ImageReference>> {
    let text = value.string().filter(|text| !text.value.is_empty())?;
    parse(value, &text.value).map(|image| Spanned::new(image.or_latest(), value.span))
}

/// A repository: a reference without tag and digest.
pub(crate) fn repository(value: Value<'_>) -> Option<ImageReference> {
    let repository = parse(value, &value.text()?.value)?;
    if repository.tag.is_none() && repository.digest.is_none() {
        return Some(repository);
    }
    let message = format!("`{}` has a tag or a digest", value.key);
    value.ignore(&codes::INVALID_REFERENCE, message, "list tags in `tags`");
    None
}

/// A tag, as the image of a repository that has it. An empty one is none, too.
pub(crate) fn tagged(
    value: Value<'_>,
    repository: &ImageReference,
) -> Option<Spanned<ImageReference>> {
    let tag = value.string().filter(|tag| !tag.value.is_empty())?;
    let image = format!("{repository}:{}", tag.value);
    parse(value, &image).map(|image| Spanned::new(image, value.span))
}

fn parse(value: Value<'_>, text: &str) -> Option<ImageReference> {
    match ImageReference::parse(text) {
        Ok(reference) => Some(reference),
        Err(error) => {
            let message = format!("`{}` is not an image reference: {error}", shorten(text));
            value.ignore(&codes::INVALID_REFERENCE, message, help(&error));
            None
        }
    }
}

/// Tags are made from arguments, and a branch is no tag as it is.
fn help(error: &ReferenceError) -> &'static str {
    match error {
        ReferenceError::BadTag(tag) if tag.is_empty() => {
            "an argument may be empty: `${NAME:-main}` always has a value"
        }
        ReferenceError::BadTag(_) => {
            "a branch may have any name, a tag may not: `${NAME@tag}` is always a tag"
        }
        _ => "write `registry.example.com/name/cache:tag`",
    }
}
