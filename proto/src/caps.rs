//! Capabilities: what a daemon can do, by name.
//!
//! A daemon lists its capabilities in the answer to `Ping`; a definition lists, for each vertex,
//! those that it needs, and a daemon that lacks one refuses with a clear message. Each constant here
//! comes with the first release that had it, so that a message to the user can say which daemon
//! would do.

use std::fmt;

pub mod gateway;
pub mod llb;

/// A minor release of BuildKit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Release {
    /// The major version, zero so far.
    pub major: u16,
    /// The minor version, which each release with new capabilities counts up.
    pub minor: u16,
}

impl Release {
    /// The release that is written `major.minor`.
    #[must_use]
    pub const fn new(major: u16, minor: u16) -> Self {
        Self { major, minor }
    }
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// A row of the table: an id and the first release that lists it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capability {
    /// The id on the wire.
    pub id: &'static str,
    /// The first release whose daemon lists the id.
    pub since: Release,
}

/// The first release that has the capability, of LLB or of the gateway; `None` for an unknown id.
#[must_use]
pub fn first_release(id: &str) -> Option<Release> {
    [llb::ALL, gateway::ALL].into_iter().find_map(|table| {
        let at = table.binary_search_by(|row| row.id.cmp(id)).ok()?;
        table.get(at).map(|row| row.since)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_sorted_and_ids_unique() {
        for table in [llb::ALL, gateway::ALL] {
            assert!(table.windows(2).all(|rows| rows[0].id < rows[1].id));
        }
        assert!(gateway::ALL.iter().all(|g| llb::ALL.iter().all(|l| l.id != g.id)));
    }

    #[test]
    fn releases_are_found_in_both_tables() {
        assert_eq!(first_release("mergeop"), Some(Release::new(0, 10)));
        assert_eq!(first_release("exec.validexitcode"), Some(Release::new(0, 17)));
        assert_eq!(first_release("frontend.inputs"), Some(Release::new(0, 7)));
        assert_eq!(first_release("soruce.http.uidgid"), Some(Release::new(0, 3)));
        assert_eq!(first_release("nothing.such"), None);
        assert_eq!(Release::new(0, 10).to_string(), "0.10");
    }
}
