//! `[seed]`.

use super::{STAGE, check, good, problems_with};

fn manifest(seed: &str) -> String {
    format!("[arg]\nBRANCH = \"main\"\n[seed]\n{seed}\n{STAGE}")
}

#[test]
fn tags_are_images() {
    let images = |seed: &str| -> Vec<String> {
        let seed = good(&manifest(seed)).seed.expect("a seed");
        seed.images.iter().map(|image| image.value.to_string()).collect()
    };
    let both = images("image = \"r.test/m\"\ntags = [\"${BRANCH}\", \"v1\"]");
    assert_eq!(both, ["r.test/m:main", "r.test/m:v1"]);
    for latest in ["image = \"a/m\"", "image = \"a/m\"\ntags = []"] {
        assert_eq!(images(latest), ["docker.io/a/m:latest"]);
    }
    assert!(good(STAGE).seed.is_none());
}

#[test]
fn what_is_no_image_and_no_tag_is_reported() {
    check(&manifest("tags = [\"a\"]"), "3:1 missing-key `image` is missing in `[seed]`");
    check(
        &manifest("image = \"r.test/m:v1\"\ntags = \"a\"\ntag = 1"),
        "4:9 invalid-reference `image` has a tag or a digest
         5:8 wrong-type `tags` must be an array of strings, but this is a string
         6:1 unknown-key unknown key `tag` in `[seed]`",
    );
    let tag = "image = \"r.test/m\"\ntags = [\"${BRANCH}\"]";
    let problems = problems_with(&manifest(tag), &[("BRANCH", "a/b")]);
    assert_eq!(problems.len(), 1, "{problems:?}");
}
