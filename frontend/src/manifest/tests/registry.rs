//! `[registry]`.

use super::{STAGE, check, good, problems_with, read_with};

fn manifest(cache: &str) -> String {
    format!("[arg]\nBRANCH = \"main\"\nEMPTY = \"\"\n[registry]\ncache = {cache}\n{STAGE}")
}

#[test]
fn references_are_completed() {
    let manifest = manifest(
        r#"["ghcr.io/a/cache:${BRANCH}", "localhost:5000/cache", "a/b@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"]"#,
    );
    let caches = good(&manifest).registry.cache;
    let caches: Vec<String> = caches.iter().map(|cache| cache.value.to_string()).collect();
    let digest = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    let pinned = format!("docker.io/a/b@{digest}");
    assert_eq!(caches, ["ghcr.io/a/cache:main", "localhost:5000/cache:latest", &pinned]);
    assert!(good(STAGE).registry.cache.is_empty());
    assert!(good(&format!("[registry]\n{STAGE}")).registry.cache.is_empty());
}

#[test]
fn what_is_no_reference_is_reported_with_its_place() {
    check(
        &manifest(r#"["r.test/c:${EMPTY}", "${EMPTY}", "r.test/C", 1, "r.test/c:${BRANCH}"]"#),
        "5:10 invalid-reference `r.test/c:` is not an image reference: `` is not a tag: up to 128 letters, digits, `_`, `.` and `-`, not starting with `.` or `-`
         5:43 invalid-reference `r.test/C` is not an image reference: the repository name `C` must be lowercase
         5:55 wrong-type `cache` must be a string, but this is an integer",
    );
    check(
        &manifest(r#""r.test/c""#),
        "5:9 wrong-type `cache` must be an array of strings, but this is a string",
    );
    check(
        &format!("[registry]\ncaches = []\n{STAGE}"),
        "2:1 unknown-key unknown key `caches` in `[registry]`",
    );
}

#[test]
fn an_argument_without_a_value_leaves_a_reference_out() {
    let caches = good(&manifest(r#"["${EMPTY}", "r.test/c:${BRANCH}"]"#)).registry.cache;
    let caches: Vec<String> = caches.iter().map(|cache| cache.value.to_string()).collect();
    assert_eq!(caches, ["r.test/c:main"]);
}

/// The help for a branch with a slash says what to write, and that is good.
#[test]
fn a_branch_with_a_slash_is_fixed_as_the_help_says() {
    let branch = [("BRANCH", "feature/a/b")];
    let found = read_with(&manifest(r#"["r.test/c:${BRANCH}"]"#), &branch, false).unwrap();
    assert_eq!(found.registry.cache, []);
    let found = found.warnings;
    let expansion = "${NAME@tag}";
    assert!(found[0].help[0].contains(expansion), "{:?}", found[0].help);
    let fixed = format!("['r.test/c:{}']", expansion.replace("NAME", "BRANCH"));
    let manifest = manifest(&fixed);
    assert_eq!(problems_with(&manifest, &branch), Vec::<String>::new());
    let cache = read_with(&manifest, &branch, false).unwrap().registry.cache.remove(0);
    assert_eq!(cache.value.to_string(), "r.test/c:feature-a-b");
}

/// An outline can be had without the arguments that a build needs.
#[test]
fn a_lenient_read_says_nothing_of_unknown_values() {
    let manifest = format!(
        "[arg]\nTAG = {{ required = true }}\n[registry]\ncache = [\"r.test/c:${{TAG}}\"]\n{STAGE}"
    );
    assert!(read_with(&manifest, &[], true).unwrap().warnings.is_empty());
}
