use sha2::{Digest as _, Sha256};

use super::super::tree::tests::tree;
use super::super::tree::{Content, Kind, Meta, Piece, Time, Tree};
use super::{CHECKSUM, MAGIC, MOST_PARTS, decode, encode, parts};

/// A tree with everything in it.
fn everything() -> Tree {
    let lines = ["a/", "b 300", "c -> x/y", "f |", "h 5", "s @", "a/d = b", "a/e/", "a/e/g 1"];
    let mut tree = tree(&lines);
    tree.nodes[1].meta = Meta {
        mode: 0o7777,
        uid: 4_000_000_000,
        gid: u32::MAX - 1,
        modified: Time { seconds: i64::MIN, nanos: 999_999_999 },
        accessed: i64::MAX,
        xattrs: vec![(b"user.a".into(), vec![0, 255]), (b"user.b".into(), Vec::new())],
    };
    tree.nodes[2].name = b"b\xff\n".into();
    let pieces = vec![Piece { start: 0, length: 1 }, Piece { start: 1 << 40, length: 3 }];
    tree.nodes[5].kind = Kind::File(Content { size: i64::MAX as u64, pieces: Some(pieces) });
    tree
}

/// Bytes after the magic, with the right checksum.
fn sealed(body: &[u8]) -> Vec<u8> {
    let bytes = [MAGIC, body].concat();
    let checksum = Sha256::digest(&bytes);
    [bytes.as_slice(), checksum.as_slice()].concat()
}

fn error(bytes: &[u8]) -> String {
    decode(bytes).unwrap_err().reason.replace("the seed's index is broken: ", "")
}

#[test]
fn a_tree_comes_back() {
    for tree in [everything(), Tree::empty()] {
        assert_eq!(decode(&encode(&tree)).unwrap(), tree);
    }
}

#[test]
fn the_format_is_this_one() {
    let body = [
        b"\x02".as_slice(),                       // two nodes
        b"\x00d\x00\x00\x00\x00\x00\x00\x00\x01", // the root: one child
        // "f": mode 0644, owner 1 and 2, -1 s and 5 ns, read 1 s later, no attributes, 300 bytes
        b"\x01ff\xa4\x03\x01\x02\x01\x05\x02\x00\xac\x02",
    ];
    let tree = decode(&sealed(&body.concat())).unwrap();
    assert_eq!(encode(&tree), sealed(&body.concat()));
    let file = &tree.nodes[1];
    assert_eq!(file.kind, Kind::File(Content { size: 300, pieces: None }));
    let modified = Time { seconds: -1, nanos: 5 };
    let (mode, uid, gid) = (0o644, 1, 2);
    assert_eq!(file.meta, Meta { mode, uid, gid, modified, accessed: 0, xattrs: Vec::new() });
}

#[test]
fn what_is_cut_off_or_changed_is_found() {
    let whole = encode(&everything());
    for end in 0..whole.len() {
        assert!(decode(&whole[..end]).is_err(), "{end}");
    }
    for at in 0..whole.len() {
        let mut damaged = whole.clone();
        damaged[at] ^= 1;
        assert!(decode(&damaged).is_err(), "{at}");
    }
    assert_eq!(error(b""), "it is not an index of this version");
    assert_eq!(error(&[whole.as_slice(), b"x"].concat()), "its checksum does not match");
}

/// With a checksum that fits, whatever can be read is written as it was, and nothing panics.
#[test]
fn garbage_with_a_checksum_is_read_strictly() {
    let body = &encode(&everything())[MAGIC.len()..];
    let body = &body[..body.len() - CHECKSUM];
    let mut readable = 0;
    // A generator that is the same in every run: a linear congruence.
    let mut state = 1_u64;
    let mut random = |below: usize| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    for _ in 0..50_000 {
        let mut garbage = body.to_vec();
        for _ in 0..=random(3) {
            match random(4) {
                0 => garbage.truncate(random(garbage.len()) + 1),
                1 => garbage.insert(random(garbage.len()), random(256) as u8),
                _ => {
                    let at = random(garbage.len());
                    garbage[at] = random(256) as u8;
                }
            }
        }
        let garbage = sealed(&garbage);
        if let Ok(tree) = decode(&garbage) {
            readable += 1;
            assert_eq!(encode(&tree), garbage);
        }
    }
    // Times, owners and names may be any: the test would show nothing if all were refused.
    assert!(readable > 250, "{readable}");
}

