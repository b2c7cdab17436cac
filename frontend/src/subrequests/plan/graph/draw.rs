//! From a described plan to nodes and edges.

use std::collections::BTreeMap;

use super::{Edge, EdgeKind, Flowchart, Node, Stage};
use crate::subrequests::plan::{
    Answer, CacheAnswer, LayerAnswer, PlatformAnswer, SeedAnswer, SourceAnswer, StageAnswer,
};

pub(super) fn draw(answer: Answer) -> Flowchart {
    let mut drawing = Drawing::default();
    for platform in answer.platforms {
        drawing.platform(platform);
    }
    drawing.graph
}

#[derive(Default)]
struct Drawing {
    graph: Flowchart,
    sources: BTreeMap<SourceAnswer, usize>,
    /// Nodes of caches, by the ids of the caches.
    caches: BTreeMap<String, usize>,
    /// Nodes of seeds, by the names of the seeds.
    seeds: BTreeMap<String, usize>,
    /// What stages of the platform at hand end with.
    ends: BTreeMap<String, usize>,
}

impl Drawing {
    fn platform(&mut self, platform: PlatformAnswer) {
        self.ends.clear();
        let seed = match platform.seed {
            Some(SeedAnswer::Found { name, .. }) => Some(name),
            Some(SeedAnswer::Missing { .. }) | None => None,
        };
        for stage in platform.stages {
            let target = stage.name == platform.target;
            self.stage(stage, target, &platform.platform, seed.as_ref());
        }
    }

    fn stage(&mut self, stage: StageAnswer, target: bool, platform: &str, seed: Option<&String>) {
        let base = self.source(stage.from);
        let layers = stage.layers.into_iter().map(|layer| self.layer(layer, seed));
        let mut nodes: Vec<usize> = layers.collect();
        if nodes.is_empty() {
            nodes.push(self.add(Node::NoLayers));
        }
        let chain: Vec<usize> = base.into_iter().chain(nodes.iter().copied()).collect();
        for (from, to) in chain.iter().zip(chain.iter().skip(1)) {
            self.link(*from, *to, EdgeKind::StandsOn);
        }
        self.ends.extend(nodes.last().map(|end| (stage.name.clone(), *end)));
        let on = (stage.platform != platform).then_some(stage.platform);
        let (name, line, platform) = (stage.name, stage.line, platform.to_owned());
        self.graph.stages.push(Stage { name, platform, on, target, line, nodes });
    }

    fn layer(&mut self, layer: LayerAnswer, seed: Option<&String>) -> usize {
        let LayerAnswer { name, actions, line, boundary, exportable, caches, inputs, .. } = layer;
        let name = if name.is_empty() { actions.join(", ") } else { name };
        let node = self.add(Node::Layer { name, line, boundary, exportable });
        for cache in caches {
            let cache = self.cache(cache, seed);
            self.link(cache, node, EdgeKind::Uses);
        }
        let mut taken: BTreeMap<SourceAnswer, Vec<String>> = BTreeMap::new();
        for input in inputs {
            let paths = taken.entry(input.from).or_default();
            paths.extend(Some(input.path).filter(|path| !path.is_empty()));
        }
        for (source, paths) in taken {
            if let Some(from) = self.source(source) {
                self.link(from, node, EdgeKind::Takes { paths });
            }
        }
        node
    }

    fn cache(&mut self, cache: CacheAnswer, seed: Option<&String>) -> usize {
        let CacheAnswer { name, id, target, sharing, seed: seeded, .. } = cache;
        let nodes = &mut self.graph.nodes;
        let next = nodes.len();
        let of = Node::Cache { name, id: id.clone(), target, sharing };
        let node = once(&mut self.caches, nodes, id, of);
        if let Some(seed) = seed.filter(|_| seeded.is_some() && node == next) {
            let of = Node::Seed { name: seed.clone() };
            let seed = once(&mut self.seeds, nodes, seed.clone(), of);
            self.link(seed, node, EdgeKind::Fills);
        }
        node
    }

    /// The node that stands for files; none for `scratch`, which has none.
    fn source(&mut self, source: SourceAnswer) -> Option<usize> {
        match source.kind {
            "scratch" => None,
            "stage" => self.ends.get(&source.name).copied(),
            _ => {
                let of = Node::Source { from: source.clone() };
                Some(once(&mut self.sources, &mut self.graph.nodes, source, of))
            }
        }
    }

    fn add(&mut self, node: Node) -> usize {
        self.graph.nodes.push(node);
        self.graph.nodes.len() - 1
    }

    fn link(&mut self, from: usize, to: usize, kind: EdgeKind) {
        self.graph.edges.push(Edge { from, to, kind });
    }
}

/// The node of a key: a new one where the key is new.
fn once<K: Ord>(
    known: &mut BTreeMap<K, usize>,
    nodes: &mut Vec<Node>,
    key: K,
    node: Node,
) -> usize {
    *known.entry(key).or_insert_with(|| {
        nodes.push(node);
        nodes.len() - 1
    })
}
