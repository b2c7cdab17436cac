//! One value, and its reading as what is wanted; where it is something else, the error says what was
//! expected and what was found.

use std::collections::BTreeMap;
use strake_llb::Gather;

use toml::Spanned as Node;
use toml::de::{DeInteger, DeValue};

use super::{Reader, Table, shorten};
use crate::diagnostics::{Code, Diagnostic, codes};
use crate::source::{Span, Spanned};

/// So many items may a list have of what registries are asked for.
const FEW: usize = 32;

/// A value that is being read.
#[derive(Clone, Copy)]
pub(crate) struct Value<'r> {
    pub(crate) reader: &'r Reader<'r>,
    /// The key it belongs to; items of an array have that of the array.
    pub(crate) key: &'r str,
    /// The place of the key.
    pub(crate) key_span: Span,
    pub(super) node: &'r DeValue<'r>,
    /// The place of the value.
    pub(crate) span: Span,
}

impl<'r> Value<'r> {
    pub(super) fn new(
        reader: &'r Reader<'r>,
        key: &'r str,
        key_span: Span,
        node: &'r Node<DeValue<'r>>,
    ) -> Self {
        Value { reader, key, key_span, node: node.get_ref(), span: node.span().into() }
    }

    /// The place of key and value.
    pub(crate) fn whole(self) -> Span {
        self.key_span.to(self.span)
    }

    /// Reports a problem at this value.
    pub(crate) fn report(self, code: &'static Code, message: impl Into<String>) {
        self.reader.report(Diagnostic::error(code, message).at(self.span));
    }

    /// Reports a problem at this value, and what to do about it.
    pub(crate) fn report_with_help(
        self,
        code: &'static Code,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.reader.report(Diagnostic::error(code, message).at(self.span).help(help));
    }

    /// Warns of a value that is left out: the build does without it.
    pub(crate) fn ignore(
        self,
        code: &'static Code,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        let found = Diagnostic::warning(code, message).at(self.span).help(help);
        self.reader.report(found.help("the build goes on without it"));
    }

    /// Reports that the value has the wrong type. Gives `None` for whatever was wanted.
    pub(crate) fn wrong_type<T>(self, expected: &str) -> Option<T> {
        let found = self.type_name();
        let message = format!("`{}` must be {expected}, but this is {found}", self.key);
        let error = Diagnostic::error(&codes::WRONG_TYPE, message).at(self.span);
        self.reader.report(match self.rewrite(expected) {
            Some(rewrite) => error.help(format!("write `{rewrite}`")),
            None => error,
        });
        None
    }

