//! The JSON of details.
//!
//! Most are the Go structs that protobuf generates, by Go's own JSON encoder: fields that have
//! their zero value are left out, bytes are base64, `null` is possible wherever a pointer or a
//! slice was. [`Solve`] alone is protobuf's JSON, in which 64-bit numbers are strings.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::pb;

/// The vertex that failed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Vertex {
    /// The digest of its operation, as in the definition.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub digest: String,
}

/// The part of a file that is to blame.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Source {
    /// The file that the ranges are in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub info: Option<SourceInfo>,
    /// The parts to blame, which clients mark in the excerpt.
    #[serde(deserialize_with = "null_is_default", skip_serializing_if = "Vec::is_empty")]
    pub ranges: Vec<Range>,
}

/// A file that vertices come from.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SourceInfo {
    /// The name to show.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub filename: String,
    /// The whole file; base64 in JSON.
    #[serde(
        serialize_with = "to_base64",
        deserialize_with = "from_base64",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub data: Vec<u8>,
    /// A definition whose result holds the file, in JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub definition: Option<Value>,
    /// The language in the names of GitHub's linguist.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub language: String,
}

/// A part of a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Range {
    /// The first position. BuildKit's client counts on it being there.
    #[serde(deserialize_with = "null_is_default")]
    pub start: Position,
    /// The last position; its line belongs to the part.
    #[serde(deserialize_with = "null_is_default")]
    pub end: Position,
}

impl Range {
    /// Whole lines, counted from one, the last one included.
    #[must_use]
    pub fn lines(first: i32, last: i32) -> Self {
        let at = |line| Position { line, character: 0 };
        Self { start: at(first), end: at(last) }
    }
}

/// A place in a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Position {
    /// The line, counted from one.
    #[serde(skip_serializing_if = "is_zero")]
    pub line: i32,
    /// The character in the line, counted from zero.
    #[serde(skip_serializing_if = "is_zero")]
    pub character: i32,
}

/// What was left of a failed vertex, for debuggers.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Solve {
    /// References to the inputs.
    #[serde(
        rename = "inputIDs",
        deserialize_with = "null_is_default",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub input_ids: Vec<String>,
    /// References to the mounts as the failed step left them.
    #[serde(
        rename = "mountIDs",
        deserialize_with = "null_is_default",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub mount_ids: Vec<String>,
    /// The operation, in JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub op: Option<Value>,
    /// The file action that failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<Subject>,
    /// The input whose content could not be looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache: Option<Subject>,
    /// The description of the vertex.
    #[serde(deserialize_with = "null_is_default", skip_serializing_if = "BTreeMap::is_empty")]
    pub description: BTreeMap<String, String>,
}

/// The part of an operation that failed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Subject {
    /// The index of the file action or of the input; a string in JSON.
    #[serde(serialize_with = "to_text", deserialize_with = "from_text_or_number")]
    pub index: i64,
}

/// A capability of the frontend that the client asked for and that is missing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FrontendCap {
    /// Its name, such as `moby.buildkit.frontend.contexts`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
}

/// A subrequest that the frontend does not have.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Subrequest {
    /// Its name, such as `frontend.outline`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
}

impl From<Range> for pb::Range {
    fn from(range: Range) -> Self {
        let position = |at: Position| pb::Position { line: at.line, character: at.character };
        Self { start: Some(position(range.start)), end: Some(position(range.end)) }
    }
}

fn is_zero(number: &i32) -> bool {
    *number == 0
}

fn null_is_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

fn to_base64<S: Serializer>(data: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&BASE64.encode(data))
}

fn from_base64<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    let text: String = null_is_default(deserializer)?;
    BASE64.decode(text).map_err(serde::de::Error::custom)
}

fn to_text<S: Serializer>(number: &i64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&number.to_string())
}

fn from_text_or_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::String(text) => text.parse().map_err(serde::de::Error::custom),
        Value::Null => Ok(0),
        other => other.as_i64().ok_or_else(|| serde::de::Error::custom("not a 64-bit number")),
    }
}
