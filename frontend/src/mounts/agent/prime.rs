//! Filling an empty mount from a seed: a directory with `tree` and `index`.

use std::path::Path;
use std::time::Duration;

use super::answer::{Answer, Counts, Outcome};
use super::copy::Layout;
use super::failure::{Failure, display};
use super::make::Maker;
use super::restore::{self, Restorer};
use super::seed;
use super::staging::{self, Claim, Staging};
use super::tree::{Kind, Paths, Tree};

/// How long to wait for somebody who fills the same mount: they do our work.
const PATIENCE: Duration = Duration::from_secs(60);

/// Tells whether a mount is empty. What a killed prime has left in it is finished or removed before.
///
/// # Errors
/// The mount can't be read, or what was left can't be removed.
pub(super) fn probe(mount: &Path) -> Result<Answer, Failure> {
    if staging::is_untouched(mount) {
        let used = staging::is_used(mount)?;
        return Ok(if used { Outcome::Warm } else { Outcome::Empty }.into());
    }
    Ok(match staging::claim(mount, Duration::ZERO)? {
        Claim::Warm => Outcome::Warm.into(),
        Claim::Busy => Outcome::Busy.into(),
        Claim::Ours(staging) => {
            staging.discard()?;
            Outcome::Empty.into()
        }
    })
}

/// Fills a mount, if it is empty.
///
/// # Errors
/// The seed is broken or can't be read, or the mount can't be written. The mount is empty then.
pub(super) fn prime(seed: &Path, mount: &Path) -> Result<Answer, Failure> {
    // A command that began on an empty mount makes no difference between what it made and what came later.
    let Some(_undisturbed) = staging::undisturbed(mount)? else {
        return Ok(Outcome::Busy.into());
    };
    let staging = match staging::claim(mount, PATIENCE)? {
        Claim::Warm => return Ok(Outcome::Warm.into()),
        Claim::Busy => return Ok(Outcome::Busy.into()),
        Claim::Ours(staging) => staging,
    };
    let counts = match fill(seed, &staging) {
        Ok(counts) => counts,
        Err(failure) => {
            // The reason to tell is the first one.
            let _ = staging.discard();
            return Err(failure);
        }
    };
    if staging::is_used(mount)? {
        staging.discard()?;
        return Ok(Outcome::Warm.into());
    }
    let outcome = if staging.publish()? { Outcome::Primed } else { Outcome::Warm };
    Ok(Answer { outcome, counts })
}

fn fill(seed: &Path, staging: &Staging) -> Result<Counts, Failure> {
    let tree = seed::index(seed)?.ok_or_else(|| Failure::corrupt("the seed has no index"))?;
    let source = seed.join(seed::TREE);
    let restorer = Restorer::default();
    let target = staging.tree();
    let paths = Paths::of(&tree);
    let layout = Layout::Packed;
    let maker = Maker { tree: &tree, paths, source: &source, layout, target, restorer: &restorer };
    make_everything(&maker)?;
    staging.complete(&tree.nodes[0])?;
    let mut counts = Counts { owners_lost: restorer.owners_lost(), ..Counts::default() };
    counts.measure(&tree);
    Ok(counts)
}

/// All but the root itself, which is there.
fn make_everything(maker: &Maker<'_>) -> Result<(), Failure> {
    let Tree { nodes } = maker.tree;
    let of = |wanted: fn(&Kind) -> bool| -> Vec<usize> {
        (1..nodes.len()).filter(|id| wanted(&nodes[*id].kind)).collect()
    };
    let directories = of(|kind| matches!(kind, Kind::Directory(_)));
    for &id in &directories {
        restore::make_directory(&maker.paths.under(&maker.target, id))?;
    }
    let entries = of(|kind| !matches!(kind, Kind::Directory(_) | Kind::Link(_)));
    maker.entries(&entries, &|id| {
        let path = maker.paths.path(id);
        Err(Failure::corrupt(format!("the seed lacks the {} of its index", display(&path))))
    })?;
    maker.links(&of(|kind| matches!(kind, Kind::Link(_))))?;
    maker.directories(&directories)
}
