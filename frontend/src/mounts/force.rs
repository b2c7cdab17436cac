//! Steps that run whatever the cache holds, without losing what their cache mounts were filled with:
//! `ignore_cache` empties the mounts of a step when the daemon loads it. Pure.

use strake_llb::{Definition, FileOp, Graph, Mkfile, Mount, MountKind};

use super::steps::{Program, StepError};

/// Where such a step has something that no other build has. `/dev` is in memory, so no stub of the
/// mount stays in the layer.
const TOKEN: &str = "/dev/strake/fresh";
/// Its name where it is made.
const FILE: &str = "/file";

impl Program<'_> {
    /// The same definition, in which steps with cache mounts that ignore the cache are forced by what
    /// they see. One that is not understood completely stays as it is.
    ///
    /// # Errors
    /// The definition is broken.
    pub fn forced(&self, definition: &Definition) -> Result<Definition, StepError> {
        let mut graph = Graph::new();
        let output = graph.graft(definition)?;
        let is_cache = |mount: &Mount| matches!(mount.kind(), MountKind::Cache { .. });
        let forced: Vec<_> = graph
            .vertices()
            .filter(|vertex| graph.metadata(*vertex).ignore_cache)
            .filter(|vertex| graph.op(*vertex).mounts().iter().any(is_cache))
            .collect();
        let file = FileOp::new(None).mkfile(Mkfile::new(FILE, 0o444, self.nonce));
        let token = graph.add(file);
        graph.metadata_mut(token).custom_name("[internal] prepare what forces steps");
        let mount = Mount::bind(TOKEN, token.output(0)).selector(FILE).readonly();
        for vertex in forced {
            if let Ok(Ok(())) = graph.edit(vertex, |op| op.mount(&mount)) {
                graph.metadata_mut(vertex).ignore_cache = false;
            }
        }
        self.marshal(&graph, output)
    }
}
