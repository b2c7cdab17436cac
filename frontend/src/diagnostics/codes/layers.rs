//! Layers: what they do, and what they do it with.

use crate::diagnostics::Code;

/// A layer does nothing.
pub static NO_ACTION: Code = Code { name: "no-action", summary: "A layer does nothing." };

/// A layer has more than one action.
pub static SEVERAL_ACTIONS: Code =
    Code { name: "several-actions", summary: "A layer has more than one action." };

/// A key of a layer has no effect on what the layer does.
pub static USELESS_MODIFIER: Code = Code {
    name: "useless-modifier",
    summary: "A key of a layer has no effect on what the layer does.",
};

/// A condition can never hold.
pub static IMPOSSIBLE_CONDITION: Code =
    Code { name: "impossible-condition", summary: "A condition can never hold." };

/// A layer uses a cache that does not exist.
pub static UNKNOWN_CACHE: Code =
    Code { name: "unknown-cache", summary: "A layer uses a cache that does not exist." };
