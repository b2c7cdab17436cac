//! What registries answer: image configs, what a seed says of itself, errors.

use serde_json::Value;
use strake_frontend::testing::gateway::fake::rpc_error;
use strake_frontend::testing::image::Image;
use strake_frontend::testing::mounts::Contents;
use strake_frontend::testing::platform::Platform;

use super::parts;
use crate::dry::{self, Files};

const MANIFEST: &str = "[arg]\nTAG = \"1\"\n[registry]\ncache = \"reg.test/cache\"\n[seed]\nimage = \"reg.test/seed\"\n\
    [stage.app]\nfrom = \"base\"\n[[stage.app.layer]]\nuses = [\"uv\"]\nrun = \"uv sync\"\n\
    [stage.app.image]\ncmd = [\"x\"]\nlabels = { a = \"b\" }\n";

/// An image config, what a seed says of itself, and an error.
pub(super) fn check(input: &[u8]) {
    let [config, label, error] = parts(input);
    check_config(config.as_bytes());
    let mut seed = Image::empty(&Platform::new("linux", "amd64", ""));
    seed.config.labels.get_or_insert_default().insert("strake.seed".to_owned(), label);
    check_contents(&seed);
    let seed = seed.to_json().unwrap_or_default();
    for fails in ["", "resolve reg.test/seed", "solve docker-image://reg.test"] {
        let mut gateway = dry::daemon(MANIFEST, &Files::new())
            .image("docker.io/library/base:latest", "linux/amd64", config.as_bytes())
            .image("reg.test/seed:latest", "linux/amd64", seed.clone());
        if !fails.is_empty() {
            gateway = gateway.fail(fails, rpc_error(tonic::Code::Unknown, &error));
        }
        let _ = dry::run(&gateway, &[]);
    }
}

fn check_config(config: &[u8]) {
    let Ok(image) = Image::parse(config) else { return };
    check_contents(&image);
    image.platform();
    let written = image.to_json();
    assert!(written.is_ok(), "what was read can be written");
    let Ok(written) = written else { return };
    // Of a fraction the last digit may change. An image config has none.
    if !serde_json::from_slice(config).is_ok_and(|value| has_fraction(&value)) {
        assert_eq!(Image::parse(&written).ok(), Some(image), "nothing is lost");
    }
}

fn has_fraction(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.is_f64(),
        Value::Array(items) => items.iter().any(has_fraction),
        Value::Object(items) => items.values().any(has_fraction),
        Value::Null | Value::Bool(_) | Value::String(_) => false,
    }
}

fn check_contents(image: &Image) {
    let Ok(contents) = Contents::of(image) else { return };
    let mut other = Image::default();
    contents.put(&mut other);
    assert_eq!(Contents::of(&other), Ok(contents));
}
