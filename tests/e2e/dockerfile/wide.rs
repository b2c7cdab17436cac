//! Rewriting, widely and without running anything: the graphs of hundreds of Dockerfiles, rewritten and
//! stripped of what was added, are byte for byte what they were.

use std::process::Command;

use serde_json::Value;
use strake_frontend::testing::dockerfile::{
    Directives, OptOut, RewriteInput, Rewritten, RunStep, recognise, rewrite,
};
use strake_frontend::testing::source::SourceFile;
use strake_llb::{Definition, MarshalOptions};
use strake_tests::generate;

use crate::dockerfile::plant::plant;
use crate::dockerfile::strip::{Added, strip};
use crate::dockerfile::wire::{parse, text};
use crate::harness::{Project, unique_image};

/// All places and variables of presets.
const ADDED: Added = Added {
    mount: |place| {
        place.starts_with("/dev/strake/")
            || place == "/var/cache/dnf"
            || [
                ".cargo/git",
                ".cargo/registry",
                "/go/pkg",
                "pypoetry/artifacts",
                "pypoetry/cache",
                "pnpm/cache",
                "pnpm/store",
            ]
            .iter()
            .any(|end| place.ends_with(end))
    },
    variable: |variable| {
        variable.contains("/strake/")
            || [
                "GOCACHE=",
                "GOMODCACHE=",
                "npm_config_enable_global_virtual_store=",
                "npm_config_store_dir=",
                "npm_config_cache_dir=",
                "pnpm_config_",
            ]
            .iter()
            .any(|name| variable.starts_with(name))
            || variable.starts_with("UV_LINK_MODE=")
            || variable.starts_with("UV_NO_CACHE=")
            || variable.starts_with("PIP_NO_CACHE_DIR=")
            || variable.starts_with("YARN_ENABLE_")
            || variable.contains("npm_config_package_import_method=")
    },
};

fn rewritten(definition: &[u8], file: &str) -> Rewritten {
    let definition = Definition::decode(definition).unwrap();
    let directives = Directives::read(&SourceFile::new("Dockerfile", file)).unwrap();
    let input = RewriteInput {
        definition: &definition,
        file: file.as_bytes(),
        directives: &directives,
        opt_out: &OptOut::Nothing,
        namespace: "",
        program: None,
        nonce: "nonce",
        marshal: &MarshalOptions::default(),
        recognise: &recognise,
    };
    rewrite(input).unwrap_or_else(|problems| panic!("{problems:?}\n{file}"))
}

/// Whether mounts were added, after the proof that nothing else was done.
#[track_caller]
fn check(definition: &[u8], file: &str) -> bool {
    assert_eq!(strip(definition, &ADDED), definition, "the stripper takes what was not added");
    let graph = rewritten(definition, file);
    assert!(graph.warnings.is_empty(), "handed back: {:?}\n{file}", graph.warnings);
    let bytes = graph.definition.encode_to_vec();
    assert_eq!(graph.additions.is_empty(), bytes == definition, "{file}");
    assert!(strip(&bytes, &ADDED) == definition, "something else has changed:\n{file}");
    let again = rewritten(&bytes, file);
    assert!(again.additions.is_empty(), "a second time, more is added:\n{file}");
    !graph.additions.is_empty()
}

/// The definitions that the daemon's Dockerfile frontend makes, by way of a frontend of this test.
fn converted(count: u64) -> Vec<Vec<u8>> {
    let image = converter();
    let project =
        Project::without_manifest().put("Dockerfile", "FROM scratch\n").named("Dockerfile");
    let answer = project
        .build()
        .args(["--build-arg", &format!("BUILDKIT_SYNTAX={image}")])
        .args(["--build-arg", &format!("COUNT={count}"), "--call=definitions"])
        .ok();
    let hex = |line: &str| {
        let digits: Vec<&str> = (0..line.len() / 2).map(|at| &line[2 * at..2 * at + 2]).collect();
        digits.iter().map(|two| u8::from_str_radix(two, 16).unwrap()).collect()
    };
    answer.output.lines().filter(|line| !line.is_empty()).map(hex).collect()
}

