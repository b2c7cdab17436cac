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

#[test]
fn the_image_is_one_static_binary_that_builds() {
    let directory = tempfile::TempDir::new().expect("a temporary directory");
    let archive = directory.path().join("image.tar");
    // The release is compressed like this, too.
    build(&format!("type=oci,dest={},compression-level=9", archive.display()));
    let image = Image::open(directory, &archive);
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
    assert!(size <= LARGEST, "the layer has {size} bytes");
    let binary = image.file_of_last_layer("strake");
    assert!(is_static(&binary), "the binary asks for an interpreter");
    assert!(!contains(&binary, b"annotate_snippets") && !contains(&binary, b"annotate-snippets"));

    let reference = format!("{}/strake-tests/syntax:{}", engine().registry(), std::process::id());
    build(&format!("type=image,name={reference},push=true"));
    let manifest =
        "[stage.app]\nfrom = \"busybox\"\n[[stage.app.layer]]\nrun = \"echo hi > /hi\"\n";
    let project = Project::without_manifest()
        .named("strake.toml")
        .put("strake.toml", format!("# syntax={reference}\n{manifest}"));
    assert_eq!(project.build().files().text("/hi"), "hi\n");
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
