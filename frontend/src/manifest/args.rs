//! `[arg]`: build arguments. They are read from top to bottom; each may use those above it.

use std::collections::BTreeMap;
use strake_llb::Gather;

use regex_lite::{Regex, RegexBuilder};

use super::model::Arg;
use super::reader::{Reader, Value, shorten};
use crate::diagnostics::{Code, Diagnostic, codes};
use crate::options::OWN_ARGS;
use crate::source::{Span, Spanned};

/// Build arguments that mean something whether the manifest declares them or not.
const MEANINGFUL: [&str; 6] =
    ["HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY", "SOURCE_DATE_EPOCH"];

/// A pattern takes time by its length times that of the value: in bytes as it is written, and as it is compiled.
const LONGEST_PATTERN: usize = 1000;
const LARGEST_PATTERN: usize = 1 << 18;

/// The longest value that is compared with a pattern, in bytes.
const LONGEST_VALUE: usize = 64 << 10;

/// Reads `[arg]`, and adds each argument to the reader's scope.
pub(crate) fn read(value: Value<'_>, given: &BTreeMap<String, String>) -> Option<Vec<Arg>> {
    let table = value.table_called("[arg]")?;
    let entries = table.entries();
    for (name, _) in &entries {
        value.reader.scope.borrow_mut().declare(name.value, name.span);
    }
    let args = entries.into_iter().filter_map(|(name, value)| read_one(&name, value, given));
    Some(args.collect())
}

fn read_one(
    name: &Spanned<&str>,
    value: Value<'_>,
    given: &BTreeMap<String, String>,
) -> Option<Arg> {
    let reader = value.reader;
    let named = is_name(reader, name.value, name.span);
    let mut arg = if value.is_string() {
        let mut arg = bare(name);
        arg.default = value.string();
        arg
    } else if value.is_table() {
        detailed(name, value)?
    } else {
        return value.wrong_type("a string or a table");
    };
    let from_command_line = given.get(name.value);
    // A default that uses an argument without a value is none.
    let default = arg.default.as_ref().filter(|text| !reader.is_unknown(text.span));
    arg.value = from_command_line.or(default.map(|text| &text.value)).cloned();
    check_value(reader, &arg, from_command_line);
    if named {
        let choices = arg.choices.iter().map(|choice| choice.value.clone()).collect();
        reader.scope.borrow_mut().add(name.value, arg.value.clone(), choices);
    }
    Some(arg)
}

fn bare(name: &Spanned<&str>) -> Arg {
    Arg {
        name: Spanned::new(name.value.to_owned(), name.span),
        default: None,
        choices: Vec::new(),
        pattern: None,
        required: false,
        help: None,
        value: None,
    }
}

fn detailed(name: &Spanned<&str>, value: Value<'_>) -> Option<Arg> {
    let mut table = value.table()?;
    let default = table.take("default");
    let required = table.take("required");
    let arg = Arg {
        default: default.and_then(Value::string),
        choices: table.list("choices", |value| value.each(Value::string)),
        pattern: table.optional("pattern", Value::literal),
        required: required.and_then(Value::boolean).unwrap_or_default(),
        help: table.optional("help", Value::literal).map(|text| text.value),
        ..bare(name)
    };
    match (default, required) {
        (Some(default), Some(required)) if arg.required => table.report_conflict(default, required),
        (None, _) if !arg.required => value.report_with_help(
            &codes::ARGUMENT_WITHOUT_DEFAULT,
            format!("`{}` has no default and is not required", name.value),
            "write `default = \"\"`, or `required = true`",
        ),
        _ => {}
    }
    table.finish();
    Some(arg)
}

fn is_name(reader: &Reader<'_>, name: &str, span: Span) -> bool {
    let starts = name.starts_with(|c: char| c == '_' || c.is_ascii_alphabetic());
    let found = if reader.scope.borrow().is_predefined(name) {
        let message = format!("`{name}` is predefined and cannot be declared");
        Diagnostic::error(&codes::RESERVED_NAME, message).help("remove the line and use the name")
    } else if name == "platform" {
        let message = "`platform` cannot be an argument: it has a meaning in `when`";
        Diagnostic::error(&codes::RESERVED_NAME, message)
    } else if !starts || !name.chars().all(|c| c == '_' || c.is_ascii_alphanumeric()) {
        let message = format!("`{}` cannot be the name of an argument", shorten(name));
        Diagnostic::error(&codes::INVALID_NAME, message)
            .help("use letters, digits and `_`; do not start with a digit")
    } else {
        return true;
    };
    reader.report(found.at(span));
    false
}

