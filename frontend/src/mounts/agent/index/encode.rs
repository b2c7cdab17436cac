//! A tree as the bytes of an index.

use sha2::{Digest as _, Sha256};

use super::super::tree::{Content, Kind, Meta, Node, Tree};
use super::MAGIC;

/// The index of a tree. The same tree gives the same bytes.
pub(in super::super) fn encode(tree: &Tree) -> Vec<u8> {
    let mut out = MAGIC.to_vec();
    number(&mut out, tree.nodes.len() as u64);
    for node in &tree.nodes {
        write_node(&mut out, node);
    }
    let checksum = Sha256::digest(&out);
    out.extend_from_slice(&checksum);
    out
}

fn write_node(out: &mut Vec<u8>, node: &Node) {
    bytes(out, &node.name);
    out.push(letter(&node.kind));
    write_meta(out, &node.meta);
    match &node.kind {
        Kind::Directory(children) => number(out, children.len() as u64),
        Kind::File(content) => write_content(out, content),
        Kind::Link(file) => number(out, *file as u64),
        Kind::Symlink(target) => bytes(out, target),
        Kind::Fifo | Kind::Socket => {}
    }
}

fn letter(kind: &Kind) -> u8 {
    match kind {
        Kind::Directory(_) => b'd',
        Kind::File(Content { pieces: None, .. }) => b'f',
        Kind::File(_) => b'h',
        Kind::Link(_) => b'l',
        Kind::Symlink(_) => b's',
        Kind::Fifo => b'p',
        Kind::Socket => b'k',
    }
}

fn write_meta(out: &mut Vec<u8>, meta: &Meta) {
    for part in [meta.mode, meta.uid, meta.gid] {
        number(out, part.into());
    }
    signed(out, meta.modified.seconds);
    number(out, meta.modified.nanos.into());
    signed(out, meta.accessed.wrapping_sub(meta.modified.seconds));
    number(out, meta.xattrs.len() as u64);
    for (name, value) in &meta.xattrs {
        bytes(out, name);
        bytes(out, value);
    }
}

fn write_content(out: &mut Vec<u8>, content: &Content) {
    number(out, content.size);
    let Some(pieces) = &content.pieces else { return };
    number(out, pieces.len() as u64);
    let mut end = 0;
    for piece in pieces {
        number(out, piece.start - end);
        number(out, piece.length);
        end = piece.start + piece.length;
    }
}

fn bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    number(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

fn number(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn signed(out: &mut Vec<u8>, number_: i64) {
    number(out, ((number_ << 1) ^ (number_ >> 63)) as u64);
}
