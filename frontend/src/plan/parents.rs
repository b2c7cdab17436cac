//! Directories above cache mounts, for steps of other users than root. Not those above `inputs` and
//! `binds`: they would stay in the image, where nobody asked for them.
//!
//! What is missing above a mount the daemon makes as root, in the layer of the step: beside a mount at
//! `/app/.next/cache`, the user of the step can't make `/app/.next/server`. So these directories
//! are made before the step, as the user's. Those that are there stay as they are.

use std::collections::BTreeSet;

use strake_llb::Gather;

use super::files::DIRECTORY;
use super::{Exec, FileAction, Mount, MountKind, OpKind, title};
use crate::paths;

/// Directories of which no trace stays in the layer: in memory, and strake's own, which nobody else
/// writes to.
const TRACELESS: [&str; 2] = ["/dev", "/var/cache/strake"];

/// What makes the directories, and its title; none where nothing is to be made.
pub(super) fn above(exec: &Exec, workdir: &str) -> Option<(String, OpKind)> {
    if is_root(&exec.user) {
        return None;
    }
    let targets: BTreeSet<&str> = exec.mounts.iter().map(|mount| mount.target.as_str()).gather();
    let is_cache = |mount: &&Mount| matches!(mount.kind, MountKind::Cache(_));
    let directories = exec.mounts.iter().filter(is_cache);
    let directories = directories.filter_map(|mount| paths::parent(&mount.target));
    let directories: BTreeSet<&str> =
        directories.filter(|directory| !is_there(directory, workdir, &targets)).gather();
    if directories.is_empty() {
        return None;
    }
    let make = |directory: &&str| FileAction::Mkdir {
        path: (*directory).to_owned(),
        mode: DIRECTORY,
        owner: Some(exec.user.clone()),
        exact: false,
    };
    let names: Vec<&str> = directories.iter().copied().collect();
    let title = title::first_line(&format!("mkdir {}", names.join(" ")));
    Some((title, OpKind::Files(directories.iter().map(make).collect())))
}

/// Whether a directory is made by another (the working directory is the stage's), or is not in the
/// layer.
fn is_there(directory: &str, workdir: &str, mounts: &BTreeSet<&str>) -> bool {
    let mut above = std::iter::successors(Some(directory), |at| paths::parent(at));
    paths::is_below(workdir, directory)
        || TRACELESS.iter().any(|own| paths::is_below(directory, own))
        || above.any(|at| mounts.contains(at))
}

fn is_root(user: &str) -> bool {
    let name = user.split(':').next().unwrap_or_default();
    matches!(name, "" | "root") || name.parse() == Ok(0_u32)
}

#[cfg(test)]
mod tests {
    use strake_llb::{CacheSharing, NetMode};

    use super::*;
    use crate::cache::PlannedCacheMount;

    fn made(user: &str, targets: &[&str], other: &str) -> String {
        made_beside(user, targets, (other, MountKind::Tmpfs(0)))
    }

    fn made_beside(user: &str, targets: &[&str], (other, kind): (&str, MountKind)) -> String {
        let cache = PlannedCacheMount {
            name: String::new(),
            id: String::new(),
            sharing: CacheSharing::Shared,
            owner: None,
            compiled: false,
        };
        let cache = |target: &&str| Mount {
            target: (*target).to_owned(),
            kind: MountKind::Cache(cache.clone()),
        };
        let other = Mount { target: other.to_owned(), kind };
        let exec = Exec {
            args: Vec::new(),
            env: Vec::new(),
            cwd: "/app/web".into(),
            user: user.into(),
            network: NetMode::Sandbox,
            insecure: false,
            mounts: targets.iter().map(cache).chain([other]).collect(),
            secret_env: Vec::new(),
        };
        above(&exec, "/app/web").map_or(String::new(), |(title, _)| title)
    }

    #[test]
    fn what_is_missing_above_a_mount_is_made() {
        assert_eq!(made("7", &["/app/web/.next/cache"], "/tmp"), "mkdir /app/web/.next");
        assert_eq!(made("app:app", &["/a/b/c", "/a/b/d", "/x/y"], "/tmp"), "mkdir /a/b /x");
        let bound = MountKind::Bind {
            from: crate::select::SourceRef::MainContext,
            source: "/package.json".into(),
            writable: false,
        };
        assert_eq!(made_beside("7", &[], ("/app/web/ui/package.json", bound)), "");
    }

    #[test]
    fn nothing_is_made_where_it_is_there_or_of_no_use() {
        for root in ["", "root", "0", "0:7", "root:app"] {
            assert_eq!(made(root, &["/a/b/c"], "/tmp"), "", "{root}");
        }
        // At the root, above the working directory, in memory, strake's own.
        for target in ["/a", "/app/x", "/app/web/x", "/dev/a/b", "/var/cache/strake/uv"] {
            assert_eq!(made("7", &[target], "/tmp"), "", "{target}");
        }
        assert_eq!(made("7", &["/tmp/a/b"], "/tmp"), "", "in another mount");
    }
}
