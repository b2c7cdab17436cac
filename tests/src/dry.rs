//! Manifests over a daemon in memory that has every image and runs nothing: examples, and the manifests
//! in pages.

use std::collections::BTreeMap;
use std::path::Path;
use std::{fs, io};

use serde_json::json;
use strake_frontend::gateway::fake::FakeGateway;
use strake_frontend::gateway::{Environment, Failure, SolveResult};
use strake_frontend::pipeline;

/// A daemon that has a manifest, every image, and a folder as the main context.
///
/// # Errors
/// Files that can't be read.
pub fn daemon(manifest: &str, context: Option<&Path>) -> io::Result<FakeGateway> {
    let mut gateway = FakeGateway::new().every_image(|_, platform| config(platform, &[]));
    gateway = gateway.file("local://dockerfile", "strake.toml", manifest);
    let mut files = BTreeMap::new();
    if let Some(folder) = context {
        read_all(folder, "", &mut files)?;
    }
    for (path, content) in files {
        gateway = gateway.file("local://context", &path, content);
    }
    Ok(gateway)
}

/// A build or a call, with frontend options.
///
/// # Errors
/// What the client would be shown, and whatever keeps it from being asked.
pub fn run(gateway: &FakeGateway, options: &[(&str, &str)]) -> Result<SolveResult, Failure> {
    let options = options.iter().chain([&("filename", "strake.toml")]);
    let options = options.map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    let environment =
        Environment { options, session_id: "session".into(), ..Environment::default() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::new(error.to_string()))?;
    runtime.block_on(pipeline::run(gateway, &environment))
}

/// What a call answers as text.
///
/// # Errors
/// As [`run`] and [`daemon`].
pub fn answer(call: &str, manifest: &str, context: Option<&Path>) -> Result<String, Failure> {
    let gateway = daemon(manifest, context).map_err(|error| Failure::new(error.to_string()))?;
    let request = format!("frontend.{call}");
    let result = run(&gateway, &[("requestid", &request)])?;
    let text = result.metadata.get("result.txt").cloned().unwrap_or_default();
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// The config of an image for a platform (`os/arch`), with ONBUILD triggers.
pub fn config(platform: &str, triggers: &[&str]) -> String {
    let (os, architecture) = platform.split_once('/').unwrap_or(("linux", "amd64"));
    let config = json!({
        "architecture": architecture,
        "os": os,
        "config": {
            "Env": ["PATH=/usr/local/bin:/usr/bin:/bin"],
            "Cmd": ["sh"],
            "OnBuild": triggers,
        },
        "rootfs": { "type": "layers", "diff_ids": ["sha256:00"] },
        "history": [{ "created_by": "base" }],
    });
    config.to_string()
}

/// All files below a folder, by their paths in it.
fn read_all(folder: &Path, below: &str, files: &mut BTreeMap<String, Vec<u8>>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = format!("{below}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            read_all(&entry.path(), &format!("{path}/"), files)?;
        } else {
            files.insert(path, fs::read(entry.path())?);
        }
    }
    Ok(())
}
