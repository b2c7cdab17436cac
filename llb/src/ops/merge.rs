//! Merge and diff: file systems as layers.

use strake_proto::pb;
use strake_proto::pb::op::Op as Body;

use super::{EMPTY, Lowering};
use crate::ops::InvalidOp;
use crate::vertex::Output;

/// Lays file systems over each other, later ones on top.
///
/// [`Graph::merge`](crate::Graph::merge) knows about scratch and adds no vertex for nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergeOp {
    inputs: Vec<Output>,
}

impl MergeOp {
    /// A merge of two or more file systems.
    #[must_use]
    pub fn new(inputs: impl IntoIterator<Item = Output>) -> Self {
        Self { inputs: inputs.into_iter().collect() }
    }

    pub(super) fn inputs(&self) -> Vec<Output> {
        self.inputs.clone()
    }

    pub(super) fn inputs_mut(&mut self) -> Vec<&mut Output> {
        self.inputs.iter_mut().collect()
    }

    pub(crate) fn lower(&self, cx: &mut Lowering<'_>) -> Result<Body, InvalidOp> {
        if self.inputs.len() < 2 {
            return Err(InvalidOp::TooFewInputs);
        }
        // An input that is merged twice is listed twice, as BuildKit's library does.
        let inputs = self.inputs.iter().map(|output| cx.push_input(*output));
        let inputs = inputs.map(|input| input.map(|input| pb::MergeInput { input }));
        Ok(Body::Merge(pb::MergeOp { inputs: inputs.collect::<Result<_, _>>()? }))
    }
}

/// What one file system has over another.
///
/// [`Graph::diff`](crate::Graph::diff) knows about scratch and adds no vertex for nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiffOp {
    lower: Option<Output>,
    upper: Option<Output>,
}

impl DiffOp {
    /// What `upper` has over `lower`; `None` is scratch.
    #[must_use]
    pub fn new(lower: Option<Output>, upper: Option<Output>) -> Self {
        Self { lower, upper }
    }

    pub(super) fn inputs(&self) -> Vec<Output> {
        self.lower.into_iter().chain(self.upper).collect()
    }

    pub(super) fn inputs_mut(&mut self) -> Vec<&mut Output> {
        self.lower.iter_mut().chain(&mut self.upper).collect()
    }

    pub(crate) fn lower(&self, cx: &mut Lowering<'_>) -> Result<Body, InvalidOp> {
        let mut input = |output: Option<Output>| output.map_or(Ok(EMPTY), |o| cx.push_input(o));
        let lower = Some(pb::LowerDiffInput { input: input(self.lower)? });
        let upper = Some(pb::UpperDiffInput { input: input(self.upper)? });
        Ok(Body::Diff(pb::DiffOp { lower, upper }))
    }
}
