//! The bytes of an index as a tree. Whatever the bytes are, reading them neither panics nor takes
//! more memory than a small multiple of their length: an index comes from outside.

use sha2::{Digest as _, Sha256};

use super::super::failure::Failure;
use super::super::tree::{Content, Kind, Meta, Node, Piece, Time, Tree, Xattr};
use super::super::{LONGEST_PATH, staging};
use super::{CHECKSUM, MAGIC, MOST_PARTS, is_kept};

/// The fewest bytes of a node: with empty name, and with nothing after its attributes.
const SMALLEST_NODE: usize = 9;

/// Longest name that Linux knows.
const LONGEST_NAME: usize = 255;

type Read<T> = Result<T, &'static str>;

/// Reads an index.
///
/// # Errors
/// The bytes are no index of this version, are damaged, or tell of a tree that can't be.
pub(in super::super) fn decode(bytes: &[u8]) -> Result<Tree, Failure> {
    read(bytes).map_err(|why| Failure::corrupt(format!("the seed's index is broken: {why}")))
}

fn read(bytes: &[u8]) -> Read<Tree> {
    let rest = bytes.strip_prefix(MAGIC).ok_or("it is not an index of this version")?;
    let length = rest.len().checked_sub(CHECKSUM).ok_or("it is cut off")?;
    let (body, checksum) = rest.split_at(length);
    if Sha256::new().chain_update(MAGIC).chain_update(body).finalize().as_slice() != checksum {
        return Err("its checksum does not match");
    }
    let mut reader = Reader { rest: body, parts: 0 };
    let count = reader.parts(SMALLEST_NODE)?;
    let mut nodes = Vec::with_capacity(count);
    let mut known = 1;
    for _ in 0..count {
        nodes.push(reader.node(&mut known)?);
    }
    if !reader.rest.is_empty() {
        return Err("data follows its end");
    }
    if known != count {
        return Err("its directories have more or fewer children than it has nodes");
    }
    let tree = Tree { nodes };
    check(&tree)?;
    Ok(tree)
}

/// What the nodes must be to each other.
fn check(tree: &Tree) -> Read<()> {
    let root = tree.nodes.first().ok_or("it has no nodes")?;
    if !root.name.is_empty() || !matches!(root.kind, Kind::Directory(_)) {
        return Err("its root is not a directory");
    }
    tree.nodes.iter().skip(1).try_for_each(|node| check_name(&node.name))?;
    let mut lengths = vec![0; tree.nodes.len()];
    for (id, children) in tree.directories() {
        // A directory stands before its children, or the path of one would never end.
        if children.start <= id && !children.is_empty() {
            return Err("a directory is in itself");
        }
        let names = &tree.nodes[children.clone()];
        if names.windows(2).any(|pair| pair[0].name >= pair[1].name) {
            return Err("the names in a directory are not in order");
        }
        for child in children {
            lengths[child] = lengths[id] + 1 + tree.nodes[child].name.len();
        }
    }
    if lengths.iter().any(|length| *length > LONGEST_PATH + 1) {
        return Err("a path is too long");
    }
    let Kind::Directory(top) = &root.kind else { return Ok(()) };
    if tree.nodes[top.clone()].iter().any(|node| node.name == staging::NAME) {
        return Err("a name is reserved");
    }
    let is_file =
        |id: &usize| matches!(tree.nodes.get(*id), Some(Node { kind: Kind::File(_), .. }));
    let mut links = tree.nodes.iter().filter_map(|node| match &node.kind {
        Kind::Link(file) => Some(file),
        _ => None,
    });
    if links.all(is_file) { Ok(()) } else { Err("a link does not lead to a file") }
}

fn check_name(name: &[u8]) -> Read<()> {
    let impossible = name.is_empty()
        || name.len() > LONGEST_NAME
        || [b".".as_slice(), b".."].contains(&name)
        || name.iter().any(|byte| matches!(byte, b'/' | 0));
    if impossible { Err("a name is invalid") } else { Ok(()) }
}

struct Reader<'a> {
    rest: &'a [u8],
    /// Parts of the tree so far, with those that are announced.
    parts: usize,
}

