//! Frontend options, and what else a client says.

use std::collections::BTreeMap;

use strake_frontend::testing::delegate::{
    Frontend, check as check_options, forwarded, unknown_args,
};
use strake_frontend::testing::dockerfile::{Directives, Kind};
use strake_frontend::testing::options::Options;
use strake_frontend::testing::platform::Platform;
use strake_frontend::testing::source::SourceFile;

use super::check_diagnostics;

/// A problem is no longer than this, however long the option is.
const LONGEST: usize = 64 << 10;

/// Options between zero bytes, `key=value`. Each value is taken for a Dockerfile, too, whose comments
/// say what options do.
pub(super) fn check(input: &[u8]) {
    let raw: BTreeMap<String, String> = input
        .split(|byte| *byte == 0)
        .filter_map(|option| String::from_utf8_lossy(option).split_once('=').map(owned))
        .collect();
    let worker = [Platform::new("linux", "amd64", "")];
    let (options, problems) = Options::read(raw.clone(), "session", &worker);
    let (again, same) = Options::read(raw.clone(), "session", &worker);
    assert_eq!(format!("{options:?}{problems:?}"), format!("{again:?}{same:?}"));
    assert!(!options.platforms.is_empty(), "something is built");
    for problem in &problems {
        assert!(problem.message.len() < LONGEST, "{:.100}", problem.message);
    }
    check_diagnostics(&SourceFile::new("", ""), &problems);
    for platform in &options.platforms {
        options.platform_args(platform);
        for context in &options.contexts {
            options.context(&context.key, platform);
        }
    }
    forwarded(&raw);
    unknown_args(&options.build_args);
    raw.values().for_each(|value| check_file(value, &raw));
}

fn owned((key, value): (&str, &str)) -> (String, String) {
    (key.to_owned(), value.to_owned())
}

fn check_file(text: &str, raw: &BTreeMap<String, String>) {
    let file = SourceFile::new("Dockerfile", text).dockerfile();
    Kind::of(text.as_bytes());
    check_options(text);
    Frontend::of(text, None, raw);
    match Directives::read(&file) {
        Ok(directives) => {
            let steps = (0..=text.lines().count() + 1).filter_map(|line| directives.step(line));
            steps.for_each(|step| check_diagnostics(&file, &step.problems));
        }
        Err(problems) => check_diagnostics(&file, &problems),
    }
}
