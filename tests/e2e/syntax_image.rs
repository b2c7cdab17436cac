//! The image that is shipped, built from the top-level Dockerfile as it stands: one static binary, small,
//! and a frontend that builds.

use serde_json::json;

use crate::harness::{Image, Project, engine, repository, rust_image};

/// What a builder may have to download before every build that uses a new release, in bytes.
const LARGEST: u64 = 1_500_000;

/// The build of the top-level Dockerfile.
fn build(output: &str) {
    let done = engine()
        .docker()
        .args(["buildx", "build", "--progress", "plain", "--provenance=false"])
        .args(["--build-arg", &format!("RUST_IMAGE={}", rust_image()), "--output", output])
        .arg(repository())
        .output()
        .expect("docker runs");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

/// What the tests of this run use: it is compiled outside, and otherwise made as the Dockerfile does it.
#[test]
fn the_image_is_one_static_binary() {
    let dockerfile = format!("FROM {}\n", engine().syntax());
    let project = Project::without_manifest().put("Dockerfile", dockerfile).named("Dockerfile");
    let size = check(&project.build().image());
    // One that was compiled in haste, to try a change, may be larger.
    let is_quick = engine().is_quick();
    assert!(size <= LARGEST || is_quick, "the layer has {size} bytes");
}

#[test]
#[ignore = "heavy; always: syntax_image::the_image_is_one_static_binary"]
fn the_dockerfile_makes_an_image_that_builds() {
    let directory = tempfile::TempDir::new().expect("a temporary directory");
    let archive = directory.path().join("image.tar");
    // The release is compressed like this, too.
    build(&format!("type=oci,dest={},compression-level=9", archive.display()));
    let size = check(&Image::open(directory, &archive));
    assert!(size <= LARGEST, "the layer has {size} bytes");

    let reference = format!("{}/strake-tests/syntax:{}", engine().registry(), std::process::id());
    build(&format!("type=image,name={reference},push=true"));
    let manifest =
        "[stage.app]\nfrom = \"busybox\"\n[[stage.app.layer]]\nrun = \"echo hi > /hi\"\n";
    let project = Project::without_manifest()
        .named("strake.toml")
        .put("strake.toml", format!("# syntax={reference}\n{manifest}"));
    assert_eq!(project.build().files().text("/hi"), "hi\n");
}

/// One static binary and what BuildKit wants to know of it; gives the size of its layer in bytes.
fn check(image: &Image) -> u64 {
    let config = image.config();
    assert_eq!(config["config"]["Entrypoint"], json!(["/strake"]));
    assert_eq!(config["config"]["Cmd"], json!(null));
    let labels = &config["config"]["Labels"];
    assert_eq!(labels["moby.buildkit.frontend.network.none"], "true");
    let caps = labels["moby.buildkit.frontend.caps"].as_str().unwrap_or_default();
    for cap in ["inputs", "subrequests", "contexts", "gitquerystring"] {
        assert!(caps.contains(&format!("moby.buildkit.frontend.{cap}")), "{caps}");
    }
    let (_, manifest) = image.manifests().remove(0);
    let layers = manifest["layers"].as_array().cloned().unwrap_or_default();
    assert_eq!(layers.len(), 1);
    let files: Vec<String> = image.last_layer();
    assert_eq!(files.len(), 1, "{files:?}");
    assert!(files[0].starts_with("-rwxr-xr-x 0/0 ") && files[0].ends_with(" strake"), "{files:?}");
    let size = layers[0]["size"].as_u64().unwrap_or_default();
    let binary = image.file_of_last_layer("strake");
    assert!(is_static(&binary), "the binary asks for an interpreter");
    assert!(!contains(&binary, b"annotate_snippets") && !contains(&binary, b"annotate-snippets"));
    size
}

/// A program that is linked with anything names what loads it, in a segment of the type `PT_INTERP`.
fn is_static(elf: &[u8]) -> bool {
    const INTERPRETER: u32 = 3;
    let number = |at: usize, size: usize| {
        let bytes = elf[at..at + size].iter().rev();
        bytes.fold(0usize, |sum, byte| (sum << 8) | usize::from(*byte))
    };
    assert_eq!(&elf[..5], b"\x7fELF\x02", "a 64-bit program");
    let (start, size, count) = (number(32, 8), number(54, 2), number(56, 2));
    (0..count).all(|index| number(start + index * size, 4) != INTERPRETER as usize)
}

fn contains(bytes: &[u8], text: &[u8]) -> bool {
    bytes.windows(text.len()).any(|window| window == text)
}
