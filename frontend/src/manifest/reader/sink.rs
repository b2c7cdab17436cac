//! Collects problems, but not without end: a file of another kind taken for a manifest has a problem
//! on every line, and nobody reads the thousandth.

use std::collections::BTreeSet;

use crate::diagnostics::{self, Diagnostic, Severity, codes};
use crate::source::Span;

/// How many errors, and how many warnings, are shown.
pub(crate) const SHOWN: usize = 50;

#[derive(Debug, Default)]
pub(super) struct Sink {
    errors: Vec<Diagnostic>,
    warnings: Vec<Diagnostic>,
    left_out: usize,
    /// Literals whose value is not known, since an argument in them has none.
    unknown: BTreeSet<Span>,
}

impl Sink {
    pub(super) fn push(&mut self, found: Diagnostic) {
        if found.primary.as_ref().is_some_and(|label| self.is_unknown(label.span)) {
            return;
        }
        let list = match found.severity {
            Severity::Error => &mut self.errors,
            Severity::Warning => &mut self.warnings,
        };
        if list.len() < SHOWN {
            list.push(found);
        } else {
            self.left_out += 1;
        }
    }

    pub(super) fn is_full(&self) -> bool {
        self.errors.len() >= SHOWN
    }

    /// Problems with this literal are not reported from now on.
    pub(super) fn mark_unknown(&mut self, literal: Span) {
        self.unknown.insert(literal);
    }

    pub(super) fn is_unknown(&self, literal: Span) -> bool {
        self.unknown.contains(&literal)
    }

    pub(super) fn finish(mut self) -> Result<Vec<Diagnostic>, Vec<Diagnostic>> {
        let failed = !self.errors.is_empty();
        let mut all = self.errors;
        all.append(&mut self.warnings);
        diagnostics::sort(&mut all);
        if self.left_out > 0 {
            let message = format!("and {} more problems", self.left_out);
            let severity = if failed { Severity::Error } else { Severity::Warning };
            let more = Diagnostic::error(&codes::MORE_PROBLEMS, message);
            all.push(Diagnostic { severity, ..more });
        }
        if failed { Err(all) } else { Ok(all) }
    }
}
