//! A tree with everything that a directory can have, sent through layers twice.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{
    FileExt as _, FileTypeExt as _, MetadataExt as _, PermissionsExt as _, symlink,
};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

use rustix::fs::{FileType, Mode, XattrFlags};
use strake_frontend::testing::mounts::agent::answer::Outcome;

use crate::snapshot::{assert_same, snapshot};
use crate::support::{Case, is_root, set_time, write};

/// Enough for several directories; `seeds::torture` sends a hundred thousand through a real BuildKit.
const FILES: usize = 5_000;

/// Larger than what fits on a disk, were it not for its holes.
const HUGE: u64 = 1 << 40;

/// What root can do: give files away, and let programs do what root can.
fn owners(mount: &Path) {
    write(mount.join("owners/program"), "x", 77);
    for owner in [1, 50_000, 65_534, 4_000_000_000] {
        let path = mount.join(format!("owners/{owner}"));
        fs::create_dir(&path).unwrap();
        write(path.join("file"), format!("{owner}"), owner.into());
        symlink("file", path.join("link")).unwrap();
        for path in [path.join("file"), path.join("link"), path] {
            std::os::unix::fs::lchown(path, Some(owner), Some(owner - 1)).unwrap();
        }
    }
    // Version 2, effective, and what `ping` has: to open raw sockets.
    let capability = [&[1, 0, 0, 2, 0, 0x20, 0, 0][..], &[0; 12]].concat();
    let program = mount.join("owners/program");
    rustix::fs::setxattr(program, "security.capability", &capability, XattrFlags::empty()).unwrap();
}

fn permissions(mount: &Path) {
    for mode in [0o4755, 0o2755, 0o6711, 0o1777, 0o400, 0o000, 0o444, 0o777] {
        if mode == 0 && !is_root() {
            continue;
        }
        let path = mount.join(format!("modes/{mode:o}"));
        write(&path, format!("{mode}"), mode.into());
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let directory = mount.join(format!("modes/directory{mode:o}"));
        if mode & 0o400 != 0 {
            write(directory.join("in/file"), "in", 1);
            fs::set_permissions(directory.join("in"), fs::Permissions::from_mode(0o555)).unwrap();
            fs::set_permissions(&directory, fs::Permissions::from_mode(mode | 0o100)).unwrap();
        }
    }
    // A read-only directory at the top: it is moved as a whole.
    write(mount.join("read-only/file"), "x", 1);
    fs::set_permissions(mount.join("read-only"), fs::Permissions::from_mode(0o555)).unwrap();
}

fn holes(mount: &Path) {
    let sparse = |name: &str, size: u64, data: &[(u64, usize)]| {
        let file = File::create(mount.join(name)).unwrap();
        for (at, length) in data {
            file.write_all_at(&vec![b'd'; *length], *at).unwrap();
        }
        file.set_len(size).unwrap();
        set_time(&mount.join(name), 42, 42);
    };
    sparse("hole at the end", 1 << 20, &[(0, 8192)]);
    sparse("hole in front", 1 << 20, &[((1 << 20) - 5000, 5000)]);
    sparse("holes", 1 << 24, &[(4096 * 10, 4096), (1 << 22, 200_000), (1 << 23, 1)]);
    sparse("nothing else", 12_345_678, &[]);
    sparse("huge", HUGE, &[(0, 10), (HUGE / 2, 10), (HUGE - 10, 10)]);
    sparse("zeros", 0, &[(0, 100_000)]);
}

