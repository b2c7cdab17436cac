//! Passthrough: ordering without content (BuildKit 0.31).

use strake_proto::pb;
use strake_proto::pb::op::Op as Body;

use super::Lowering;
use crate::ops::InvalidOp;
use crate::vertex::Output;

/// Hands inputs on unchanged once all of them are built, also those that it does not hand on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PassthroughOp {
    id: String,
    inputs: Vec<(Output, bool)>,
}

impl PassthroughOp {
    /// A passthrough without inputs yet. The id is part of the cache key.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into(), inputs: Vec::new() }
    }

    /// Hands on `input`, as the next output.
    #[must_use]
    pub fn pass(mut self, input: Output) -> Self {
        self.inputs.push((input, true));
        self
    }

    /// Waits for `input`, which becomes no output.
    #[must_use]
    pub fn wait_for(mut self, input: Output) -> Self {
        self.inputs.push((input, false));
        self
    }

    pub(super) fn inputs(&self) -> Vec<Output> {
        self.inputs.iter().map(|(input, _)| *input).collect()
    }

    pub(super) fn inputs_mut(&mut self) -> Vec<&mut Output> {
        self.inputs.iter_mut().map(|(input, _)| input).collect()
    }

    pub(crate) fn lower(&self, cx: &mut Lowering<'_>) -> Result<Body, InvalidOp> {
        if self.id.is_empty() {
            return Err(InvalidOp::NoId);
        }
        let mut outputs = Vec::new();
        for (input, passed) in &self.inputs {
            let index = cx.push_input(*input)?;
            if *passed {
                outputs.push(index);
            }
        }
        if outputs.is_empty() {
            return Err(InvalidOp::TooFewInputs);
        }
        Ok(Body::Passthrough(pb::PassthroughOp { id: self.id.clone(), outputs }))
    }
}
