//! A seed as a directory: the files in `tree`, what a layer can't carry in `index`.

use std::path::Path;

use rustix::io::Errno;

use super::failure::{Code, Failure};
use super::tree::Tree;
use super::walk::{Detail, walk};
use super::{index, restore, sys};

/// The directory with the files of a seed.
pub(super) const TREE: &str = "tree";

/// The file with what a layer can't carry.
pub(in crate::mounts) const INDEX: &str = "index";

/// Longest index, in bytes: a million entries with names of ordinary length.
const LONGEST_INDEX: usize = 1 << 26;

/// What was published before.
pub(super) struct Published {
    /// What a layer has carried.
    pub(super) carried: Tree,
    /// What is known of it besides; nothing where the index is missing or broken.
    pub(super) index: Option<Tree>,
}

/// The index of a seed; `None` if it has none.
///
/// # Errors
/// It can't be read, or is broken.
pub(super) fn index(seed: &Path) -> Result<Option<Tree>, Failure> {
    read_index(seed)?.map(|bytes| index::decode(&bytes)).transpose()
}

/// Writes the index of a seed, over what is there.
///
/// # Errors
/// It can't be written, or would be too large to be read again.
pub(super) fn write_index(seed: &Path, tree: &Tree) -> Result<(), Failure> {
    let bytes = index::encode(tree);
    if bytes.len() > LONGEST_INDEX || index::parts(tree) > index::MOST_PARTS {
        return Err(Failure::limit("a mount has too many entries for a seed"));
    }
    let path = seed.join(INDEX);
    restore::remove(&path)?;
    sys::write_file(&path, &bytes)
}

/// Everything of a seed, or of what is left of it: what is broken or missing is written anew.
///
/// # Errors
/// It can't be read.
pub(super) fn published(seed: &Path) -> Result<Published, Failure> {
    let tree = seed.join(TREE);
    let carried = match rustix::fs::lstat(&tree) {
        Ok(_) => walk(&tree, Detail::Outline)?.tree,
        Err(Errno::NOENT | Errno::NOTDIR) => Tree::empty(),
        Err(errno) => return Err(Failure::system("read", &tree, errno)),
    };
    Ok(Published { carried, index: readable(index(seed))? })
}

/// Whether one seed is there in another place, too.
///
/// # Errors
/// An index can't be read.
pub(super) fn is_copy(seed: &Path, other: &Path) -> Result<bool, Failure> {
    let [index, other] = [readable(read_index(seed))?, readable(read_index(other))?];
    Ok(index.is_some() && index == other)
}

/// What is broken is as good as missing: it is written anew.
fn readable<T>(index: Result<Option<T>, Failure>) -> Result<Option<T>, Failure> {
    match index {
        Err(failure) if failure.code == Code::Corrupt => Ok(None),
        index => index,
    }
}

fn read_index(seed: &Path) -> Result<Option<Vec<u8>>, Failure> {
    // The seed's directory itself may be a link that leads anywhere, too.
    match sys::open_directory(seed) {
        Ok(_) => {}
        Err(_) if rustix::fs::lstat(seed).is_err_and(|errno| errno == Errno::NOENT) => {
            return Ok(None);
        }
        Err(_) => return Err(Failure::corrupt("the seed is not a directory")),
    }
    sys::read_file(&seed.join(INDEX), LONGEST_INDEX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::fs::{CWD, FileType, Mode};

    /// A directory of the test's own, empty.
    fn directory(name: &str) -> std::path::PathBuf {
        let name = format!("strake-seed-{name}-{}", std::process::id());
        let directory = std::env::temp_dir().join(name);
        let _ = std::fs::remove_dir_all(&directory);
        std::fs::create_dir(&directory).unwrap();
        directory
    }

    fn refusal(seed: &Path) -> String {
        let failure = index(seed).unwrap_err();
        assert_eq!(failure.code, Code::Corrupt);
        assert!(published(seed).unwrap().index.is_none(), "an export writes it anew");
        assert!(!is_copy(seed, seed).unwrap());
        failure.reason
    }

    #[test]
    fn an_index_is_a_file_of_bounded_length() {
        let seed = directory("kinds");
        let path = seed.join(INDEX);
        assert_eq!(index(&seed), Ok(None));
        // Nobody writes into it: who waited for that would wait forever.
        rustix::fs::mknodat(CWD, &path, FileType::Fifo, Mode::RUSR, 0).unwrap();
        assert_eq!(refusal(&seed), format!("{} is not a file", path.display()));
        std::fs::remove_file(&path).unwrap();
        for target in ["/dev/zero", "/etc/passwd", "index"] {
            std::os::unix::fs::symlink(target, &path).unwrap();
            assert_eq!(refusal(&seed), format!("{} is not a file", path.display()));
            std::fs::remove_file(&path).unwrap();
        }
        // All of it is a hole: who read it would take its length in memory.
        std::fs::File::create(&path).unwrap().set_len(1 << 40).unwrap();
        assert_eq!(refusal(&seed), format!("{} is too long", path.display()));
        std::fs::remove_file(&path).unwrap();
        write_index(&seed, &Tree::empty()).unwrap();
        assert_eq!(index(&seed), Ok(Some(Tree::empty())));
        let link = seed.join("link");
        std::os::unix::fs::symlink(&seed, &link).unwrap();
        assert_eq!(index(&link).unwrap_err().reason, "the seed is not a directory");
        std::fs::remove_dir_all(&seed).unwrap();
    }

    #[test]
    fn an_index_that_nobody_reads_is_not_written() {
        let seed = directory("many");
        let mut tree = Tree::empty();
        tree.nodes[0].meta.xattrs = vec![(Vec::new(), Vec::new()); index::MOST_PARTS];
        let failure = write_index(&seed, &tree).unwrap_err();
        assert_eq!(failure.code, Code::Limit);
        std::fs::remove_dir_all(&seed).unwrap();
    }
}
