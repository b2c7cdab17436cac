//! The attestations of another frontend's result. Each stands on steps of the image: they must be the
//! same there, or they run twice. What else is in its graph, such as the scanner, is none of them and
//! stays as it is.

use futures_util::future::try_join_all;
use strake_llb::Definition;
use strake_proto::gateway::Ref;

use crate::dockerfile::Additions;
use crate::gateway::{Failure, Gateway, SolveRequest, SolveResult};

/// The graphs of all attestations, with what the steps of the image got.
pub(super) fn inserted(
    result: &SolveResult,
    additions: &Additions,
) -> Result<Vec<Definition>, Failure> {
    let all = result.attestations.values().flat_map(|all| &all.attestation);
    let graphs = all.filter_map(|one| one.r#ref.as_ref()?.def.clone());
    let inserted = graphs.map(|graph| {
        let inserted = Definition::from(graph).insert(additions);
        inserted
            .map(|inserted| inserted.definition)
            .map_err(|error| Failure::new(error.to_string()))
    });
    inserted.collect()
}

/// Solves those that are others now, and puts them in their places.
pub(super) async fn solve_changed<G: Gateway>(
    gateway: &G,
    result: &mut SolveResult,
    graphs: Vec<Definition>,
) -> Result<(), Failure> {
    let all = result.attestations.values_mut().flat_map(|all| &mut all.attestation);
    let references = all.filter_map(|one| one.r#ref.as_mut().filter(|one| one.def.is_some()));
    let solves = references.zip(graphs).map(|(reference, graph)| async move {
        if reference.def.take().as_ref() != Some(&graph.pb) {
            let solved = gateway.solve(SolveRequest::of(graph)).await?;
            *reference = Ref { id: solved.single_reference().id, def: None };
        }
        Ok::<_, Failure>(())
    });
    try_join_all(solves).await?;
    Ok(())
}
