//! Empty mounts are filled, warm ones stay; and what is built is the same.

use std::thread;

use super::{Case, LIST, TAG, builder, codes, names, on, own_steps};
use crate::harness::{Project, unique, unique_image};

#[test]
fn an_empty_mount_is_filled_and_a_warm_one_stays() {
    let case = Case::new("", "", LIST);
    let (one, two) = (builder(), builder());
    assert_eq!(names(&case.build(&one, "a").files()), Vec::<String>::new());
    case.export(&one, TAG).ok();
    let first = case.build(&two, "b").files();
    assert_eq!(names(&first), ["a"]);
    assert!(first.log.contains("[seed] own: fill from"), "{}", first.log);
    assert!(first.log.contains("filled with 1 files and directories of 2 B"), "{}", first.log);
    assert!(codes(&first.log).is_empty(), "{}", first.log);
    case.build(&one, "c").ok();
    case.export(&one, TAG).ok();
    let second = case.build(&two, "d").files();
    assert_eq!(names(&second), ["a", "b"]);
    assert!(second.log.contains("the mount is warm"), "{}", second.log);
}

/// All of them empty the mount and have it filled: what one says of it is true for its own step.
#[test]
#[ignore = "heavy; always: seeds::prime::an_empty_mount_is_filled_and_a_warm_one_stays"]
fn many_builds_at_once_say_what_is_true() {
    let case = Case::new("", "", LIST);
    let (one, two) = (builder(), builder());
    case.build(&one, "a").ok();
    case.export(&one, TAG).ok();
    let build = |number: usize| case.build(&two, &format!("b{number}")).arg("--no-cache").files();
    let built = thread::scope(|scope| {
        let build = &build;
        let builds: Vec<_> = (0..20).map(|number| scope.spawn(move || build(number))).collect();
        builds.into_iter().map(|build| build.join().expect("a build")).collect::<Vec<_>>()
    });
    let says = |log: &str, word: &str| log.contains(&format!("[seed] cache mounts: own {word}"));
    for files in &built {
        let is_there = says(&files.log, "primed (") || says(&files.log, "warm");
        assert!(is_there || says(&files.log, "in use by another build"), "{}", files.log);
        assert!(!is_there || names(files).contains(&"a".to_owned()), "{}", files.log);
    }
    assert!(built.iter().any(|files| says(&files.log, "primed (")), "nobody filled it");
}

#[test]
fn a_report_tells_what_a_mount_was_filled_from() {
    let case = Case::new("", "", LIST);
    let (one, two) = (builder(), builder());
    case.build(&one, "a").ok();
    case.export(&one, TAG).ok();
    let report = case.build(&two, "b").args(["--output", "type=cacheonly"]).report();
    let mounts = format!("\nCache mounts: own primed ({}:{TAG}, ", case.repository);
    assert!(report.contains(&mounts), "{report}");
}

/// Times to the nanosecond, modes, owners and links are as they were.
#[test]
fn files_come_back_as_they_were() {
    let script = "cd /cache; if test $STEP = make; then \
                  mkdir -m 0750 d; echo x > d/f; chmod 4711 d/f; ln d/f hard; ln -s d/f soft; \
                  chown 7:4000000000 d/f; touch -d '2001-02-03 04:05:06' d; mkfifo p; \
                  chmod 0500 d; fi; find . | sort | xargs stat -c '%n %a %u:%g %h %F %y' > /out/list";
    let case = Case::new("", "", script);
    let (one, two) = (builder(), builder());
    let made = case.build(&one, "make").files().text("/list");
    case.export(&one, TAG).ok();
    assert_eq!(case.build(&two, "look").files().text("/list"), made);
}

/// Neither when the mount was filled, nor when the tag moved, nor on another builder.
#[test]
fn a_seed_runs_no_step_again() {
    let case = Case::new("", "", LIST);
    let (one, two) = (builder(), builder());
    case.build(&one, "a").ok();
    case.export(&one, TAG).ok();
    let step = unique("step");
    let first = case.build(&two, &step).trace();
    assert_eq!(first.executed().iter().filter(|name| name.contains("step")).count(), 1);
    case.build(&one, "b").ok();
    case.export(&one, TAG).ok();
    assert_eq!(case.build(&two, &step).trace().executed(), Vec::<&str>::new());
    assert_eq!(case.build(&builder(), &step).trace().executed(), Vec::<&str>::new());
    let off = case.build(&two, &step).arg("--build-arg=STRAKE_SEED=off").trace();
    assert_eq!(off.executed(), Vec::<&str>::new());
}

