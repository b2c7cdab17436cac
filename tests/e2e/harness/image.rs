//! An image as an OCI layout: its config, its manifests, the files of its layers.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

pub(crate) struct Image {
    directory: TempDir,
    index: Value,
}

impl Image {
    pub(crate) fn open(directory: TempDir, archive: &Path) -> Self {
        let unpacked = Command::new("tar")
            .arg("-xf")
            .arg(archive)
            .arg("-C")
            .arg(directory.path())
            .status()
            .expect("tar runs");
        assert!(unpacked.success(), "the image is no archive");
        let index = read(&directory.path().join("index.json"));
        Image { directory, index }
    }

    /// A blob, as JSON.
    pub(crate) fn blob(&self, digest: &str) -> Value {
        read(&self.blob_path(digest))
    }

    fn blob_path(&self, digest: &str) -> std::path::PathBuf {
        self.directory.path().join("blobs").join(digest.replace(':', "/"))
    }

    /// The top of the image: an index of platforms, or one manifest.
    pub(crate) fn top(&self) -> Value {
        self.blob(digest(&self.index["manifests"][0]))
    }

    /// Manifests with their platforms (`os/arch[/variant]`), attestations left out.
    pub(crate) fn manifests(&self) -> Vec<(String, Value)> {
        let top = self.top();
        let Some(list) = top["manifests"].as_array() else {
            return vec![(String::new(), top)];
        };
        let platform = |entry: &Value| {
            let parts =
                ["os", "architecture", "variant"].map(|key| entry["platform"][key].as_str());
            parts.into_iter().flatten().collect::<Vec<_>>().join("/")
        };
        let entries = list.iter().map(|entry| (platform(entry), self.blob(digest(entry))));
        entries.filter(|(platform, _)| !platform.starts_with("unknown")).collect()
    }

    /// The digest of the top.
    pub(crate) fn digest(&self) -> String {
        digest(&self.index["manifests"][0]).to_owned()
    }

    /// Attestations whose type starts with a text: type and predicate.
    pub(crate) fn attestations(&self, kind: &str) -> Vec<(String, Value)> {
        let top = self.top();
        let entries = top["manifests"].as_array().into_iter().flatten();
        let attesting = entries
            .filter(|entry| entry["annotations"]["vnd.docker.reference.type"].is_string())
            .map(|entry| self.blob(digest(entry)));
        let layers = attesting
            .flat_map(|manifest| manifest["layers"].as_array().cloned().unwrap_or_default());
        let statements = layers.map(|layer| self.blob(digest(&layer)));
        statements
            .map(|mut statement| {
                let name = statement["predicateType"].as_str().unwrap_or_default().to_owned();
                (name, statement["predicate"].take())
            })
            .filter(|(name, _)| name.starts_with(kind))
            .collect()
    }

    /// The config of the only platform.
    pub(crate) fn config(&self) -> Value {
        let (_, manifest) = self.manifests().remove(0);
        self.blob(digest(&manifest["config"]))
    }

    /// The config of a platform.
    pub(crate) fn config_of(&self, platform: &str) -> Value {
        let found = self.manifests().into_iter().find(|(name, _)| name == platform);
        let (_, manifest) = found.unwrap_or_else(|| panic!("{platform} is not in the image"));
        self.blob(digest(&manifest["config"]))
    }

    /// The bytes of a file in the last layer.
    pub(crate) fn file_of_last_layer(&self, path: &str) -> Vec<u8> {
        let unpacked = Command::new("tar")
            .args(["-xOf"])
            .arg(self.last_layer_path())
            .arg(path)
            .output()
            .expect("tar runs");
        assert!(unpacked.status.success(), "{path} is not in the last layer");
        unpacked.stdout
    }

    /// The files of the last layer, in a directory.
    pub(crate) fn unpacked_last_layer(&self) -> TempDir {
        let directory = TempDir::new().expect("a temporary directory");
        let mut tar = Command::new("tar");
        tar.arg("-xf").arg(self.last_layer_path()).arg("-C").arg(directory.path());
        assert!(tar.status().expect("tar runs").success(), "the layer is no archive");
        directory
    }

    fn last_layer_path(&self) -> std::path::PathBuf {
        let (_, manifest) = self.manifests().remove(0);
        let layer = manifest["layers"].as_array().and_then(|layers| layers.last()).cloned();
        self.blob_path(digest(&layer.expect("the image has a layer")))
    }

    /// The entries of the last layer, as `tar -tv` lists them, with numbers for owners.
    pub(crate) fn last_layer(&self) -> Vec<String> {
        let path = self.last_layer_path();
        let list = Command::new("tar")
            .args(["--numeric-owner", "--full-time", "-tvf"])
            .arg(path)
            .env("TZ", "UTC")
            .output()
            .expect("tar runs");
        String::from_utf8_lossy(&list.stdout).lines().map(str::to_owned).collect()
    }
}

fn digest(descriptor: &Value) -> &str {
    descriptor["digest"].as_str().expect("a descriptor has a digest")
}

fn read(path: &Path) -> Value {
    let bytes = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_slice(&bytes).expect("JSON")
}
