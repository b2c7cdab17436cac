//! cargo: packages of the real registry. Debian's cargo for browsers is a current one.

use super::{build, files, project, unique};

pub(crate) const TOOLS: &str = "layer = [{ apt = ['cargo-web', 'rustc-web', 'gcc', 'libc6-dev'] },\n\
     { mkdir = '/usr/local/cargo' },\n\
     { write = { path = '/usr/local/cargo/config.toml', \
     content = \"\"\"[build]\ntarget-dir = '/built'\"\"\" } }]\n\
     env = { CARGO_HOME = '/usr/local/cargo', PATH = '/usr/local/cargo/bin:$PATH' }";

/// Settings and programs in CARGO_HOME stay what they are: only downloads are in the mounts.
#[test]
#[ignore = "heavy; always: presets::python::pip"]
fn cargo() {
    let namespace = unique("word");
    let build = |packages: &str| {
        let script = format!(
            "cargo init --name app\ncargo add {packages}\ncargo build 2> /out/log\n\
             cargo install --path ."
        );
        let seen = "/built/debug/app > /out/app\napp >> /out/app\nls /usr/local/cargo > /out/home";
        let files = files(TOOLS, &namespace, ("cargo", &script), seen);
        assert_eq!(files.text("/app"), "Hello, world!\nHello, world!\n");
        assert_eq!(files.text("/home"), "bin\nconfig.toml\n");
        files.text("/log")
    };
    let first = build("itoa@=1.0.11");
    assert!(first.contains("Downloaded itoa v1.0.11"), "{first}");
    let second = build("itoa@=1.0.11 cfg-if@=1.0.0");
    assert!(second.contains("Downloaded cfg-if v1.0.0"), "{second}");
    assert!(!second.contains("Downloaded itoa"), "{second}");
}

/// As `docs/presets.md` has it: what is compiled is a cache of the project's own.
#[test]
#[ignore = "heavy; always: compiled::what_another_checkout_made_is_not_taken"]
fn a_target_directory_is_a_cache_of_its_own() {
    let layer = "{ uses = ['cargo', 'target'], binds = [{ target = '/app', writable = true }], \
         env = { STEP = '${STEP}' }, \
         run = 'cargo build --release 2> /out/log && cp target/release/app /usr/local/bin/' },\n\
         { run = 'app > /out/app' }";
    let tools = "layer = [{ apt = ['cargo-web', 'rustc-web', 'gcc', 'libc6-dev'] }]\n\
         [cache.target]\ntarget = '/app/target'\nsharing = 'locked'";
    let namespace = unique("word");
    let run = |greeting: &str| {
        let project = project(tools, layer)
            .put("Cargo.toml", "[package]\nname = 'app'\n[dependencies]\nitoa = '=1.0.11'\n")
            .put("src/main.rs", format!("fn main() {{ println!(\"{greeting}\"); }}\n"));
        let files = build(&project, &namespace).files();
        assert_eq!(files.text("/app"), format!("{greeting}\n"));
        files.text("/log")
    };
    assert!(run("hello").contains("Compiling itoa"));
    let second = run("goodbye");
    assert!(second.contains("Compiling app") && !second.contains("Compiling itoa"), "{second}");
}
