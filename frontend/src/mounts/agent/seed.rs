//! A seed as a folder: the files in `tree`, what a layer can't carry in `index`.

use std::path::Path;

use rustix::io::Errno;

use super::failure::{Code, Failure};
use super::tree::Tree;
use super::walk::{Detail, walk};
use super::{index, sys};

/// The files.
pub(super) const TREE: &str = "tree";

/// The index.
pub(in crate::mounts) const INDEX: &str = "index";

/// Longest index that is read, in bytes: ten million entries.
const LONGEST_INDEX: usize = 1 << 29;

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
    let Some(bytes) = read_index(seed)? else { return Ok(None) };
    if bytes.len() > LONGEST_INDEX {
        return Err(Failure::corrupt("the seed's index is too long"));
    }
    index::decode(&bytes).map(Some)
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
    let index = match index(seed) {
        Ok(index) => index,
        Err(failure) if failure.code == Code::Corrupt => None,
        Err(failure) => return Err(failure),
    };
    Ok(Published { carried, index })
}

/// Whether one seed is there in another place, too.
///
/// # Errors
/// An index can't be read.
pub(super) fn is_copy(seed: &Path, other: &Path) -> Result<bool, Failure> {
    let index = read_index(seed)?;
    Ok(index.is_some() && index == read_index(other)?)
}

fn read_index(seed: &Path) -> Result<Option<Vec<u8>>, Failure> {
    sys::read_file(&seed.join(INDEX), LONGEST_INDEX)
}
