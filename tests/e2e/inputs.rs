//! `inputs`: the only files of the context that a command sees, and so the only ones that count.

use crate::harness::{Project, unique};

/// A layer that lists what it sees at its working directory, and leaves another word in `run` each
/// time it runs.
fn listing(inputs: &str) -> Project {
    Project::reporting(&format!(
        "[stage.work]\nfrom = 'busybox'\nworkdir = '/srv'\n\
         [[stage.work.layer]]\nmkdir = '/out'\n\
         [[stage.work.layer]]\ninputs = [{inputs}]\n\
         run = '''\nfind . -type f | sort > /out/seen\nfind . -type f | sort | xargs cat > /out/texts\n\
         cat /proc/sys/kernel/random/uuid > /out/run\n'''\n"
    ))
}

fn tree(project: Project) -> Project {
    project
        .put("a.txt", "a")
        .put("b.txt", "b")
        .put("c.md", "c")
        .put("lib/one.rs", "one")
        .put("lib/deep/two.rs", "two")
        .put("lib/deep/two.md", "two")
}

#[test]
fn files_and_directories_are_at_the_working_directory() {
    let files = tree(listing("'a.txt', 'lib/deep'")).build().files();
    assert_eq!(files.text("/seen"), "./a.txt\n./lib/deep/two.md\n./lib/deep/two.rs\n");
    assert_eq!(files.text("/texts"), "atwotwo");
}

#[test]
fn the_whole_context_is_an_input_too() {
    let files = tree(listing("'.'")).build().files();
    assert!(files.text("/seen").contains("./lib/one.rs\n"), "{}", files.text("/seen"));
}

#[test]
fn inputs_are_read_only_and_leave_nothing_behind() {
    let project = tree(Project::new(
        "[stage.app]\nfrom = 'busybox'\nworkdir = '/srv'\n\
         [[stage.app.layer]]\ninputs = ['a.txt', 'lib/deep/two.rs']\n\
         run = '! touch a.txt; touch made'\n",
    ));
    let layer = project.build().image().last_layer();
    let left: Vec<&String> = layer.iter().filter(|line| line.contains("srv/")).collect();
    assert!(left.iter().any(|line| line.ends_with("srv/made")), "{layer:#?}");
    assert!(left.iter().all(|line| !line.contains("a.txt") && !line.contains("lib")), "{left:#?}");
}

#[test]
fn only_a_change_of_an_input_runs_the_step_again() {
    let project = tree(listing("'a.txt'"));
    let run = project.build().files().text("/run");
    project.write("b.txt", unique("word"));
    project.write("new", "new");
    assert_eq!(project.build().files().text("/run"), run);
    let changed = unique("word");
    project.write("a.txt", &changed);
    assert_eq!(project.build().files().text("/texts"), changed);
}

#[test]
fn an_input_that_is_not_there_is_named() {
    let failed = tree(listing("'nowhere.txt'")).build().fails();
    failed.says("nowhere.txt").says("strake.toml:");
}

#[test]
fn wildcards_pick_files_and_directories() {
    for (inputs, seen) in [
        ("'*.txt'", "./a.txt\n./b.txt\n"),
        ("'[ac].*'", "./a.txt\n./c.md\n"),
        ("'lib/*.rs', '?.md'", "./c.md\n./lib/one.rs\n"),
        ("'lib/d*'", "./lib/deep/two.md\n./lib/deep/two.rs\n"),
        ("'**/*.rs'", "./lib/deep/two.rs\n./lib/one.rs\n"),
        ("'lib/**/*.md', 'a*'", "./a.txt\n./lib/deep/two.md\n"),
    ] {
        assert_eq!(tree(listing(inputs)).build().files().text("/seen"), seen, "{inputs}");
    }
}

#[test]
fn a_new_file_that_a_wildcard_picks_runs_the_step_again() {
    let project = tree(listing("'*.txt'"));
    let run = project.build().files().text("/run");
    project.write("lib/three.rs", unique("word"));
    project.write("d.md", unique("word"));
    assert_eq!(project.build().files().text("/run"), run);
    project.write("new.txt", "new");
    assert_eq!(project.build().files().text("/seen"), "./a.txt\n./b.txt\n./new.txt\n");
}

#[test]
fn what_is_ignored_is_picked_by_no_wildcard() {
    let project = tree(listing("'*.txt'")).put(".dockerignore", "b.txt\n");
    assert_eq!(project.build().files().text("/seen"), "./a.txt\n");
}

#[test]
fn what_is_no_directory_or_leads_nowhere_is_passed_over() {
    let project = tree(listing("'*.txt', 'to/*.rs', '**/c.md/x'").put("x/c.md/x", "x"));
    let link = |target: &str, name: &str| {
        std::os::unix::fs::symlink(target, project.path().join(name)).expect("a link");
    };
    link("gone", "lock.txt");
    link("a.txt", "to-a.txt");
    link("lib", "to");
    let seen = project.build().files().text("/seen");
    assert_eq!(seen, "./a.txt\n./b.txt\n./to-a.txt\n./to/one.rs\n./x/c.md/x\n");
}

#[test]
fn a_wildcard_that_picks_nothing_is_pointed_at() {
    let failed = tree(listing("'lib/*.toml'")).build().fails();
    failed.says("`lib/*.toml` matches nothing in the build context").says("strake.toml:8");
}

#[test]
fn one_file_picked_twice_is_one_input() {
    let files = tree(listing("'a.txt', '*.txt', 'lib', 'lib/*.rs'")).build().files();
    let seen = "./a.txt\n./b.txt\n./lib/deep/two.md\n./lib/deep/two.rs\n./lib/one.rs\n";
    assert_eq!(files.text("/seen"), seen);
}
