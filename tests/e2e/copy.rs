//! `copy`: what is picked, where it lands, whose it is, and what it is cached by.

use crate::harness::{Project, engine, unique};

/// A stage from scratch whose layers are copies.
fn copies(copies: &[&str]) -> Project {
    let layers: Vec<String> = copies.iter().map(|copy| format!("{{ copy = {copy} }}")).collect();
    Project::new(&format!("[stage.app]\nfrom = 'scratch'\nlayer = [{}]\n", layers.join(", ")))
}

/// A directory with a bit of everything.
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
fn files_land_where_the_destination_says() {
    let project = tree(copies(&[
        "{ src = 'a.txt', dest = '/renamed' }",
        "{ src = 'a.txt', dest = '/directory/' }",
        "{ src = ['a.txt', 'b.txt'], dest = '/several' }",
        "{ src = '*.txt', dest = '/wild/' }",
        "{ src = 'lib', dest = '/contents' }",
        "{ src = './lib/', dest = '/slash/' }",
        "[{ src = 'c.md', dest = '/one' }, { src = 'c.md', dest = '/two' }]",
    ]));
    let files = project.build().files();
    for (path, text) in [
        ("/renamed", "a"),
        ("/directory/a.txt", "a"),
        ("/several/a.txt", "a"),
        ("/several/b.txt", "b"),
        ("/wild/b.txt", "b"),
        ("/contents/one.rs", "one"),
        ("/contents/deep/two.md", "two"),
        ("/slash/deep/two.rs", "two"),
        ("/one", "c"),
        ("/two", "c"),
    ] {
        assert_eq!(files.text(path), text, "{path}");
    }
    assert!(!files.has("/wild/c.md") && !files.has("/contents/lib"));
}

#[test]
fn a_relative_destination_is_below_the_working_directory() {
    let project = tree(Project::new(
        "[stage.app]\nfrom = 'scratch'\nworkdir = '/srv/app'\n\
         [[stage.app.layer]]\ncopy = { src = 'a.txt', dest = '.' }\n\
         [[stage.app.layer]]\nworkdir = 'sub'\ncopy = { src = 'a.txt', dest = 'x/y' }\n",
    ));
    let files = project.build().files();
    assert_eq!(files.text("/srv/app/a.txt"), "a");
    assert_eq!(files.text("/srv/app/sub/x/y"), "a");
}

#[test]
fn patterns_leave_files_out() {
    let project = tree(copies(&["{ src = 'lib', dest = '/', exclude = ['**/*.md', 'one.rs'] }"]));
    assert_eq!(project.build().listing().paths(), ["deep", "deep/two.rs"]);
}

#[test]
fn parents_are_kept_from_the_top_or_from_the_pivot() {
    let project = tree(copies(&[
        "{ src = 'lib/deep/two.rs', dest = '/all/', parents = true }",
        "{ src = 'lib/./deep/two.rs', dest = '/pivot/', parents = true }",
        "{ src = './lib/**/*.rs', dest = '/wild/', parents = true }",
    ]));
    let listing = project.build().listing();
    let files: Vec<&str> = listing.paths().into_iter().filter(|path| path.contains('.')).collect();
    let expected =
        ["all/lib/deep/two.rs", "pivot/deep/two.rs", "wild/lib/deep/two.rs", "wild/lib/one.rs"];
    assert_eq!(files, expected);
}

#[test]
fn a_parent_that_is_not_there_is_missed() {
    let project = tree(copies(&["{ src = 'lib/none.rs', dest = '/', parents = true }"]));
    project.build().fails().says("none.rs").says("strake.toml:4");
}

#[test]
fn owners_by_number_and_by_name() {
    let project = tree(Project::new(
        "[stage.app]\nfrom = 'busybox'\n\
         [[stage.app.layer]]\nrun = 'echo app:x:1234:1234::/:/bin/sh >> /etc/passwd; echo staff:x:2345: >> /etc/group'\n\
         [[stage.app.layer]]\ncopy = [\n\
         { src = 'lib', dest = '/named/', owner = 'app:staff' },\n\
         { src = 'a.txt', dest = '/user', owner = 'app' },\n\
         { src = 'a.txt', dest = '/numbers', owner = '70000:5' },\n\
         { src = 'a.txt', dest = '/root' }]\n",
    ));
    let listing = project.build().listing();
    for (path, owner) in [
        ("named", "1234/2345"),
        ("named/deep/two.rs", "1234/2345"),
        ("user", "1234/1234"),
        ("numbers", "70000/5"),
        ("root", "0/0"),
    ] {
        assert_eq!(listing.entry(path).owner, owner, "{path}");
    }
}

#[test]
fn modes_octal_and_symbolic() {
    let project = tree(copies(&[
        "{ src = 'a.txt', dest = '/octal', mode = '4751' }",
        "{ src = 'a.txt', dest = '/integer', mode = 0o600 }",
        "{ src = 'a.txt', dest = '/symbolic', mode = 'u+x,go=' }",
        "{ src = 'a.txt', dest = '/same' }",
    ]))
    .mode("a.txt", 0o644);
    let listing = project.build().listing();
    for (path, mode) in [
        ("octal", "-rwsr-x--x"),
        ("integer", "-rw-------"),
        ("symbolic", "-rwx------"),
        ("same", "-rw-r--r--"),
    ] {
        assert_eq!(listing.entry(path).mode, mode, "{path}");
    }
}

