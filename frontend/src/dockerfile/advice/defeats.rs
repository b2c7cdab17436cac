//! Commands that leave the cache unused, or empty.

use super::{AdviceGraph, Seen};
use crate::diagnostics::{Diagnostic, codes::advice as codes};
use crate::dockerfile::recognise::with_preset;
use crate::presets::Preset;
use crate::recognise::{Defeat, Reason, Recognised, Threat};
use crate::source::Span;

pub(super) fn of_step(graph: &AdviceGraph<'_>, seen: &Seen<'_>) -> Vec<Diagnostic> {
    let of_preset = |preset: &&'static Preset| {
        let of_tool = |found: &Recognised| {
            let defeats = found.defeats.iter().filter(|defeat| matters(defeat, found));
            let warnings = defeats.filter_map(|defeat| {
                let place = graph.place(seen, defeat.span);
                warning(preset.name, &defeat.reason, place)
            });
            warnings.collect::<Vec<_>>()
        };
        with_preset(preset, &seen.step, &seen.script, of_tool).unwrap_or_default()
    };
    seen.tools.iter().flat_map(of_preset).collect()
}

/// What is deleted where the cache would be without a mount does no harm to the mount.
fn matters(defeat: &Defeat, found: &Recognised) -> bool {
    let touches = |span: Span| {
        found.hazards.iter().any(|hazard| hazard.threat == Threat::Touches && hazard.span == span)
    };
    defeat.reason != Reason::Deleted || touches(defeat.span)
}

fn warning(preset: &str, reason: &Reason, place: Span) -> Option<Diagnostic> {
    let off = |by: &str| format!("`{by}` switches the cache of {preset} off");
    let (code, text, help) = match reason {
        Reason::Option(option) => (&codes::SWITCHED_OFF, off(option), KEPT),
        Reason::Variable(name) | Reason::Environment(name) => {
            (&codes::SWITCHED_OFF, off(name), KEPT)
        }
        Reason::Emptied => {
            let text = format!("this empties the cache of {preset}, which is a mount");
            (&codes::EMPTIED, text, KEPT)
        }
        Reason::Deleted => {
            let text = format!("this deletes the cache of {preset}, so it gets no mount");
            (&codes::EMPTIED, text, KEPT)
        }
        Reason::Alone => {
            let text = format!(
                "package lists for {preset} grow old in this layer, and other steps use them"
            );
            (&codes::UPDATE_ALONE, text, "install in the same `RUN` instruction")
        }
        // An author who leads a cache elsewhere has plans for it.
        Reason::Moved(_) => return None,
    };
    Some(Diagnostic::warning(code, text).at(place).help(help))
}

const KEPT: &str = "leave it out: a cache mount is not part of the image";
