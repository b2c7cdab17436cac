//! Writing a mount's differences to a published seed over it.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use super::answer::{Answer, Counts, Outcome};
use super::compare::{Sameness, is_same_index, sameness};
use super::copy::{self, Broken, Layout};
use super::delta::{Action, Delta, delta, settle_links};
use super::failure::Failure;
use super::keep;
use super::make::Maker;
use super::private::private;
use super::restore::{self, Restorer};
use super::seed::{self, Published};
use super::tree::{Kind, Paths, Tree};
use super::walk::{Detail, Walk, walk};
use super::{parallel, sys};

/// Writes what is different in a mount into `out`, which is a copy of the published seed, or is
/// empty: then everything is written. What is published may be missing or broken.
///
/// # Errors
/// Something can't be read or written. `out` is then in no state to be used.
pub(super) fn export(
    mount: &Path,
    published: &Path,
    out: &Path,
    cap: Option<u64>,
) -> Result<Answer, Failure> {
    let before = seed::published(published)?;
    let Walk { tree, skipped } = walk(mount, Detail::Everything)?;
    let mut counts = Counts { skipped, ..Counts::default() };
    if tree.is_empty() && !before.is_empty() {
        return Ok(Answer { outcome: Outcome::Refused, counts });
    }
    let tree = match private(mount, &tree) {
        private if private.contains(&true) => tree.without(&private),
        _ => tree,
    };
    let (mut tree, over_cap) = keep::cap(tree, cap.unwrap_or(u64::MAX));
    counts.over_cap = over_cap;
    let same = same(mount, &tree, published, &before)?;
    settle_links(&mut tree, &same);
    let mut delta_ = delta(&tree, &before.carried, &same);
    let is_published = before.index.as_ref().is_some_and(|index| is_same_index(index, &tree));
    if is_published && delta_.is_empty() {
        counts.measure(&tree);
        return Ok(Answer { outcome: Outcome::Unchanged, counts });
    }
    let mut carried = &before.carried;
    let nothing = Tree::empty();
    if !seed::is_copy(published, out)? {
        restore::remove(&out.join(seed::TREE))?;
        carried = &nothing;
        delta_ = delta(&tree, carried, &vec![false; tree.nodes.len()]);
    }
    let moving = apply(mount, &tree, carried, &delta_, out, &mut counts)?;
    let entries = tree.nodes.len();
    let tree = tree.without(&moving);
    counts.moving = (entries - tree.nodes.len()) as u64;
    seed::write_index(out, &tree)?;
    counts.measure(&tree);
    Ok(Answer { outcome: Outcome::Exported, counts })
}

impl Published {
    /// Whether nothing is published, or nothing but an empty mount.
    fn is_empty(&self) -> bool {
        self.carried.is_empty() && self.index.as_ref().is_none_or(Tree::is_empty)
    }
}

/// For each node whether its content is published at its path. Reads what has to be read.
fn same(
    mount: &Path,
    tree: &Tree,
    published: &Path,
    before: &Published,
) -> Result<Vec<bool>, Failure> {
    let sameness = sameness(tree, before);
    let paths = Paths::of(tree);
    let seed = published.join(seed::TREE);
    let same = parallel::map(sameness.len(), &|id| match sameness[id] {
        Sameness::Same => Ok(true),
        Sameness::Different => Ok(false),
        Sameness::Open => {
            let open = |root: &Path| {
                let directory = sys::open_directory(&paths.under(root, paths.parent(id))).ok()?;
                sys::open_file(&directory, &tree.nodes[id].name).ok()
            };
            let (Some(content), Some(one), Some(other)) =
                (tree.content(id), open(mount), open(&seed))
            else {
                return Ok(false);
            };
            match copy::is_same(content, &one, &other) {
                Ok(same) => Ok(same),
                // It has changed meanwhile.
                Err(Broken::Short) => Ok(false),
                Err(Broken::Read(errno) | Broken::Write(errno)) => {
                    Err(Failure::system("read", &paths.path(id), errno))
                }
            }
        }
    })?;
    Ok(same)
}

