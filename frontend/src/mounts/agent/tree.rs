//! A directory's content as a value: every entry with what is known of it, in a fixed order, so
//! that two of them can be compared and one can be written down.
//!
//! Nodes stand breadth first: the root, its children, the children of its first directory, and so
//! on; the children of a directory by their names' bytes. So a directory's children are one range,
//! a parent stands before its children, and nothing that goes over a tree has to recurse.

use std::ffi::OsStr;
use std::ops::Range;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Everything in a directory, and the directory itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tree {
    /// The root comes first, and is a directory; its name is empty.
    pub nodes: Vec<Node>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Node {
    /// The last component of its path, in any bytes but `/` and zero.
    pub name: Vec<u8>,
    /// Owner, times and the like. Hard links of one file all have the same.
    pub meta: Meta,
    pub kind: Kind,
}

/// What can be in a directory. Devices are left out: no cache has a use for one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// A directory; its children are these nodes.
    Directory(Range<usize>),
    File(Content),
    /// Another name of the file that is this node.
    Link(usize),
    /// A symbolic link that leads there.
    Symlink(Vec<u8>),
    Fifo,
    /// A socket. Nobody listens on it any more, but its name is taken.
    Socket,
}

/// How long a file is and where its data are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Content {
    /// In bytes, holes included.
    pub size: u64,
    /// The parts that are no holes, in ascending order with gaps between them; `None` for a file
    /// without holes.
    pub pieces: Option<Vec<Piece>>,
}

/// A part of a file, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Piece {
    /// The offset of its first byte.
    pub start: u64,
    /// How long it is; never 0.
    pub length: u64,
}

/// What a directory's entry is besides its content.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Meta {
    /// Permissions, set-id and sticky bits: 12 bits.
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
    /// When the content was last changed.
    pub modified: Time,
    /// When it was last read, in seconds since 1970. It decides what a size cap leaves out, and is
    /// nothing that a comparison looks at: reading would be a change.
    pub accessed: i64,
    /// Extended attributes by name, in ascending order.
    pub xattrs: Vec<Xattr>,
}

/// Name and value of an extended attribute.
pub(super) type Xattr = (Vec<u8>, Vec<u8>);

/// A moment since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Time {
    /// Whole seconds; negative before 1970.
    pub seconds: i64,
    /// The rest; less than 1,000,000,000.
    pub nanos: u32,
}

impl Content {
    /// Where the data are, for a file without holes, too.
    pub(super) fn data(&self) -> Vec<Piece> {
        match &self.pieces {
            Some(pieces) => pieces.clone(),
            None if self.size == 0 => Vec::new(),
            None => vec![Piece { start: 0, length: self.size }],
        }
    }

    /// How many bytes it has without its holes.
    pub(super) fn stored(&self) -> u64 {
        match &self.pieces {
            Some(pieces) => pieces.iter().map(|piece| piece.length).sum(),
            None => self.size,
        }
    }
}

impl Tree {
    /// A root with nothing in it.
    pub(super) fn empty() -> Self {
        let kind = Kind::Directory(1..1);
        Tree { nodes: vec![Node { name: Vec::new(), meta: Meta::default(), kind }] }
    }

    /// Whether there is nothing but the root.
    pub(super) fn is_empty(&self) -> bool {
        self.nodes.len() <= 1
    }

    /// The content of a file, by any of its names; `None` for what is no file.
    pub(super) fn content(&self, id: usize) -> Option<&Content> {
        let id = match self.nodes.get(id)?.kind {
            Kind::Link(file) => file,
            _ => id,
        };
        match &self.nodes.get(id)?.kind {
            Kind::File(content) => Some(content),
            _ => None,
        }
    }

    /// The directories with their children.
    pub(super) fn directories(
        &self,
    ) -> impl DoubleEndedIterator<Item = (usize, Range<usize>)> + '_ {
        self.nodes.iter().enumerate().filter_map(|(id, node)| match &node.kind {
            Kind::Directory(children) => Some((id, children.clone())),
            _ => None,
        })
    }

    /// For each node the directory it is in; for the root itself.
    pub(super) fn parents(&self) -> Vec<usize> {
        let mut parents = vec![0; self.nodes.len()];
        for (id, children) in self.directories() {
            parents[children].fill(id);
        }
        parents
    }

    /// For each node of this tree the one with the same path in another.
    pub(super) fn twins(&self, other: &Tree) -> Vec<Option<usize>> {
        let mut twins = vec![None; self.nodes.len()];
        twins[0] = Some(0);
        for (id, children) in self.directories() {
            let theirs = twins[id].and_then(|twin| other.nodes.get(twin));
            let Some(Node { kind: Kind::Directory(theirs), .. }) = theirs else { continue };
            let mut theirs = theirs.clone();
            for child in children {
                let name = &self.nodes[child].name;
                while theirs.start < theirs.end && other.nodes[theirs.start].name < *name {
                    theirs.start += 1;
                }
                if theirs.start < theirs.end && other.nodes[theirs.start].name == *name {
                    twins[child] = Some(theirs.start);
                }
            }
        }
        twins
    }

    /// The tree without some nodes. What is in a directory goes with it, and so do the other names
    /// of a file.
    pub(super) fn without(self, unwanted: &[bool]) -> Tree {
        let mut gone = unwanted.to_vec();
        for (id, children) in self.directories() {
            if gone[id] {
                gone[children].fill(true);
            }
        }
        for (id, node) in self.nodes.iter().enumerate() {
            if let Kind::Link(file) = node.kind {
                gone[id] |= gone[file];
            }
        }
        // The number that a node gets: how many stay before it.
        let mut left = 0;
        let mut numbers: Vec<usize> = Vec::with_capacity(gone.len() + 1);
        for gone in &gone {
            numbers.push(left);
            left += usize::from(!gone);
        }
        numbers.push(left);
        let stay = self.nodes.into_iter().zip(gone).filter(|(_, gone)| !gone);
        let nodes = stay.map(|(mut node, _)| {
            match &mut node.kind {
                Kind::Directory(range) => *range = numbers[range.start]..numbers[range.end],
                Kind::Link(file) => *file = numbers[*file],
                _ => {}
            }
            node
        });
        Tree { nodes: nodes.collect() }
    }
}

