//! What a command sees besides the file system of its stage.

use crate::source::Spanned;

/// A secret for a step.
#[derive(Debug, Clone)]
pub struct Secret {
    /// The name that the client knows it by.
    pub id: Spanned<String>,
    /// Path of the file; `/run/secrets/ID` where neither path nor variable is given.
    pub target: Option<Spanned<String>>,
    /// The environment variable that it is put into.
    pub env: Option<Spanned<String>>,
    /// Owner of the file.
    pub uid: u32,
    /// Group of the file.
    pub gid: u32,
    /// Mode of the file.
    pub mode: u32,
    /// The build fails without it.
    pub required: bool,
}

/// An SSH agent for a step.
#[derive(Debug, Clone)]
pub struct Ssh {
    /// Its id, `default` where none is given.
    pub id: Spanned<String>,
    /// Path of the socket.
    pub target: Option<Spanned<String>>,
    /// Owner of the socket.
    pub uid: u32,
    /// Group of the socket.
    pub gid: u32,
    /// Mode of the socket.
    pub mode: u32,
    /// The build fails without it.
    pub required: bool,
}

#[derive(Debug, Clone)]
pub struct Tmpfs {
    pub target: Spanned<String>,
    /// Bytes; no limit where zero.
    pub size: u64,
}

#[derive(Debug, Clone)]
pub struct Bind {
    /// Stage, named context or image; the main context where none is given.
    pub from: Option<Spanned<String>>,
    /// Path in it, the root where none is given.
    pub src: Option<Spanned<String>>,
    /// Where it is mounted.
    pub target: Spanned<String>,
    /// Writable; what is written is thrown away.
    pub writable: bool,
}
