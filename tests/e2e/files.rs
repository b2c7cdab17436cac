//! `write`, `mkdir`, `symlink`, `remove`: file operations without a shell.

use crate::harness::{Listing, Project};

fn layers(from: &str, layers: &str) -> Project {
    Project::new(&format!("[stage.app]\nfrom = '{from}'\nlayer = [{layers}]\n"))
}

#[track_caller]
fn check(listing: &Listing, expected: &[(&str, &str, &str)]) {
    for (path, mode, owner) in expected {
        let entry = listing.entry(path);
        assert_eq!((entry.mode, entry.owner), (*mode, *owner), "{path}");
    }
}

#[test]
fn content_is_written_as_it_is_or_expanded() {
    let project = Project::new(
        r#"
[arg]
NAME = "x"

[stage.app]
from = "scratch"

[[stage.app.layer]]
write = [
    { path = "/plain", content = "${NAME} $1 \\d\n" },
    { path = "/expanded", content = "name = ${NAME}\n", expand = true },
    { path = "/empty", content = "" },
]
"#,
    );
    let files = project.build().args(["--build-arg", "NAME=y"]).files();
    assert_eq!(files.text("/plain"), "${NAME} $1 \\d\n");
    assert_eq!(files.text("/expanded"), "name = y\n");
    assert_eq!(files.text("/empty"), "");
}

#[test]
fn modes_and_owners() {
    let project = layers(
        "busybox",
        "{ run = 'echo app:x:1234:1234::/:/bin/sh >> /etc/passwd; echo app:x:1234: >> /etc/group' }, { write = [
            { path = '/usual', content = '' },
            { path = '/open', content = '', mode = '0666', owner = 'app' },
            { path = '/setuid', content = '', mode = '4755', owner = '70000:5' },
        ] }, { mkdir = [
            '/directory/in/directory',
            { path = '/closed', mode = '0700', owner = 'app:app' },
            { path = '/group', mode = '2775', owner = '0:5' },
            { path = '/sticky/tmp', mode = '1777' },
        ] }",
    );
    check(
        &project.build().listing(),
        &[
            ("usual", "-rw-r--r--", "0/0"),
            ("open", "-rw-rw-rw-", "1234/1234"),
            ("setuid", "-rwsr-xr-x", "70000/5"),
            ("directory/in/directory", "drwxr-xr-x", "0/0"),
            ("directory", "drwxr-xr-x", "0/0"),
            ("closed", "drwx------", "1234/1234"),
            ("group", "drwxrwsr-x", "0/5"),
            ("sticky", "drwxr-xr-x", "0/0"),
            ("sticky/tmp", "drwxrwxrwt", "0/0"),
        ],
    );
}

#[test]
fn directories_above_are_made() {
    let project = layers(
        "scratch",
        "{ write = { path = '/etc/app/app.conf', content = 'x', mode = '0600', owner = '7:8' } },
         { symlink = { path = '/usr/local/bin/app', to = '/opt/app' } }",
    );
    let listing = project.build().listing();
    check(
        &listing,
        &[
            ("etc/app/app.conf", "-rw-------", "7/8"),
            ("etc/app", "drwxr-xr-x", "7/8"),
            ("usr/local/bin", "drwxr-xr-x", "0/0"),
        ],
    );
    assert_eq!(listing.entry("usr/local/bin/app").target, Some("/opt/app"));
}

#[test]
fn directories_that_are_there_change_only_where_it_is_said() {
    let project = layers(
        "scratch",
        "{ mkdir = { path = '/a', mode = '0700', owner = '7:8' } },
         { mkdir = '/a' }, { mkdir = '/a/b' }, { write = { path = '/a/file', content = '' } },
         { mkdir = [ '/c', { path = '/c', mode = '1770', owner = '5' }] }",
    );
    let listing = project.build().listing();
    check(
        &listing,
        &[
            ("a", "drwx------", "7/8"),
            ("a/b", "drwxr-xr-x", "0/0"),
            ("a/file", "-rw-r--r--", "0/0"),
            ("c", "drwxrwx--T", "5/5"),
        ],
    );
    assert_eq!(listing.paths(), ["a", "a/b", "a/file", "c"]);
}

#[test]
fn a_file_that_is_there_is_replaced_mode_and_all() {
    let project = layers(
        "scratch",
        "{ write = { path = '/file', content = 'long before', owner = '7:8' } },
         { write = { path = '/file', content = 'new', mode = '0600' } }",
    );
    check(&project.build().listing(), &[("file", "-rw-------", "0/0")]);
    assert_eq!(project.build().files().text("/file"), "new");
}

#[test]
fn relative_paths_are_below_the_working_directory() {
    let project = Project::new(
        "[stage.app]\nfrom = 'scratch'\nworkdir = '/srv'\n\
         [[stage.app.layer]]\nwrite = { path = 'a', content = '' }\n\
         [[stage.app.layer]]\nworkdir = 'sub'\nmkdir = 'b'\n\
         [[stage.app.layer]]\nsymlink = { path = 'c', to = 'a' }\n\
         [[stage.app.layer]]\nremove = 'a'\n",
    );
    let listing = project.build().listing();
    assert_eq!(listing.paths(), ["srv", "srv/c", "srv/sub", "srv/sub/b"]);
    assert_eq!(listing.entry("srv/c").target, Some("a"));
}

#[test]
fn what_is_removed_is_gone() {
    let project = layers(
        "scratch",
        "{ write = [
            { path = '/a.txt', content = '' }, { path = '/b.txt', content = '' },
            { path = '/c.md', content = '' }, { path = '/d/e', content = '' },
            { path = '/left', content = '' },
        ] },
        { remove = '/*.txt' }, { remove = ['/d', '/never/there'] },
        { remove = { paths = ['/c.md'], must-exist = true } }",
    );
    assert_eq!(project.build().listing().paths(), ["left"]);
}

#[test]
fn what_must_exist_is_missed() {
    let project = layers("busybox", "{ remove = { paths = ['/nowhere'], must-exist = true } }");
    project.build().fails().says("nowhere").says("strake.toml:4");
}

/// Operations of one layer are one layer of the image.
#[test]
fn operations_of_a_layer_are_one_layer_of_the_image() {
    let project = layers(
        "scratch",
        "{ steps = [
            { mkdir = '/a' }, { write = { path = '/a/b', content = '' } },
            { symlink = { path = '/c', to = 'a' } }, { remove = '/a/b' },
        ] }",
    );
    let image = project.build().image();
    let (_, manifest) = image.manifests().remove(0);
    assert_eq!(manifest["layers"].as_array().map(Vec::len), Some(1));
    let names: Vec<String> = image
        .last_layer()
        .iter()
        .filter_map(|line| Some(line.split("  ").last()?.to_owned()))
        .collect();
    assert_eq!(names.len(), 2, "{names:?}");
}