/// Does what is to be done, and tells for each node whether it has changed or disappeared while it
/// was read: somebody writes it just now, and what is half written is worth nothing.
fn apply(
    mount: &Path,
    tree: &Tree,
    carried: &Tree,
    delta: &Delta,
    out: &Path,
    counts: &mut Counts,
) -> Result<Vec<bool>, Failure> {
    let target = out.join(seed::TREE);
    // A mount that was not published before has no directory yet.
    for directory in [out, target.as_path()] {
        if rustix::fs::lstat(directory).is_err() {
            restore::make_directory(directory)?;
        }
    }
    let restorer = Restorer::default();
    let (paths, layout) = (Paths::of(tree), Layout::Spread);
    let maker = Maker { tree, paths, source: mount, layout, target, restorer: &restorer };
    let changed = changed_directories(&maker, carried, delta)?;
    let theirs = Paths::of(carried);
    for &id in &delta.removals {
        restore::remove(&theirs.under(&maker.target, id))?;
    }
    let written: Vec<usize> = delta.with(Action::Write).collect();
    let moving = write(&maker, &written)?;
    let made = |id: &usize| !matches!(tree.nodes[*id].kind, Kind::Link(file) if moving[file]);
    let links: Vec<usize> = delta.with(Action::Link).filter(made).collect();
    maker.links(&links)?;
    touch(&maker, delta)?;
    maker.directories(&changed)?;
    let written = || written.iter().filter(|id| !moving[**id]).copied();
    counts.written = (written().count() + links.len()) as u64;
    counts.written_bytes = bytes(tree, written());
    counts.removed = delta.removals.len() as u64;
    counts.owners_lost = restorer.owners_lost();
    Ok(moving)
}

/// Makes what is no hard link; tells for each node whether it is gone.
fn write(maker: &Maker<'_>, ids: &[usize]) -> Result<Vec<bool>, Failure> {
    let nodes = &maker.tree.nodes;
    let (directories, entries): (Vec<usize>, Vec<usize>) =
        ids.iter().partition(|id| matches!(nodes[**id].kind, Kind::Directory(_)));
    for id in directories {
        restore::make_directory(&maker.paths.under(&maker.target, id))?;
    }
    let moving: Vec<AtomicBool> = nodes.iter().map(|_| AtomicBool::new(false)).collect();
    maker.entries(&entries, &|id| {
        moving[id].store(true, Ordering::Relaxed);
        Ok(())
    })?;
    Ok(moving.into_iter().map(AtomicBool::into_inner).collect())
}

/// The directories in which something changes, made ready for it where they are there; the root is
/// one of them at all times, for the seed's own directory may be new.
fn changed_directories(
    maker: &Maker<'_>,
    carried: &Tree,
    delta: &Delta,
) -> Result<Vec<usize>, Failure> {
    let mut changes: Vec<bool> = vec![false; maker.tree.nodes.len()];
    for (id, action) in delta.actions.iter().enumerate() {
        let is_directory = matches!(maker.tree.nodes[id].kind, Kind::Directory(_));
        changes[id] |= is_directory && matches!(action, Action::Write | Action::Touch);
        changes[maker.paths.parent(id)] |= matches!(action, Action::Write | Action::Link);
    }
    let twins = carried.twins(maker.tree);
    let parents = carried.parents();
    for &removal in &delta.removals {
        if let Some(directory) = twins[parents[removal]] {
            changes[directory] = true;
        }
    }
    changes[0] = true;
    let changed: Vec<usize> = (0..changes.len()).filter(|id| changes[*id]).collect();
    for &id in &changed {
        if delta.actions[id] != Action::Write {
            let ready = restore::make_workable(&maker.paths.under(&maker.target, id));
            ready.map_err(|errno| maker.failure("change", id, errno))?;
        }
    }
    Ok(changed)
}

/// Owners and permissions of what stays. Directories come later.
fn touch(maker: &Maker<'_>, delta: &Delta) -> Result<(), Failure> {
    for id in delta.with(Action::Touch) {
        let node = &maker.tree.nodes[id];
        let directory =
            sys::open_directory(&maker.paths.under(&maker.target, maker.paths.parent(id)))?;
        let touched = match node.kind {
            Kind::Directory(_) => Ok(()),
            Kind::File(_) | Kind::Link(_) => sys::open_file(&directory, &node.name)
                .and_then(|file| maker.restorer.open(&file, &node.meta)),
            _ => maker.restorer.special_meta(&directory, node),
        };
        touched.map_err(|errno| maker.failure("change", id, errno))?;
    }
    Ok(())
}

/// Bytes of those files among some nodes.
fn bytes(tree: &Tree, ids: impl Iterator<Item = usize>) -> u64 {
    ids.map(|id| match &tree.nodes[id].kind {
        Kind::File(content) => content.stored(),
        _ => 0,
    })
    .sum()
}

impl Counts {
    /// How much a tree has.
    pub(super) fn measure(&mut self, tree: &Tree) {
        self.entries = tree.nodes.len() as u64 - 1;
        self.bytes = bytes(tree, 0..tree.nodes.len());
    }
}