    fn type_name(self) -> &'static str {
        match self.node {
            DeValue::String(_) => "a string",
            DeValue::Integer(_) => "an integer",
            DeValue::Float(_) => "a float",
            DeValue::Boolean(_) => "a boolean",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "an array",
            DeValue::Table(_) => "a table",
        }
    }

    /// The value as the wanted type would have it, where that is plain.
    fn rewrite(self, expected: &str) -> Option<String> {
        let written = self.reader.file.slice(self.span);
        if written.len() > 40 || written.contains('\n') {
            return None;
        }
        match self.node {
            DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_)
                if expected.contains("string") =>
            {
                Some(format!("\"{written}\""))
            }
            DeValue::String(text) if expected.contains("array of strings") => {
                Some(format!("[{}]", words(text).unwrap_or_else(|| written.to_owned())))
            }
            DeValue::String(_) if expected.contains("array") => Some(format!("[{written}]")),
            DeValue::String(text) if expected.contains("boolean") => {
                matches!(text.as_ref(), "true" | "false").then(|| text.to_string())
            }
            _ => None,
        }
    }

    pub(crate) fn is_string(self) -> bool {
        self.node.is_str()
    }

    pub(crate) fn is_array(self) -> bool {
        self.node.is_array()
    }

    pub(crate) fn is_table(self) -> bool {
        self.node.is_table()
    }

    /// The integer, where it is one.
    pub(crate) fn as_integer(self) -> Option<&'r DeInteger<'r>> {
        self.node.as_integer()
    }

    pub(crate) fn boolean(self) -> Option<bool> {
        match self.node {
            DeValue::Boolean(value) => Some(*value),
            _ => self.wrong_type("a boolean"),
        }
    }

    /// A whole number that fits.
    pub(crate) fn number(self, most: u64) -> Option<u64> {
        let Some(integer) = self.as_integer() else { return self.wrong_type("an integer") };
        let number = u64::from_str_radix(integer.as_str(), integer.radix()).ok();
        match number.filter(|number| *number <= most) {
            Some(number) => Some(number),
            None => {
                let message = format!("`{}` must be from 0 to {most}", self.key);
                self.report(&codes::OUT_OF_RANGE, message);
                None
            }
        }
    }

    /// A user or group id and the like.
    pub(crate) fn number_u32(self) -> Option<u32> {
        self.number(u64::from(u32::MAX)).and_then(|number| u32::try_from(number).ok())
    }

    /// A string with arguments filled in that is not empty.
    pub(crate) fn text(self) -> Option<Spanned<String>> {
        let text = self.string()?;
        if text.value.is_empty() {
            self.report(&codes::EMPTY_VALUE, format!("`{}` is empty", self.key));
            return None;
        }
        Some(text)
    }

    /// The items of an array.
    pub(crate) fn items(self) -> Option<Vec<Value<'r>>> {
        let DeValue::Array(items) = self.node else { return self.wrong_type("an array") };
        let item = |node: &'r Node<DeValue<'r>>| Value {
            node: node.get_ref(),
            span: node.span().into(),
            ..self
        };
        Some(items.iter().map(item).collect())
    }

    /// The items of an array, each read; items that are no good are left out.
    pub(crate) fn each<T>(self, read: impl Fn(Value<'r>) -> Option<T>) -> Option<Vec<T>> {
        Some(self.items()?.into_iter().filter_map(read).collect())
    }

    /// Whether an array has few enough items, of a kind that a registry is asked for one by one.
    pub(crate) fn few(self) -> bool {
        let few = self.node.as_array().is_none_or(|items| items.len() <= FEW);
        if !few {
            let message = format!("`{}` has more than {FEW} items", self.key);
            let help = "every build asks for each of them and uses the first that exists";
            self.report_with_help(&codes::TOO_MANY, message, help);
        }
        few
    }

    /// The items of an array, or the value itself where it is none.
    pub(crate) fn one_or_more(self) -> Vec<Value<'r>> {
        match self.node {
            DeValue::Array(_) => self.items().unwrap_or_default(),
            _ => vec![self],
        }
    }

    /// An array of strings, none of them empty.
    pub(crate) fn texts(self) -> Option<Vec<Spanned<String>>> {
        if !self.is_array() {
            return self.wrong_type("an array of strings");
        }
        self.each(Value::text)
    }

    /// An array of strings as they are written: an argument vector.
    pub(crate) fn argv(self) -> Option<Vec<Spanned<String>>> {
        match self.node {
            DeValue::Array(_) => {}
            DeValue::String(text) if words(text).is_none() => {
                let message =
                    format!("`{}` must be an array of strings, without a shell", self.key);
                let help = "write `[\"/bin/sh\", \"-c\", \"...\"]` to use a shell";
                self.report_with_help(&codes::WRONG_TYPE, message, help);
                return None;
            }
            _ => return self.wrong_type("an array of strings"),
        }
        self.each(Value::literal)
    }

    /// A table, called by its key.
    pub(crate) fn table(self) -> Option<Table<'r>> {
        self.table_called(self.key)
    }

    /// A table, called by a name.
    pub(crate) fn table_called(self, what: &str) -> Option<Table<'r>> {
        match self.node {
            DeValue::Table(entries) => {
                Some(Table::new(self.reader, entries, self.span, format!("`{what}`")))
            }
            _ => self.wrong_type("a table"),
        }
    }

    /// A table where another form was possible, too; called by its key.
    pub(crate) fn either(self, expected: &str) -> Option<Table<'r>> {
        match self.node {
            DeValue::Table(_) => self.table(),
            _ => self.wrong_type(expected),
        }
    }

    /// The items of an array that has some.
    pub(crate) fn non_empty_items(self) -> Option<Vec<Value<'r>>> {
        let items = self.items()?;
        if items.is_empty() {
            self.report(&codes::EMPTY_VALUE, format!("`{}` is empty", self.key));
            return None;
        }
        Some(items)
    }

    /// A command as it is written, that is not empty.
    pub(crate) fn command(self) -> Option<Spanned<String>> {
        let command = self.literal()?;
        if command.value.trim().is_empty() {
            self.report(&codes::EMPTY_VALUE, format!("`{}` is empty", self.key));
            return None;
        }
        Some(command)
    }

    /// One of a few words.
    pub(crate) fn choice<T: Clone>(self, choices: &[(&str, T)]) -> Option<T> {
        let text = self.text()?;
        let found = choices.iter().find(|(name, _)| *name == text.value);
        if found.is_none() {
            let names = || choices.iter().map(|(name, _)| *name);
            let list: Vec<String> = names().map(|name| format!("`{name}`")).collect();
            let message = format!("`{}` cannot be `{}`", self.key, shorten(&text.value));
            let help = self
                .reader
                .suggestions
                .did_you_mean(&text.value, names())
                .unwrap_or_else(|| format!("the choices are {}", list.join(", ")));
            self.report_with_help(&codes::INVALID_CHOICE, message, help);
        }
        found.map(|(_, value)| value.clone())
    }

    /// A table of strings with keys of the user's own.
    pub(crate) fn string_map(self) -> Option<BTreeMap<String, Spanned<String>>> {
        let entries = self.table()?.entries();
        let named = |(name, value): (Spanned<&str>, Value<'r>)| {
            if name.value.is_empty() {
                self.reader.report(
                    Diagnostic::error(&codes::INVALID_NAME, "the key is empty").at(name.span),
                );
                return None;
            }
            Some((name.value.to_owned(), value.string()?))
        };
        Some(entries.into_iter().filter_map(named).gather())
    }

    /// The same, without the places.
    pub(crate) fn plain_map(self) -> Option<BTreeMap<String, String>> {
        let map = self.string_map()?;
        Some(map.into_iter().map(|(key, text)| (key, text.value)).gather())
    }
}

/// Words in a row as strings of their own, `"a", "b"`; none where only a shell could tell what they are.
fn words(text: &str) -> Option<String> {
    let plain = |c: char| c.is_alphanumeric() || " +-./:=@_,~%".contains(c);
    let quoted = text.split_whitespace().map(|word| format!("\"{word}\""));
    text.chars().all(plain).then(|| quoted.collect::<Vec<_>>().join(", "))
}