/// Paths of nodes, relative to the root.
pub(super) struct Paths<'a> {
    tree: &'a Tree,
    parents: Vec<usize>,
}

impl<'a> Paths<'a> {
    /// Those of a tree.
    pub(super) fn of(tree: &'a Tree) -> Self {
        Paths { tree, parents: tree.parents() }
    }

    /// The directory that a node is in.
    pub(super) fn parent(&self, id: usize) -> usize {
        self.parents[id]
    }

    /// The path of a node; of the root the empty one.
    pub(super) fn path(&self, id: usize) -> PathBuf {
        let mut names = Vec::new();
        let mut at = id;
        while at != 0 {
            names.push(OsStr::from_bytes(&self.tree.nodes[at].name));
            at = self.parents[at];
        }
        names.iter().rev().collect()
    }

    /// The path of a node under a directory. The root is the directory itself, without a slash at
    /// its end, so that a symbolic link in its place is not followed.
    pub(super) fn under(&self, directory: &Path, id: usize) -> PathBuf {
        if id == 0 { directory.to_owned() } else { directory.join(self.path(id)) }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A tree from lines: `a/` a directory, `b 3` a file of three bytes, `c -> x` a symbolic link,
    /// `d = a/b` a hard link, `f |` a pipe, `s @` a socket. Paths in breadth-first order.
    pub(crate) fn tree(lines: &[&str]) -> Tree {
        let mut paths = vec![String::new()];
        let mut nodes = Tree::empty().nodes;
        for line in lines {
            let (path, rest) = line.split_once(' ').unwrap_or((line, ""));
            let kind = match rest.split_once(' ') {
                Some(("->", target)) => Kind::Symlink(target.into()),
                Some(("=", file)) => Kind::Link(paths.iter().position(|p| p == file).unwrap()),
                _ if rest == "|" => Kind::Fifo,
                _ if rest == "@" => Kind::Socket,
                _ if rest.is_empty() => Kind::Directory(0..0),
                _ => Kind::File(Content { size: rest.parse().unwrap(), pieces: None }),
            };
            let path = path.trim_end_matches('/');
            let name = path.rsplit('/').next().unwrap().into();
            paths.push(path.to_owned());
            nodes.push(Node { name, meta: Meta::default(), kind });
        }
        let parent =
            |path: &str| path.rsplit_once('/').map_or(String::new(), |(p, _)| p.to_owned());
        let mut next = 1;
        for (id, path) in paths.iter().enumerate() {
            if let Kind::Directory(children) = &mut nodes[id].kind {
                let count = paths[1..].iter().filter(|other| parent(other) == *path).count();
                *children = next..next + count;
                next += count;
            }
        }
        Tree { nodes }
    }

    fn all_paths(tree: &Tree) -> Vec<String> {
        let paths = Paths::of(tree);
        (0..tree.nodes.len()).map(|id| paths.path(id).to_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn nodes_know_their_paths() {
        let tree = tree(&["a/", "b 3", "a/c/", "a/d 1", "a/c/e 2"]);
        assert_eq!(all_paths(&tree), ["", "a", "b", "a/c", "a/d", "a/c/e"]);
        assert_eq!(Paths::of(&tree).under(Path::new("/m"), 0), Path::new("/m"));
    }

    #[test]
    fn twins_have_the_same_path() {
        let one = tree(&["a/", "b/", "c 1", "a/x 1", "a/y 1", "b/z 1"]);
        let other = tree(&["a/", "b 1", "d 1", "a/y/"]);
        assert_eq!(one.twins(&other), [Some(0), Some(1), Some(2), None, None, Some(4), None]);
        assert_eq!(other.twins(&one), [Some(0), Some(1), Some(2), None, Some(5)]);
    }

    #[test]
    fn what_is_left_out_takes_along_what_hangs_on_it() {
        let all = tree(&["a/", "b 3", "c/", "a/x 1", "a/y = b", "c/z = a/x"]);
        let without = |id: usize| {
            let mut unwanted = vec![false; all.nodes.len()];
            unwanted[id] = true;
            all.clone().without(&unwanted)
        };
        assert_eq!(without(1), tree(&["b 3", "c/"]));
        assert_eq!(without(2), tree(&["a/", "c/", "a/x 1", "c/z = a/x"]));
        assert_eq!(without(6), tree(&["a/", "b 3", "c/", "a/x 1", "a/y = b"]));
    }

    #[test]
    fn holes_are_no_data() {
        let pieces = vec![Piece { start: 4, length: 2 }, Piece { start: 10, length: 1 }];
        let content = Content { size: 100, pieces: Some(pieces) };
        assert_eq!(content.stored(), 3);
        assert_eq!(Content { size: 100, pieces: None }.stored(), 100);
        assert!(Content { size: 0, pieces: None }.data().is_empty());
    }
}
