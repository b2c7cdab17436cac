//! strake's own program in a user's step: it runs the step's command, and does before and after what it is told by
//! variables that the command does not see ([`settle`](super::settle), [`lend`](super::lend), [`lead`](super::lead)).

use strake_llb::{DecodeError, Graph, Mount};

use super::steps::Program;

/// Where the program is. `/dev` is in memory, so no stub of the mount stays in the layer.
pub(crate) const PROGRAM: &str = "/dev/strake/program";
/// The program's first argument; what follows is the command of the step.
pub(crate) const COMMAND: &str = "run";

impl Program<'_> {
    /// The program, for a user's step in a graph.
    ///
    /// # Errors
    /// The definition of its image is broken.
    pub fn mounted(&self, graph: &mut Graph) -> Result<Mount, DecodeError> {
        let image = graph.graft(self.image)?;
        Ok(Mount::bind(PROGRAM, image).selector(self.path).readonly())
    }
}
