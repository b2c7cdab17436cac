//! From a described plan to nodes and edges.

use std::collections::BTreeMap;

use super::{Edge, EdgeKind, Graph, Node, Stage};
use crate::subrequests::plan::{
    Answer, CacheAnswer, LayerAnswer, Origin, PlatformAnswer, SeedAnswer, StageAnswer,
};

pub(super) fn draw(answer: Answer) -> Graph {
    let mut drawing = Drawing::default();
    for platform in answer.platforms {
        drawing.platform(platform);
    }
    drawing.graph
}

#[derive(Default)]
struct Drawing {
    graph: Graph,
    sources: BTreeMap<Origin, usize>,
    /// By their ids.
    caches: BTreeMap<String, usize>,
    /// By their names.
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
        let mut below = self.origin(stage.from);
        let mut nodes = Vec::new();
        for layer in stage.layers {
            let node = self.layer(layer, seed);
            below = self.stand(node, below);
            nodes.push(node);
        }
        if nodes.is_empty() {
            let node = self.add(Node::NoLayers);
            below = self.stand(node, below);
            nodes.push(node);
        }
        self.ends.extend(below.map(|end| (stage.name.clone(), end)));
        let on = (stage.platform != platform).then_some(stage.platform);
        let (name, line, platform) = (stage.name, stage.line, platform.to_owned());
        self.graph.stages.push(Stage { name, platform, on, target, line, nodes });
    }

    /// Puts a node on what is below it, and is itself what the next one stands on.
    fn stand(&mut self, node: usize, below: Option<usize>) -> Option<usize> {
        if let Some(from) = below {
            self.link(from, node, EdgeKind::StandsOn);
        }
        Some(node)
    }

    fn layer(&mut self, layer: LayerAnswer, seed: Option<&String>) -> usize {
        let LayerAnswer { name, actions, line, boundary, travels, caches, inputs, .. } = layer;
        let name = if name.is_empty() { actions.join(", ") } else { name };
        let node = self.add(Node::Layer { name, line, boundary, travels });
        for cache in caches {
            let cache = self.cache(cache, seed);
            self.link(cache, node, EdgeKind::Uses);
        }
        let mut taken: BTreeMap<Origin, Vec<String>> = BTreeMap::new();
        for input in inputs {
            let paths = taken.entry(input.from).or_default();
            paths.extend(Some(input.path).filter(|path| !path.is_empty()));
        }
        for (origin, paths) in taken {
            if let Some(from) = self.origin(origin) {
                self.link(from, node, EdgeKind::Takes { paths });
            }
        }
        node
    }

    fn cache(&mut self, cache: CacheAnswer, seed: Option<&String>) -> usize {
        let CacheAnswer { name, id, target, sharing, seed: seeded, .. } = cache;
        if let Some(known) = self.caches.get(&id) {
            return *known;
        }
        let node = self.add(Node::Cache { name, id: id.clone(), target, sharing });
        self.caches.insert(id, node);
        if let Some(seed) = seed.filter(|_| seeded.is_some()) {
            let seed = match self.seeds.get(seed) {
                Some(known) => *known,
                None => {
                    let new = self.add(Node::Seed { name: seed.clone() });
                    *self.seeds.entry(seed.clone()).or_insert(new)
                }
            };
            self.link(seed, node, EdgeKind::Fills);
        }
        node
    }

    /// The node that stands for files; none for `scratch`, which has none.
    fn origin(&mut self, origin: Origin) -> Option<usize> {
        match origin.kind {
            "scratch" => None,
            "stage" => self.ends.get(&origin.name).copied(),
            _ => Some(match self.sources.get(&origin) {
                Some(known) => *known,
                None => {
                    let new = self.add(Node::Source { from: origin.clone() });
                    *self.sources.entry(origin).or_insert(new)
                }
            }),
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
