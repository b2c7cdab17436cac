//! Manifests that nobody writes, and some that somebody will: whatever comes, the answer is a build or
//! an error that says what is wrong, and it comes soon. Most of it goes through the whole pipeline over
//! a daemon in memory; what only a kernel can judge is built for real.

use std::fmt::Write;
use std::time::Duration;

use strake_frontend::testing::gateway::fake::FakeGateway;
use strake_frontend::testing::gateway::{Environment, Failure, SolveResult};
use strake_frontend::testing::pipeline;
use strake_frontend::testing::time::worked;

use crate::harness::Project;

/// Far more than anything here takes, also in a debug build on a busy machine; what grows with the
/// square of its input takes minutes.
const SOON: Duration = Duration::from_secs(30);

const APP: &str = "[stage.app]\nfrom = \"scratch\"\n";

/// What becomes of a manifest; it comes soon.
fn build(manifest: impl Into<Vec<u8>>, options: &[(&str, &str)]) -> Result<SolveResult, Failure> {
    let gateway = FakeGateway::new().file("local://dockerfile", "strake.toml", manifest);
    let options = options.iter().chain(&[("filename", "strake.toml")]);
    let options = options.map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    let environment =
        Environment { options, session_id: "session".into(), ..Environment::default() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let begun = worked();
    let outcome = runtime.expect("a runtime").block_on(pipeline::run(&gateway, &environment));
    let took = worked().saturating_sub(begun);
    assert!(took < SOON, "it took {took:?}");
    outcome
}

/// Builds, and also asks all calls: none may panic.
fn everything(manifest: impl AsRef<[u8]>) -> Result<SolveResult, Failure> {
    let manifest = manifest.as_ref();
    for call in ["frontend.lint", "frontend.outline", "frontend.targets"] {
        let _ = build(manifest, &[("requestid", call)]);
    }
    build(manifest, &[])
}

#[track_caller]
fn error(manifest: impl AsRef<[u8]>) -> String {
    let failure = everything(manifest).expect_err("an error");
    let message = failure.to_string();
    assert!(message.len() < 64 << 10, "{} bytes are too long to be read", message.len());
    let sent: usize = failure.status().details.iter().map(|detail| detail.value.len()).sum();
    assert!(sent < 8 << 20, "{sent} bytes of details are more than a message may hold");
    message
}

#[track_caller]
fn says(manifest: impl AsRef<[u8]>, text: &str) {
    let message = error(manifest);
    assert!(message.contains(text), "`{text}` is not in: {message}");
}

#[test]
fn files_with_nothing_in_them() {
    for manifest in ["", "\n\n", "# only a comment", "\u{feff}", "\u{feff}# syntax=x\r\n", " \t"] {
        says(manifest, "`strake.toml` is neither a manifest nor a Dockerfile");
    }
}

#[test]
fn marks_and_line_ends_of_other_systems() {
    everything(format!("\u{feff}{APP}")).expect("a byte order mark is no problem");
    let crlf = format!("{APP}[[stage.app.layer]]\nmkdir = \"/x\"\n").replace('\n', "\r\n");
    everything(&crlf).expect("neither are line ends of Windows");
    says(format!("{crlf}wrkdir = 1\r\n"), "strake.toml:5:1: unknown key `wrkdir`");
    says("[stage.app]\rfrom = \"scratch\"\r", "(toml-syntax)");
}

#[test]
fn bytes_that_are_no_text() {
    let noise: Vec<u8> =
        (0u32..200_000).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    says(&noise, "(unknown-file)");
    says(b"[stage.app]\nfrom = \"\xff\"\n", "strake.toml:2:9: the manifest is not UTF-8 text");
    says("\0".repeat(1000), "(unknown-file)");
    says("[stage.app]\nfrom = \"a\0b\"\n", "strake.toml:2:");
    says(
        "[stage.app]\nfrom = \"a\\u0000b\"\n",
        "strake.toml:2:8: `from` has a zero byte (zero-byte)",
    );
    says(b"\x7fELF\x02\x01\x01\0\0\0", "(unknown-file)");
    says("\u{202e}\u{feff}\u{feff}[stage]", "(unknown-file)");
}

#[test]
fn nesting_without_end() {
    for (open, close) in [("[", "]"), ("{a=", "}")] {
        let depth = 100_000;
        says(format!("x = {}{}", open.repeat(depth), close.repeat(depth)), "(toml-syntax)");
        says(format!("x = {}", open.repeat(depth)), "(toml-syntax)");
    }
    let key = "a.".repeat(100_000);
    assert!(!error(format!("{key}b = 1\n")).is_empty());
    assert!(!error(format!("[{key}b]\n")).is_empty());
}

#[test]
fn more_than_anybody_writes() {
    says(
        format!("{APP}# {}", "a".repeat(5 << 20)),
        "the manifest is larger than 4 MiB (too-large)",
    );
    let mut keys = APP.to_owned();
    for number in 0..50_000 {
        let _ = writeln!(keys, "k{number} = 1");
    }
    says(&keys, "more problems (more-problems)");
    let long = format!("{APP}help = \"{}\"\n", "x".repeat(3 << 20));
    everything(&long).expect("a long line is a line");
    says(format!("{long}nope = 1\n"), "strake.toml:4:1: unknown key `nope`");
    says(format!("{APP}{} = 1\n", "k".repeat(1 << 20)), "(unknown-key)");
    says(format!("{APP}user = {}\n", "1".repeat(1 << 20)), "strake.toml:3:8");
    says(format!("{}[x\n", "\n".repeat(1 << 20)), "strake.toml:1048577:3");
}

#[test]
fn many_problems_on_the_way() {
    let mut layers = APP.to_owned();
    for number in 0..5_000 {
        let _ =
            writeln!(layers, "[[stage.app.layer]]\nenv = {{ A = \"$B{number}\" }}\nrun = \"x\"");
    }
    says(&layers, "more problems (more-problems)");
    let mut stages = String::new();
    for number in 0..5_000 {
        let _ = writeln!(stages, "[stage.s{number}]\nfrom = \"UPPER{number}\"");
        let _ = writeln!(
            stages,
            "[[stage.s{number}.layer]]\ncopy = {{ from = \"NO{number}\", src = \"a\", dest = \"/\" }}"
        );
    }
    says(&stages, "(unknown-source)");
}

#[test]
fn ten_thousand_stages_in_a_chain() {
    let chain = |count: usize| {
        let mut manifest = String::from("[stage.s0]\nfrom = \"scratch\"\n");
        for number in 1..count {
            let before = number - 1;
            let _ = writeln!(manifest, "[stage.s{number}]\nfrom = \"s{before}\"");
            let _ = writeln!(manifest, "[[stage.s{number}.layer]]\nmkdir = \"/{number}\"");
        }
        manifest
    };
    everything(chain(10_000)).expect("it builds");
    let ring = chain(10_000).replacen("from = \"scratch\"", "from = \"s9999\"", 1);
    let failure = everything(&ring).expect_err("a cycle");
    let message = failure.to_string();
    assert!(message.contains("stages depend on each other in a cycle"), "{message:.500}");
    assert!(message.len() < 4_000, "{} bytes are too long to be read", message.len());
}

#[test]
fn time_grows_with_the_number_of_layers() {
    let layers = |count: usize| {
        let mut manifest = APP.to_owned();
        for number in 0..count {
            let _ = writeln!(manifest, "[[stage.app.layer]]\nrun = \"echo {number}\"");
            let _ = writeln!(
                manifest,
                "[[stage.app.layer]]\nwrite = {{ path = \"/{number}\", content = \"x\" }}"
            );
        }
        manifest
    };
    let time = |count: usize| {
        let manifest = layers(count);
        let begun = worked();
        build(manifest, &[]).expect("it builds");
        worked().saturating_sub(begun)
    };
    time(500);
    let (small, large) = (time(1_000), time(10_000));
    assert!(large < small * 40, "1,000 layers took {small:?}, and 10,000 took {large:?}");
}

#[test]
fn names_of_all_the_world() {
    let run = "[[stage.app.layer]]\nname = \"größe 🚢 \u{202e}x\"\nrun = \"echo ünï\"\n";
    everything(format!("{APP}{run}")).expect("a name may be anything");
    says("[stage.\"\"]\nfrom = \"scratch\"\n", "strake.toml:1:");
    says("[stage.\"🚢\"]\nfrom = \"scratch\"\n", "strake.toml:1:8");
    says("[stage.app]\nfrom = \"bücher\"\n", "is not a stage, a named context or an image");
    says(format!("{APP}env = {{ \"A\\nB\" = \"x\" }}\n"), "strake.toml:3:");
    says(format!("{APP}env = {{ \"\" = \"x\" }}\n"), "strake.toml:3:");
    says(format!("{APP}workdir = \"/a\\u0000b\"\n"), "strake.toml:3:");
    says(format!("{APP}[[stage.app.layer]]\nrun = \"a\\u0000b\"\n"), "strake.toml:4:");
    says(format!("{APP}env = {{ A = \"a\\u0000b\" }}\n"), "strake.toml:3:");
}

#[test]
fn options_with_garbage_in_them() {
    for (key, value) in [
        ("platform", "vax"),
        ("platform", ",,,"),
        ("ulimit", "nofile=9=9"),
        ("add-hosts", "a"),
        ("shm-size", "-1"),
        ("cache-imports", "{"),
        ("context:x", "\0"),
        ("no-cache", "\u{1f6a2},\0"),
        ("build-arg:SOURCE_DATE_EPOCH", "99999999999999999999"),
        ("build-arg:SOURCE_DATE_EPOCH", "9223372036854775807"),
        ("build-arg:BUILDKIT_DOCKERFILE_CHECK", "error=;;skip"),
        ("build-arg:", "x"),
        ("label:", "\0"),
        ("target", "\u{feff}\0"),
        ("requestid", "\u{1f6a2}"),
        ("source", "x"),
        ("multi-platform", "perhaps"),
        ("force-network-mode", "\n"),
        ("input-metadata:x", "[["),
        ("memory", "1e9"),
        ("frontend.caps", ",,\0"),
    ] {
        if let Err(failure) = build(APP, &[(key, value)]) {
            let message = failure.to_string();
            assert!(message.len() < 1_000, "{key}={value}: {message}");
        }
    }
    let long = "x,".repeat(1 << 20);
    for key in ["platform", "no-cache", "ulimit", "add-hosts", "cache-from", "target"] {
        if let Err(failure) = build(APP, &[(key, &long)]) {
            assert!(failure.to_string().len() < 64 << 10, "{key}");
        }
    }
}

#[test]
fn an_argument_that_no_kernel_takes() {
    let long = "x".repeat(128 << 10);
    let layer = |keys: &str| format!("{APP}[[stage.app.layer]]\n{keys}\n");
    let argument = layer(&format!("run = [\"echo\", \"{long}\"]"));
    says(argument, "an argument of this command is longer than the 128 KiB that Linux allows");
    let variable = layer(&format!("env = {{ LONG = \"{long}\" }}\nrun = \"true\""));
    says(variable, "the variable `LONG` of this command is longer");
    let script = layer(&format!("shell = [\"perl\", \"-e\"]\nrun = \"{long}\""));
    says(script, "(long-argument)");
}

#[test]
fn a_script_longer_than_an_argument() {
    let lines = "# a line that makes the script long, and does nothing else\n".repeat(4_000);
    let project = Project::new(&format!(
        "[stage.app]\nfrom = \"busybox\"\n[[stage.app.layer]]\nrun = '''\n\
         {lines}echo begin > /it\n{lines}echo end >> /it\n'''\n\
         [[stage.app.layer]]\nrun = {{ file = \"long.sh\", args = [\"one\", \"two words\"] }}\n\
         [[stage.app.layer]]\nshell = [\"sh\", \"-ec\"]\nrun = \"ls /dev > /devices\"\n"
    ))
    .put("long.sh", format!("{lines}echo \"$1-$2\" > /args\n"));
    let files = project.build().files();
    assert_eq!(files.text("/it"), "begin\nend\n");
    assert_eq!(files.text("/args"), "one-two words\n");
    assert!(!files.text("/devices").contains("strake"), "the script stays away from other steps");
    assert!(!files.has("/dev/strake"), "a stub of the mount is left");
}

#[test]
fn a_long_script_stops_where_it_fails() {
    let lines = "# a line that makes the script long, and does nothing else\n".repeat(3_000);
    let project = Project::new(&format!(
        "[stage.app]\nfrom = \"busybox\"\n[[stage.app.layer]]\nrun = '''\n{lines}false\necho no\n'''\n"
    ));
    let outcome = project.build().fails();
    outcome.says("exit code: 1").says("strake.toml:5");
    assert_eq!(outcome.log.matches(" | >>> ").count(), 100, "all of it would bury the message");
}

#[test]
fn values_with_line_breaks() {
    let project = Project::new(
        "[stage.app]\nfrom = \"busybox\"\nenv = { A = \"one\\ntwo\\n\", B = \"ü 'x' \\\"y\\\" \\\\$z\" }\n\
         [[stage.app.layer]]\nrun = 'printf %s \"$A$B\" > /it'\n\
         [stage.app.image]\nlabels = { multi = \"a\\nb\" }\n",
    );
    assert_eq!(project.build().files().text("/it"), "one\ntwo\nü 'x' \"y\" $z");
    let config = project.build().image().config()["config"].clone();
    assert_eq!(config["Labels"]["multi"], "a\nb");
    let env: Vec<&str> = config["Env"]
        .as_array()
        .expect("an environment")
        .iter()
        .filter_map(|it| it.as_str())
        .collect();
    assert!(env.contains(&"A=one\ntwo\n"), "{env:?}");
}
