//! Cacheability of graphs, and of the layers of manifests.

mod graphs;
mod layers;