fn names_and_kinds(mount: &Path) {
    let directory = mount.join(OsStr::from_bytes(b"\xff\xfe directory\n"));
    for name in [b"\x01".as_slice(), b"\xc3\x28", b" ", b"a\nb", b"*", b"-rf", &[b'n'; 255]] {
        write(directory.join(OsStr::from_bytes(name)), name, 5);
    }
    symlink(OsStr::from_bytes(b"\xff/nowhere"), mount.join("dangling")).unwrap();
    symlink("..", mount.join("up")).unwrap();
    let here = rustix::fs::CWD;
    rustix::fs::mknodat(here, mount.join("pipe"), FileType::Fifo, Mode::RUSR, 0).unwrap();
    drop(UnixListener::bind(mount.join("socket")).unwrap());
    for path in ["attributes/file", "attributes/directory/file"] {
        write(mount.join(path), "x", 9);
    }
    for path in ["attributes/file", "attributes/directory", ""] {
        for (name, value) in
            [("user.empty", &b""[..]), ("user.bytes", b"\0\xff"), ("user.c", &[7; 2000])]
        {
            rustix::fs::setxattr(mount.join(path), name, value, XattrFlags::empty()).unwrap();
        }
    }
    set_time(&mount.join("dangling"), -5, 999_999_999);
}

fn links(mount: &Path) {
    write(mount.join("links/m"), "linked", 3);
    for name in ["links/a", "links/z", "another", "many/0/link"] {
        fs::hard_link(mount.join("links/m"), mount.join(name)).unwrap();
    }
}

fn fill(mount: &Path) {
    for n in 0..FILES {
        let directory = mount.join(format!("many/{}", n / 250));
        if n % 250 == 0 {
            fs::create_dir_all(&directory).unwrap();
        }
        fs::write(directory.join(format!("{n}")), format!("content of {n}")).unwrap();
    }
    permissions(mount);
    holes(mount);
    names_and_kinds(mount);
    links(mount);
    if is_root() {
        owners(mount);
    }
    set_time(mount, 123, 456);
}

/// Another state of the same mount, some time later.
fn change(mount: &Path) {
    // Links to what is in the layer below, before and after it by name.
    fs::hard_link(mount.join("many/1/251"), mount.join("0 link below")).unwrap();
    fs::hard_link(mount.join("many/1/251"), mount.join("many/2/link below")).unwrap();
    fs::hard_link(mount.join("huge"), mount.join("zz huge")).unwrap();
    // Two names of a file go, and one is now another file.
    fs::remove_file(mount.join("links/a")).unwrap();
    fs::remove_file(mount.join("links/m")).unwrap();
    fs::remove_file(mount.join("another")).unwrap();
    write(mount.join("another"), "not linked any more", 3);
    // A directory that stays read-only has new content, and another is writable now.
    let read_only = fs::Permissions::from_mode(0o555);
    fs::set_permissions(mount.join("read-only"), fs::Permissions::from_mode(0o755)).unwrap();
    write(mount.join("read-only/new"), "new", 8);
    fs::set_permissions(mount.join("read-only"), read_only).unwrap();
    fs::set_permissions(mount.join("modes/directory444"), fs::Permissions::from_mode(0o2775))
        .unwrap();
    fs::set_permissions(mount.join("modes/444"), fs::Permissions::from_mode(0o4444)).unwrap();
    // Holes elsewhere, and times and attributes alone.
    let holes = File::options().write(true).open(mount.join("holes")).unwrap();
    holes.write_all_at(&[b'n'; 5000], 1 << 21).unwrap();
    set_time(&mount.join("many/3/751"), 1_000_000, 1);
    rustix::fs::removexattr(mount.join("attributes/file"), "user.empty").unwrap();
    fs::remove_dir_all(mount.join("many/5")).unwrap();
    write(mount.join("many/5"), "a file now", 4);
    fs::remove_file(mount.join("dangling")).unwrap();
    fs::create_dir(mount.join("dangling")).unwrap();
    for n in 1500..1600 {
        write(mount.join(format!("many/6/{n}")), format!("other content of {n}"), n);
    }
    if is_root() {
        std::os::unix::fs::chown(mount.join("owners/1"), Some(2), Some(2)).unwrap();
        std::os::unix::fs::lchown(mount.join("owners/1/link"), Some(2), Some(2)).unwrap();
    }
}

