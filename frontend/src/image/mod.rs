//! The image config, lossless: what the base image says and strake does not know stays as it is.
//! A struct of our own, since the crates that were tried dropped Docker's fields (`Healthcheck`,
//! `OnBuild`, `Shell`, `ArgsEscaped`) and unknown keys.
//!
//! The JSON is the Docker image spec 1.3's, a superset of the OCI image config.

mod env;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use env::Env;

use crate::platform::Platform;

/// `PATH` of an image that says none, as the Dockerfile frontend sets it.
pub(crate) const DEFAULT_PATH: &str =
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The config blob of an image.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Image {
    /// When it was made, RFC 3339; the exporter fills it in where it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// Architecture, by Go's names.
    #[serde(default)]
    pub architecture: String,
    /// Variant of the architecture.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub variant: String,
    /// By Go's names, such as `linux`.
    #[serde(default)]
    pub os: String,
    /// Version of the operating system.
    #[serde(rename = "os.version", default, skip_serializing_if = "String::is_empty")]
    pub os_version: String,
    /// Features of the operating system.
    #[serde(rename = "os.features", default, skip_serializing_if = "Option::is_none")]
    pub os_features: Option<Vec<String>>,
    /// What containers start with.
    #[serde(default, deserialize_with = "null_is_default")]
    pub config: ContainerConfig,
    /// The layers; the exporter writes it anew.
    #[serde(default)]
    pub rootfs: Value,
    /// How it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub history: Option<Vec<History>>,
    /// What strake does not know.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// What containers start with.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ContainerConfig {
    /// User, `name` or `uid[:gid]`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Keys are such as `8080/tcp`; the values are empty objects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exposed_ports: Option<BTreeMap<String, Value>>,
    /// Lines of the form `NAME=VALUE`, in order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub env: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entrypoint: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cmd: Option<Vec<String>>,
    /// Keys are paths; the values are empty objects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub volumes: Option<BTreeMap<String, Value>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub working_dir: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labels: Option<BTreeMap<String, String>>,
    /// Signal that stops it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop_signal: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub healthcheck: Option<Value>,
    /// Dockerfile instructions for images built on this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_build: Option<Vec<String>>,
    /// Shell of shell-form instructions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shell: Option<Vec<String>>,
    /// What strake does not know.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// One step in the making of an image.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct History {
    /// When the step was done, as RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<String>,
    /// The command, as `docker history` shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_by: Option<String>,
    /// The program that did the step, such as `strake`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// It made no layer.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub empty_layer: bool,
    /// What strake does not know.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

fn null_is_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

impl Image {
    /// The config of `scratch`.
    pub fn empty(platform: &Platform) -> Self {
        let mut image = Image::default();
        image.set_platform(platform);
        image.rootfs = serde_json::json!({ "type": "layers" });
        image.config.working_dir = Some("/".into());
        image.config.env = Some(vec![format!("PATH={DEFAULT_PATH}")]);
        image
    }

    /// Reads a config blob.
    ///
    /// # Errors
    /// Where it is no JSON object, or a known key has another type.
    pub fn parse(json: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(json)
    }

    /// The blob. Keys come in a fixed order, so that equal images have equal bytes.
    ///
    /// # Errors
    /// Never for an image that was parsed or made here; serde's signature asks for it.
    pub fn to_json(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(self)
    }

    /// The platform that the config names; none where it names no system or architecture.
    pub fn platform(&self) -> Option<Platform> {
        if self.os.is_empty() || self.architecture.is_empty() {
            return None;
        }
        Some(Platform {
            os_version: self.os_version.clone(),
            os_features: self.os_features.clone().unwrap_or_default(),
            ..Platform::new(&self.os, &self.architecture, &self.variant)
        })
    }

    /// Writes the platform that the image is built for. What the platform leaves open (a variant, a
    /// version of Windows) stays as the base image says it, unless that is for another system.
    pub fn set_platform(&mut self, platform: &Platform) {
        let same = self.os == platform.os && self.architecture == platform.architecture;
        self.os.clone_from(&platform.os);
        self.architecture.clone_from(&platform.architecture);
        if !platform.variant.is_empty() || !same {
            self.variant.clone_from(&platform.variant);
        }
        if !platform.os_version.is_empty() || !same {
            self.os_version.clone_from(&platform.os_version);
        }
        if !platform.os_features.is_empty() {
            self.os_features = Some(platform.os_features.clone());
        }
    }

    /// Adds a step that made a layer.
    pub fn add_history(&mut self, created_by: impl Into<String>, created: Option<String>) {
        self.history.get_or_insert_default().push(History {
            created,
            created_by: Some(created_by.into()),
            comment: Some("strake".into()),
            ..History::default()
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_unknown_stays() {
        let json = serde_json::json!({
            "architecture": "amd64", "os": "linux", "moby.buildkit.cache.v0": "eA==",
            "config": {
                "Env": ["A=b"], "ArgsEscaped": true, "Cmd": ["x"], "NetworkDisabled": false,
                "Healthcheck": {"Test": ["NONE"], "Later": 1}, "OnBuild": ["RUN x"], "Shell": ["/bin/sh"]
            },
            "rootfs": {"type": "layers", "diff_ids": ["sha256:00"]},
            "history": [{"created_by": "x", "author": "me", "empty_layer": true}]
        });
        let image = Image::parse(json.to_string().as_bytes()).unwrap();
        let back: Value = serde_json::from_slice(&image.to_json().unwrap()).unwrap();
        assert_eq!(back, json);
    }

    #[test]
    fn nulls_are_nothing() {
        let image = Image::parse(br#"{"config": null, "history": null, "os": "linux"}"#).unwrap();
        assert_eq!(image.config, ContainerConfig::default());
        let image = Image::parse(br#"{"config": {"Env": null, "Cmd": null, "Labels": null}}"#);
        assert_eq!(image.unwrap().config, ContainerConfig::default());
    }

    #[test]
    fn a_platform_replaces_what_it_says() {
        let mut image =
            Image { os: "linux".into(), architecture: "arm".into(), ..Image::default() };
        image.variant = "v7".into();
        image.set_platform(&Platform {
            os: "linux".into(),
            architecture: "arm".into(),
            ..Platform::default()
        });
        assert_eq!(image.variant, "v7");
        image.set_platform(&Platform {
            os: "linux".into(),
            architecture: "amd64".into(),
            ..Platform::default()
        });
        assert_eq!((image.variant.as_str(), image.architecture.as_str()), ("", "amd64"));
    }
}