/// Checks default and value against `choices`, `pattern` and `required`.
fn check_value(reader: &Reader<'_>, arg: &Arg, given: Option<&String>) {
    if arg.required && arg.value.is_none() && !reader.is_lenient() {
        let name = &arg.name.value;
        let message = format!("the argument `{name}` is required");
        let help = format!("give it: `--build-arg {name}=...`");
        let found = Diagnostic::error(&codes::MISSING_ARGUMENT, message);
        reader.report(found.at(arg.name.span).help(help));
    }
    let mut texts = Vec::new();
    texts.extend(arg.default.as_ref().map(|text| (text.value.as_str(), None)));
    texts.extend(given.map(|text| (text.as_str(), Some(()))));
    let pattern = arg.pattern.as_ref().and_then(|pattern| compile(reader, pattern));
    for (text, from_command_line) in texts {
        let known = arg.choices.iter().map(|choice| choice.value.as_str());
        if !arg.choices.is_empty() && !known.clone().any(|choice| choice == text) {
            let list: Vec<String> = known.clone().map(|choice| format!("`{choice}`")).collect();
            let help = reader
                .suggestions
                .did_you_mean(text, known)
                .unwrap_or_else(|| format!("the choices are {}", list.join(", ")));
            let problem = "is not one of its choices";
            report_value(
                reader,
                arg,
                &codes::ARGUMENT_CHOICE,
                text,
                from_command_line,
                problem,
                help,
            );
        }
        if let (Some(pattern), Some(written)) = (&pattern, &arg.pattern)
            && (text.len() > LONGEST_VALUE || !pattern.is_match(text))
        {
            let help = format!("the pattern is `{}`", written.value);
            let problem = "does not match its pattern";
            report_value(
                reader,
                arg,
                &codes::ARGUMENT_PATTERN,
                text,
                from_command_line,
                problem,
                help,
            );
        }
    }
}

fn report_value(
    reader: &Reader<'_>,
    arg: &Arg,
    code: &'static Code,
    text: &str,
    from_command_line: Option<()>,
    problem: &str,
    help: String,
) {
    let (name, text) = (&arg.name.value, shorten(text));
    let found = match (from_command_line, &arg.default) {
        (None, Some(default)) => {
            let message = format!("the default of `{name}`, `{text}`, {problem}");
            Diagnostic::error(code, message).at(default.span)
        }
        _ => {
            let message = format!("the value of `{name}`, `{text}`, {problem}");
            let label = format!("set by `--build-arg {name}={text}`");
            Diagnostic::error(code, message).at(arg.name.span).labelled(label)
        }
    };
    reader.report(found.help(help));
}

/// The whole value must match, so that `\d+` does not let `1; rm -rf` through.
fn compile(reader: &Reader<'_>, pattern: &Spanned<String>) -> Option<Regex> {
    if pattern.value.len() > LONGEST_PATTERN {
        let message = format!("`pattern` is longer than {LONGEST_PATTERN} bytes");
        reader.report(Diagnostic::error(&codes::INVALID_PATTERN, message).at(pattern.span));
        return None;
    }
    let mut builder = RegexBuilder::new(&format!("^(?:{})$", pattern.value));
    let compiled = builder.size_limit(LARGEST_PATTERN).build();
    if let Err(error) = &compiled {
        let message = format!("`pattern` is not a regular expression: {error}");
        reader.report(Diagnostic::error(&codes::INVALID_PATTERN, message).at(pattern.span));
    }
    compiled.ok()
}

/// Warns of build arguments that nothing reads.
pub(crate) fn warn_of_unused(reader: &Reader<'_>, args: &[Arg], given: &BTreeMap<String, String>) {
    let declared: BTreeMap<&str, Span> =
        args.iter().map(|arg| (arg.name.value.as_str(), arg.name.span)).gather();
    for name in given.keys() {
        let predefined = reader.scope.borrow().is_predefined(name);
        if declared.contains_key(name.as_str()) || predefined || is_meaningful(name) {
            continue;
        }
        let message = format!("the build argument `{}` is not declared", shorten(name));
        let mut found = Diagnostic::warning(&codes::UNUSED_BUILD_ARG, message);
        let nearest = reader.suggestions.nearest(name, declared.keys().copied().chain(OWN_ARGS));
        if let Some(place) = nearest.and_then(|name| declared.get(name)) {
            found = found.at(*place);
        }
        found.help.extend(nearest.map(|name| format!("did you mean `{name}`?")));
        reader.report(found);
    }
}

fn is_meaningful(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    name.starts_with("BUILDKIT_")
        || OWN_ARGS.contains(&name)
        || (MEANINGFUL.contains(&upper.as_str()) && (name == upper || upper.ends_with("PROXY")))
}
