//! Names: of stages and caches, of environment variables, of packages, owners and platforms.

use crate::diagnostics::{Diagnostic, codes};
use crate::manifest::model::Owner;
use crate::manifest::reader::{Reader, Value, shorten};
use crate::platform::Platform;
use crate::source::{Span, Spanned};

/// Whether a name of a stage or a cache is good; reports what is wrong with it.
pub(crate) fn identifier(reader: &Reader<'_>, what: &str, name: &str, span: Span) -> bool {
    let starts = name.starts_with(|c: char| c.is_ascii_lowercase());
    let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c);
    if starts && name.chars().all(good) {
        return true;
    }
    let message = format!("`{}` cannot be the name of a {what}", shorten(name));
    let lower = name.to_ascii_lowercase();
    let fixes = lower != name
        && lower.starts_with(|c: char| c.is_ascii_lowercase())
        && lower.chars().all(good);
    let help = if fixes && !reader.is_full() {
        format!("write it in lower case: `{}`", shorten(&lower))
    } else {
        "a name starts with `a` to `z`; then come `a` to `z`, digits, `-`, `_` and `.`".to_owned()
    };
    reader.report(Diagnostic::error(&codes::INVALID_NAME, message).at(span).help(help));
    false
}

/// Whether a name of an environment variable is good; reports what is wrong with it.
pub(crate) fn environment_name(reader: &Reader<'_>, name: &str, span: Span) -> bool {
    let bad = |c: char| c == '=' || c.is_whitespace() || c.is_control();
    if !name.is_empty() && !name.contains(bad) {
        return true;
    }
    let message = format!("`{}` cannot be the name of an environment variable", shorten(name));
    reader.report(Diagnostic::error(&codes::INVALID_NAME, message).at(span));
    false
}

/// `user`, `user:group`, by name or number.
pub(crate) fn owner(value: Value<'_>) -> Option<Owner> {
    let owner = value.text()?;
    let (user, group) = owner.value.split_once(':').unwrap_or((&owner.value, "0"));
    let good = |name: &str| {
        !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || ":/".contains(c))
    };
    if !good(user) || !good(group) {
        let message = format!("`{}` is not an owner: `{}`", value.key, owner.value);
        value.report_with_help(&codes::INVALID_OWNER, message, "write `user` or `user:group`");
        return None;
    }
    Some(owner)
}

/// A requirement for a package manager that gets it as one argument. A leading dash would be taken for
/// an option.
pub(crate) fn requirement(value: Value<'_>) -> Option<Spanned<String>> {
    let package = value.text()?;
    if package.value.starts_with('-') {
        let message = format!("`{}` is an option, not a package", package.value);
        value.report(&codes::INVALID_PACKAGE, message);
        return None;
    }
    if package.value.contains(char::is_control) {
        value.report(&codes::INVALID_PACKAGE, "a package has control characters in its name");
        return None;
    }
    Some(package)
}

/// A package of the system's package manager: name, architecture and version, `git:arm64=1:2.39.*`.
/// It becomes part of a script, so nothing in it may mean something to a shell; a dash at its end
/// would remove the package.
pub(crate) fn package(value: Value<'_>) -> Option<Spanned<String>> {
    let package = requirement(value)?;
    let good = |c: char| c.is_ascii_alphanumeric() || "+-.:=~_/*".contains(c);
    let starts = package.value.starts_with(|c: char| c.is_ascii_alphanumeric());
    if !starts || !package.value.chars().all(good) || package.value.ends_with('-') {
        let message = format!("`{}` is not a package", shorten(&package.value));
        let help = "write `name` or `name=version`, each package as a string of its own";
        value.report_with_help(&codes::INVALID_PACKAGE, message, help);
        return None;
    }
    Some(package)
}

/// Reads a platform, such as `linux/arm64`.
pub(crate) fn platform(value: Value<'_>) -> Option<Spanned<Platform>> {
    let text = value.text()?;
    match parse_platform(&text.value) {
        Some(platform) => Some(Spanned::new(platform, value.span)),
        None => {
            let message = format!("`{}` is not a platform", text.value);
            let help = "write `linux/amd64`, `linux/arm64`, `linux/arm/v7`";
            value.report_with_help(&codes::INVALID_PLATFORM, message, help);
            None
        }
    }
}

/// A platform by its full name. One word alone would leave the other to the machine that builds.
pub(crate) fn parse_platform(text: &str) -> Option<Platform> {
    text.contains('/').then(|| Platform::parse(text).ok()).flatten()
}
