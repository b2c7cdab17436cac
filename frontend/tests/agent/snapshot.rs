//! Everything that can be seen of a directory, read in another way than the program does, so that
//! two directories can be compared.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::SeekFrom;

/// Entries by their paths.
pub(crate) type Snapshot = BTreeMap<PathBuf, Entry>;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) kind: String,
    pub(crate) mode: u32,
    pub(crate) owner: (u32, u32),
    pub(crate) time: (i64, i64),
    pub(crate) xattrs: Vec<(String, Vec<u8>)>,
    /// The first path of the same file, where it has several.
    pub(crate) first: Option<PathBuf>,
}

/// Looks at a directory.
pub(crate) fn snapshot(root: &Path) -> Snapshot {
    let mut snapshot = Snapshot::new();
    let mut firsts = BTreeMap::new();
    let mut directories = vec![PathBuf::new()];
    look(root, Path::new(""), &mut snapshot);
    while let Some(directory) = directories.pop() {
        let entries = fs::read_dir(root.join(&directory)).unwrap();
        for entry in entries {
            let path = directory.join(entry.unwrap().file_name());
            look(root, &path, &mut snapshot);
            if fs::symlink_metadata(root.join(&path)).unwrap().is_dir() {
                directories.push(path);
            }
        }
    }
    for (path, entry) in &mut snapshot {
        let metadata = fs::symlink_metadata(root.join(path)).unwrap();
        if metadata.is_file() && metadata.nlink() > 1 {
            entry.first = Some(firsts.entry(metadata.ino()).or_insert(path.clone()).clone());
        }
    }
    snapshot
}

fn look(root: &Path, path: &Path, snapshot: &mut Snapshot) {
    let full = root.join(path);
    let metadata = fs::symlink_metadata(&full).unwrap();
    let file_type = metadata.file_type();
    let kind = if file_type.is_file() {
        content(&full, metadata.len())
    } else if file_type.is_symlink() {
        let target = fs::read_link(&full).unwrap();
        format!("-> {}", target.as_os_str().as_bytes().escape_ascii())
    } else {
        let kinds = [
            (file_type.is_dir(), "directory"),
            (file_type.is_fifo(), "pipe"),
            (file_type.is_socket(), "socket"),
        ];
        kinds.iter().find(|(is, _)| *is).map_or("other", |(_, kind)| kind).to_owned()
    };
    let is_symlink = file_type.is_symlink();
    let entry = Entry {
        kind,
        mode: metadata.mode() & 0o7777,
        owner: (metadata.uid(), metadata.gid()),
        time: (metadata.mtime(), metadata.mtime_nsec()),
        xattrs: if is_symlink { Vec::new() } else { xattrs(&full) },
        first: None,
    };
    snapshot.insert(path.to_owned(), entry);
}

/// Length, where the data are, and a number that is made of them.
fn content(path: &Path, size: u64) -> String {
    let file = File::open(path).unwrap();
    let mut kind = format!("file of {size}:");
    let mut at = 0;
    while let Ok(start) = rustix::fs::seek(&file, SeekFrom::Data(at)) {
        at = rustix::fs::seek(&file, SeekFrom::Hole(start)).unwrap();
        let mut data = vec![0; (at - start) as usize];
        std::os::unix::fs::FileExt::read_exact_at(&file, &mut data, start).unwrap();
        kind += &format!(" {start}-{at} {:x}", fnv(&data));
    }
    kind
}

fn fnv(data: &[u8]) -> u64 {
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    data.iter().fold(0xcbf2_9ce4_8422_2325, step)
}

fn xattrs(path: &Path) -> Vec<(String, Vec<u8>)> {
    let mut list = vec![0; 4096];
    let length = rustix::fs::llistxattr(path, &mut list[..]).unwrap();
    let names = list[..length].split(|byte| *byte == 0).filter(|name| !name.is_empty());
    let mut xattrs: Vec<(String, Vec<u8>)> = names
        .map(|name| {
            let mut value = vec![0; 4096];
            let length = rustix::fs::lgetxattr(path, name, &mut value[..]).unwrap();
            value.truncate(length);
            (String::from_utf8(name.into()).unwrap(), value)
        })
        .collect();
    xattrs.sort();
    xattrs
}

/// Fails with the first differences, if there are any.
pub(crate) fn assert_same(one: &Snapshot, other: &Snapshot) {
    let mut differences = Vec::new();
    for path in one.keys().chain(other.keys()) {
        let (a, b) = (one.get(path), other.get(path));
        if a != b {
            differences.push(format!("{path:?}:\n  {a:?}\n  {b:?}"));
        }
    }
    differences.truncate(5);
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
