//! Manifests that are not long and ask for much: what one place says, many steps have.

use std::fmt::Write as _;

use strake_tests::dry;

fn fails(manifest: &str) {
    let gateway = dry::daemon(manifest, &dry::Files::new());
    let failure = dry::run(&gateway, &[]).expect_err("more than a daemon takes").to_string();
    assert!(failure.contains("exceed 16 MiB together (too-many)"), "{failure}");
}

/// `word` with each number.
fn list(count: usize, word: impl Fn(usize) -> String) -> String {
    (0..count).map(word).collect::<Vec<_>>().join(", ")
}

#[test]
fn what_steps_repeat_has_an_end() {
    let stage = "[stage.app]\nfrom = 'debian'\n";
    let env = list(3_000, |at| format!("A{at} = 'x'"));
    let runs = list(3_000, |_| "{ run = 'x' }".to_owned());
    fails(&format!("{stage}env = {{ {env} }}\nlayer = [{runs}]"));
    let files = list(3_000, |at| format!("'f{at}'"));
    fails(&format!("{stage}layer = [{{ inputs = [{files}], steps = [{runs}] }}]"));
    let copy = format!("copy = {{ src = [{files}], dest = '/x/', exclude = [{files}] }}");
    fails(&format!("{stage}layer = [{{ {copy} }}]"));
}

#[test]
fn what_stages_inherit_has_an_end() {
    let mut chain = "[stage.s0]\nfrom = 'debian'\n".to_owned();
    for stage in 1..3_000 {
        let _ = write!(
            chain,
            "[stage.s{stage}]\nfrom = 's{}'\nenv = {{ A{stage} = 'x' }}\n",
            stage - 1
        );
    }
    fails(&chain);
}
