//! Reads a parsed TOML document with places kept and every problem reported: [`Table`] hands out the
//! keys, [`Value`] turns one value into what is wanted, [`Reader`] knows the file, the arguments and
//! what was found wrong. A function that reads something gives `None` where it has reported why not.

mod expand;
mod sink;
mod table;
mod value;

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

pub(crate) use sink::SHOWN;
pub(crate) use table::{Table, shorten};
pub(crate) use value::Value;

use crate::diagnostics::Diagnostic;
use crate::diagnostics::suggest::Suggestions;
use crate::manifest::scope::Scope;
use crate::platform::Platform;
use crate::source::{SourceFile, Span};
use sink::Sink;

/// What reading needs to know everywhere.
pub(crate) struct Reader<'r> {
    file: &'r SourceFile,
    lenient: bool,
    /// The arguments that are known by now.
    pub(crate) scope: RefCell<Scope>,
    /// The platform that `when` compares with.
    pub(crate) target: Option<Platform>,
    /// Names of cache mounts that a layer may use.
    pub(crate) caches: BTreeSet<String>,
    sink: RefCell<Sink>,
    /// How many bytes all expanded strings together may still take.
    budget: Cell<usize>,
    pub(crate) suggestions: Suggestions,
}

impl<'r> Reader<'r> {
    /// A reader of a file, with the arguments that are there without being declared.
    pub(crate) fn new(file: &'r SourceFile, scope: Scope, lenient: bool) -> Self {
        Reader {
            file,
            lenient,
            scope: RefCell::new(scope),
            target: None,
            caches: BTreeSet::new(),
            sink: RefCell::default(),
            budget: Cell::new(expand::BUDGET),
            suggestions: Suggestions::default(),
        }
    }

    pub(crate) fn file(&self) -> &'r SourceFile {
        self.file
    }

    /// Takes note of a problem. In a lenient read, problems of a string that an argument without a
    /// value is in are none.
    pub(crate) fn report(&self, found: Diagnostic) {
        self.sink.borrow_mut().push(found);
    }

    /// Whether more problems were found than are shown, so that details are no longer worth the time.
    pub(crate) fn is_full(&self) -> bool {
        self.sink.borrow().is_full()
    }

    /// Whether the value of a literal is not known, since an argument in it has none.
    pub(crate) fn is_unknown(&self, literal: Span) -> bool {
        self.sink.borrow().is_unknown(literal)
    }

    /// Whether arguments that are required may have no value.
    pub(crate) fn is_lenient(&self) -> bool {
        self.lenient
    }

    /// The warnings, or errors and warnings where there are errors; in the order of the file.
    pub(crate) fn finish(self) -> Result<Vec<Diagnostic>, Vec<Diagnostic>> {
        self.sink.into_inner().finish()
    }
}
