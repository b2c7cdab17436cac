//! From a manifest to what is sent to the daemon.

use std::collections::BTreeMap;

use strake_frontend::testing::gateway::fake::{Call, FakeGateway};
use strake_frontend::testing::manifest::{ReadInput, read};
use strake_frontend::testing::options::Options;
use strake_frontend::testing::platform::Platform;
use strake_frontend::testing::source::SourceFile;

use super::{check_diagnostics, pairs, parts};
use crate::dry::{self, Files};

const CALLS: [&str; 5] = ["lint", "outline", "targets", "plan", "graph"];

/// A manifest, and options behind a zero byte.
pub(super) fn check(input: &[u8]) {
    let [manifest, options] = parts(input);
    let mut options = pairs(&options);
    options.retain(|(key, _)| !["requestid", "filename"].contains(key));
    check_reading(&manifest);
    let built = sent(&manifest, &options);
    assert_eq!(built, sent(&manifest, &options), "the same input gives the same bytes");
    let windows = manifest.replace("\r\n", "\n").replace('\n', "\r\n");
    if !manifest.contains('\r') && is_manifest(&built) {
        assert_eq!(built.definitions, sent(&windows, &options).definitions, "line ends");
    }
    for call in CALLS {
        let request = format!("frontend.{call}");
        let options = [&options[..], &[("requestid", &request)]].concat();
        let _ = dry::run(&daemon(&manifest), &options);
    }
}

fn check_reading(manifest: &str) {
    let file = SourceFile::manifest("strake.toml", manifest);
    let target = Platform::new("linux", "amd64", "");
    let Ok(options) = Options::parse(BTreeMap::new(), "", std::slice::from_ref(&target)) else {
        return;
    };
    for lenient in [false, true] {
        let input = ReadInput {
            build_args: &options.build_args,
            platform_args: &options.platform_args(&target),
            lenient,
        };
        let found = read(&file, input).map_or_else(|found| found, |manifest| manifest.warnings);
        check_diagnostics(&file, &found);
    }
}

/// What came out of a build.
#[derive(Debug, PartialEq)]
struct Sent {
    /// The operations of every solve.
    definitions: Vec<Vec<Vec<u8>>>,
    /// Whether another frontend was asked.
    delegated: bool,
    /// What the client is told.
    answer: Result<BTreeMap<String, Vec<u8>>, String>,
}

fn is_manifest(sent: &Sent) -> bool {
    !sent.delegated && sent.answer.is_ok()
}

fn sent(manifest: &str, options: &[(&str, &str)]) -> Sent {
    let gateway = daemon(manifest);
    let answer = dry::run(&gateway, options);
    let mut sent = Sent {
        definitions: Vec::new(),
        delegated: false,
        answer: answer.map(|result| result.metadata).map_err(|failure| failure.to_string()),
    };
    for call in gateway.calls() {
        if let Call::Solve(request) = call {
            sent.delegated |= !request.frontend.is_empty();
            sent.definitions.extend(request.definition.map(|definition| definition.pb.def));
        }
    }
    sent
}

fn daemon(manifest: &str) -> FakeGateway {
    let files = ["run.sh", "requirements.txt", "package.json", "src/main.rs", "Dockerfile"];
    let files: Files = files.map(|path| (path.to_owned(), b"content\n".to_vec())).into();
    dry::daemon(manifest, &files)
}
