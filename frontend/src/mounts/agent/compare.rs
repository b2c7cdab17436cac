//! Which files of a mount have the content that is published already. Pure: what only reading can
//! tell is left open.

use super::seed::Published;
use super::tree::{Content, Kind, Tree};

/// What is known of a file's content without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sameness {
    /// It is what is published at this path.
    Same,
    Different,
    /// Only reading both can tell.
    Open,
}

/// For each node of a mount what is known of its content. What is no file, nor another name of one,
/// is different.
///
/// A file that has the length and the time of the last change, to the nanosecond, that the index
/// tells is taken as the same, as make, git and rsync do: nobody who writes into a file sets that
/// time to what it was. Who sets it at all sets whole seconds (archives have no more): these files are
/// read, since one release of a package may have the length and the made-up time of the next.
pub(super) fn sameness(mount: &Tree, published: &Published) -> Vec<Sameness> {
    let carried = mount.twins(&published.carried);
    let indexed = published.index.as_ref().map(|index| (index, mount.twins(index)));
    let one = |id: usize| {
        let Some(content) = mount.content(id) else { return Sameness::Different };
        let stored = carried[id].map(|twin| &published.carried.nodes[twin].kind);
        match stored {
            Some(Kind::File(Content { size, .. })) if *size == content.stored() => {}
            _ => return Sameness::Different,
        }
        let before = indexed.as_ref().and_then(|(index, twins)| {
            let twin = twins[id]?;
            Some((index.content(twin)?, index.nodes[twin].meta.modified))
        });
        match before {
            // Nobody knows which pieces were put one after the other.
            None if content.pieces.is_some() => Sameness::Different,
            Some((before, _)) if before != content => Sameness::Different,
            Some((_, time)) if time == mount.nodes[id].meta.modified && time.nanos != 0 => {
                Sameness::Same
            }
            _ => Sameness::Open,
        }
    };
    (0..mount.nodes.len()).map(one).collect()
}

/// Whether an index tells the same as the one before: everything but when files were read.
pub(super) fn is_same_index(one: &Tree, other: &Tree) -> bool {
    one.nodes.len() == other.nodes.len()
        && one.nodes.iter().zip(&other.nodes).all(|(one, other)| {
            one.name == other.name && one.kind == other.kind && {
                let accessed = one.meta.accessed;
                one.meta == super::tree::Meta { accessed, ..other.meta.clone() }
            }
        })
}

#[cfg(test)]
mod tests {
    use super::super::tree::tests::tree;
    use super::super::tree::{Piece, Time};
    use super::*;

    fn at(mut tree: Tree, nanos: u32) -> Tree {
        for node in &mut tree.nodes {
            node.meta.modified = Time { seconds: 7, nanos };
        }
        tree
    }

    fn file(mount: &Tree, carried: &str, index: Option<Tree>) -> Sameness {
        sameness(mount, &Published { carried: tree(&[carried]), index })[1]
    }

    #[test]
    fn what_metadata_tell() {
        let five = || tree(&["a 5"]);
        let cases = [
            ("a 5", Some(at(five(), 1)), Sameness::Same),
            ("a 5", Some(at(five(), 2)), Sameness::Open),
            ("a 5", Some(at(tree(&["b 5"]), 1)), Sameness::Open),
            ("a 5", Some(at(tree(&["a 4"]), 1)), Sameness::Different),
            ("a 5", Some(at(tree(&["a |"]), 1)), Sameness::Open),
            ("a 5", None, Sameness::Open),
            // The tree is not what the index tells.
            ("a 4", Some(at(five(), 1)), Sameness::Different),
            ("a/", Some(at(five(), 1)), Sameness::Different),
            ("b 5", Some(at(five(), 1)), Sameness::Different),
        ];
        for (carried, index, expected) in cases {
            let case = format!("{carried} {index:?}");
            assert_eq!(file(&at(five(), 1), carried, index), expected, "{case}");
        }
        // Whole seconds are what somebody has set.
        assert_eq!(file(&at(five(), 0), "a 5", Some(at(five(), 0))), Sameness::Open);
    }

    #[test]
    fn a_file_with_holes_is_known_by_its_pieces() {
        let holes = |start| {
            let mut holes = at(tree(&["a 9"]), 1);
            let pieces = Some(vec![Piece { start, length: 5 }]);
            holes.nodes[1].kind = Kind::File(Content { size: 9, pieces });
            holes
        };
        assert_eq!(file(&holes(1), "a 5", Some(holes(1))), Sameness::Same);
        assert_eq!(file(&holes(1), "a 5", Some(holes(2))), Sameness::Different);
        assert_eq!(file(&holes(1), "a 9", Some(holes(1))), Sameness::Different);
        assert_eq!(file(&holes(1), "a 5", None), Sameness::Different);
    }

    #[test]
    fn a_name_of_a_file_is_compared_by_its_path() {
        let mount = at(tree(&["a 5", "b = a", "c = a"]), 1);
        let index = at(tree(&["a 5", "b = a"]), 1);
        let published = Published { carried: tree(&["a 5", "b 5"]), index: Some(index) };
        let expected = [Sameness::Different, Sameness::Same, Sameness::Same, Sameness::Different];
        assert_eq!(sameness(&mount, &published), expected);
    }

    #[test]
    fn reading_is_no_change() {
        let (one, mut other) = (tree(&["a 1"]), tree(&["a 1"]));
        other.nodes[1].meta.accessed = 5;
        assert!(is_same_index(&one, &other));
        other.nodes[1].meta.modified.nanos = 5;
        assert!(!is_same_index(&one, &other));
        assert!(!is_same_index(&one, &tree(&["a 1", "b 1"])));
        assert!(!is_same_index(&one, &tree(&["b 1"])));
    }
}
