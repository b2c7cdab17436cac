//! Why the agent could not do its work: a code for programs and one line for people.

use std::fmt;
use std::path::Path;

use rustix::io::Errno;

/// What kind of thing went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// The seed contradicts itself: a broken index, or a tree that is not the one of the index.
    Corrupt,
    /// No room, or a quota or a limit on the size of files is reached.
    Full,
    /// The user that the agent runs as may not.
    Denied,
    /// What is there can't be carried by a layer: paths that are too long.
    Limit,
    /// Anything else that reading or writing can end in.
    Io,
}

impl Code {
    pub const ALL: [Code; 5] = [Code::Corrupt, Code::Full, Code::Denied, Code::Limit, Code::Io];

    /// The word that stands for it in an answer.
    pub fn word(self) -> &'static str {
        match self {
            Code::Corrupt => "corrupt",
            Code::Full => "full",
            Code::Denied => "denied",
            Code::Limit => "limit",
            Code::Io => "io",
        }
    }
}

/// A failure. Its text is one line without control characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What kind it is.
    pub code: Code,
    /// What could not be done, with what, and why.
    pub reason: String,
}

impl Failure {
    /// A seed that contradicts itself.
    pub fn corrupt(reason: impl Into<String>) -> Self {
        Failure { code: Code::Corrupt, reason: reason.into() }
    }

    /// What cannot be carried.
    pub fn limit(reason: impl Into<String>) -> Self {
        Failure { code: Code::Limit, reason: reason.into() }
    }

    /// A system call that failed. `doing` is a verb, as in "could not write a/b: disk full".
    pub fn system(doing: &str, path: &Path, errno: Errno) -> Self {
        let code = match errno {
            Errno::NOSPC | Errno::DQUOT | Errno::FBIG => Code::Full,
            Errno::ACCESS | Errno::PERM | Errno::ROFS => Code::Denied,
            Errno::NAMETOOLONG => Code::Limit,
            _ => Code::Io,
        };
        let why = std::io::Error::from(errno);
        Failure { code, reason: format!("could not {doing} {}: {why}", display(path)) }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for Failure {}

/// A path as one line of ASCII, whatever its bytes are.
pub(super) fn display(path: &Path) -> impl fmt::Display + '_ {
    path.as_os_str().as_encoded_bytes().escape_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    #[test]
    fn a_reason_is_one_line() {
        let path = Path::new(OsStr::from_bytes(b"a\nb\xff"));
        let failure = Failure::system("write", path, Errno::NOSPC);
        assert_eq!(failure.code, Code::Full);
        assert_eq!(
            failure.to_string(),
            "could not write a\\nb\\xff: No space left on device (os error 28)"
        );
    }
}
