//! System calls as the agent needs them: never through a symbolic link in the last component, and
//! without leaving traces where it only reads.

use std::collections::BinaryHeap;
use std::ffi::{CStr, CString};
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use rustix::fs::{Dir, FileType, Mode, OFlags, Stat};
use rustix::io::Errno;

use super::failure::{Failure, display};
use super::index::is_kept;
use super::tree::{Meta, Time, Xattr};

/// Largest value of an extended attribute, and largest list of names, that Linux has.
const LARGEST_ATTRIBUTE: usize = 1 << 16;

/// Opens a directory to read it and to work in it.
pub(super) fn open_directory(path: &Path) -> Result<OwnedFd, Failure> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    rustix::fs::open(path, flags, Mode::empty()).map_err(|e| Failure::system("open", path, e))
}

/// Opens a file in a directory for reading. A read moves the time of the last one, which says what
/// is in use and what a size cap may leave out; only the owner and root can read without that.
pub(super) fn open_file(directory: &OwnedFd, name: &[u8]) -> Result<OwnedFd, Errno> {
    // Without blocking: what was a file a moment ago may be a pipe by now.
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
    match rustix::fs::openat(directory, name, flags | OFlags::NOATIME, Mode::empty()) {
        Err(Errno::PERM) => rustix::fs::openat(directory, name, flags, Mode::empty()),
        opened => opened,
    }
}

/// Creates a file in a directory; there must be none of this name.
pub(super) fn create_file(directory: &OwnedFd, name: &[u8]) -> Result<OwnedFd, Errno> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
    rustix::fs::openat(directory, name, flags, Mode::RUSR | Mode::WUSR)
}

/// The bytes of a small file; `None` if it is not there.
///
/// # Errors
/// It can't be read, or is no file, or is longer than the limit: then nothing of it is read.
pub(super) fn read_file(path: &Path, limit: usize) -> Result<Option<Vec<u8>>, Failure> {
    let failed = |errno| Failure::system("read", path, errno);
    let other = |is| Failure::corrupt(format!("{} {is}", display(path)));
    // A pipe would be waited for, a link may lead anywhere.
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let file = match rustix::fs::open(path, flags, Mode::empty()) {
        Ok(file) => file,
        Err(Errno::NOENT | Errno::NOTDIR) => return Ok(None),
        // A symbolic link; a socket, or a device that nobody serves.
        Err(Errno::LOOP | Errno::NXIO) => return Err(other("is not a file")),
        Err(errno) => return Err(failed(errno)),
    };
    let stat = rustix::fs::fstat(&file).map_err(failed)?;
    if !file_type(&stat).is_file() {
        return Err(other("is not a file"));
    }
    let too_long = || other("is too long");
    let size = usize::try_from(stat.st_size).map_err(|_| too_long())?;
    if size > limit {
        return Err(too_long());
    }
    let mut bytes = Vec::with_capacity(size);
    let mut buffer = vec![0; 1 << 16];
    while bytes.len() <= limit {
        match rustix::io::read(&file, &mut buffer[..]) {
            Ok(0) => break,
            Ok(read) => bytes.extend_from_slice(&buffer[..read]),
            Err(Errno::INTR) => {}
            Err(errno) => return Err(failed(errno)),
        }
    }
    // It grows while it is read.
    if bytes.len() > limit { Err(too_long()) } else { Ok(Some(bytes)) }
}

/// Writes a small file, over what is there.
pub(super) fn write_file(path: &Path, mut bytes: &[u8]) -> Result<(), Failure> {
    let failed = |errno| Failure::system("write", path, errno);
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::TRUNC | OFlags::CLOEXEC;
    let file = rustix::fs::open(path, flags, Mode::from_raw_mode(0o644)).map_err(failed)?;
    while !bytes.is_empty() {
        match rustix::io::write(&file, bytes) {
            Ok(0) => return Err(failed(Errno::IO)),
            Ok(written) => bytes = &bytes[written..],
            Err(Errno::INTR) => {}
            Err(errno) => return Err(failed(errno)),
        }
    }
    Ok(())
}

/// The names in a directory, in ascending order.
pub(super) fn names(directory: &OwnedFd) -> Result<Vec<CString>, Errno> {
    // A heap, as wherever the agent sorts: every other sort is several times as much code, for
    // each type that it sorts.
    let mut names = BinaryHeap::new();
    for entry in Dir::read_from(directory)? {
        let entry = entry?;
        if ![b".".as_slice(), b".."].contains(&entry.file_name().to_bytes()) {
            names.push(entry.file_name().to_owned());
        }
    }
    Ok(names.into_sorted_vec())
}

/// The names in the directory of a path.
pub(super) fn names_in(path: &Path) -> Result<Vec<CString>, Failure> {
    names(&open_directory(path)?).map_err(|errno| Failure::system("read", path, errno))
}

/// What kind of entry this is.
pub(super) fn file_type(stat: &Stat) -> FileType {
    FileType::from_raw_mode(stat.st_mode)
}

/// What a look at an entry tells, without its extended attributes.
pub(super) fn meta(stat: &Stat) -> Meta {
    Meta {
        mode: stat.st_mode & 0o7777,
        uid: stat.st_uid,
        gid: stat.st_gid,
        modified: modified(stat),
        accessed: stat.st_atime,
        xattrs: Vec::new(),
    }
}

/// When an entry was last changed.
pub(super) fn modified(stat: &Stat) -> Time {
    Time { seconds: stat.st_mtime, nanos: stat.st_mtime_nsec as u32 }
}

pub(super) fn now() -> Time {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Time { seconds: now.as_secs().cast_signed(), nanos: now.subsec_nanos() }
}

/// The extended attributes of an open file that are kept, by name. None where the file system has
/// none.
pub(super) fn xattrs(file: impl AsFd) -> Result<Vec<Xattr>, Errno> {
    let file = file.as_fd();
    let listed = match rustix::fs::flistxattr_query(file) {
        Ok(0) | Err(Errno::NOTSUP) => return Ok(Vec::new()),
        Ok(_) => read(&mut |buffer| rustix::fs::flistxattr(file, buffer))?,
        Err(errno) => return Err(errno),
    };
    let mut xattrs: Vec<Xattr> = Vec::new();
    for name in listed.split_inclusive(|byte| *byte == 0) {
        let Ok(name) = CStr::from_bytes_with_nul(name) else { continue };
        if !is_kept(name.to_bytes()) {
            continue;
        }
        match read(&mut |buffer| rustix::fs::fgetxattr(file, name, buffer)) {
            Ok(value) => {
                let name = name.to_bytes().to_vec();
                let place = xattrs.partition_point(|(other, _)| *other < name);
                xattrs.insert(place, (name, value));
            }
            // Taken away in the meantime.
            Err(Errno::NODATA) => {}
            Err(errno) => return Err(errno),
        }
    }
    Ok(xattrs)
}

/// What a call that fills a buffer gives, however long.
fn read(call: &mut dyn FnMut(&mut [u8]) -> Result<usize, Errno>) -> Result<Vec<u8>, Errno> {
    let mut buffer = vec![0; LARGEST_ATTRIBUTE];
    let length = call(&mut buffer)?;
    buffer.truncate(length);
    buffer.shrink_to_fit();
    Ok(buffer)
}
