//! The actions that need no other file system, and owners.

use strake_proto::pb;

use super::path::clean;

/// A time that is left to the daemon.
const NO_TIME: i64 = -1;

/// A new owner, a new group, or both.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Chown {
    /// The owner; `None` where only a group is given.
    pub user: Option<User>,
    /// The group; `None` where only an owner is given.
    pub group: Option<User>,
}

/// A user or a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum User {
    /// By number, which is taken as it is.
    Id(u32),
    /// By name, looked up in the file system that the operation stands on.
    Name(String),
}

impl User {
    fn parse(text: &str) -> Self {
        match text {
            "root" => Self::Id(0),
            // BuildKit's library reads 32 bits with a sign, and takes what is left for a name.
            _ => text
                .parse::<i32>()
                .map_or_else(|_| Self::Name(text.to_owned()), |id| Self::Id(id.cast_unsigned())),
        }
    }

    fn to_pb(&self, base: i64) -> pb::UserOpt {
        let user = match self {
            Self::Id(id) => pb::user_opt::User::ById(*id),
            Self::Name(name) => {
                pb::user_opt::User::ByName(pb::NamedUserOpt { name: name.clone(), input: base })
            }
        };
        pb::UserOpt { user: Some(user) }
    }
}

impl Chown {
    pub(super) fn to_pb(&self, base: i64) -> pb::ChownOpt {
        pb::ChownOpt {
            user: self.user.as_ref().map(|user| user.to_pb(base)),
            group: self.group.as_ref().map(|group| group.to_pb(base)),
        }
    }
}

impl From<(u32, u32)> for Chown {
    fn from((uid, gid): (u32, u32)) -> Self {
        Self { user: Some(User::Id(uid)), group: Some(User::Id(gid)) }
    }
}

impl From<&str> for Chown {
    /// Reads `user[:group]`, each a name or a number.
    fn from(text: &str) -> Self {
        let (user, group) = text.split_once(':').map_or((text, None), |(u, g)| (u, Some(g)));
        Self { user: Some(User::parse(user)), group: group.map(User::parse) }
    }
}

macro_rules! owner_and_time {
    () => {
        /// Sets the owner; `root` without this.
        #[must_use]
        pub fn chown(mut self, owner: impl Into<Chown>) -> Self {
            self.owner = Some(owner.into());
            self
        }

        /// Sets the time of what is made, in nanoseconds since 1970.
        #[must_use]
        pub fn timestamp(mut self, nanoseconds: i64) -> Self {
            self.timestamp = Some(nanoseconds);
            self
        }
    };
}

/// Makes a directory. [`FileOp::mkdir`](crate::FileOp::mkdir) takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mkdir {
    path: String,
    mode: u32,
    parents: bool,
    owner: Option<Chown>,
    timestamp: Option<i64>,
}

impl Mkdir {
    /// A directory with permission bits, in one that is there.
    #[must_use]
    pub fn new(path: impl Into<String>, mode: u32) -> Self {
        Self { path: path.into(), mode, parents: false, owner: None, timestamp: None }
    }

    /// Makes the directories above it, too, and does not mind if the directory is there.
    #[must_use]
    pub fn parents(mut self) -> Self {
        self.parents = true;
        self
    }

    owner_and_time!();

    pub(super) fn to_pb(&self, base: i64) -> pb::FileActionMkDir {
        pb::FileActionMkDir {
            path: clean(&self.path),
            mode: permissions(self.mode),
            make_parents: self.parents,
            owner: self.owner.as_ref().map(|owner| owner.to_pb(base)),
            timestamp: timestamp(self.timestamp),
        }
    }
}

/// Writes a file. [`FileOp::mkfile`](crate::FileOp::mkfile) takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mkfile {
    path: String,
    mode: u32,
    data: Vec<u8>,
    owner: Option<Chown>,
    timestamp: Option<i64>,
}

impl Mkfile {
    /// A file with permission bits and content.
    #[must_use]
    pub fn new(path: impl Into<String>, mode: u32, data: impl Into<Vec<u8>>) -> Self {
        Self { path: path.into(), mode, data: data.into(), owner: None, timestamp: None }
    }

    owner_and_time!();

    pub(super) fn to_pb(&self, base: i64) -> pb::FileActionMkFile {
        pb::FileActionMkFile {
            path: clean(&self.path),
            mode: permissions(self.mode),
            data: self.data.clone(),
            owner: self.owner.as_ref().map(|owner| owner.to_pb(base)),
            timestamp: timestamp(self.timestamp),
        }
    }
}

/// Makes a symbolic link (BuildKit 0.19).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Symlink {
    old_path: String,
    new_path: String,
    owner: Option<Chown>,
    timestamp: Option<i64>,
}

impl Symlink {
    /// A link at `new_path` that leads to `old_path`. Neither is changed in any way.
    #[must_use]
    pub fn new(old_path: impl Into<String>, new_path: impl Into<String>) -> Self {
        let (old_path, new_path) = (old_path.into(), new_path.into());
        Self { old_path, new_path, owner: None, timestamp: None }
    }

    owner_and_time!();

    pub(super) fn to_pb(&self, base: i64) -> pb::FileActionSymlink {
        pb::FileActionSymlink {
            oldpath: self.old_path.clone(),
            newpath: self.new_path.clone(),
            owner: self.owner.as_ref().map(|owner| owner.to_pb(base)),
            timestamp: timestamp(self.timestamp),
        }
    }
}

/// Removes a file or a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rm {
    path: String,
    allow_not_found: bool,
    wildcard: bool,
}

impl Rm {
    /// Removes what is at `path`.
    #[must_use]
    pub fn new(path: impl Into<String>) -> Self {
        Self { path: path.into(), allow_not_found: false, wildcard: false }
    }

    /// Does not mind if nothing is there.
    #[must_use]
    pub fn allow_not_found(mut self) -> Self {
        self.allow_not_found = true;
        self
    }

    /// Takes the path for a pattern.
    #[must_use]
    pub fn wildcard(mut self) -> Self {
        self.wildcard = true;
        self
    }

    pub(super) fn to_pb(&self) -> pb::FileActionRm {
        pb::FileActionRm {
            path: clean(&self.path),
            allow_not_found: self.allow_not_found,
            allow_wildcard: self.wildcard,
        }
    }
}

pub(super) fn timestamp(nanoseconds: Option<i64>) -> i64 {
    nanoseconds.unwrap_or(NO_TIME)
}

/// The daemon takes nothing but permission bits for what it makes.
fn permissions(mode: u32) -> i32 {
    (mode & 0o777).cast_signed()
}
