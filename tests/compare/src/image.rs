//! What an image says of itself, read from the directory that `--output type=oci,tar=false` writes.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

/// Configs by platform (nothing where the image has no index), and the documents of its SBOM.
#[derive(Debug, Default)]
pub(crate) struct Image {
    pub(crate) configs: BTreeMap<String, Value>,
    pub(crate) documents: Vec<Value>,
}

impl Image {
    /// Reads the only image in a directory.
    pub(crate) fn read(directory: &Path) -> Result<Self> {
        let index = json(&directory.join("index.json"))?;
        let top = index.pointer("/manifests/0").context("there is no image")?;
        let top = blob(directory, top)?;
        let mut image = Image::default();
        match top.get("manifests").and_then(Value::as_array) {
            None => image.add_platform(directory, String::new(), &top)?,
            Some(manifests) => {
                for descriptor in manifests {
                    image.add(directory, descriptor)?;
                }
            }
        }
        Ok(image)
    }

    fn add(&mut self, directory: &Path, descriptor: &Value) -> Result<()> {
        let manifest = blob(directory, descriptor)?;
        let kind = "/annotations/vnd.docker.reference.type";
        if descriptor.pointer(kind).is_none() {
            return self.add_platform(directory, platform(descriptor), &manifest);
        }
        for layer in manifest.get("layers").and_then(Value::as_array).into_iter().flatten() {
            let mut statement = blob(directory, layer)?;
            if statement
                .get("predicateType")
                .is_some_and(|kind| kind == "https://spdx.dev/Document")
            {
                self.documents.extend(statement.get_mut("predicate").map(Value::take));
            }
        }
        Ok(())
    }

    fn add_platform(&mut self, directory: &Path, name: String, manifest: &Value) -> Result<()> {
        let config = blob(directory, manifest.get("config").context("a manifest has a config")?)?;
        self.configs.insert(name, timeless(config));
        Ok(())
    }
}

fn platform(descriptor: &Value) -> String {
    let part = |key: &str| descriptor.pointer(&format!("/platform/{key}")).and_then(Value::as_str);
    let parts = ["os", "architecture", "variant"].into_iter().filter_map(part);
    parts.collect::<Vec<_>>().join("/")
}

/// A config without what no two builds have the same: the times of steps, and the layers' digests, in
/// which those are.
fn timeless(mut config: Value) -> Value {
    let forget = |entry: &mut Value| {
        // A date long ago was set by the build.
        let is_set = entry.get("created").and_then(Value::as_str).is_some_and(|time| time < "2015");
        if let Some(entry) = entry.as_object_mut().filter(|_| !is_set) {
            entry.remove("created");
        }
    };
    forget(&mut config);
    config.get_mut("history").and_then(Value::as_array_mut).into_iter().flatten().for_each(forget);
    if let Some(layers) = config.pointer_mut("/rootfs/diff_ids") {
        *layers = layers.as_array().map_or(0, Vec::len).into();
    }
    config
}

fn blob(directory: &Path, descriptor: &Value) -> Result<Value> {
    let digest = descriptor.get("digest").and_then(Value::as_str);
    let digest = digest.context("a descriptor has a digest")?;
    json(&directory.join("blobs").join(digest.replace(':', "/")))
}

fn json(file: &Path) -> Result<Value> {
    let bytes = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    serde_json::from_slice(&bytes).with_context(|| format!("{} is no JSON", file.display()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn times_that_a_clock_gave_are_left_out() {
        let config = json!({ "created": "2026-01-01T00:00:00Z", "rootfs": { "diff_ids": ["a", "b"] },
            "history": [{ "created": "1980-01-01T00:00:00Z" }, { "created": "2026-01-01T00:00:00Z" }] });
        let expected = json!({ "rootfs": { "diff_ids": 2 },
            "history": [{ "created": "1980-01-01T00:00:00Z" }, {}] });
        assert_eq!(timeless(config), expected);
    }
}
