//! What is published of mounts: differences to what was published before, and nothing that would lose
//! it.

use std::process::Stdio;
use std::thread;
use std::time::Duration;

use super::{Case, LIST, TAG, builder, codes, names};
use crate::harness::unique;

/// A step that does what its argument says.
const SCRIPT: &str = "cd /cache; eval \"$STEP\"; find . | sort > /out/list";

fn case(cache: &str) -> Case {
    Case::new(cache, "", SCRIPT)
}

/// What another builder finds, after it was filled.
fn elsewhere(case: &Case) -> Vec<String> {
    found(case, &builder())
}

/// What is in the mount on a builder.
fn found(case: &Case, builder: &str) -> Vec<String> {
    let files = case.build(builder, &format!(": {}", unique("look"))).files();
    eprintln!("{}", files.log);
    names(&files)
}

#[test]
fn without_a_change_the_same_digest_is_published() {
    let case = case("");
    let one = builder();
    case.build(&one, "echo a > a; mkfifo p").ok();
    case.export(&one, TAG).ok();
    let before = case.digest(TAG);
    let again = case.export(&one, TAG).ok();
    again.says("unchanged: 2 files and directories");
    assert_eq!(case.digest(TAG), before);
    // On a builder that was filled from it, too, and under another tag.
    let two = builder();
    assert_eq!(found(&case, &two), ["a", "p"]);
    case.export(&two, "branch-linux-amd64").ok();
    assert_eq!(case.digest("branch-linux-amd64"), before);
}

#[test]
fn a_change_is_one_layer_and_no_more_than_the_change() {
    let case = case("");
    let one = builder();
    case.build(&one, "head -c 3000000 /dev/urandom > big; head -c 9 /dev/urandom > old").ok();
    case.export(&one, TAG).ok();
    let before = case.layers(TAG);
    case.build(&one, "head -c 50000 /dev/urandom > new; rm old; mkdir d; mv big d").ok();
    case.build(&one, "mv d/big big; rmdir d").ok();
    case.export(&one, TAG).ok().says("removed: 1");
    let after = case.layers(TAG);
    assert_eq!(after.len(), before.len() + 1);
    assert_eq!(after[..before.len()], before);
    assert!(after[before.len()] < 60_000, "{after:?}");
    assert_eq!(elsewhere(&case), ["big", "new"]);
}

/// A branch starts from what was published of the main one.
#[test]
fn another_tag_stands_on_the_layers_of_the_first() {
    let case = case("");
    let one = builder();
    case.build(&one, "head -c 100000 /dev/urandom > main").ok();
    case.export(&one, TAG).ok();
    let two = builder();
    case.build(&two, "echo branch > branch").ok();
    case.export(&two, "branch-linux-amd64").ok();
    let (main, branch) = (case.layers(TAG), case.layers("branch-linux-amd64"));
    assert_eq!(branch[..main.len()], main);
    assert_eq!(elsewhere(&case), ["branch", "main"]);
}

#[test]
fn an_empty_mount_is_refused_where_the_seed_has_something() {
    let case = case("");
    let one = builder();
    case.build(&one, "echo a > a").ok();
    case.export(&one, TAG).ok();
    let before = case.digest(TAG);
    let refused = case.export(&builder(), TAG).fails();
    refused.says("the cache mount `own` is empty, but its published copy is not (mount-empty)");
    assert_eq!(case.digest(TAG), before);
    // It can be forced, if there is anything at all.
    let forced = case.export(&builder(), TAG).arg("--build-arg=STRAKE_SEED=off").fails();
    forced.says("nothing-to-export");
    case.build(&one, "rm a; echo b > b").ok();
    case.export(&one, TAG).arg("--build-arg=STRAKE_SEED=off").ok();
    assert_eq!((elsewhere(&case), case.layers(TAG).len()), (vec!["b".to_owned()], 1));
}

/// Of mounts that are not named, what was published stays.
#[test]
fn some_mounts_are_exported_by_name() {
    let repository = case("").repository;
    let cache = "[cache.other]\ntarget = '/other'\n";
    let layer = "uses = ['own', 'other']";
    let both = Case::at(&repository, cache, "", "true");
    let manifest = std::fs::read_to_string(both.project.file()).expect("a manifest");
    let script = "eval \"$STEP\"; find /cache /other -type f | sort > /out/list";
    let manifest =
        manifest.replace("uses = ['own']", layer).replace("\ntrue\n", &format!("\n{script}\n"));
    both.project.write("strake.toml", manifest);
    let one = builder();
    both.build(&one, "echo 1 > /cache/1; echo 1 > /other/1").ok();
    both.export(&one, TAG).ok();
    both.build(&one, "echo 2 > /cache/2; echo 2 > /other/2").ok();
    let named = both.export(&one, TAG).arg("--build-arg=STRAKE_MOUNTS=other").ok();
    assert!(!named.log.contains("[mounts] own"), "{}", named.log);
    let list = both.build(&builder(), ": look").files().text("/list");
    assert_eq!(list, "/cache/1\n/other/1\n/other/2\n");
    let unknown = both.export(&one, TAG).arg("--build-arg=STRAKE_MOUNTS=own,others").fails();
    unknown.says("exports no cache mount `others`").says("mounts are other, own");
}

