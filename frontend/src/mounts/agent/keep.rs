//! A size cap: what was not used for longest is left out first.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::tree::{Content, Kind, Node, Tree};

/// A tree with as much as fits into so many bytes, and how many files were left out.
///
/// A file counts once, without its holes; its age is from when it was last changed or read. When it
/// was read is kept in the index, since a primed file was not read at all yet, and the time of a
/// change alone says little: some tools set it to that of a release. Linux moves the time of a read
/// once a day at most, which is enough. Directories and symbolic links stay.
pub(super) fn cap(tree: Tree, keep: u64) -> (Tree, u64) {
    let mut files = BinaryHeap::new();
    let mut bytes = 0;
    for (id, node) in tree.nodes.iter().enumerate() {
        match &node.kind {
            // An empty file takes nothing, and may be a marker or a lock.
            Kind::File(content) if content.stored() > 0 => {
                files.push(Reverse((last_use(node), id)));
                bytes += content.stored();
            }
            _ => {}
        }
    }
    let mut unwanted = vec![false; tree.nodes.len()];
    let mut left_out = 0;
    while let Some(Reverse((_, id))) = files.pop().filter(|_| bytes > keep) {
        unwanted[id] = true;
        left_out += 1;
        bytes -= tree.content(id).map_or(0, Content::stored);
    }
    if left_out == 0 {
        return (tree, 0);
    }
    (tree.without(&unwanted), left_out)
}

fn last_use(node: &Node) -> i64 {
    node.meta.modified.seconds.max(node.meta.accessed)
}

#[cfg(test)]
mod tests {
    use super::super::tree::tests::tree;
    use super::*;

    /// Files of 10 bytes and the times of their last change and read.
    fn aged() -> Tree {
        let mut aged = tree(&["a/", "b 10", "c 10", "d = b", "e 0", "f 10"]);
        for (id, modified, accessed) in [(2, 5, 9), (3, 6, 6), (4, 5, 9), (5, 1, 1), (6, 8, 2)] {
            aged.nodes[id].meta.modified.seconds = modified;
            aged.nodes[id].meta.accessed = accessed;
        }
        aged
    }

    fn names(tree: &Tree) -> String {
        tree.nodes.iter().map(|node| String::from_utf8_lossy(&node.name)).collect()
    }

    #[test]
    fn the_oldest_are_left_out_first() {
        for (keep, names_left, count) in [
            (30, "abcdef", 0),
            (29, "abdef", 1),
            (20, "abdef", 1),
            (19, "abde", 2),
            (9, "ae", 3),
            (0, "ae", 3),
        ] {
            let (left, left_out) = cap(aged(), keep);
            assert_eq!((names(&left).as_str(), left_out), (names_left, count), "{keep}");
        }
    }
}
