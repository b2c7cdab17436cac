//! ccache: what was compiled once is not compiled again.

use super::{files, prune, unique};

pub(crate) const TOOLS: &str = "layer = [{ apt = ['ccache', 'gcc', 'libc6-dev'] }]";

/// Compiles files that have one function each; the counters of this build alone are in `/out/stats`.
fn compile(functions: &[&str]) -> String {
    let one = |name: &&str| {
        format!("echo 'int {name}(void) {{ return 1; }}' > {name}.c\nccache gcc -c {name}.c\n")
    };
    let compiled: String = functions.iter().map(one).collect();
    format!("ccache --zero-stats\n{compiled}ccache --print-stats > /out/stats")
}

#[test]
#[ignore = "heavy; always: presets::python::pip"]
fn ccache() {
    let namespace = unique("word");
    let counters = |script: &str| {
        let stats = files(TOOLS, &namespace, ("ccache", script), "test -e a.o").text("/stats");
        let counter = |name: &str| {
            let mut lines = stats.lines().filter_map(|line| line.split_once('\t'));
            lines.find(|(key, _)| *key == name).map(|(_, count)| count.to_owned())
        };
        (counter("direct_cache_hit").unwrap(), counter("cache_miss").unwrap())
    };
    assert_eq!(counters(&compile(&["a"])), ("0".into(), "1".into()));
    assert_eq!(counters(&compile(&["a", "b"])), ("1".into(), "1".into()));

    let pruned = |aged: &str| format!("{aged}{}\n{}", prune("ccache"), compile(&["a", "b"]));
    assert_eq!(counters(&pruned("")), ("2".into(), "0".into()));
    let aged = "find $CCACHE_DIR -type f -exec touch -d '15 days ago' {} +\n";
    assert_eq!(counters(&pruned(aged)), ("0".into(), "2".into()));
}
