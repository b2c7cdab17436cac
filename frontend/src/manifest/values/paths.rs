//! Paths: of the context (relative, and not out of it), of the image, of mounts.

use crate::diagnostics::codes;
use crate::manifest::reader::Value;
use crate::source::Spanned;

/// A path in a context or in another stage: `..` cannot lead out of it.
pub(crate) fn context_path(value: Value<'_>) -> Option<Spanned<String>> {
    let path = value.text()?;
    if path.value.contains("://") || path.value.starts_with("git@") {
        let message = format!("`{}` is a URL, not a path", path.value);
        value.report_with_help(&codes::INVALID_PATH, message, "use `fetch` for remote files");
        return None;
    }
    if path.value.split('/').any(|part| part == "..") {
        let message = format!("`{}` leads out of the context with `..`", path.value);
        let help = "name the directory as a context of its own: `--build-context NAME=DIR`";
        value.report_with_help(&codes::INVALID_PATH, message, help);
        return None;
    }
    Some(path)
}

/// An absolute path that is not the root: where something is mounted.
pub(crate) fn absolute_path(value: Value<'_>) -> Option<Spanned<String>> {
    let path = value.text()?;
    if !path.value.starts_with('/') {
        let message = format!("`{}` must be an absolute path, not `{}`", value.key, path.value);
        value.report(&codes::INVALID_PATH, message);
        return None;
    }
    if path.value.trim_matches(['/', '.']).is_empty() {
        let message = format!("`{}` cannot be the root", value.key);
        value.report(&codes::INVALID_PATH, message);
        return None;
    }
    Some(path)
}

/// The path of a file: it cannot end as a directory does.
pub(crate) fn file_path(value: Value<'_>) -> Option<Spanned<String>> {
    let path = value.text()?;
    if path.value.ends_with('/') {
        let message = format!("`{}` names a directory: `{}`", value.key, path.value);
        value.report_with_help(&codes::INVALID_PATH, message, "write the name of the file, too");
        return None;
    }
    Some(path)
}
