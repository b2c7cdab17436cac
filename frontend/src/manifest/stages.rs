//! `[stage.NAME]`: what it starts from, what holds for its steps and its image, its layers.

use std::collections::BTreeMap;

use super::model::{Stage, StageBase};
use super::reader::{Reader, Table, Value};
use super::values::{context_path, identifier, platform};
use super::{comments, environment, image, layers};
use crate::diagnostics::{Diagnostic, codes};
use crate::source::{Span, Spanned};

/// Keys that say what the image is like, and so belong in its table.
const OF_THE_IMAGE: [&str; 11] = [
    "entrypoint",
    "cmd",
    "labels",
    "annotations",
    "ports",
    "volumes",
    "stop-signal",
    "onbuild",
    "healthcheck",
    "author",
    "expose",
];

/// Reads all of `[stage]`.
pub(crate) fn read(value: Value<'_>) -> Option<Vec<Stage>> {
    let table = value.table_called("[stage]")?;
    let entries = table.entries();
    if entries.is_empty() {
        report_none(value.reader, Some(value.span));
    }
    let stages: Vec<Stage> = entries.into_iter().filter_map(|(_, value)| read_one(value)).collect();
    report_second_default(value.reader, &stages);
    Some(stages)
}

/// Reports that there is no stage.
pub(crate) fn report_none(reader: &Reader<'_>, place: Option<Span>) {
    let found = Diagnostic::error(&codes::NO_STAGE, "the manifest has no stage")
        .help("add one: `[stage.app]`, with `from = \"debian:bookworm-slim\"`");
    reader.report(match place {
        Some(place) => found.at(place),
        None => found,
    });
}

fn report_second_default(reader: &Reader<'_>, stages: &[Stage]) {
    let mut defaults = stages.iter().filter(|stage| stage.default);
    let Some(first) = defaults.next() else { return };
    for second in defaults {
        let message = format!(
            "both `{}` and `{}` are the default stage",
            first.name.value, second.name.value
        );
        let found = Diagnostic::error(&codes::SEVERAL_DEFAULTS, message)
            .at(second.span)
            .and_at(first.span, "the first one");
        reader.report(found);
    }
}

fn read_one(value: Value<'_>) -> Option<Stage> {
    let name = Spanned::new(value.key.to_owned(), value.key_span);
    let named = is_name(value.reader, &name);
    let mut table = value.table_called(&format!("[stage.{}]", name.value))?;
    let base = base(&mut table);
    let help = table.optional("help", Value::literal).map(|text| text.value);
    let stage = Stage {
        platform: table.optional("platform", platform),
        workdir: table.optional("workdir", Value::text),
        user: table.optional("user", Value::text),
        env: table.list("env", environment::read),
        shell: table.optional("shell", layers::shell),
        default: table.flag("default"),
        help: help.or_else(|| comments::above(value.reader.file(), table.span.start)),
        layers: table.list("layer", |value| layers::read(value, &name.value)),
        image: table.optional("image", |value| image::read(value, &name.value)).unwrap_or_default(),
        span: table.span,
        base: base.unwrap_or_else(|| StageBase::From(Spanned::new(String::new(), table.span))),
        name: name.clone(),
    };
    table.finish_with(|key| {
        OF_THE_IMAGE
            .contains(&key)
            .then(|| format!("this belongs in `[stage.{}.image]`", name.value))
    });
    named.then_some(stage)
}

fn is_name(reader: &Reader<'_>, name: &Spanned<String>) -> bool {
    let found = if name.value == "scratch" {
        let message = "`scratch` cannot be the name of a stage: it is the empty image";
        Diagnostic::error(&codes::RESERVED_NAME, message)
    } else if name.value.contains('@') {
        let message = format!("`{}` cannot be the name of a stage", name.value);
        Diagnostic::error(&codes::RESERVED_NAME, message)
            .help("names with `@` are reserved targets")
    } else {
        return identifier(reader, "stage", &name.value, name.span);
    };
    reader.report(found.at(name.span));
    false
}

/// None where an error was reported; the manifest is refused then, whatever stands in the stage.
fn base(table: &mut Table<'_>) -> Option<StageBase> {
    match (table.take("from"), table.take("dockerfile")) {
        (Some(from), None) => from.text().map(StageBase::From),
        (None, Some(file)) => dockerfile(file),
        (None, None) => {
            table.report_missing("from");
            None
        }
        (Some(from), Some(file)) => {
            table.report_conflict(from, file);
            None
        }
    }
}

fn dockerfile(value: Value<'_>) -> Option<StageBase> {
    let span = value.span;
    if value.is_string() {
        let file = context_path(value)?;
        return Some(StageBase::Dockerfile { file, target: None, args: BTreeMap::new(), span });
    }
    if !value.is_table() {
        return value.wrong_type("a string or a table");
    }
    let mut table = value.table()?;
    let file = table.required("file", context_path);
    let target = table.optional("target", Value::text);
    let args = table.optional("args", Value::string_map).unwrap_or_default();
    table.finish();
    Some(StageBase::Dockerfile { file: file?, target, args, span })
}
