//! How large a plan may be. What is said once, of a stage or a layer, is in each of its steps, so a manifest that is
//! not even long could ask for more than any daemon takes, and keep the builder busy with it.

use std::cell::Cell;

use super::Exec;
use super::stage::StageState;
use crate::diagnostics::{Diagnostic, codes};
use crate::manifest::model::{Copy, FilesAction};
use crate::source::Span;

/// In bytes: BuildKit takes no longer message, and the definition is one.
const MOST: usize = 16 << 20;

/// About what each item takes besides its text.
const ITEM: usize = 16;

/// What is left, for one platform.
pub(super) struct Budget(Cell<usize>);

impl Budget {
    pub(super) fn new() -> Self {
        Budget(Cell::new(MOST))
    }

    /// Whether nothing more is to be planned: it was said that this is too much.
    pub(super) fn is_spent(&self) -> bool {
        self.0.get() == 0
    }

    /// Takes what something at a place needs.
    ///
    /// # Errors
    /// It is more than there is.
    pub(super) fn take(&self, bytes: usize, place: Span) -> Result<(), Diagnostic> {
        let left = self.0.get().saturating_sub(bytes);
        self.0.set(left);
        if left > 0 {
            return Ok(());
        }
        let text = format!("the steps up to here exceed {} MiB together", MOST >> 20);
        let help = "each step repeats `env`, `inputs` and `exclude` of its stage and layer: shorten them, or use fewer steps";
        Err(Diagnostic::error(&codes::TOO_MANY, text).at(place).help(help))
    }
}

/// What the stages above inherit.
pub(super) fn of_state(state: &StageState) -> usize {
    let env = state.env.iter().map(|(name, value)| name.len() + value.len() + ITEM);
    let labels = state.image.config.labels.iter().flatten();
    let labels = labels.map(|(name, value)| name.len() + value.len() + ITEM);
    env.chain(labels).sum()
}

pub(super) fn of_exec(exec: &Exec) -> usize {
    let env = texts(&exec.env);
    let mounts = exec.mounts.iter().map(|mount| mount.target.len() + 4 * ITEM).sum::<usize>();
    env + mounts + texts(&exec.args)
}

/// What a file action repeats: each source of a copy has all its patterns.
pub(super) fn of_files(action: &FilesAction) -> usize {
    let FilesAction::Copy(Copy { src, dest, exclude, .. }) = action else { return 0 };
    let patterns = exclude.iter().map(|pattern| pattern.value.len() + ITEM).sum::<usize>();
    src.len().saturating_mul(patterns + dest.value.len() + ITEM)
}

fn texts(texts: &[String]) -> usize {
    texts.iter().map(|text| text.len() + ITEM).sum()
}