#[test]
fn without_a_seed_nothing_is_asked_and_no_step_is_added() {
    let case = Case::new("", "", LIST);
    let (one, two) = (builder(), builder());
    case.build(&one, "a").ok();
    case.export(&one, TAG).ok();
    let off = case.build(&two, &unique("off")).arg("--build-arg=STRAKE_SEED=off").ok();
    assert!(!off.log.contains("[seed]") && !off.log.contains("mounts:main"), "{}", off.log);
    let plain = Case::new("seed = false", "", LIST);
    let outcome = plain.build(&two, &unique("plain")).ok();
    assert_eq!(own_steps(&outcome), Vec::<&str>::new());
    assert_eq!(codes(&outcome.log), ["seed-missing"]);
}

/// The first tag that is there, and for each the one of the platform first.
#[test]
fn tags_are_looked_for_in_order() {
    let case = Case::new("", "", LIST);
    let (one, two) = (builder(), builder());
    case.build(&one, "a").ok();
    for tag in ["main", "main-linux-amd64", "branch", "branch-linux-amd64"] {
        case.export(&one, tag).ok();
        let step = unique("step");
        let built = case.build(&builder(), &step).ok();
        built.says(&format!("fill from {}:{tag}, ", case.repository));
    }
    let named = format!("--build-arg=STRAKE_SEED={}:main", case.repository);
    let built = case.build(&two, "b").arg(named).ok();
    built.says(&format!("fill from {}:main-linux-amd64, ", case.repository));
}

/// Of the user that the step has, and of one that is given.
#[test]
fn mounts_of_other_users_are_the_same_mounts() {
    let layer = "user = '50000:50000'";
    let case = Case::new("", layer, LIST);
    let (one, two) = (builder(), builder());
    case.build(&one, "a").ok();
    case.export(&one, TAG).ok();
    let list = case.build(&two, "b").files().text("/list");
    let root = list.lines().find(|line| line.starts_with(". ")).expect("the root");
    assert!(root.starts_with(". 755 50000:50000 "), "{list}");
    assert!(list.contains("./a 644 50000:50000 "), "{list}");
    // It was filled with what that user may write to.
    assert_eq!(names(&case.build(&two, "c").files()), ["a", "b"]);
    // Of another owner it is another mount, and the seed has nothing for it.
    let other = Case::at(&case.repository, "uid = 1\ngid = 1", "user = '1:1'", LIST);
    assert_eq!(names(&other.build(&two, "d").files()), Vec::<String>::new());
}

/// A locked mount is taken as such, or the step would get another one.
#[test]
fn mounts_of_every_sharing_mode_are_filled() {
    for sharing in ["shared", "private", "locked"] {
        let case = Case::new(&format!("sharing = '{sharing}'"), "", LIST);
        let (one, two) = (builder(), builder());
        case.build(&one, "a").ok();
        case.export(&one, TAG).ok();
        assert_eq!(names(&case.build(&two, "b").files()), ["a"], "{sharing}");
        assert_eq!(names(&case.build(&two, "c").files()), ["a", "b"], "{sharing}");
    }
}

/// `--no-cache` empties the mount as it does without a seed, and it is filled again.
#[test]
fn no_cache_starts_from_the_seed() {
    let case = Case::new("", "", LIST);
    let (one, two) = (builder(), builder());
    case.build(&one, "a").ok();
    case.export(&one, TAG).ok();
    assert_eq!(names(&case.build(&two, "b").files()), ["a"]);
    assert_eq!(names(&case.build(&two, "b").arg("--no-cache").files()), ["a"]);
    assert_eq!(names(&case.build(&two, "b").arg("--no-cache").files()), ["a"]);
    let executed = case.build(&two, "b").arg("--no-cache").trace();
    assert!(executed.executed().iter().any(|name| name.contains("step")));
    assert_eq!(names(&case.build(&two, "c").files()), ["a", "b"]);
    // Of what the seed has nothing, nothing is there.
    let other = Case::at(&case.repository, "id = 'other'", "", LIST);
    other.build(&two, "d").ok();
    assert_eq!(names(&other.build(&two, "e").arg("--no-cache").files()), Vec::<String>::new());
}

