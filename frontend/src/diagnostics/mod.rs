//! What a user can fix. One [`Diagnostic`] type for everything found wrong with what the user
//! wrote; the renderers (gRPC details, the lint subrequest, text) stand in files of their own and no
//! renderer type leaks out of them.

pub mod codes;
pub mod lint;
pub(crate) mod lint_more;
pub mod source_details;
pub(crate) mod suggest;
pub mod text;

use crate::source::{SourceFile, Span};

/// Where the pages of the codes are published.
const PAGES: &str = concat!(env!("CARGO_PKG_REPOSITORY"), "/blob/main/docs/codes");

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The build goes on.
    Warning,
    /// The build can't go on.
    Error,
}

/// A kind of problem. Its page, `docs/codes/NAME.md`, explains it: no build needs that text, so it is not in
/// the program.
#[derive(Debug, PartialEq, Eq)]
pub struct Code {
    /// Stable name in kebab case, `unknown-key`.
    pub name: &'static str,
    /// One sentence, with which the page begins.
    pub summary: &'static str,
}

impl Code {
    /// The page that explains it.
    pub fn url(&self) -> String {
        format!("{PAGES}/{}.md", self.name)
    }
}

/// A place and what is to be said of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    pub span: Span,
    /// What is there; may be empty for a primary label.
    pub text: String,
}

/// One problem with what the user wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    pub code: &'static Code,
    /// Whether the build can go on.
    pub severity: Severity,
    /// One sentence: what is wrong, with the user's own names in it.
    pub message: String,
    /// The place to look at first; none where the problem is not in the file (a build argument).
    pub primary: Option<Label>,
    /// Other places that play a part.
    pub secondary: Vec<Label>,
    /// What to do about it.
    pub help: Vec<String>,
}

impl Diagnostic {
    /// An error of a kind.
    pub fn error(code: &'static Code, message: impl Into<String>) -> Self {
        Diagnostic {
            code,
            severity: Severity::Error,
            message: message.into(),
            primary: None,
            secondary: Vec::new(),
            help: Vec::new(),
        }
    }

    /// A warning of a kind.
    pub fn warning(code: &'static Code, message: impl Into<String>) -> Self {
        Diagnostic { severity: Severity::Warning, ..Diagnostic::error(code, message) }
    }

    /// Points at the place to look at first.
    #[must_use]
    pub fn at(mut self, span: Span) -> Self {
        self.primary = Some(Label { span, text: String::new() });
        self
    }

    /// Says what is at the place to look at first.
    #[must_use]
    pub fn labelled(mut self, text: impl Into<String>) -> Self {
        if let Some(primary) = &mut self.primary {
            primary.text = text.into();
        }
        self
    }

    /// Points at another place that plays a part.
    #[must_use]
    pub fn and_at(mut self, span: Span, text: impl Into<String>) -> Self {
        self.secondary.push(Label { span, text: text.into() });
        self
    }

    /// Says what to do about it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }

    /// The place to look at first as `FILE:LINE:COLUMN`, both from 1; the file's name alone where
    /// there is no place.
    pub fn location(&self, file: &SourceFile) -> String {
        let Some(primary) = &self.primary else { return file.name().to_owned() };
        let at = file.line_column(primary.span.start);
        format!("{}:{}:{}", file.name(), at.line, at.column + 1)
    }
}

/// Puts problems in the order of the file: those without a place first.
pub(crate) fn sort(diagnostics: &mut [Diagnostic]) {
    diagnostics.sort_by_key(|found| found.primary.as_ref().map(|label| label.span));
}
