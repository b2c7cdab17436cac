//! Digests of directories by what is in them: names, kinds, contents, modes, owners and extended
//! attributes. When something was written is no part of it, as BuildKit has it, too.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use sha2::{Digest as _, Sha256};

use super::answer::{Answer, Counts, Outcome};
use super::failure::Failure;
use super::parallel;
use super::tree::{Kind, Node, Paths};
use super::walk::{Detail, Walk, walk};

/// The digests of all directories in a directory, by their names.
///
/// # Errors
/// Something can't be read, or is nothing that a client can send.
pub(super) fn digest(directory: &Path) -> Result<Answer, Failure> {
    let Walk { tree, skipped } = walk(directory, Detail::Everything)?;
    if skipped > 0 {
        let text = "there are devices, or names that begin with `.wh.`, among the files";
        return Err(Failure::limit(text));
    }
    let paths = Paths::of(&tree);
    let content = |id: usize| content(&tree.nodes[id], &paths.under(directory, id));
    let contents = parallel::map(tree.nodes.len(), &content)?;
    let mut tops = vec![0; tree.nodes.len()];
    let mut hashes = vec![Sha256::new(); tree.nodes.len()];
    for (id, node) in tree.nodes.iter().enumerate().skip(1) {
        tops[id] = if paths.parent(id) == 0 { id } else { tops[paths.parent(id)] };
        let content = match node.kind {
            Kind::Link(first) => &contents[first],
            _ => &contents[id],
        };
        // A directory's own name is where somebody put it.
        let path = paths.path(id);
        let path = path.strip_prefix(path.iter().next().unwrap_or_default()).unwrap_or(&path);
        put(&mut hashes[tops[id]], path, node, content);
    }
    let directories = hashes.into_iter().enumerate().skip(1).filter(|(id, _)| tops[*id] == *id);
    let digests = directories.map(|(_, hash)| hex(&hash.finalize()));
    let mut counts = Counts::default();
    let outcome = Outcome::Digested(digests.collect());
    counts.measure(&tree);
    Ok(Answer { outcome, counts })
}

/// What an entry holds: the digest of a file, where a link leads, and nothing for others.
fn content(node: &Node, path: &Path) -> Result<Vec<u8>, Failure> {
    match &node.kind {
        Kind::File(_) => file_digest(path).map_err(|errno| Failure::system("read", path, errno)),
        Kind::Symlink(target) => Ok(target.clone()),
        Kind::Directory(_) | Kind::Link(_) | Kind::Fifo | Kind::Socket => Ok(Vec::new()),
    }
}

/// The digest of what is in a file.
pub(super) fn file_digest(path: &Path) -> Result<Vec<u8>, Errno> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let file = rustix::fs::open(path, flags, Mode::empty())?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match rustix::io::read(&file, &mut buffer[..]) {
            Ok(0) => return Ok(hash.finalize().to_vec()),
            Ok(read) => hash.update(&buffer[..read]),
            Err(Errno::INTR) => {}
            Err(errno) => return Err(errno),
        }
    }
}

fn put(hash: &mut Sha256, path: &Path, node: &Node, content: &[u8]) {
    let kind: &[u8] = match node.kind {
        Kind::Directory(_) => b"directory",
        Kind::File(_) | Kind::Link(_) => b"file",
        Kind::Symlink(_) => b"symlink",
        Kind::Fifo => b"fifo",
        Kind::Socket => b"socket",
    };
    let meta = &node.meta;
    field(hash, path.as_os_str().as_bytes());
    field(hash, kind);
    for number in [meta.mode, meta.uid, meta.gid] {
        hash.update(number.to_le_bytes());
    }
    hash.update((meta.xattrs.len() as u64).to_le_bytes());
    for (name, value) in &meta.xattrs {
        field(hash, name);
        field(hash, value);
    }
    field(hash, content);
}

/// With its length, so that nothing can be taken for a part of what comes before it.
fn field(hash: &mut Sha256, bytes: &[u8]) {
    hash.update((bytes.len() as u64).to_le_bytes());
    hash.update(bytes);
}

/// Two lowercase hexadecimal digits for each byte.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn digests(directory: &Path) -> Vec<String> {
        match digest(directory).unwrap().outcome {
            Outcome::Digested(digests) => digests,
            other => panic!("{other:?}"),
        }
    }

    /// A directory with two directories in it that hold the same.
    fn twins() -> tempfile::TempDir {
        let directory = tempfile::tempdir().unwrap();
        for twin in ["0", "1"] {
            let twin = directory.path().join(twin);
            fs::create_dir_all(twin.join("a/b")).unwrap();
            fs::write(twin.join("a/b/file"), "text").unwrap();
            fs::write(twin.join("empty"), "").unwrap();
            symlink("a", twin.join("link")).unwrap();
        }
        directory
    }

    #[test]
    fn the_same_files_have_the_same_digest_wherever_and_whenever() {
        let directory = twins();
        let before = digests(directory.path());
        assert_eq!(before.len(), 2);
        assert_eq!(before[0], before[1]);
        let file = directory.path().join("1/a/b/file");
        fs::remove_file(&file).unwrap();
        fs::write(&file, "text").unwrap();
        // Another name of the same file is a file like any other.
        fs::hard_link(directory.path().join("0/empty"), directory.path().join("0/more")).unwrap();
        fs::write(directory.path().join("1/more"), "").unwrap();
        let after = digests(directory.path());
        assert_eq!(after[0], after[1]);
        assert_ne!(after[0], before[0]);
    }

    #[test]
    fn whatever_a_file_is_counts() {
        type Change = fn(&Path);
        let changes: [(&str, Change); 7] = [
            ("content", |twin| fs::write(twin.join("a/b/file"), "texT").unwrap()),
            ("mode", |twin| {
                fs::set_permissions(twin.join("empty"), Permissions::from_mode(0o700)).unwrap();
            }),
            ("mode of a directory", |twin| {
                fs::set_permissions(twin.join("a"), Permissions::from_mode(0o700)).unwrap();
            }),
            ("name", |twin| fs::rename(twin.join("empty"), twin.join("void")).unwrap()),
            ("place", |twin| fs::rename(twin.join("a/b/file"), twin.join("a/file")).unwrap()),
            ("kind", |twin| {
                fs::remove_file(twin.join("empty")).unwrap();
                fs::create_dir(twin.join("empty")).unwrap();
            }),
            ("target", |twin| {
                fs::remove_file(twin.join("link")).unwrap();
                symlink("a/b", twin.join("link")).unwrap();
            }),
        ];
        for (what, change) in changes {
            let directory = twins();
            change(&directory.path().join("1"));
            let digests = digests(directory.path());
            assert_ne!(digests[0], digests[1], "{what}");
        }
    }

    #[test]
    fn what_cannot_be_told_apart_is_refused() {
        let directory = twins();
        fs::write(directory.path().join("0/.wh.empty"), "").unwrap();
        assert!(digest(directory.path()).unwrap_err().reason.contains("`.wh.`"));
        assert!(digest(&directory.path().join("none")).is_err());
    }
}
