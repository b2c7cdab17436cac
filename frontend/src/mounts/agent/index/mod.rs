//! The index: a tree written down beside the files of a seed, with what the layer that carries them
//! loses and with what the next export compares.
//!
//! Version 1, in bytes:
//!
//! | what | how |
//! |---|---|
//! | magic and version | `strake index 1` and a line feed |
//! | number of nodes | number |
//! | the nodes | breadth first, as [`Tree`] has them |
//! | checksum | SHA-256 of everything before |
//!
//! A *number* is LEB128: seven bits a byte, the lowest first, the high bit set where more follow; it
//! fits into 64 bits and has no needless zeros at its end. A *signed* one is a number after zigzag
//! (0, -1, 1, -2, ...). *Bytes* are their number and then they. A node:
//!
//! | what | how |
//! |---|---|
//! | name | bytes; those of the root are none |
//! | kind | `d` directory, `f` file, `h` file with holes, `l` hard link, `s` symbolic link, `p` pipe, `k` socket |
//! | mode, uid, gid | three numbers |
//! | modified | seconds, signed; nanoseconds, a number |
//! | last read | seconds after the former, signed |
//! | extended attributes | how many; then name and value of each, both bytes |
//! | the rest | `d`: how many children. `f`: size. `h`: size, how many pieces, and of each the gap before it and its length. `l`: which node it is a name of. `s`: bytes |
//!
//! Where the children of a directory begin is not written: after those of the directory before. The
//! tree beside the index has the files, directories, symbolic links and pipes, each at its path. A
//! file with holes is there as its pieces, one after the other: a layer would carry its zeros. Of
//! the names of one file, the `f` or `h` node is there; the `l` nodes may be.
//!
//! A tree has no more than a million of nodes, extended attributes and pieces together.

mod decode;
mod encode;
#[cfg(test)]
mod tests;

pub(super) use decode::decode;
pub(super) use encode::encode;

use super::tree::{Content, Kind, Node, Tree};

/// What an index of this version begins with.
const MAGIC: &[u8] = b"strake index 1\n";

/// How long the checksum is, in bytes.
const CHECKSUM: usize = 32;

/// The most parts of one tree: a million. Each takes memory where the index is read, far more than its
/// few bytes there.
pub(super) const MOST_PARTS: usize = 1 << 20;

/// How many parts a tree has: nodes, their extended attributes, and pieces of files.
pub(super) fn parts(tree: &Tree) -> usize {
    let of = |node: &Node| {
        let pieces = match &node.kind {
            Kind::File(Content { pieces: Some(pieces), .. }) => pieces.len(),
            _ => 0,
        };
        1 + node.meta.xattrs.len() + pieces
    };
    tree.nodes.iter().map(of).sum()
}

/// Which extended attributes are kept: those of users, and those that say what a file may do. The
/// others belong to the machine (labels, overlays, signatures).
pub(super) fn is_kept(attribute: &[u8]) -> bool {
    attribute.starts_with(b"user.")
        || [
            b"security.capability".as_slice(),
            b"system.posix_acl_access",
            b"system.posix_acl_default",
        ]
        .contains(&attribute)
}
