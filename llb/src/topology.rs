//! The order in which vertices are written: inputs before users.
//!
//! Among those that could come next, the one that was added first comes first. So a graph that was
//! built in order keeps its order, and so does a definition that was taken in and goes out again.
//! No recursion: a chain may be as long as it likes.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::graph::Graph;
use crate::marshal::MarshalError;
use crate::vertex::{Output, VertexId};

impl Graph {
    /// Every vertex that `output` stands on, its own included, inputs before users.
    ///
    /// # Errors
    ///
    /// Fails where an input is not of this graph, or where a rewrite made a cycle.
    pub fn reachable(&self, output: Output) -> Result<Vec<VertexId>, MarshalError> {
        let mut state = vec![State::default(); self.vertices.len()];
        let found = self.discover(output.vertex, &mut state)?;
        let ready = found.iter().filter(|v| state[v.0].waiting == 0).map(|v| Reverse(v.0));
        let mut ready: BinaryHeap<_> = ready.collect();
        let mut order = Vec::with_capacity(found.len());
        while let Some(Reverse(vertex)) = ready.pop() {
            order.push(VertexId(vertex));
            for user in std::mem::take(&mut state[vertex].users) {
                state[user].waiting -= 1;
                if state[user].waiting == 0 {
                    ready.push(Reverse(user));
                }
            }
        }
        if order.len() == found.len() { Ok(order) } else { Err(MarshalError::Cycle) }
    }

    /// Finds what is reachable, and notes for each vertex who uses it and how much it waits for.
    fn discover(
        &self,
        start: VertexId,
        state: &mut [State],
    ) -> Result<Vec<VertexId>, MarshalError> {
        let mut found = Vec::new();
        let mut open = vec![start];
        while let Some(vertex) = open.pop() {
            let known = state.get_mut(vertex.0).ok_or(MarshalError::UnknownVertex(vertex))?;
            if std::mem::replace(&mut known.found, true) {
                continue;
            }
            found.push(vertex);
            let inputs = self.vertices[vertex.0].op.inputs();
            state[vertex.0].waiting = inputs.len();
            for input in inputs {
                let below = state
                    .get_mut(input.vertex.0)
                    .ok_or(MarshalError::UnknownVertex(input.vertex))?;
                below.users.push(vertex.0);
                open.push(input.vertex);
            }
        }
        Ok(found)
    }
}

#[derive(Clone, Default)]
struct State {
    found: bool,
    waiting: usize,
    users: Vec<usize>,
}
