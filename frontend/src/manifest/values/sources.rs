//! What is said of remote sources: URLs, digests, commits.

use crate::diagnostics::codes;
use crate::manifest::reader::Value;
use crate::source::Spanned;

/// An http or https URL.
pub(crate) fn url(value: Value<'_>) -> Option<Spanned<String>> {
    let url = value.text()?;
    let host = url.value.strip_prefix("https://").or_else(|| url.value.strip_prefix("http://"));
    if host.is_none_or(|host| host.is_empty() || host.starts_with('/')) {
        let message = format!("`{}` is not an http or https URL", url.value);
        let help = "write `url = \"https://...\"`; a repository is `git = \"...\"`";
        value.report_with_help(&codes::INVALID_URL, message, help);
        return None;
    }
    Some(url)
}

/// The URL of an archive of packages. It becomes a field of a file and part of a script, so it can only
/// have what a URL without query has.
pub(crate) fn archive_url(value: Value<'_>) -> Option<Spanned<String>> {
    let url = value.text()?;
    let rest = url.value.strip_prefix("https://").or_else(|| url.value.strip_prefix("http://"));
    let good = |c: char| c.is_ascii_alphanumeric() || "-._~:/@%+=,[]".contains(c);
    if rest.is_none_or(|rest| rest.is_empty() || rest.starts_with('/') || !rest.chars().all(good)) {
        let message = format!("`{}` is not an http or https URL of an archive", url.value);
        value.report(&codes::INVALID_URL, message);
        return None;
    }
    Some(url)
}

/// `sha256:` and 64 hexadecimal digits, or one of its longer relatives.
pub(crate) fn digest(value: Value<'_>) -> Option<Spanned<String>> {
    let digest = value.text()?;
    let digits = [("sha256", 64), ("sha384", 96), ("sha512", 128)];
    let good = digest
        .value
        .split_once(':')
        .is_some_and(|(algorithm, hex)| digits.contains(&(algorithm, hex.len())) && is_hex(hex));
    if !good {
        let message = format!("`{}` is not a checksum: `{}`", value.key, digest.value);
        let help = if digest.value.len() == 64 && is_hex(&digest.value) {
            format!("write `sha256:{}`", digest.value)
        } else {
            "write `sha256:` and 64 hexadecimal digits in lower case".to_owned()
        };
        value.report_with_help(&codes::INVALID_CHECKSUM, message, help);
        return None;
    }
    Some(digest)
}

/// A commit, or the start of one.
pub(crate) fn commit(value: Value<'_>) -> Option<Spanned<String>> {
    let commit = value.text()?;
    if !(7..=64).contains(&commit.value.len()) || !is_hex(&commit.value) {
        let message = format!("`{}` is not a commit: `{}`", value.key, commit.value);
        let help = "write at least 7 hexadecimal digits of the commit";
        value.report_with_help(&codes::INVALID_CHECKSUM, message, help);
        return None;
    }
    Some(commit)
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}
