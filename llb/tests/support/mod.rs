//! The fixtures: definitions in the bytes that BuildKit's own library wrote.
// Each test file uses a part of this, and a broken fixture is a broken test.
#![allow(dead_code, clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::Value;
use strake_llb::Definition;

/// One fixture.
pub(crate) struct Fixture {
    pub(crate) name: String,
    /// Digest and bytes of every entry of the definition.
    pub(crate) ops: Vec<(String, Vec<u8>)>,
    pub(crate) definition: Definition,
    pub(crate) definition_bytes: Vec<u8>,
}

/// Capabilities by digest.
pub(crate) fn caps(definition: &Definition) -> BTreeMap<String, BTreeSet<String>> {
    let metadata = definition.pb.metadata.iter();
    metadata.map(|(key, value)| (key.clone(), value.caps.keys().cloned().collect())).collect()
}

fn directory() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

/// The fixture of this name.
pub(crate) fn fixture(name: &str) -> Fixture {
    let text = std::fs::read_to_string(directory().join(format!("{name}.json"))).unwrap();
    let json: Value = serde_json::from_str(&text).unwrap();
    let bytes = |value: &Value| BASE64.decode(value.as_str().unwrap()).unwrap();
    let op = |op: &Value| (op["digest"].as_str().unwrap().to_owned(), bytes(&op["bytes"]));
    let definition_bytes = bytes(&json["definition"]);
    Fixture {
        name: name.to_owned(),
        ops: json["ops"].as_array().unwrap().iter().map(op).collect(),
        definition: Definition::decode(&definition_bytes).unwrap(),
        definition_bytes,
    }
}

/// All fixtures, sorted by name.
pub(crate) fn fixtures() -> Vec<Fixture> {
    let files = std::fs::read_dir(directory()).unwrap().map(|entry| entry.unwrap().path());
    let mut names: Vec<String> = files
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    names.sort();
    assert_eq!(names.len(), 15);
    names.iter().map(|name| fixture(name)).collect()
}
