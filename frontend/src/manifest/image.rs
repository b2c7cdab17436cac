//! `[stage.NAME.image]`: the image's config, which is never an input of a step.

use super::model::{Healthcheck, ImageConfig};
use super::reader::Value;
use super::values::{absolute_path, duration, ports};
use super::{environment, layers, words};
use crate::diagnostics::codes;
use crate::source::Spanned;

/// Reads the table of a stage's image. Commands are not expanded: what runs in a container has the
/// environment of the container.
pub(crate) fn read(value: Value<'_>, stage: &str) -> Option<ImageConfig> {
    let mut table = value.table_called(&format!("[stage.{stage}.image]"))?;
    let config = ImageConfig {
        entrypoint: table.optional("entrypoint", vector),
        cmd: table.optional("cmd", vector),
        user: table.optional("user", Value::text).map(|user| user.value),
        workdir: table.optional("workdir", Value::text),
        env: table.list("env", environment::read),
        labels: table.optional("labels", Value::plain_map).unwrap_or_default(),
        annotations: table.optional("annotations", Value::plain_map).unwrap_or_default(),
        ports: table.list("ports", ports),
        volumes: plain(table.list("volumes", |value| value.each(absolute_path))),
        stop_signal: table.optional("stop-signal", signal),
        shell: table.optional("shell", layers::shell),
        onbuild: plain(table.list("onbuild", |value| value.each(Value::command))),
        healthcheck: table.optional("healthcheck", healthcheck),
        author: table.optional("author", Value::string).map(|author| author.value),
    };
    table.finish_with(|key| {
        let hint = match key {
            "expose" => "the ports are `ports`",
            "maintainer" => "the maintainer is `author`",
            "command" => "the command is `cmd`",
            _ => return None,
        };
        Some(hint.to_owned())
    });
    Some(config)
}

fn plain(texts: Vec<Spanned<String>>) -> Vec<String> {
    texts.into_iter().map(|text| text.value).collect()
}

fn vector(value: Value<'_>) -> Option<Vec<String>> {
    let words = value.argv().map(plain)?;
    words::check(value, words.first().map(String::as_str));
    Some(words)
}

/// A name, `SIGTERM`, or a number.
fn signal(value: Value<'_>) -> Option<String> {
    let signal = value.text()?.value;
    let number = signal.parse::<u8>().is_ok_and(|number| (1..=64).contains(&number));
    let name = signal.strip_prefix("SIG").is_some_and(|name| {
        name.starts_with(|c: char| c.is_ascii_uppercase())
            && name
                .chars()
                .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || "+-".contains(c))
    });
    if number || name {
        return Some(signal);
    }
    let message = format!("`{signal}` is not a signal");
    value.report_with_help(&codes::INVALID_SIGNAL, message, "write `SIGTERM`, or a number");
    None
}

/// `"none"`, a command for the shell, an argument vector, or a table.
fn healthcheck(value: Value<'_>) -> Option<Healthcheck> {
    if value.is_string() || value.is_array() {
        return Some(Healthcheck { test: test(value)?, ..Healthcheck::default() });
    }
    let mut table = value.either("a string, an array of strings or a table")?;
    let check = Healthcheck {
        test: table.required("test", test).unwrap_or_default(),
        interval: table.optional("interval", duration).unwrap_or_default(),
        timeout: table.optional("timeout", duration).unwrap_or_default(),
        start_period: table.optional("start-period", duration).unwrap_or_default(),
        start_interval: table.optional("start-interval", duration).unwrap_or_default(),
        retries: table.optional("retries", Value::number_u32).unwrap_or_default(),
    };
    table.finish();
    Some(check)
}

fn test(value: Value<'_>) -> Option<Vec<String>> {
    if value.is_array() {
        let words = vector(value)?;
        if words.is_empty() {
            value.report(&codes::EMPTY_VALUE, format!("`{}` is empty", value.key));
            return None;
        }
        return Some(std::iter::once("CMD".to_owned()).chain(words).collect());
    }
    let command = value.command()?.value;
    words::check(value, command.split_whitespace().next());
    Some(match command.as_str() {
        "none" => vec!["NONE".to_owned()],
        _ => vec!["CMD-SHELL".to_owned(), command],
    })
}
