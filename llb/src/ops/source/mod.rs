//! Sources: images, local directories, repositories, files, OCI layouts.
//!
//! All of them are one message, an identifier with attributes; each kind has a builder of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use strake_proto::pb;
use strake_proto::pb::op::Op as Body;

use super::Lowering;
use crate::ops::InvalidOp;
use crate::platform::Platform;

pub(crate) mod git;
pub(crate) mod http;
pub(crate) mod image;
pub(crate) mod local;
pub(crate) mod oci_layout;

/// Fetches something, named by an identifier such as `docker-image://...`.
///
/// Start from one of the kinds: [`SourceOp::image`], [`SourceOp::local`], [`SourceOp::git`],
/// [`SourceOp::http`], [`SourceOp::oci_layout`]; or with [`SourceOp::new`] for any other.
#[derive(Debug, Clone, PartialEq)]
pub struct SourceOp {
    identifier: String,
    attrs: BTreeMap<String, String>,
    /// Needed, but not to be seen from the message.
    pub(crate) caps: BTreeSet<&'static str>,
    platform: Option<Platform>,
}

impl SourceOp {
    /// A source of any kind.
    #[must_use]
    pub fn new(identifier: impl Into<String>) -> Self {
        Self {
            identifier: identifier.into(),
            attrs: BTreeMap::new(),
            caps: BTreeSet::new(),
            platform: None,
        }
    }

    /// Sets an attribute by its name on the wire, such as `http.filename`.
    #[must_use]
    pub fn attr(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.set(key, value);
        self
    }

    /// Sets the platform of an image; other sources have none.
    #[must_use]
    pub fn platform(mut self, platform: Platform) -> Self {
        self.platform = Some(platform);
        self
    }

    fn set(&mut self, key: impl Into<String>, value: impl Into<String>) {
        self.attrs.insert(key.into(), value.into());
    }

    /// Sets an attribute, or takes it away where the value is empty.
    fn set_unless_empty(&mut self, key: &str, value: String) {
        if value.is_empty() {
            self.attrs.remove(key);
        } else {
            self.set(key, value);
        }
    }

    /// Sets an attribute that holds a list, or takes it away where the list is empty.
    fn set_list<S: Into<String>>(&mut self, key: &str, items: impl IntoIterator<Item = S>) {
        let items: Vec<String> = items.into_iter().map(Into::into).collect();
        let value = if items.is_empty() { String::new() } else { json_list(&items) };
        self.set_unless_empty(key, value);
    }

    pub(crate) fn lower(&self, cx: &mut Lowering<'_>) -> Result<Body, InvalidOp> {
        if self.identifier.is_empty() {
            return Err(InvalidOp::NoIdentifier);
        }
        let mut attrs = self.attrs.clone();
        if self.identifier.starts_with(local::SCHEME) && !attrs.contains_key(local::SESSION_ID) {
            let unique = || cx.options.local_unique_id.clone();
            attrs.entry(local::UNIQUE_ID.to_owned()).or_insert_with(unique);
        }
        if is_platform_specific(&self.identifier) {
            cx.platform(self.platform.as_ref());
        }
        Ok(Body::Source(pb::SourceOp { identifier: self.identifier.clone(), attrs }))
    }
}

fn is_platform_specific(identifier: &str) -> bool {
    identifier.starts_with(image::SCHEME) || identifier.starts_with(oci_layout::SCHEME)
}

/// A JSON array in the bytes that Go writes, since they are part of the digest: besides what JSON
/// asks for, Go escapes `<`, `>`, `&` and the two line separators of Unicode.
fn json_list(items: &[String]) -> String {
    let mut json = String::from("[");
    for (index, item) in items.iter().enumerate() {
        json.push_str(if index == 0 { "\"" } else { ",\"" });
        item.chars().for_each(|c| push_escaped(&mut json, c));
        json.push('"');
    }
    json.push(']');
    json
}

fn push_escaped(json: &mut String, c: char) {
    match c {
        '"' | '\\' => json.extend(['\\', c]),
        '\n' => json.push_str("\\n"),
        '\r' => json.push_str("\\r"),
        '\t' => json.push_str("\\t"),
        '\u{8}' => json.push_str("\\b"),
        '\u{c}' => json.push_str("\\f"),
        '\0'..='\x1f' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
            // Writing to a string cannot fail.
            let _ = write!(json, "\\u{:04x}", u32::from(c));
        }
        _ => json.push(c),
    }
}

/// Permission bits as sources write them: octal, with a leading zero.
fn octal(mode: u32) -> String {
    format!("0{:o}", mode & 0o777)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_escaped_as_go_does() {
        let list = |item: &str| json_list(&[item.to_owned()]);
        assert_eq!(json_list(&["a".into(), "b/**".into()]), r#"["a","b/**"]"#);
        assert_eq!(list("\"\\\n\t\u{1}"), r#"["\"\\\n\t\u0001"]"#);
        assert_eq!(list("<&>\u{2028}é"), r#"["\u003c\u0026\u003e\u2028é"]"#);
    }
}
