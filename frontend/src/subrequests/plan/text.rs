//! The answer for people.

use std::fmt::Write as _;

use super::{
    Answer, Because, CacheAnswer, Input, LayerAnswer, PlatformAnswer, SeedAnswer, SourceAnswer,
    StageAnswer,
};
use crate::mounts::words;
use crate::subrequests::table::table;

/// Longest name and longest list of paths that are shown beside others, in characters: columns and boxes
/// grow with them.
const LONGEST: usize = 48;

pub(super) fn text(answer: &Answer) -> String {
    let platforms: Vec<String> = answer.platforms.iter().map(platform).collect();
    platforms.join("\n")
}

fn platform(answer: &PlatformAnswer) -> String {
    let mut head = vec![["TARGET:", &answer.target], ["PLATFORM:", &answer.platform]];
    let seed = answer.seed.as_ref().map(seed);
    head.extend(seed.as_ref().map(|seed| ["SEED:", seed]));
    head.retain(|[_, value]| !value.is_empty());
    let head: Vec<_> = head.into_iter().map(|row| row.map(str::to_owned)).collect();
    let mut text = table(&head, 1);
    for stage in &answer.stages {
        let _ = writeln!(text, "\n{}", title(stage, answer));
        text += &layers(&stage.layers);
    }
    text
}

fn seed(answer: &SeedAnswer) -> String {
    match answer {
        SeedAnswer::Found { name, age: Some(age), .. } => {
            format!("{name}, {} old", words::age(*age))
        }
        SeedAnswer::Found { name, .. } => name.clone(),
        SeedAnswer::Missing { reason } => format!("none: {reason}"),
    }
}

fn title(stage: &StageAnswer, answer: &PlatformAnswer) -> String {
    let platform = match stage.platform == answer.platform {
        true => String::new(),
        false => format!(" for {}", stage.platform),
    };
    let from = source(&stage.from);
    // The Dockerfile frontend names the stages where there are several.
    let name = if stage.name.is_empty() { String::new() } else { format!(" {}", stage.name) };
    format!("STAGE{name}{platform}, from {from} (line {})", stage.line)
}

/// A row for each layer, and under it what it uses and takes.
fn layers(layers: &[LayerAnswer]) -> String {
    let mut rows = vec![["LINE", "BOUNDARY", "EXPORTABLE", "LAYER"].map(str::to_owned)];
    for layer in layers {
        let boundary = match layer.explicit {
            true => format!("{} (explicit)", layer.boundary),
            false => layer.boundary.to_owned(),
        };
        rows.push([layer.line.to_string(), boundary, exportable(layer), called(layer)]);
        let more = layer.caches.iter().map(cache).chain(layer.inputs.iter().map(input));
        rows.extend(
            more.map(|line| [String::new(), String::new(), String::new(), format!("  {line}")]),
        );
    }
    let text = if layers.is_empty() { String::new() } else { table(&rows, 2) };
    text.lines().map(|line| format!("  {}\n", line.trim_end())).collect()
}

fn exportable(layer: &LayerAnswer) -> String {
    match &layer.because {
        _ if layer.exportable => "yes".to_owned(),
        None => "no".to_owned(),
        Some(Because::Layer { stage, layer, line }) => {
            format!("no: `{}` of {stage}, line {line}", short(layer))
        }
        Some(Because::Step(name)) => format!("no: `{}`", short(name)),
    }
}

pub(super) fn short(text: &str) -> String {
    let mut characters = text.chars();
    let start: String = characters.by_ref().take(LONGEST).collect();
    if characters.next().is_some() { format!("{start} ...") } else { start }
}

fn called(layer: &LayerAnswer) -> String {
    let actions = layer.actions.join(", ");
    match layer.name.as_str() {
        "" => actions,
        name => format!("{name}: {actions}"),
    }
}

fn cache(cache: &CacheAnswer) -> String {
    let owner = cache.owner.as_ref().map_or_else(String::new, |owner| format!(", owner {owner}"));
    let seed = cache.seed.as_ref().map_or_else(String::new, |seed| match seed.entries {
        0 => ", in the seed".to_owned(),
        _ => format!(", {} in the seed", words::bytes(seed.bytes)),
    });
    let name = if cache.name.is_empty() { "of its own" } else { &cache.name };
    let state = match cache.state {
        Some("primed") => ", to be primed",
        Some("warm") => ", warm",
        Some(_) => ", cold",
        None => "",
    };
    format!(
        "cache {name} at {}, {}{owner}{state}{seed}, id {}",
        cache.target, cache.sharing, cache.id
    )
}

fn input(input: &Input) -> String {
    let from = source(&input.from);
    match input.path.as_str() {
        "" => format!("input {from}"),
        path => format!("input {path} of {from}"),
    }
}

/// Where files come from, in words.
pub(super) fn source(source: &SourceAnswer) -> String {
    let kind = match source.kind {
        "context" => "the context",
        "named-context" => "the context ",
        "stage" => "the stage ",
        "dockerfile" => "the Dockerfile of ",
        "scratch" => "scratch",
        _ => "",
    };
    match &source.digest {
        Some(digest) if !source.name.contains(digest) => format!("{kind}{}@{digest}", source.name),
        _ => format!("{kind}{}", source.name),
    }
}
