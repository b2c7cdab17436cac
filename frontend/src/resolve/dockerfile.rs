//! A stage that an existing Dockerfile builds: the built-in Dockerfile frontend makes its graph, which
//! becomes part of ours. Nothing is run yet.

use std::collections::BTreeMap;
use strake_llb::Gather;

use super::ResolvedSource;
use crate::context::ContextError;
use crate::delegate::{self, Frontend};
use crate::gateway::{Gateway, References};
use crate::manifest::model::{Stage, StageBase};
use crate::options::Options;
use crate::platform::Platform;

/// Options that speak of the manifest and mean nothing, or something else, to the Dockerfile. Caches
/// are imported where its graph is run, and that is with ours.
const OURS: [&str; 8] = [
    "target",
    "platform",
    "multi-platform",
    "requestid",
    "source",
    "frontend.caps",
    "cache-imports",
    "cache-from",
];

/// What the ids of all cache mounts begin with.
const NAMESPACE: &str = "build-arg:BUILDKIT_CACHE_MOUNT_NS";

pub(super) async fn delegate<G: Gateway>(
    gateway: &G,
    options: &Options,
    stage: &Stage,
    platform: &Platform,
) -> Result<ResolvedSource, ContextError> {
    let theirs = frontend_opts(options, stage, platform);
    let result = delegate::delegate(gateway, &Frontend::BuiltIn, theirs).await?;
    let definition = match result.references {
        References::Single(reference) => reference.and_then(|reference| reference.definition),
        References::ByPlatform(references) => {
            references.into_values().next().and_then(|reference| reference.definition)
        }
    };
    Ok(ResolvedSource::Dockerfile {
        definition: definition.unwrap_or_default(),
        config: result.metadata.get("containerimage.config").cloned(),
    })
}

fn frontend_opts(
    options: &Options,
    stage: &Stage,
    platform: &Platform,
) -> BTreeMap<String, String> {
    let StageBase::Dockerfile { file, target, args, .. } = &stage.base else {
        return BTreeMap::new();
    };
    // Its arguments are those that the manifest gives it; a list of stages without cache names the
    // manifest's.
    let is_theirs = |key: &str, value: &str| {
        !OURS.contains(&key)
            && !key.starts_with("label:")
            && !key.starts_with("attest:")
            && (!key.starts_with("build-arg:") || key == "build-arg:SOURCE_DATE_EPOCH")
            && (key != "no-cache" || value.is_empty())
    };
    let theirs = options.raw.iter().filter(|(key, value)| is_theirs(key, value));
    let mut opts: BTreeMap<String, String> =
        theirs.map(|(key, value)| (key.clone(), value.clone())).gather();
    opts.insert("filename".into(), file.value.clone());
    // The file is one of the context, wherever the manifest is.
    opts.insert("dockerfilekey".into(), "context".into());
    opts.insert("platform".into(), platform.to_string());
    if let Some(target) = target {
        opts.insert("target".into(), target.value.clone());
    }
    opts.extend(
        args.iter().map(|(name, value)| (format!("build-arg:{name}"), value.value.clone())),
    );
    // Who builds says which mounts there are, and no file. So these are found by the same names.
    let namespace = options.raw.get_key_value(NAMESPACE);
    opts.extend(namespace.map(|(key, value)| (key.clone(), value.clone())));
    opts
}
