//! Two engines with data of their own that share the registry alone.

use super::{Case, LIST, TAG, names, on};
use crate::harness::{Runner, unique};

/// What one runner fetched, the next has without network; its export sends only what is new.
#[test]
fn a_second_runner_starts_where_the_first_ended() {
    let script = "cd /cache; eval \"$STEP\"; find . | sort > /out/list";
    let case = Case::new("", "network = 'none'", script);
    let namespace = unique("builder");
    case.build(&namespace, "head -c 3000000 /dev/urandom > fetched").ok();
    case.export(&namespace, TAG).ok();
    let before = case.layers(TAG);

    let second = Runner::shared();
    let step = "test -s fetched; head -c 9000 /dev/urandom > new";
    let built = on(case.project.build(), &namespace)
        .on(&second)
        .arg(format!("--build-arg=STEP={step}"))
        .files();
    assert_eq!(names(&built), ["fetched", "new"]);
    assert!(built.log.contains("[seed] own: fill from"), "{}", built.log);
    case.export(&namespace, TAG).on(&second).ok();
    let after = case.layers(TAG);
    assert_eq!(after[..before.len()], before);
    assert!(after[before.len()] < 12_000, "{after:?}");
    // The first has its own mount still, and it is warm.
    let first = case.build(&namespace, ": look").files();
    assert_eq!(names(&first), ["fetched"]);
}

/// A mount of a user's own comes back as that user's; a tag that moves runs nothing again, and the
/// mount that is warm stays.
#[test]
fn a_second_runner_keeps_what_it_has() {
    let case = Case::new("", "user = '50000:50000'", LIST);
    let namespace = unique("builder");
    case.build(&namespace, "a").ok();
    case.export(&namespace, TAG).ok();
    let second = Runner::shared();
    let build = |step: &str| case.build(&namespace, step).on(&second);
    let first = build("b").files();
    let list = first.text("/list");
    assert!(list.starts_with(". 755 50000:50000 "), "{list}");
    assert!(list.contains("./a 644 50000:50000 "), "{list}");
    assert!(first.log.contains("[seed] cache mounts: own primed"), "{}", first.log);
    case.build(&namespace, "moved").ok();
    case.export(&namespace, TAG).ok();
    let again = build("b").trace();
    assert_eq!(again.executed(), Vec::<&str>::new());
    assert!(again.vertex("[seed] cache mounts").name.ends_with("own warm"));
    assert_eq!(names(&build("c").files()), ["a", "b"]);
}
