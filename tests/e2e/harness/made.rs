//! Images that tests make for themselves, with a plain Dockerfile, and names that no other test has.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use super::{Project, engine};

/// A name that was never used before, also by an earlier run on the same engine.
pub(crate) fn unique(name: &str) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is right").as_nanos();
    format!("{name}-{now:x}-{count}")
}

/// A name in the engine's registry that was never used before.
pub(crate) fn unique_image(name: &str) -> String {
    format!("{}/test/{}:latest", engine().registry(), unique(name))
}

/// Builds a Dockerfile and pushes the image; gives its name. `busybox` and `debian` can be its base.
pub(crate) fn pushed(name: &str, dockerfile: &str, platforms: &str) -> String {
    let image = unique_image(name);
    push(&image, dockerfile, platforms);
    image
}

/// The output that pushes an image and keeps nothing of it: what the engine keeps under a name, nothing collects. Not
/// for what other builds start from: an image that several are the first to fetch makes BuildKit 0.25 run steps again.
pub(crate) fn to_registry(image: &str) -> String {
    format!("type=image,name={image},push=true,store=false")
}

/// Builds a Dockerfile and pushes the image under a name.
pub(crate) fn push(image: &str, dockerfile: &str, platforms: &str) {
    let project = Project::without_manifest().put("Dockerfile", dockerfile).named("Dockerfile");
    let output = format!("type=image,name={image},push=true");
    project.build().args(["--platform", platforms, "--output", &output]).ok();
}

/// Whether a step that says nothing of its network has that of the host, by the word of the builder's own frontend:
/// buildkitd gives it where it is told to, and where it knows no other, as in a container.
pub(crate) fn default_network_is_the_hosts() -> bool {
    let file = "FROM busybox AS seen\nRUN readlink /proc/self/ns/net > /seen\n\
                FROM scratch\nCOPY --from=seen /seen /\n";
    let project = Project::without_manifest().put("Dockerfile", file).named("Dockerfile");
    // Both networks have the same cache key.
    let seen = |network: &str| {
        project.build().args(["--no-cache", network]).files().text("/seen").trim().to_owned()
    };
    seen("--network=default") == seen("--network=host")
}

/// The directory of this repository.
pub(crate) fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the repository")
}

/// A rust image of the toolchain that runs this test: the public one can't be had everywhere.
pub(crate) fn rust_image() -> String {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let made = Command::new(cargo)
        .args(["xtask", "rust-base"])
        .current_dir(repository())
        .stderr(Stdio::inherit())
        .output()
        .expect("cargo runs");
    assert!(made.status.success(), "`cargo xtask rust-base` failed");
    String::from_utf8(made.stdout).expect("a reference").trim().to_owned()
}

/// `sha256sum`, in place of a dependency.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    let directory = tempfile::TempDir::new().expect("a temporary directory");
    let file = directory.path().join("file");
    std::fs::write(&file, bytes).expect("a file is written");
    let sum = Command::new("sha256sum").arg(file).output().expect("sha256sum runs").stdout;
    let text = String::from_utf8_lossy(&sum).into_owned();
    format!("sha256:{}", text.split(' ').next().unwrap_or_default())
}
