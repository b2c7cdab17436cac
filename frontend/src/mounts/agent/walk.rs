//! A directory as a tree, read level by level: the directories of one level at the same time.

use std::collections::BinaryHeap;
use std::ffi::{CString, OsStr};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, FileType, SeekFrom, Stat};
use rustix::io::Errno;

use super::failure::Failure;
use super::tree::{Content, Kind, Node, Piece, Tree};
use super::{LONGEST_PATH, parallel, staging, sys};

/// More pieces than this are not worth to be known: the file is taken as one without holes.
const MOST_PIECES: usize = 1 << 16;

/// A block of `st_blocks`, in bytes, whatever the file system's own are.
const BLOCK: u64 = 512;

/// What begins with this is taken for a deletion by whoever unpacks a layer.
const WHITEOUT: &[u8] = b".wh.";

/// How much is wanted to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Detail {
    /// What a look at each entry tells. No file is opened.
    Outline,
    /// Extended attributes, holes and hard links, too.
    Everything,
}

pub(super) struct Walk {
    /// Everything that a layer and an index can carry between them.
    pub(super) tree: Tree,
    /// How many entries they can't: devices, and names that mean a deletion in a layer.
    pub(super) skipped: u64,
}

/// An entry, and which file it is if that may have other names.
struct Found {
    node: Node,
    file: Option<(u64, u64)>,
}

/// Reads a directory. What disappears meanwhile is left out.
///
/// # Errors
/// Something can't be read, or has a path too long for a layer.
pub(super) fn walk(root: &Path, detail: Detail) -> Result<Walk, Failure> {
    let mut nodes = vec![root_node(root, detail)?];
    let mut files = BinaryHeap::new();
    let mut skipped = 0;
    let mut level = vec![(0, PathBuf::new())];
    while !level.is_empty() {
        let listings = parallel::map(level.len(), &|n| list(root, &level[n].1, detail))?;
        let mut next = Vec::new();
        for ((id, path), (listing, left_out)) in level.into_iter().zip(listings) {
            skipped += left_out;
            nodes[id].kind = Kind::Directory(nodes.len()..nodes.len() + listing.len());
            for Found { node, file } in listing {
                files.extend(file.map(|file| (file, nodes.len())));
                if let Kind::Directory(_) = node.kind {
                    next.push((nodes.len(), path.join(OsStr::from_bytes(&node.name))));
                }
                nodes.push(node);
            }
        }
        level = next;
    }
    link(&mut nodes, &files.into_sorted_vec());
    Ok(Walk { tree: Tree { nodes }, skipped })
}

/// Makes links of all names of a file but the first. The files are sorted.
fn link(nodes: &mut [Node], files: &[((u64, u64), usize)]) {
    for names in files.chunk_by(|(one, _), (next, _)| one == next) {
        let Some(((_, first), others)) = names.split_first() else { continue };
        for (_, other) in others {
            nodes[*other].kind = Kind::Link(*first);
        }
    }
}

fn root_node(root: &Path, detail: Detail) -> Result<Node, Failure> {
    let failed = |errno| Failure::system("read", root, errno);
    let directory = sys::open_directory(root)?;
    let mut meta = sys::meta(&rustix::fs::fstat(&directory).map_err(failed)?);
    if detail == Detail::Everything {
        meta.xattrs = sys::xattrs(&directory).map_err(failed)?;
    }
    Ok(Node { name: Vec::new(), meta, kind: Kind::Directory(1..1) })
}

