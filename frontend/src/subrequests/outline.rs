//! `outline`: what can be given to the build of a target: arguments, secrets, agents; and the caches
//! that it uses.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Location, answer, table::table};
use crate::gateway::SolveResult;
use crate::manifest::model::{Layer, Manifest};
use crate::select::Selection;
use crate::source::{SourceFile, Span, Spanned};

#[derive(Serialize)]
struct Outline {
    name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    description: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    args: Vec<Arg>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    secrets: Vec<Needed>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ssh: Vec<Needed>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    cache: Vec<OutlineCache>,
    sources: Vec<String>,
}

#[derive(Serialize)]
struct Arg {
    name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    description: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    value: String,
    location: Location,
}

#[derive(Serialize)]
struct Needed {
    name: String,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    required: bool,
    location: Location,
}

#[derive(Serialize)]
struct OutlineCache {
    #[serde(rename = "ID")]
    id: String,
    location: Location,
}

/// Answers the call for what is selected.
///
/// # Errors
/// Never in practice; see [`answer`].
pub(crate) fn outline(
    manifest: &Manifest,
    selection: &Selection,
    file: &SourceFile,
) -> Result<SolveResult, serde_json::Error> {
    let target = &manifest.stages[selection.target()];
    let stages = selection.stages.iter().map(|index| &manifest.stages[*index]);
    let layers: Vec<&Layer> =
        stages.flat_map(|stage| &stage.layers).filter(|layer| layer.active).collect();
    let secrets = layers.iter().flat_map(|layer| &layer.secrets);
    let ssh = layers.iter().flat_map(|layer| &layer.ssh);
    let outline = Outline {
        name: target.name.value.clone(),
        description: target.help.clone().unwrap_or_else(|| manifest.description.clone()),
        args: args(manifest, file),
        secrets: needed(secrets.map(|secret| (&secret.id, secret.required)), file),
        ssh: needed(ssh.map(|ssh| (&ssh.id, ssh.required)), file),
        cache: caches(&layers, file),
        sources: vec![super::base64(file.text())],
    };
    let text = text(&outline);
    answer(&outline, text)
}

fn args(manifest: &Manifest, file: &SourceFile) -> Vec<Arg> {
    let arg = |arg: &crate::manifest::model::Arg| Arg {
        name: arg.name.value.clone(),
        description: arg.help.clone().unwrap_or_default(),
        value: arg.value.clone().unwrap_or_default(),
        location: Location::of(file, arg.name.span),
    };
    manifest.args.iter().map(arg).collect()
}

/// Each id once, at its first place; required where any layer requires it.
fn needed<'a>(
    ids: impl Iterator<Item = (&'a Spanned<String>, bool)>,
    file: &SourceFile,
) -> Vec<Needed> {
    let mut found: BTreeMap<&str, (bool, Span)> = BTreeMap::new();
    for (id, required) in ids {
        found.entry(&id.value).or_insert((false, id.span)).0 |= required;
    }
    let needed = |(name, (required, span)): (&str, (bool, Span))| Needed {
        name: name.to_owned(),
        required,
        location: Location::of(file, span),
    };
    found.into_iter().map(needed).collect()
}

fn caches(layers: &[&Layer], file: &SourceFile) -> Vec<OutlineCache> {
    let used: Vec<Spanned<String>> = layers.iter().flat_map(|layer| layer.caches()).collect();
    let cache = |used: Needed| OutlineCache { id: used.name, location: used.location };
    needed(used.iter().map(|name| (name, false)), file).into_iter().map(cache).collect()
}

fn text(outline: &Outline) -> String {
    let mut head = vec![["TARGET:".to_owned(), outline.name.clone()]];
    if !outline.description.is_empty() {
        head.push(["DESCRIPTION:".to_owned(), outline.description.clone()]);
    }
    let mut text = table(&head, 1) + "\n";
    if !outline.args.is_empty() {
        let mut rows = vec![["BUILD ARG", "VALUE", "DESCRIPTION"].map(str::to_owned)];
        let row = |arg: &Arg| [arg.name.clone(), arg.value.clone(), arg.description.clone()];
        rows.extend(outline.args.iter().map(row));
        text += &(table(&rows, 3) + "\n");
    }
    for (title, needed) in [("SECRET", &outline.secrets), ("SSH", &outline.ssh)] {
        if !needed.is_empty() {
            let mut rows = vec![[title, "REQUIRED"].map(str::to_owned)];
            let required = |needed: &Needed| if needed.required { "true" } else { "" }.to_owned();
            rows.extend(needed.iter().map(|needed| [needed.name.clone(), required(needed)]));
            text += &(table(&rows, 3) + "\n");
        }
    }
    text
}
