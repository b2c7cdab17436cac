//! Whether the result of a layer is exportable, and what runs a layer again that did not change.

use super::{FileAction, PlannedBoundary};
use crate::manifest::model::Layer;
use crate::presets::{self, Boundary};
use crate::source::Span;

/// Where a command finds the token of its layer. `/dev` is in memory, so no stub of the mount stays
/// in the layer; and unlike a variable, nothing that the command starts hands it on.
pub(crate) const TOKEN: &str = "/dev/strake/token";

/// The boundary of a layer.
pub(super) fn of(layer: &Layer) -> PlannedBoundary {
    if let Some(explicit) = &layer.boundary {
        return PlannedBoundary {
            kind: explicit.value,
            explicit: true,
            cache: None,
            span: explicit.span,
        };
    }
    match layer.caches().find(|cache| default_of(&cache.value) == Boundary::Mount) {
        Some(cache) => PlannedBoundary {
            kind: Boundary::Mount,
            explicit: false,
            cache: Some(cache.value),
            span: cache.span,
        },
        None => exportable(layer.span),
    }
}

/// The boundary of what uses no cache.
pub(super) fn exportable(span: Span) -> PlannedBoundary {
    PlannedBoundary { kind: Boundary::Registry, explicit: false, cache: None, span }
}

/// A cache of one's own is there because its content is worth more than the layer.
fn default_of(cache: &str) -> Boundary {
    presets::preset(cache).map_or(Boundary::Mount, |preset| preset.boundary)
}

/// What is in the cache keys of a layer besides what it does: its epoch and, where it always runs,
/// the nonce. In hex, since it becomes a path, and of a length of its own.
pub(super) fn token(layer: &Layer, boundary: Boundary, nonce: &str) -> Option<String> {
    let epoch = layer.epoch.as_ref().map_or("", |epoch| &epoch.value);
    let nonce = if boundary == Boundary::None { Some(nonce) } else { None };
    if epoch.is_empty() && nonce.is_none() {
        return None;
    }
    let text = format!("{epoch}\0{}", nonce.unwrap_or_default());
    let digest = strake_llb::digest(text.as_bytes());
    Some(digest.as_str().trim_start_matches("sha256:").to_owned())
}

/// A file operation that does nothing: it gives the token to the operation's digest. What is not
/// there is removed, so neither files nor times change, on any daemon.
pub(super) fn nothing(token: &str) -> FileAction {
    FileAction::Remove { path: format!("{TOKEN}-{token}"), allow_missing: true }
}
