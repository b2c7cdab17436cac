//! The content of files: copied, and compared. A file with holes is kept as its pieces, one after
//! the other, so a copy goes from one arrangement of pieces to another.

use std::os::fd::OwnedFd;

use rustix::fs::copy_file_range;
use rustix::io::{Errno, pread, pwrite};

use super::tree::{Content, Piece};

/// From here on the kernel is asked to copy by itself, which may share the blocks.
const LARGE: u64 = 1 << 16;

/// What is read at once, in bytes.
const BUFFER: usize = 1 << 16;

/// How the pieces of a file lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// With holes between them.
    Spread,
    /// One after the other.
    Packed,
}

/// Why a copy was not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Broken {
    /// The file ends before it should.
    Short,
    /// It can't be read.
    Read(Errno),
    /// The copy can't be written.
    Write(Errno),
}

/// Copies the content of a file from one layout into a new file in the other.
pub(super) fn copy(
    content: &Content,
    from: (&OwnedFd, Layout),
    to: (&OwnedFd, Layout),
) -> Result<(), Broken> {
    let mut packed = 0;
    for piece in content.data() {
        let starts = [from.1, to.1].map(|layout| place(layout, piece, packed));
        copy_piece(from.0, to.0, starts, piece.length)?;
        packed += piece.length;
    }
    // A hole at the end is nothing that a write would make.
    if to.1 == Layout::Spread && content.pieces.is_some() {
        rustix::fs::ftruncate(to.0, content.size).map_err(Broken::Write)?;
    }
    Ok(())
}

fn place(layout: Layout, piece: Piece, packed: u64) -> u64 {
    match layout {
        Layout::Spread => piece.start,
        Layout::Packed => packed,
    }
}

fn copy_piece(
    from: &OwnedFd,
    to: &OwnedFd,
    [mut source, mut target]: [u64; 2],
    length: u64,
) -> Result<(), Broken> {
    let end = source + length;
    // Between file systems the kernel may not copy by itself; reading and writing then tells the
    // true reason, if there is one.
    while length > LARGE && source < end {
        let most = usize::try_from(end - source).unwrap_or(usize::MAX);
        match copy_file_range(from, Some(&mut source), to, Some(&mut target), most) {
            Ok(0) | Err(_) => break,
            Ok(_) => {}
        }
    }
    let mut buffer = vec![0; buffer_size(end - source)];
    while source < end {
        let most = buffer_size(end - source).min(buffer.len());
        let read = read_some(from, &mut buffer[..most], source)?;
        let mut rest = &buffer[..read];
        while !rest.is_empty() {
            match pwrite(to, rest, target) {
                Ok(0) => return Err(Broken::Write(Errno::IO)),
                Ok(written) => {
                    rest = &rest[written..];
                    target += written as u64;
                }
                Err(Errno::INTR) => {}
                Err(errno) => return Err(Broken::Write(errno)),
            }
        }
        source += read as u64;
    }
    Ok(())
}

fn buffer_size(length: u64) -> usize {
    usize::try_from(length).map_or(BUFFER, |length| length.min(BUFFER))
}

fn read_some(file: &OwnedFd, buffer: &mut [u8], at: u64) -> Result<usize, Broken> {
    loop {
        match pread(file, &mut *buffer, at) {
            Ok(0) => return Err(Broken::Short),
            Ok(read) => return Ok(read),
            Err(Errno::INTR) => {}
            Err(errno) => return Err(Broken::Read(errno)),
        }
    }
}

/// Whether a file with holes between its pieces, and one of pieces alone, have the same content.
pub(super) fn is_same(
    content: &Content,
    spread: &OwnedFd,
    packed: &OwnedFd,
) -> Result<bool, Broken> {
    let mut buffers = [vec![0; BUFFER], vec![0; BUFFER]];
    let mut packed_at = 0;
    for piece in content.data() {
        let mut done = 0;
        while done < piece.length {
            let most = buffer_size(piece.length - done);
            let [one, other] = &mut buffers;
            fill(spread, &mut one[..most], piece.start + done)?;
            fill(packed, &mut other[..most], packed_at + done)?;
            if one[..most] != other[..most] {
                return Ok(false);
            }
            done += most as u64;
        }
        packed_at += piece.length;
    }
    Ok(true)
}

fn fill(file: &OwnedFd, mut buffer: &mut [u8], mut at: u64) -> Result<(), Broken> {
    while !buffer.is_empty() {
        let read = read_some(file, buffer, at)?;
        buffer = &mut buffer[read..];
        at += read as u64;
    }
    Ok(())
}