/// First the command, in the layer's image and as its user; then what is left.
#[test]
fn the_mount_is_pruned_before() {
    let prune = "prune = 'id -u > /cache/user; pwd > /cache/directory; rm /cache/waste'";
    let case = Case::new(prune, "user = '7:7'\nworkdir = '/out'", SCRIPT);
    let one = builder();
    case.build(&one, "echo > waste; echo > good").ok();
    case.export(&one, TAG).ok();
    let shown = "cd /cache; cat user directory > /out/facts; find . | sort > /out/list; exit";
    let files = case.build(&builder(), shown).files();
    assert_eq!(files.text("/facts"), "7\n/out\n");
    case.build(&one, "rm user directory good").ok();
    // A command that fails is a failed export: what was published stays.
    let before = case.digest(TAG);
    case.export(&one, TAG).fails().says("rm: can't remove '/cache/waste'");
    assert_eq!(case.digest(TAG), before);
}

#[test]
fn a_cap_leaves_out_what_was_not_used_for_longest() {
    let case = case("keep = '2KiB'");
    let one = builder();
    let script = "for i in 1 2 3; do head -c 1000 /dev/urandom > $i; touch -d 2020-01-0$i $i; done; \
                  touch -a -d 2020-01-01 *";
    case.build(&one, script).ok();
    let exported = case.export(&one, TAG).ok();
    assert_eq!(codes(&exported.log), ["mount-left-out"], "{}", exported.log);
    assert_eq!(elsewhere(&case), ["2", "3"]);
    assert_eq!(found(&case, &one), ["1", "2", "3"]);
}

#[test]
#[ignore = "heavy; always: seeds::export::a_change_is_one_layer_and_no_more_than_the_change"]
fn many_layers_are_put_together() {
    let case = case("");
    let one = builder();
    let mut counts = Vec::new();
    for number in 0..10 {
        case.build(&one, &format!("echo {number} > {number}; ln {number} link-{number}")).ok();
        let exported = case.export(&one, TAG).ok();
        let layers = case.layers(TAG).len();
        assert_eq!(exported.log.contains("mounts-squashed"), number == 8, "{}", exported.log);
        counts.push(layers);
    }
    assert_eq!(counts, [1, 2, 3, 4, 5, 6, 7, 8, 1, 2]);
    assert_eq!(elsewhere(&case).len(), 20);
    let before = case.digest(TAG);
    case.export(&one, TAG).ok().says("unchanged");
    assert_eq!(case.digest(TAG), before);
}

#[test]
fn zstd_is_as_good() {
    let case = case("");
    let one = builder();
    case.build(&one, "echo a > a").ok();
    case.export_as(&one, TAG, ",compression=zstd").ok();
    let before = case.digest(TAG);
    for layer in case.described(TAG) {
        assert!(layer["mediaType"].as_str().is_some_and(|kind| kind.ends_with("zstd")), "{layer}");
    }
    assert_eq!(elsewhere(&case), ["a"]);
    case.export_as(&one, TAG, ",compression=zstd").ok();
    assert_eq!(case.digest(TAG), before);
}

/// Whoever is last wins, with a whole seed. The engine's own store of images may refuse one of two that
/// come with the same new name in the same moment: that export fails, and the other stands.
#[test]
fn two_exports_at_once_leave_one_of_the_two() {
    let case = case("");
    let builders = [builder(), builder()];
    for (number, builder) in builders.iter().enumerate() {
        case.build(builder, &format!("for i in $(seq 50); do echo > $i-{number}; done")).ok();
    }
    let outcomes = thread::scope(|scope| {
        let exports = builders.each_ref().map(|it| scope.spawn(|| case.export(it, TAG).run()));
        exports.map(|export| export.join().expect("an export"))
    });
    assert!(outcomes.iter().any(|outcome| outcome.success), "{}", outcomes[0].log);
    for refused in outcomes.iter().filter(|outcome| !outcome.success) {
        refused.says("already exists");
    }
    let found = elsewhere(&case);
    assert_eq!(found.len(), 50);
    let last = found[0].rsplit_once('-').expect("a number").1.to_owned();
    assert!(found.iter().all(|name| name.ends_with(&last)), "{found:?}");
}

/// The tag moves when everything is there, and not before.
#[test]
fn a_cancelled_export_leaves_the_last_one() {
    let case = case("prune = 'sleep 30'");
    let one = builder();
    case.build(&one, "echo a > a").ok();
    let quick = Case::at(&case.repository, "", "", LIST);
    quick.export(&one, TAG).ok();
    let before = case.digest(TAG);
    case.build(&one, "echo b > b").ok();
    let mut export = case.export(&one, TAG).command();
    let mut child =
        export.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("docker runs");
    thread::sleep(Duration::from_secs(4));
    assert!(child.try_wait().expect("a child").is_none(), "it is over already");
    child.kill().expect("it can be ended");
    child.wait().expect("it ends");
    assert_eq!(case.digest(TAG), before);
    quick.export(&one, TAG).ok();
    assert_eq!(elsewhere(&case), ["a", "b"]);
}
