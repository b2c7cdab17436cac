//! Arguments in strings: parses a literal as a template, checks its names, fills them in.

use toml::de::DeValue;

use super::{Reader, Value};
use crate::diagnostics::{Diagnostic, codes};
use crate::manifest::scope::Known;
use crate::source::{Span, Spanned};
use crate::template::{ExpandErrorKind, Place, Template};

/// All expanded strings together may be this long: some arguments in many strings grow quickly.
pub(super) const BUDGET: usize = 64 << 20;

impl<'r> Reader<'r> {
    /// Where the text of a string literal stands, if it was written without escapes.
    fn place(&self, text: &str, literal: Span) -> Place {
        let written = self.file.slice(literal);
        let quotes = ["\"\"\"\n", "'''\n", "\"\"\"", "'''", "\"", "'"];
        let opening = quotes.iter().find(|quote| written.starts_with(**quote));
        match opening {
            Some(quote) if written[quote.len()..].starts_with(text) => {
                Place::From(literal.start + quote.len())
            }
            _ => Place::Inside(literal),
        }
    }

    /// A string with its arguments filled in. A name that is no argument is an error.
    pub(super) fn expand(&self, text: &str, literal: Span) -> Option<String> {
        if !text.contains('$') {
            return Some(text.to_owned());
        }
        let template = self.template(text, literal)?;
        let names = template.free_names();
        for (name, span) in &names {
            self.report_unknown_name(name, *span, literal);
        }
        if !names.is_empty() {
            // In a lenient read the names may be arguments without a value: show what is written.
            return self.is_missing(&template).then(|| text.to_owned());
        }
        self.evaluate(&template)
    }

    /// A string with its arguments filled in, in which other names may stay.
    pub(super) fn environment(&self, text: &str, literal: Span) -> Option<Template> {
        if !text.contains('$') {
            return Some(Template::literal(text));
        }
        let template = self.template(text, literal)?;
        if template.free_names().is_empty() {
            return self.evaluate(&template).map(Template::literal);
        }
        Some(template)
    }

    /// Parses, and fills in the arguments that have a value.
    fn template(&self, text: &str, literal: Span) -> Option<Template> {
        let mut template = match Template::parse(text, self.place(text, literal)) {
            Ok(template) => template,
            Err(error) => {
                let found = Diagnostic::error(&codes::BAD_SUBSTITUTION, error.message);
                self.report(found.at(error.span).help("a dollar sign is written `\\$`"));
                return None;
            }
        };
        let scope = self.scope.borrow();
        template.bind(&|name| match scope.look_up(name) {
            Known::Value(value) => Some(value.to_owned()),
            Known::Missing | Known::Not => None,
        });
        Some(template)
    }

    fn is_missing(&self, template: &Template) -> bool {
        let scope = self.scope.borrow();
        template.free_names().iter().all(|(name, _)| scope.look_up(name) == Known::Missing)
    }

    /// An argument without a value has been reported where it is declared.
    fn report_unknown_name(&self, name: &str, span: Span, literal: Span) {
        let scope = self.scope.borrow();
        if scope.look_up(name) == Known::Missing {
            self.sink.borrow_mut().mark_unknown(literal);
            return;
        }
        let mut found =
            Diagnostic::error(&codes::UNKNOWN_ARGUMENT, format!("there is no argument `{name}`"))
                .at(span);
        if !self.is_full() {
            found.help.extend(scope.help_for_unknown(name, &self.suggestions));
        }
        found = match scope.declared_below(name) {
            Some(below) => found.and_at(below, "declared here, and can be used below"),
            None => found,
        };
        self.report(found);
    }

    fn evaluate(&self, template: &Template) -> Option<String> {
        let error = match template.expand(&|_| None) {
            Ok(text) => return self.charge(text, template),
            Err(error) => error,
        };
        let code = match error.kind {
            ExpandErrorKind::Required { .. } => &codes::REQUIRED_VALUE,
            ExpandErrorKind::TooLong | ExpandErrorKind::LongPattern => &codes::TOO_LONG,
            ExpandErrorKind::Unset { .. } => &codes::UNKNOWN_ARGUMENT,
        };
        self.report(Diagnostic::error(code, error.kind.to_string()).at(error.span));
        None
    }

    fn charge(&self, text: String, template: &Template) -> Option<String> {
        let Some(left) = self.budget.get().checked_sub(text.len()) else {
            let message = "the strings of this manifest are too long when expanded";
            let mut found = Diagnostic::error(&codes::TOO_LONG, message);
            if let Some((_, span)) = template.names().first() {
                found = found.at(*span);
            }
            self.report(found);
            return None;
        };
        self.budget.set(left);
        Some(text)
    }
}

impl<'r> Value<'r> {
    /// A string with arguments filled in.
    pub(crate) fn string(self) -> Option<Spanned<String>> {
        let text = self.written()?;
        let value = self.reader.expand(text, self.span)?;
        Some(Spanned::new(value, self.span))
    }

    /// The value of an environment variable.
    pub(crate) fn template(self) -> Option<Spanned<Template>> {
        let text = self.written()?;
        let value = self.reader.environment(text, self.span)?;
        Some(Spanned::new(value, self.span))
    }

    /// A string as it is written, `$` and all: commands.
    pub(crate) fn literal(self) -> Option<Spanned<String>> {
        self.written().map(|text| Spanned::new(text.to_owned(), self.span))
    }

    fn written(self) -> Option<&'r str> {
        match self.node {
            DeValue::String(text) if text.contains('\0') => {
                self.report(&codes::ZERO_BYTE, format!("`{}` has a zero byte", self.key));
                None
            }
            DeValue::String(text) => Some(text),
            _ => self.wrong_type("a string"),
        }
    }
}
