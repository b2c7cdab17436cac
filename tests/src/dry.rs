//! Manifests over a daemon in memory that has every image and runs nothing: examples, and the manifests
//! in pages.

use std::collections::BTreeMap;
use std::path::Path;
use std::{fs, io};

use serde_json::json;
use strake_frontend::testing::gateway::fake::{self, FakeGateway};
use strake_frontend::testing::gateway::{
    Environment, Failure, GatewayError, Reference, References, SolveResult,
};
use strake_frontend::testing::pipeline;
use strake_llb::{Graph, MarshalOptions, SourceOp};

/// What a set-up fetches into the directory of an example; it may be there or not.
const FETCHED: &str = "source";

/// Contents of files, by their paths.
pub type Files = BTreeMap<String, Vec<u8>>;

/// A daemon that has a manifest, every image, and these files, by their paths, as the main context.
pub fn daemon(manifest: &str, context: &Files) -> FakeGateway {
    let mut gateway = FakeGateway::new().every_image(|_, platform| config(platform, &[]));
    gateway = gateway.on_solve(|request| (request.frontend == "dockerfile.v0").then(dockerfile));
    gateway = gateway.file("local://dockerfile", "strake.toml", manifest);
    for (path, content) in context {
        gateway = gateway.file("local://context", path, content.clone());
    }
    gateway
}

/// All files of a directory, but for what the set-up of an example fetches.
///
/// # Errors
/// What can't be read.
pub fn directory(path: &Path) -> io::Result<Files> {
    let mut files = Files::new();
    read_all(path, "", &mut files)?;
    Ok(files)
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
/// As [`run`].
pub fn answer(call: &str, manifest: &str, context: &Files) -> Result<String, Failure> {
    let gateway = daemon(manifest, context);
    let request = format!("frontend.{call}");
    let result = run(&gateway, &[("requestid", &request)])?;
    let text = result.metadata.get("result.txt").cloned().unwrap_or_default();
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// What the Dockerfile frontend makes of any Dockerfile: a directory.
fn dockerfile() -> Result<SolveResult, GatewayError> {
    let mut graph = Graph::new();
    let source = graph.add(SourceOp::from(SourceOp::local("made")));
    let definition = graph.marshal(Some(source.into()), &MarshalOptions::default());
    let definition =
        definition.map_err(|error| fake::rpc_error(tonic::Code::Internal, &error.to_string()))?;
    let reference = Reference { id: "made".to_owned(), definition: Some(definition) };
    let config = ("containerimage.config".to_owned(), config("linux/amd64", &[]).into_bytes());
    Ok(SolveResult {
        references: References::Single(Some(reference)),
        metadata: BTreeMap::from([config]),
        attestations: BTreeMap::new(),
    })
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

/// All files below a directory, by their paths in it.
fn read_all(directory: &Path, below: &str, files: &mut Files) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let path = format!("{below}{}", entry.file_name().to_string_lossy());
        if path == FETCHED {
            continue;
        }
        if entry.file_type()?.is_dir() {
            read_all(&entry.path(), &format!("{path}/"), files)?;
        } else {
            files.insert(path, fs::read(entry.path())?);
        }
    }
    Ok(())
}
