//! The graph as a Mermaid flowchart. GitHub, GitLab and many editors draw it.

use std::fmt::Write as _;

use super::super::text::{short, source};
use super::{Edge, EdgeKind, Flowchart, Node, Stage};

/// Colours that can be told apart on light and on dark pages; each brings its own text's.
const CLASSES: &str = "    classDef exportable fill:#d5f0dc,stroke:#2b7a45,color:#10301a
    classDef local fill:#e4e4e4,stroke:#6b6b6b,color:#222222
    classDef mount fill:#fdeac2,stroke:#b07a10,color:#3a2800
    classDef none fill:#f9d9d5,stroke:#b0392b,color:#3d0f0a
    classDef source fill:#dbe7f8,stroke:#3a66a8,color:#12243f
    classDef cache fill:#fff6e0,stroke:#b07a10,color:#3a2800
";

pub(super) fn text(graph: &Flowchart) -> String {
    let mut text = "flowchart TD\n".to_owned();
    for (id, node) in graph.nodes.iter().enumerate().filter(|(_, node)| is_outside(node)) {
        // Writing to a string can't fail.
        _ = writeln!(text, "    {}", shape(id, node));
    }
    let several = graph.stages.windows(2).any(|pair| pair[0].platform != pair[1].platform);
    for (id, stage) in graph.stages.iter().enumerate() {
        _ = writeln!(text, "    subgraph s{id}[\"{}\"]", title(stage, several));
        for (id, node) in stage.nodes.iter().filter_map(|id| Some((*id, graph.nodes.get(*id)?))) {
            _ = writeln!(text, "        {}", shape(id, node));
        }
        text += "    end\n";
    }
    for edge in &graph.edges {
        _ = writeln!(text, "    {}", arrow(edge));
    }
    text + CLASSES
}

/// Layers are in their stages, all else is not.
fn is_outside(node: &Node) -> bool {
    !matches!(node, Node::Layer { .. } | Node::NoLayers)
}

fn title(stage: &Stage, several: bool) -> String {
    let target = if stage.target { " (target)" } else { "" };
    let platform = match (&stage.on, several) {
        (Some(on), false) => format!(" on {on}"),
        (Some(on), true) => format!(" on {on}, for {}", stage.platform),
        (None, true) => format!(" for {}", stage.platform),
        (None, false) => String::new(),
    };
    // The Dockerfile frontend names the stages where there are several.
    escaped(format!("{}{target}{platform}", stage.name).trim_start())
}

fn shape(id: usize, node: &Node) -> String {
    match node {
        Node::Layer { name, boundary, exportable, .. } => {
            let (class, what) = match (*boundary, *exportable) {
                ("registry", true) => ("exportable", "registry, exportable"),
                ("registry", false) => ("local", "not exportable"),
                (other, _) => (other, other),
            };
            format!("n{id}[\"{}<br>{what}\"]:::{class}", escaped(&short(name)))
        }
        Node::NoLayers => format!("n{id}[\"no layers of its own\"]:::local"),
        Node::Source { from } => {
            let named = super::SourceAnswer { digest: None, ..from.clone() };
            format!("n{id}([\"{}\"]):::source", escaped(&short(&source(&named))))
        }
        Node::Cache { name, id: own, sharing, .. } => {
            let name = if name.is_empty() { own } else { name };
            format!("n{id}[(\"cache {}<br>{sharing}\")]:::cache", escaped(&short(name)))
        }
        Node::Seed { name } => format!("n{id}([\"seed {}\"]):::source", escaped(&short(name))),
    }
}

fn arrow(edge: &Edge) -> String {
    let Edge { from, to, kind } = edge;
    match kind {
        EdgeKind::StandsOn => format!("n{from} --> n{to}"),
        EdgeKind::Takes { paths } if paths.is_empty() => format!("n{from} -.-> n{to}"),
        EdgeKind::Takes { paths } => {
            format!("n{from} -. \"{}\" .-> n{to}", escaped(&short(&paths.join(", "))))
        }
        EdgeKind::Uses => format!("n{from} === n{to}"),
        EdgeKind::Fills => format!("n{from} -. \"fills\" .-> n{to}"),
    }
}

/// Text for a quoted label: what means something there, in Mermaid or in HTML, is written as an
/// entity of Mermaid's, `#34;`.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for character in text.chars() {
        match character {
            '"' | '#' | '&' | '<' | '>' | '`' | '\\' => {
                _ = write!(escaped, "#{};", u32::from(character));
            }
            character if character.is_control() => escaped.push(' '),
            character => escaped.push(character),
        }
    }
    escaped
}
