//! Scripts of steps, and what is recognised in them.

use std::collections::BTreeSet;

use strake_frontend::testing::dockerfile::{RunStep, recognise};
use strake_frontend::testing::image::Env;
use strake_frontend::testing::platform::Platform;
use strake_frontend::testing::shell::{Exec, read};

use super::parts;

/// A script, and behind zero bytes lines of the environment and a file beside it.
pub(super) fn check(input: &[u8]) {
    let [script, environment, file] = parts(input);
    let lines: Vec<String> = environment.lines().map(str::to_owned).collect();
    let files = vec![("/dev/pipes/EOF".to_owned(), file)];
    for args in [&["/bin/bash", "-o", "pipefail", "-c", &script][..], &["/dev/pipes/EOF", &script]]
    {
        let args: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
        check_args(&args, &lines, &files);
    }
}

fn check_args(args: &[String], environment: &[String], files: &[(String, String)]) {
    let env = Env::from_lines(environment);
    let pairs: Vec<(String, String)> =
        env.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let exec = Exec { args, env: &pairs, directory: "/work", files };
    let found = read(&exec);
    assert_eq!(format!("{found:?}"), format!("{:?}", read(&exec)), "the same script");
    if let Ok(script) = &found {
        for command in &script.commands {
            for span in command.words.iter().map(|word| word.span).chain([command.span]) {
                assert!(script.text.get(span.start..span.end).is_some(), "{span:?}");
            }
        }
    }
    recognise(&step(args, env, files));
}

fn step<'a>(args: &'a [String], env: Env, files: &[(String, String)]) -> RunStep<'a> {
    RunStep {
        op: 0,
        digest: "",
        line: 1,
        last_line: 1,
        args,
        env,
        workdir: "/work",
        user: "",
        platform: Platform::new("linux", "amd64", ""),
        base: "docker.io/library/debian:bookworm".to_owned(),
        targets: Vec::new(),
        caches: Vec::new(),
        cache_ids: Vec::new(),
        binds: Vec::new(),
        access: BTreeSet::new(),
        has_no_network: false,
        files: files.to_vec(),
    }
}
