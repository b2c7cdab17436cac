//! `targets`: the stages that can be built.

use serde::Serialize;

use super::{Location, answer, table::table};
use crate::gateway::SolveResult;
use crate::manifest::model::{Manifest, StageBase};
use crate::source::SourceFile;

#[derive(Serialize)]
struct List {
    targets: Vec<Target>,
    sources: Vec<String>,
}

#[derive(Serialize)]
struct Target {
    name: String,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    default: bool,
    #[serde(skip_serializing_if = "String::is_empty")]
    description: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    base: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    platform: String,
    location: Location,
}

/// Answers the call; `default` is the index of the stage that is built where none is named.
///
/// # Errors
/// Never in practice; see [`answer`].
pub(crate) fn targets(
    manifest: &Manifest,
    default: Option<usize>,
    file: &SourceFile,
) -> Result<SolveResult, serde_json::Error> {
    let target = |(index, stage): (usize, &crate::manifest::model::Stage)| Target {
        name: stage.name.value.clone(),
        default: Some(index) == default,
        description: stage.help.clone().unwrap_or_default(),
        base: match &stage.base {
            StageBase::From(name) => name.value.clone(),
            StageBase::Dockerfile { file, .. } => file.value.clone(),
        },
        platform: stage.platform.as_ref().map_or(String::new(), |it| it.value.to_string()),
        location: Location::of(file, stage.span),
    };
    let list = List {
        targets: manifest.stages.iter().enumerate().map(target).collect(),
        sources: vec![super::base64(file.text())],
    };
    let mut rows = vec![["TARGET", "DESCRIPTION"].map(str::to_owned)];
    rows.extend(list.targets.iter().map(|target| {
        let mark = if target.default { " (default)" } else { "" };
        [format!("{}{mark}", target.name), target.description.clone()]
    }));
    let text = table(&rows, 1);
    answer(&list, text)
}
