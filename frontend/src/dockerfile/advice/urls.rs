//! Addresses whose content moves: a build today is another one tomorrow, and all above it runs again.

use strake_proto::pb::op::Op;
use strake_proto::pb::{self, file_action::Action};

use super::AdviceGraph;
use crate::diagnostics::{Diagnostic, codes::advice as codes};

/// Parts of paths that stand for whatever is the newest.
const MOVING: [&str; 6] = ["HEAD", "current", "latest", "main", "master", "nightly"];

pub(super) fn of_graph(graph: &AdviceGraph<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for op in &graph.decoded.ops {
        let Some(Op::File(file)) = &op.op.op else { continue };
        let Some(lines) = graph.lines.get(op.digest.as_str()) else { continue };
        for action in file.actions.iter().filter(|one| matches!(one.action, Some(Action::Copy(_))))
        {
            let input = usize::try_from(action.secondary_input).ok();
            let input = input.and_then(|input| op.inputs.get(input));
            let source = input.and_then(|(at, _)| match &graph.decoded.ops[*at].op.op {
                Some(Op::Source(source)) => moving(source),
                _ => None,
            });
            if let Some(url) = source {
                let text =
                    format!("`{url}` changes with every release, and the build does not notice");
                let warning = Diagnostic::warning(&codes::MOVING_URL, text)
                    .at(graph.file.span_of_lines(*lines.start()..=*lines.start()))
                    .help("name a release and its digest: `ADD --checksum=sha256:... https://.../v1.2.3/...`");
                found.push(warning);
            }
        }
    }
    found
}

/// The address, where it moves and no digest says what is wanted.
fn moving(source: &pb::SourceOp) -> Option<&str> {
    let url = source.identifier.as_str();
    let is_http = url.starts_with("https://") || url.starts_with("http://");
    let is_checked = source.attrs.contains_key("http.checksum");
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let mut parts = path.split('/').skip(3);
    (is_http && !is_checked && parts.any(|part| MOVING.contains(&part))).then_some(url)
}
