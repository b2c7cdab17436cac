//! Archives of packages that a step is lent, where the package manager keeps what it fetched for everybody: a
//! mount there would hide what the image has, and would keep what a later step or the container wants. So the
//! mount holds archives alone, out of everybody's sight. Before the command, strake's program copies those that a
//! lock of the project names to where the tool looks for them; afterwards it removes those that the tool had no
//! use for, and copies what is new to the mount. The layer is what it would have been.

use std::fmt::Write as _;

use crate::presets::Lock;

/// The variable that has a list of [`Lend`].
pub(crate) const VARIABLE: &str = "STRAKE_LEND";

/// A mount whose archives are lent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Lend {
    /// The file that names the archives.
    pub lock: Lock,
    /// Where the mount is.
    pub mount: String,
    /// Whether the tool's home may be made where it is not there: nobody else in the step makes it, or would fail
    /// because it is there.
    pub makes_home: bool,
}

/// What stands for [`Lend::makes_home`].
const MAKES: &str = "makes";
const KEEPS: &str = "keeps";

/// A line for each.
pub(crate) fn to_text(lent: &[Lend]) -> String {
    let mut text = String::new();
    for Lend { lock, mount, makes_home } in lent {
        let makes = if *makes_home { MAKES } else { KEEPS };
        let _ = writeln!(text, "{} {makes} {mount}", lock.name());
    }
    text
}

/// The opposite of [`to_text`].
pub(crate) fn parse(text: &str) -> Option<Vec<Lend>> {
    let line = |line: &str| {
        let (name, rest) = line.split_once(' ')?;
        let (makes, mount) = rest.split_once(' ')?;
        let lock = [Lock::Go, Lock::Cargo].into_iter().find(|lock| lock.name() == name)?;
        let makes_home =
            [(MAKES, true), (KEEPS, false)].into_iter().find(|(word, _)| *word == makes)?.1;
        Some(Lend { lock, mount: mount.to_owned(), makes_home })
    };
    text.lines().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let lend =
            |lock, mount: &str, makes_home| Lend { lock, mount: mount.to_owned(), makes_home };
        let all = vec![lend(Lock::Go, "/dev/a b", true), lend(Lock::Cargo, "/c", false)];
        assert_eq!(parse(&to_text(&all)), Some(all));
        assert_eq!(parse("yarn.lock makes /a"), None);
        assert_eq!(parse("go.sum takes /a"), None);
    }
}