/// An image of the converter with the libraries that it wants: those of this machine.
fn converter() -> String {
    let binary = env!("CARGO_BIN_EXE_converter");
    let mut project = Project::without_manifest().named("Dockerfile");
    let label = "LABEL moby.buildkit.frontend.caps=moby.buildkit.frontend.inputs,\
                 moby.buildkit.frontend.subrequests,moby.buildkit.frontend.contexts";
    let dockerfile = format!("FROM scratch\nCOPY root /\n{label}\nENTRYPOINT [\"/converter\"]\n");
    project = project.put("Dockerfile", dockerfile);
    project =
        project.put("root/converter", std::fs::read(binary).unwrap()).mode("root/converter", 0o755);
    let wanted = Command::new("ldd").arg(binary).output().unwrap();
    let wanted = String::from_utf8(wanted.stdout).unwrap();
    for path in wanted.split_whitespace().filter(|word| word.starts_with('/')) {
        let target = format!("root{path}");
        project = project.put(&target, std::fs::read(path).unwrap()).mode(&target, 0o755);
    }
    let image = unique_image("converter");
    project.build().args(["--output", &format!("type=image,name={image},push=true")]).ok();
    image
}

#[test]
fn rewriting_changes_nothing_else() {
    rewrite_files(40);
}

#[test]
#[ignore = "heavy; always: dockerfile::wide::rewriting_changes_nothing_else"]
fn rewriting_changes_nothing_else_in_hundreds_of_files() {
    rewrite_files(320);
}

fn rewrite_files(count: u64) {
    let definitions = converted(count);
    assert_eq!(definitions.len() as u64, count);
    let mut mounted = 0;
    for (number, definition) in (0..).zip(&definitions) {
        let file = generate::dockerfile(number);
        let plain = check(definition, &file);
        let planted = plant(definition);
        assert_ne!(planted, *definition);
        assert_eq!(check(&planted, &file), plain, "unknown fields make a difference:\n{file}");
        mounted += u64::from(plain);
    }
    assert!(mounted * 100 >= count * 60, "only {mounted} of {count} graphs have mounts");
}

/// Definitions that BuildKit's own library wrote. What no file is known of is never touched.
#[test]
fn fixtures_come_out_as_they_went_in() {
    let directory = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../llb/tests/fixtures");
    let mut seen = 0;
    for entry in std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let json: Value = serde_json::from_slice(&std::fs::read(&entry).unwrap()).unwrap();
        let definition = from_base64(json["definition"].as_str().unwrap());
        let definition = Definition::decode(&definition).unwrap().encode_to_vec();
        let file = source(&definition);
        for definition in [plant(&definition), definition] {
            check(&definition, &file);
            check(&definition, "FROM another\n");
        }
        seen += 1;
    }
    assert_eq!(seen, 15);
}

/// The text of the file that a definition comes from.
fn source(definition: &[u8]) -> String {
    let fields = parse(definition);
    let source = fields.iter().find_map(|field| field.bytes_of(3)).map(parse).unwrap_or_default();
    let info = source.iter().find_map(|field| field.bytes_of(2));
    info.map_or_else(String::new, |info| text(info, 2))
}

fn from_base64(text: &str) -> Vec<u8> {
    let digit = |byte: u8| match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        _ => 63,
    };
    let text = text.trim_end_matches('=').as_bytes();
    let mut bytes = Vec::new();
    for four in text.chunks(4) {
        let bits = four.iter().fold(0u32, |bits, byte| bits << 6 | u32::from(digit(*byte)));
        let bits = bits << (6 * (4 - four.len()));
        bytes.extend(&bits.to_be_bytes()[1..four.len()]);
    }
    bytes
}

/// The rewriter asks about every step of the file, and about no other.
#[test]
fn every_step_of_the_file_is_looked_at() {
    let definition = &converted(1)[0];
    let file = generate::dockerfile(0);
    let decoded = Definition::decode(definition).unwrap();
    let ops = strake_llb::decode(&decoded.pb).unwrap();
    let steps = strake_frontend::testing::dockerfile::steps(&decoded, &ops, file.as_bytes());
    let lines: Vec<usize> = steps.iter().map(|step: &RunStep<'_>| step.line).collect();
    assert!(!lines.is_empty());
    let is_run = |line: &usize| file.lines().nth(line - 1).unwrap().starts_with("RUN");
    assert!(lines.iter().all(is_run), "{lines:?}\n{file}");
}