/// The entries of a directory, and how many were left out.
fn list(root: &Path, path: &Path, detail: Detail) -> Result<(Vec<Found>, u64), Failure> {
    let at_root = path.as_os_str().is_empty();
    let directory = match sys::open_directory(&root.join(path)) {
        Ok(directory) => directory,
        Err(_) if !at_root && is_gone(&root.join(path)) => return Ok((Vec::new(), 0)),
        Err(failure) => return Err(failure),
    };
    let names = sys::names(&directory).map_err(|errno| Failure::system("read", path, errno))?;
    let mut found = Vec::with_capacity(names.len());
    let mut left_out = 0;
    for name in names {
        if at_root && name.to_bytes() == staging::NAME {
            continue;
        }
        let full = path.join(OsStr::from_bytes(name.to_bytes()));
        if full.as_os_str().len() > LONGEST_PATH {
            let start = &full.as_os_str().as_bytes()[..60];
            let start = start.escape_ascii();
            return Err(Failure::limit(format!("a path is too long for a layer: {start}...")));
        }
        match look(&directory, name, detail) {
            Ok(Some(entry)) => found.push(entry),
            Ok(None) => left_out += 1,
            Err(Errno::NOENT) => {}
            Err(errno) => return Err(Failure::system("read", &full, errno)),
        }
    }
    Ok((found, left_out))
}

fn is_gone(path: &Path) -> bool {
    let stat = rustix::fs::lstat(path);
    stat.map_or_else(|errno| errno == Errno::NOENT, |stat| !sys::file_type(&stat).is_dir())
}

fn look(directory: &OwnedFd, name: CString, detail: Detail) -> Result<Option<Found>, Errno> {
    if name.to_bytes().starts_with(WHITEOUT) {
        return Ok(None);
    }
    let stat = rustix::fs::statat(directory, name.as_c_str(), AtFlags::SYMLINK_NOFOLLOW)?;
    let meta = sys::meta(&stat);
    let kind = match sys::file_type(&stat) {
        FileType::Directory => Kind::Directory(0..0),
        FileType::RegularFile => {
            Kind::File(Content { size: stat.st_size.try_into().unwrap_or(0), pieces: None })
        }
        FileType::Symlink => {
            let target = rustix::fs::readlinkat(directory, name.as_c_str(), Vec::new())?;
            Kind::Symlink(target.into_bytes())
        }
        FileType::Fifo => Kind::Fifo,
        FileType::Socket => Kind::Socket,
        _ => return Ok(None),
    };
    let mut entry = Found { node: Node { name: name.into_bytes(), meta, kind }, file: None };
    if detail == Detail::Everything {
        look_closer(directory, &stat, &mut entry)?;
    }
    Ok(Some(entry))
}

/// Extended attributes, holes and identity.
fn look_closer(directory: &OwnedFd, stat: &Stat, entry: &mut Found) -> Result<(), Errno> {
    let node = &mut entry.node;
    // Only these can have attributes of users, and nothing else may be opened without a meaning.
    if !matches!(node.kind, Kind::Directory(_) | Kind::File(_)) {
        return Ok(());
    }
    let file = sys::open_file(directory, &node.name)?;
    node.meta.xattrs = sys::xattrs(&file)?;
    if let Kind::File(content) = &mut node.kind {
        if (stat.st_blocks as u64).saturating_mul(BLOCK) < content.size {
            content.pieces = pieces(&file, content.size)?;
        }
        if stat.st_nlink > 1 {
            entry.file = Some((stat.st_dev, stat.st_ino));
        }
    }
    Ok(())
}

/// Where the data of a file are; `None` if it has no holes.
fn pieces(file: &OwnedFd, size: u64) -> Result<Option<Vec<Piece>>, Errno> {
    let mut pieces = Vec::new();
    let mut at = 0;
    while at < size {
        let start = match rustix::fs::seek(file, SeekFrom::Data(at)) {
            Ok(start) => start.min(size),
            // Nothing but a hole follows.
            Err(Errno::NXIO) => break,
            // The file system knows of no holes.
            Err(Errno::INVAL) => return Ok(None),
            Err(errno) => return Err(errno),
        };
        let end = rustix::fs::seek(file, SeekFrom::Hole(start)).unwrap_or(size).min(size);
        if end <= start || pieces.len() == MOST_PIECES {
            return Ok(None);
        }
        pieces.push(Piece { start, length: end - start });
        at = end;
    }
    let whole = [Piece { start: 0, length: size }];
    Ok((pieces != whole).then_some(pieces))
}
