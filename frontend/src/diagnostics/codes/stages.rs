//! Stages.

use crate::diagnostics::Code;

/// The manifest has no stage.
pub static NO_STAGE: Code = Code { name: "no-stage", summary: "The manifest has no stage." };

/// More than one stage is the default.
pub static SEVERAL_DEFAULTS: Code =
    Code { name: "several-defaults", summary: "More than one stage is the default." };