impl<'a> Reader<'a> {
    /// A node. `known` is how many nodes there are so far, with the children of the directories
    /// read.
    fn node(&mut self, known: &mut usize) -> Read<Node> {
        let name = self.bytes()?.to_vec();
        let letter = self.take(1)?[0];
        let meta = self.meta()?;
        let kind = match letter {
            b'd' => {
                let first = *known;
                *known = first.checked_add(self.size()?).ok_or("a number is too large")?;
                Kind::Directory(first..*known)
            }
            b'f' => Kind::File(Content { size: self.length()?, pieces: None }),
            b'h' => Kind::File(self.pieces()?),
            b'l' => Kind::Link(self.size()?),
            b's' => Kind::Symlink(self.target()?),
            b'p' => Kind::Fifo,
            b'k' => Kind::Socket,
            _ => return Err("a kind is unknown"),
        };
        Ok(Node { name, meta, kind })
    }

    fn meta(&mut self) -> Read<Meta> {
        let mode = self.small(0o7777)?;
        // The largest number means none to the kernel.
        let (uid, gid) = (self.small(u32::MAX - 1)?, self.small(u32::MAX - 1)?);
        let modified = Time { seconds: self.signed()?, nanos: self.small(999_999_999)? };
        let accessed = modified.seconds.wrapping_add(self.signed()?);
        let count = self.parts(2)?;
        let mut xattrs: Vec<Xattr> = Vec::with_capacity(count);
        for _ in 0..count {
            let (name, value) = (self.bytes()?.to_vec(), self.bytes()?.to_vec());
            let ascends = xattrs.last().is_none_or(|(last, _)| *last < name);
            if !is_kept(&name) || name.contains(&0) || !ascends {
                return Err("an extended attribute is invalid");
            }
            xattrs.push((name, value));
        }
        Ok(Meta { mode, uid, gid, modified, accessed, xattrs })
    }

    fn pieces(&mut self) -> Read<Content> {
        let size = self.length()?;
        let count = self.parts(2)?;
        let mut pieces = Vec::with_capacity(count);
        let mut end = 0;
        for number in 0..count {
            let (gap, length) = (self.number()?, self.number()?);
            let start = gap.checked_add(end).ok_or("a number is too large")?;
            end = start.checked_add(length).ok_or("a number is too large")?;
            if length == 0 || end > size || (gap == 0 && number > 0) {
                return Err("the pieces of a file are invalid");
            }
            pieces.push(Piece { start, length });
        }
        Ok(Content { size, pieces: Some(pieces) })
    }

    fn target(&mut self) -> Read<Vec<u8>> {
        let target = self.bytes()?;
        if target.is_empty() || target.contains(&0) {
            return Err("a symbolic link leads nowhere");
        }
        Ok(target.to_vec())
    }

    fn bytes(&mut self) -> Read<&'a [u8]> {
        let length = self.count(1)?;
        self.take(length)
    }

    /// How many follow of what takes so many bytes at least. More than there is room for are an
    /// error before memory is taken for them.
    fn count(&mut self, each: usize) -> Read<usize> {
        let count = self.size()?;
        if count > self.rest.len() / each {
            return Err("it is cut off");
        }
        Ok(count)
    }

    /// How many parts of the tree follow, each of so many bytes at least.
    fn parts(&mut self, each: usize) -> Read<usize> {
        let count = self.count(each)?;
        self.parts = self.parts.saturating_add(count);
        if self.parts > MOST_PARTS { Err("it has too many entries") } else { Ok(count) }
    }

    fn size(&mut self) -> Read<usize> {
        usize::try_from(self.number()?).map_err(|_| "a number is too large")
    }

    fn small(&mut self, largest: u32) -> Read<u32> {
        let number = u32::try_from(self.number()?).map_err(|_| "a number is too large")?;
        if number > largest { Err("a number is too large") } else { Ok(number) }
    }

    /// How long a file is: no longer than the kernel can say.
    fn length(&mut self) -> Read<u64> {
        let length = self.number()?;
        if length > i64::MAX as u64 { Err("a number is too large") } else { Ok(length) }
    }

    fn signed(&mut self) -> Read<i64> {
        let number = self.number()?;
        Ok((number >> 1) as i64 ^ -((number & 1) as i64))
    }

    fn number(&mut self) -> Read<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.take(1)?[0];
            let bits = u64::from(byte & 0x7f);
            if (bits << shift) >> shift != bits || (byte == 0 && shift > 0) {
                return Err("a number is invalid");
            }
            number |= bits << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err("a number is invalid")
    }

    fn take(&mut self, length: usize) -> Read<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or("it is cut off")?;
        self.rest = rest;
        Ok(taken)
    }
}