/// Files of the seed that are in layers already.
fn inodes(tree: &Path) -> BTreeSet<u64> {
    let mut inodes = BTreeSet::new();
    visit(tree, &mut |_, metadata| {
        inodes.insert(metadata.ino());
    });
    inodes
}

fn visit(directory: &Path, see: &mut dyn FnMut(&Path, &fs::Metadata)) {
    let entries: Vec<PathBuf> =
        fs::read_dir(directory).unwrap().map(|e| e.unwrap().path()).collect();
    for path in entries {
        let metadata = fs::symlink_metadata(&path).unwrap();
        if metadata.is_dir() {
            visit(&path, see);
        }
        see(&path, &metadata);
    }
}

/// Does to a tree what a layer does: times have whole seconds, there are no attributes of users, no
/// sockets and no holes, and a name of a file that is in a layer below is a copy of it.
fn lose(tree: &Path, below: &BTreeSet<u64>) {
    visit(tree, &mut |path, metadata| {
        if metadata.file_type().is_socket() {
            fs::remove_file(path).unwrap();
            return;
        }
        if metadata.is_file() {
            let holes = metadata.blocks() * 512 < metadata.len() / 4096 * 4096;
            if holes
                || (metadata.nlink() > 1 && !below.contains(&metadata.ino()) && !below.is_empty())
            {
                assert!(metadata.len() < 1 << 30, "{path:?} fills the disk");
                let content = fs::read(path).unwrap();
                fs::remove_file(path).unwrap();
                fs::write(path, content).unwrap();
                let mode = fs::Permissions::from_mode(metadata.mode());
                let owner = (Some(metadata.uid()), Some(metadata.gid()));
                std::os::unix::fs::chown(path, owner.0, owner.1).unwrap();
                fs::set_permissions(path, mode).unwrap();
            }
        }
        if metadata.is_file() || metadata.is_dir() {
            for name in ["user.empty", "user.bytes", "user.c"] {
                let _ = rustix::fs::removexattr(path, name);
            }
        }
        set_time(path, metadata.mtime(), 0);
    });
}

#[test]
fn everything_comes_back_after_two_rounds() {
    let case = Case::new();
    fill(&case.mount());
    let mut below = BTreeSet::new();
    for round in 0..2 {
        if round == 1 {
            change(&case.mount());
        }
        let begun = std::time::Instant::now();
        let answer = case.export();
        println!("exported: {:?} {answer:?}", begun.elapsed());
        assert_eq!(answer.outcome, Outcome::Exported);
        assert_eq!((answer.counts.skipped, answer.counts.moving), (0, 0));
        if round == 1 {
            // A hundred and few more: nothing else was written again.
            assert!(answer.counts.written < 115, "{answer:?}");
            assert!(answer.counts.written_bytes < 300_000, "{answer:?}");
        }
        lose(&case.tree(), &below);
        below = inodes(&case.tree());
        let mount = format!("primed{round}");
        assert_eq!(case.prime(&mount).outcome, Outcome::Primed);
        assert_same(&snapshot(&case.mount()), &snapshot(&case.path(&mount)));
    }
    assert_eq!(case.export().outcome, Outcome::Unchanged);
    // On another builder, too: what was primed is what is published.
    assert_eq!(case.run("export @primed1 @seed @seed").outcome, Outcome::Unchanged);
}

/// A local directory has lost its owners, too.
#[test]
fn owners_come_back_from_the_index() {
    if !is_root() {
        return;
    }
    let case = Case::published(|mount| {
        fs::create_dir(mount.join("owners")).unwrap();
        owners(mount);
    });
    visit(&case.tree(), &mut |path, _| {
        std::os::unix::fs::lchown(path, Some(0), Some(0)).unwrap();
    });
    let answer = case.prime("again");
    assert_eq!((answer.outcome, answer.counts.owners_lost), (Outcome::Primed, 0));
    assert_same(&snapshot(&case.mount()), &snapshot(&case.path("again")));
}
