//! Whether the daemon can do what the graph asks for; where it can't, the place that asks for it and
//! the BuildKit release that brought it.

use std::collections::BTreeMap;

use strake_llb::{ByteOrder, Definition, Digest, MarshalOptions, Output, VertexId};
use strake_proto::caps::{self, llb as cap};

use super::{LowerError, Lowering};
use crate::caps::is_ignored;
use crate::diagnostics::{Diagnostic, codes};
use crate::source::Span;

impl Lowering<'_> {
    /// The definition of an output, and the digests of its vertices.
    pub(super) fn marshal(
        &self,
        output: Option<Output>,
    ) -> Result<(Definition, BTreeMap<VertexId, Digest>), LowerError> {
        let Some(output) = output else { return Ok(Default::default()) };
        let options = self.marshal_options();
        let (mut definition, digests) = self.graph.marshal_with_digests(output, &options)?;
        self.forget_ignored(&mut definition);
        let required = definition.required_caps().into_iter();
        let missing = required.filter(|cap| !self.input.caps.contains(*cap));
        let problems: Vec<Diagnostic> = missing
            .map(|cap| unsupported(cap, self.asks_for(cap, &digests, &definition)))
            .collect();
        if problems.is_empty() {
            return Ok((definition, digests));
        }
        Err(LowerError::Unsupported(problems))
    }

    /// Takes capabilities out that the daemon lacks and that make no difference: it would refuse the
    /// graph for them.
    fn forget_ignored(&self, definition: &mut Definition) {
        for metadata in definition.pb.metadata.values_mut() {
            metadata.caps.retain(|cap, _| !is_ignored(cap) || self.input.caps.contains(cap));
        }
    }

    fn marshal_options(&self) -> MarshalOptions {
        // 0.17 is where BuildKit began to write the oneof of an op last, and where this capability
        // came: the digests must be the daemon's own, or its source excerpts go missing.
        let canonical = self.input.caps.contains(cap::EXEC_VALID_EXIT_CODE);
        MarshalOptions {
            platform: Some((&self.input.plan.platform).into()),
            byte_order: if canonical { ByteOrder::Canonical } else { ByteOrder::TagOrder },
            ..MarshalOptions::default()
        }
    }

    /// The first place that needs a capability.
    fn asks_for(
        &self,
        cap: &str,
        digests: &BTreeMap<VertexId, Digest>,
        definition: &Definition,
    ) -> Option<Span> {
        let needs = |digest: &str| {
            let metadata = definition.pb.metadata.get(digest);
            metadata.is_some_and(|metadata| metadata.caps.contains_key(cap))
        };
        let asking = self
            .spans
            .iter()
            .filter(|(vertex, _)| digests.get(vertex).is_some_and(|digest| needs(digest.as_str())));
        asking.map(|(_, span)| *span).min()
    }
}

/// What the daemon lacks, with the release that brought it.
pub(crate) fn unsupported(cap: &str, place: Option<Span>) -> Diagnostic {
    let release = caps::first_release(cap);
    let since = release.map_or(String::new(), |release| format!(", new in BuildKit {release}"));
    let text = format!("this BuildKit does not support `{cap}`{since}");
    let problem = Diagnostic::error(&codes::graph::UNSUPPORTED, text)
        .help("update the builder: `docker buildx create --use` starts a current one");
    match place {
        Some(span) => problem.at(span),
        None => problem,
    }
}
