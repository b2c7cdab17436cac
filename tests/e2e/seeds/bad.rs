//! Every way in which a seed may be bad: one warning with the reason, the build goes on and succeeds,
//! and an export fails, and says why, where it would throw away what it can't see. Builds run on an engine that
//! shares the registry alone.

use std::time::{Duration, Instant};

use strake_frontend::testing::mounts::Identity;

use super::{Case, LIST, TAG, builder, codes, names, on};
use crate::harness::{Files, Host, Runner, push, unique};

/// A build with the seed of a case, on another engine, with new mounts.
fn built(case: &Case, second: &Runner) -> Files {
    let files = case.build(&builder(), &unique("step")).on(second).files();
    assert_eq!(names(&files), Vec::<String>::new());
    files
}

#[track_caller]
fn warns(case: &Case, second: &Runner, code: &str, reason: &str) {
    let files = built(case, second);
    assert_eq!(codes(&files.log), [code], "{}", files.log);
    assert!(files.log.contains(reason), "`{reason}` is not in:\n{}", files.log);
}

#[test]
fn no_seed_yet() {
    let second = Runner::shared();
    let case = Case::new("", "", LIST);
    let reason = format!("no seed yet at `{0}:branch`, `{0}:main`", case.repository);
    warns(&case, &second, "seed-missing", &reason);
}

#[test]
fn registries_that_are_none() {
    let second = Runner::shared();
    for (host, code, reason) in [
        (Host::answering("401 Unauthorized"), "seed-denied", "401 Unauthorized"),
        (Host::answering("403 Forbidden"), "seed-denied", "403 Forbidden"),
        (Host::answering("404 Not Found"), "seed-missing", "there is no seed yet"),
        (Host::answering("500 Internal Server Error"), "seed-unavailable", "500"),
        (Host::refusing(), "seed-unavailable", "connection refused"),
        (Host::silent(), "seed-silent", "did not answer within 3 s"),
    ] {
        let image = host.image();
        let repository = image.rsplit_once(':').expect("a tag").0;
        let case = Case::at(repository, "", "", LIST);
        let begun = Instant::now();
        warns(&case, &second, code, reason);
        assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
        if code != "seed-missing" {
            case.build(&builder(), &unique("step")).ok();
            let failed = case.export(&builder(), TAG).fails();
            failed.says(code).says("STRAKE_SEED=off");
        }
    }
}

/// An image of anything else, and seeds of a later form and of nothing at all.
#[test]
fn images_that_are_no_seeds() {
    let second = Runner::shared();
    for (label, reason) in [
        ("", "it was not made by strake"),
        ("LABEL strake.seed='{\"version\":2,\"mounts\":{}}'", "format 2"),
        ("LABEL strake.seed='nonsense'", "can't be read"),
    ] {
        let case = Case::new("", "", LIST);
        let image = format!("{}:main", case.repository);
        push(&image, &format!("FROM scratch\nCOPY <<E /file\nE\n{label}\n"), "linux/amd64");
        warns(&case, &second, "seed-foreign", reason);
    }
}

#[test]
fn a_seed_of_another_platform() {
    let second = Runner::shared();
    let case = Case::new("", "", LIST);
    let label = "LABEL strake.seed='{\"version\":1,\"mounts\":{}}'";
    let image = format!("{}:main", case.repository);
    push(&image, &format!("FROM scratch\nCOPY <<E /file\nE\n{label}\n"), "linux/arm64");
    warns(&case, &second, "seed-platform", "is a seed for other platforms, not for linux/amd64");
}

/// What an image says that is in it, and what is: an index that is none, and files that are not there.
#[test]
fn seeds_with_something_else_in_them() {
    let second = Runner::shared();
    let case = Case::new("id = 'own'", "", LIST);
    let identity = Identity { id: "/own".into(), base: None, selector: String::new() };
    let key = identity.key("");
    let contents = format!(
        "{{\"version\":1,\"mounts\":{{\"{key}\":{{\"id\":\"own\",\"entries\":1,\"bytes\":1}}}}}}"
    );
    let image = format!("{}:main", case.repository);
    let base = format!("FROM scratch\nLABEL strake.seed='{contents}'\n");
    for (files, reason) in [
        ("COPY <<E /file\nE\n".to_owned(), "has no index"),
        (format!("COPY <<E /{key}/index\nno index\nE\n"), "index"),
    ] {
        push(&image, &format!("{base}{files}"), "linux/amd64");
        warns(&case, &second, "seed-broken", reason);
    }
    // A good index over files that are not those.
    let one = builder();
    case.build(&one, "a").ok();
    case.export(&one, "main").arg("--build-arg=STRAKE_SEED=off").ok();
    let broken = format!(
        "FROM {image} AS seed\nFROM scratch\n\
        COPY --from=seed /{key}/index /{key}/index\nLABEL strake.seed='{contents}'\n"
    );
    push(&image, &broken, "linux/amd64");
    warns(&case, &second, "seed-broken", "`own` can't be filled from");
    // An export fixes it.
    case.export(&one, "main").ok();
    assert_eq!(names(&on(case.project.build(), &builder()).files()), ["a"]);
}
