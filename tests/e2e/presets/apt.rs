//! apt's prune command; what else there is to know of apt has tests of its own.

use super::{files, prune, unique};

/// An archive that the mirror has stays, one that it has not goes.
#[test]
fn apt_is_pruned_of_what_the_mirror_has_no_longer() {
    let script = format!(
        "apt-get update\napt-get install --yes --no-install-recommends jq\n\
         cd /var/cache/strake/apt/archives\ncp jq_*.deb jq_0.1-1_amd64.deb\n{}\n\
         ls jq_*.deb | cut -d- -f1 > /out/left",
        prune("apt")
    );
    let files = files("", &unique("word"), ("apt", &script), "true");
    assert_eq!(files.text("/left"), "jq_1.6\n");
}
