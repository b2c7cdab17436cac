//! Hands a Dockerfile to the frontend that builds it. Nothing is run by that: what comes back is a
//! graph, lazy, with everything that the frontend says about it.

mod syntax;

pub(crate) use syntax::syntax_place;
pub use syntax::{Frontend, check};

use std::collections::BTreeMap;

use strake_proto::caps::gateway::FRONTEND_INPUTS;

use crate::diagnostics::{Diagnostic, codes, suggest};
use crate::gateway::{Gateway, GatewayError, SolveRequest, SolveResult};
use crate::manifest::shorten;
use crate::options::{OWN_ARG, OWN_ARGS};

/// The daemon's own Dockerfile frontend.
const BUILT_IN: &str = "dockerfile.v0";

/// The daemon's frontend that runs an image.
const IMAGE: &str = "gateway.v0";

/// Everything that the client said, for a frontend that stands in strake's place.
pub fn forwarded(options: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let is_own =
        |key: &str| key.strip_prefix("build-arg:").is_some_and(|name| name.starts_with(OWN_ARG));
    let theirs = options.iter().filter(|(key, _)| !is_own(key) && *key != "source");
    theirs.map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// Warns of build arguments that are strake's by their names, and mean nothing: nobody else sees them.
pub fn unknown_args(args: &BTreeMap<String, String>) -> Vec<Diagnostic> {
    let own = args.keys().filter(|name| name.starts_with(OWN_ARG));
    let unknown = own.filter(|name| !OWN_ARGS.contains(&name.as_str()));
    let warning = |name: &String| {
        let text = format!("strake has no build argument `{}`", shorten(name));
        let found = Diagnostic::warning(&codes::UNUSED_BUILD_ARG, text);
        match suggest::did_you_mean(name, OWN_ARGS) {
            Some(help) => found.help(help),
            None => found,
        }
    };
    unknown.map(warning).collect()
}

/// Lets a frontend build a Dockerfile, with these options and the client's inputs.
///
/// # Errors
/// What the frontend says, as it says it; or the daemon has no such frontend.
pub(crate) async fn delegate<G: Gateway>(
    gateway: &G,
    frontend: &Frontend,
    mut options: BTreeMap<String, String>,
) -> Result<SolveResult, GatewayError> {
    let name = match frontend {
        Frontend::BuiltIn => {
            // Without a command line, the frontend follows the file's own syntax line, back to us.
            options.entry("cmdline".into()).or_insert_with(|| BUILT_IN.into());
            BUILT_IN
        }
        Frontend::Image { reference, cmdline } => {
            options.insert("source".into(), reference.clone());
            options.insert("cmdline".into(), cmdline.clone());
            IMAGE
        }
    };
    let inputs = match gateway.capabilities().frontend.contains(FRONTEND_INPUTS) {
        true => gateway.inputs().await?,
        false => BTreeMap::new(),
    };
    let request = SolveRequest {
        frontend: name.to_owned(),
        frontend_opts: options,
        frontend_inputs: inputs,
        ..SolveRequest::default()
    };
    gateway.solve(request).await.map_err(|error| explained(error, name))
}

/// A daemon may be set up without its Dockerfile frontend, and then says no more than a name.
fn explained(error: GatewayError, frontend: &'static str) -> GatewayError {
    let unknown = format!("invalid frontend: {frontend}");
    match &error {
        GatewayError::Rpc(status) if status.message().contains(&unknown) => {
            GatewayError::NoFrontend(frontend)
        }
        _ => error,
    }
}