#[test]
fn numbers_of_things_take_no_memory() {
    let huge = [b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01".as_slice(), b"\xff\xff\xff\x7f"];
    for count in huge {
        assert_eq!(error(&sealed(count)), "it is cut off");
    }
    assert_eq!(error(&sealed(b"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x02")), "a number is invalid");
    assert_eq!(error(&sealed(b"\x81\x00")), "a number is invalid");
}

#[test]
fn a_tree_that_cannot_be_is_refused() {
    let with = |change: &dyn Fn(&mut Tree)| {
        let mut tree = everything();
        change(&mut tree);
        error(&encode(&tree))
    };
    let name = |name: &'static [u8]| with(&move |tree| tree.nodes[8].name = name.into());
    for impossible in [b"".as_slice(), b".", b"..", b"a/b", b"a\0", &[b'x'; 256]] {
        assert_eq!(name(impossible), "a name is invalid");
    }
    assert_eq!(name(b"0"), "the names in a directory are not in order");
    let miscounted = "its directories have more or fewer children than it has nodes";
    assert_eq!(with(&|tree| tree.nodes.clear()), miscounted);
    assert_eq!(with(&|tree| tree.nodes.truncate(8)), miscounted);
    assert_eq!(with(&|tree| tree.nodes[1].name = b".strake-priming".into()), "a name is reserved");
    assert_eq!(with(&|tree| tree.nodes[7].kind = Kind::Link(7)), "a link does not lead to a file");
    assert_eq!(with(&|tree| tree.nodes[7].kind = Kind::Link(99)), "a link does not lead to a file");
    assert_eq!(
        with(&|tree| tree.nodes[3].kind = Kind::Symlink(Vec::new())),
        "a symbolic link leads nowhere"
    );
    assert_eq!(with(&|tree| tree.nodes[1].meta.mode = 0o10000), "a number is too large");
    assert_eq!(with(&|tree| tree.nodes[1].meta.uid = u32::MAX), "a number is too large");
    assert_eq!(
        with(&|tree| tree.nodes[1].meta.modified.nanos = 1_000_000_000),
        "a number is too large"
    );
    let attribute = |name: &'static [u8]| {
        with(&move |tree| tree.nodes[2].meta.xattrs = vec![(name.into(), Vec::new())])
    };
    for foreign in [b"security.selinux".as_slice(), b"trusted.overlay.opaque", b"user.\0"] {
        assert_eq!(attribute(foreign), "an extended attribute is invalid");
    }
    assert_eq!(
        with(&|tree| tree.nodes[8].kind =
            Kind::File(Content { size: 1, pieces: Some(vec![Piece { start: 0, length: 2 }]) })),
        "the pieces of a file are invalid"
    );
}

#[test]
fn a_path_that_no_layer_can_carry_is_refused() {
    let mut nodes = Tree::empty().nodes;
    for depth in 1..=20 {
        nodes[depth - 1].kind = Kind::Directory(depth..depth + 1);
        let mut node = nodes[0].clone();
        node.name = vec![b'x'; 250];
        node.kind = Kind::Directory(depth + 1..depth + 1);
        nodes.push(node);
    }
    assert_eq!(error(&encode(&Tree { nodes })), "a path is too long");
}

/// A directory without children may stand anywhere; one with children stands before them.
#[test]
fn a_directory_is_not_in_itself() {
    // The root has no child, and a second node has itself.
    let node = b"\x01ad\x00\x00\x00\x00\x00\x00\x00\x01";
    let root = b"\x00d\x00\x00\x00\x00\x00\x00\x00\x00";
    assert_eq!(
        error(&sealed(&[b"\x02".as_slice(), root, node].concat())),
        "a directory is in itself"
    );
}

/// Few bytes that would take much memory.
#[test]
fn a_tree_has_a_bounded_number_of_parts() {
    // A root, and one directory in it for as many nodes as are announced.
    let number = |mut value: usize| {
        let mut bytes = Vec::new();
        while value >= 0x80 {
            bytes.push(value as u8 | 0x80);
            value >>= 7;
        }
        bytes.push(value as u8);
        bytes
    };
    let many = MOST_PARTS + 1;
    let filler = vec![0; many * 9];
    assert_eq!(error(&sealed(&[number(many), filler].concat())), "it has too many entries");
    let attributes =
        [b"\x01\x00d\x00\x00\x00\x00\x00\x00".as_slice(), &number(many), &vec![0; many * 2]];
    assert_eq!(error(&sealed(&attributes.concat())), "it has too many entries");
    assert_eq!(parts(&everything()), 10 + 2 + 2);
}