/// BuildKit makes missing parent directories with the mode of the file, so that nobody but root can
/// look into them.
#[test]
fn a_mode_for_a_file_is_not_one_for_the_directories_above_it() {
    let project = tree(copies(&[
        "{ src = 'a.txt', dest = '/new/directory/', mode = '0640', owner = '7:8' }",
        "{ src = 'a.txt', dest = '/linked/file', mode = '0600', link = true }",
    ]));
    let listing = project.build().listing();
    assert_eq!(listing.entry("new/directory/a.txt").mode, "-rw-r-----");
    for (directory, mode, owner) in [
        ("new", "drwxr-xr-x", "7/8"),
        ("new/directory", "drwxr-x---", "7/8"),
        ("linked", "drwxr-xr-x", "0/0"),
    ] {
        let entry = listing.entry(directory);
        assert_eq!((entry.mode, entry.owner), (mode, owner), "{directory}");
    }
}

#[test]
fn links_are_followed_where_they_are_named_and_kept_below() {
    let project =
        tree(copies(&["{ src = 'link', dest = '/followed' }", "{ src = 'lib', dest = '/lib/' }"]))
            .link("link", "a.txt")
            .link("lib/inner", "one.rs");
    let listing = project.build().listing();
    assert_eq!(listing.entry("followed").mode, "-rw-r--r--");
    assert_eq!(listing.entry("lib/inner").target, Some("one.rs"));
}

#[test]
fn from_a_stage_a_context_and_an_image() {
    let project = Project::new(&format!(
        "[stage.made]\nfrom = 'busybox'\nlayer = [{{ run = 'echo made > /made' }}]\n\
         [stage.app]\nfrom = 'scratch'\nlayer = [{{ copy = [\n\
         {{ from = 'made', src = '/made', dest = '/stage' }},\n\
         {{ from = 'extra', src = 'file', dest = '/context' }},\n\
         {{ from = '{}', src = '/etc/pass*', dest = '/image/' }}] }}]\n",
        engine().busybox()
    ))
    .put("extra/file", "extra");
    let extra = format!("extra={}", project.path().join("extra").display());
    let files = project.build().args(["--build-context", &extra]).files();
    assert_eq!(files.text("/stage"), "made\n");
    assert_eq!(files.text("/context"), "extra");
    assert!(files.text("/image/passwd").starts_with("root:"));
}

#[test]
fn a_source_that_is_not_there_is_named() {
    let failed = copies(&["{ src = 'nowhere.txt', dest = '/' }"]).build().fails();
    failed.says("\"/nowhere.txt\": not found").says("strake.toml:4").says(">>>");
}

/// What is copied counts, not what lies around it.
#[test]
fn a_copy_is_cached_by_what_it_copies() {
    let project = tree(copies(&["{ src = 'a.txt', dest = '/' }", "{ src = 'b.txt', dest = '/' }"]));
    project.build().warm();
    project.write("c.md", unique("word"));
    assert_eq!(project.build().trace().executed(), Vec::<&str>::new());
    project.write("b.txt", unique("word"));
    assert_eq!(project.build().trace().executed(), ["[app 3/3] copy b.txt /"]);
}

#[test]
fn a_linked_copy_is_cached_whatever_is_below() {
    let cached = |link: bool| {
        let project = tree(Project::new(&format!(
            "[arg]\nBELOW = '1'\n[stage.app]\nfrom = 'busybox'\n\
             [[stage.app.layer]]\nenv = {{ BELOW = '${{BELOW}}' }}\nrun = 'echo $BELOW > /below'\n\
             [[stage.app.layer]]\ncopy = {{ src = 'lib', dest = '/lib/{link}/', link = {link} }}\n"
        )));
        let first = project.build().files();
        assert_eq!(first.text(&format!("/lib/{link}/deep/two.rs")), "two");
        assert_eq!(first.text("/below"), "1\n");
        let other = unique("word");
        let changed = ["--build-arg", &format!("BELOW={other}")];
        let again = project.build().args(changed).trace();
        let files = project.build().args(changed).files();
        assert_eq!(files.text("/below"), format!("{other}\n"));
        assert_eq!(files.text(&format!("/lib/{link}/deep/two.rs")), "two");
        let copies = again.vertices.iter().filter(|vertex| vertex.name.contains("copy lib"));
        copies.filter(|vertex| vertex.cached).count()
    };
    assert_eq!((cached(false), cached(true)), (0, 1));
}

#[test]
fn a_linked_copy_makes_the_same_files() {
    let files = |link: bool| {
        let project = tree(Project::new(&format!(
            "[stage.app]\nfrom = 'busybox'\nlayer = [{{ mkdir = '/opt' }},\n\
             {{ copy = {{ src = 'lib', dest = '/opt/lib', owner = '5:6', link = {link} }} }},\n\
             {{ copy = {{ src = 'a.txt', dest = '/etc/', mode = '0600', link = {link} }} }}]\n"
        )));
        let listing = project.build().listing();
        let keep = |path: &&str| path.starts_with("opt") || path.starts_with("etc");
        let paths: Vec<String> =
            listing.paths().into_iter().filter(keep).map(str::to_owned).collect();
        let facts = |path: &String| {
            let entry = listing.entry(path);
            format!("{path} {} {} {}", entry.mode, entry.owner, entry.size)
        };
        paths.iter().map(facts).collect::<Vec<String>>()
    };
    let linked = files(true);
    assert!(linked.iter().any(|line| line.starts_with("opt/lib/deep/two.rs -rw-r--r-- 5/6 3")));
    assert!(linked.iter().any(|line| line.starts_with("etc/a.txt -rw------- 0/0 1")));
    assert!(linked.iter().any(|line| line.starts_with("etc/passwd ")));
    assert_eq!(linked, files(false));
}