/// A build that needs no mount at all asks its mounts nothing.
#[test]
fn a_build_without_mounts_runs_no_step_of_ours() {
    let case = Case::new("", "", LIST);
    let one = builder();
    case.build(&one, "a").ok();
    case.export(&one, TAG).ok();
    let project = Project::new(&format!(
        "[seed]\nimage = '{}'\ntags = ['main']\n[stage.app]\nfrom = 'busybox'\n\
         layer = [{{ run = ': {}' }}]\n",
        case.repository,
        unique("plain")
    ));
    let outcome = on(project.build(), &one).ok();
    assert_eq!(own_steps(&outcome), Vec::<&str>::new());
}

/// Several mounts and the steps that need none go on at the same time; each is filled by itself.
#[test]
fn several_mounts_are_filled_at_once() {
    let case = Case::new("", "", "");
    let manifest = |step: &str| {
        Project::reporting(&format!(
            "project = 'tests'\n[seed]\nimage = '{}'\ntags = ['main']\n[cache.one]\ntarget = '/one'\n\
             [cache.two]\ntarget = '/two'\nsharing = 'locked'\n\
             [stage.pure]\nfrom = 'busybox'\nlayer = [{{ name = 'pure', run = ': {step}; echo > /pure' }}]\n\
             [stage.work]\nfrom = 'pure'\n[[stage.work.layer]]\nuses = ['one', 'two']\n\
             run = 'mkdir /out; ls /one /two > /out/list; echo > /one/{step}-1; echo > /two/{step}-2'\n",
            case.repository
        ))
    };
    let (one, two) = (builder(), builder());
    let (first, second) = (unique("a"), unique("b"));
    on(manifest(&first).build(), &one).ok();
    let output = format!("type=image,name={}:{TAG},push=true", case.repository);
    on(manifest(&first).build(), &one).args(["--target", "@mounts", "--output", &output]).ok();
    let built = on(manifest(&second).build(), &two).files();
    let list = built.text("/list");
    assert_eq!(list, format!("/one:\n{first}-1\n\n/two:\n{first}-2\n"));
}

/// A layer that is exportable and is made with a mount, as apt's is.
#[test]
fn what_is_exportable_starts_from_the_seed_too() {
    let case = Case::new("", "boundary = 'registry'", LIST);
    let (one, two) = (builder(), builder());
    case.build(&one, "a").ok();
    case.export(&one, TAG).ok();
    let to = format!("type=registry,ref={},mode=max", unique_image("cache"));
    let export = case.build(&two, &unique("b")).args(["--target", "@registry", "--cache-to", &to]);
    export.ok().says("[seed] cache mounts: own primed (");
    let found = names(&case.build(&two, "c").files());
    assert!(found.len() == 2 && found[0] == "a", "{found:?}");
}

/// Beforehand by a call, and by the build itself.
#[test]
fn a_build_and_a_plan_tell_of_every_mount() {
    let case = Case::new("", "", LIST);
    let (one, two) = (builder(), builder());
    let plan = |case: &Case| case.build(&two, "b").arg("--call=plan").ok().output;
    assert!(plan(&case).contains("cache own at /cache, shared, cold, id"), "{}", plan(&case));
    case.build(&one, "a").ok();
    case.export(&one, TAG).ok();
    let told = plan(&case);
    assert!(told.contains("shared, to be primed, 2 B in the seed"), "{told}");
    let built = case.build(&two, "b").ok();
    let primed = format!("[seed] cache mounts: own primed ({}:{TAG}, ", case.repository);
    built.says(&primed).says(" old, 2 B, in ");
    let told = plan(&case);
    assert!(told.contains("shared, warm, 2 B in the seed"), "{told}");
    let other = Case::at(&case.repository, "id = 'other'", "", LIST);
    let built = other.build(&two, "d").ok();
    built.says("[seed] cache mounts: own cold (not in the seed)");
}
