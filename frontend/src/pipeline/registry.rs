//! The result of `@registry`: everything of a build that travels through a registry cache, and
//! nothing else.
//!
//! BuildKit exports the cache of every reference of a result, and of nothing that they don't stand on.
//! So each of the highest pure outputs is a reference of its own. None is listed in `refs.platforms`,
//! by which all exporters of files and images find theirs; a platform's own reference is scratch. So
//! whatever the client does by default with a result (the docker driver makes an image of it), it
//! gets an empty one. One vertex that combines the outputs would not do: a file operation or a
//! command downloads all that was in the cache already, and a merge makes a result that nobody wants
//! and that the default output would unpack.

use std::collections::BTreeMap;

use futures_util::future::try_join_all;

use super::Graph;
use super::outcome::{ExportPlatform, PLATFORMS, Platforms, json};
use crate::gateway::{Failure, Gateway, Reference, References, SolveRequest, SolveResult};

/// Solves what travels, for all platforms.
pub(super) async fn solve<G: Gateway>(
    gateway: &G,
    graphs: Vec<Graph>,
) -> Result<SolveResult, Failure> {
    let mut references = BTreeMap::new();
    let mut platforms = Platforms { platforms: Vec::new() };
    for Graph { lowered, boundaries } in graphs {
        let definitions = boundaries.registry(&lowered.definition).into_iter();
        let solves = definitions.map(|definition| gateway.solve(SolveRequest::of(definition)));
        let id = lowered.platform.id();
        for (number, solved) in try_join_all(solves).await?.into_iter().enumerate() {
            references.insert(format!("{id}@registry/{number}"), solved.single_reference());
        }
        references.insert(id.clone(), Reference::default());
        platforms.platforms.push(ExportPlatform { id, platform: lowered.platform });
    }
    Ok(SolveResult {
        references: References::ByPlatform(references),
        metadata: BTreeMap::from([(PLATFORMS.to_owned(), json(&platforms)?)]),
        attestations: BTreeMap::new(),
    })
}
